"""What ``renas-train voc --dry-run`` prints, section by section."""

from collections.abc import Iterable
from dataclasses import replace

from renas_apps.training.optimisation_lines import optimizer_lines, schedule_lines
from renas_apps.training.preparing import recipe_of
from renas_apps.training.segmenter import build, describe, segmenter
from renas_apps.training.segmenter_config import IMAGENET, VocConfig
from renas_trainer.segmentation.deeplab import DeepLab
from renas_trainer.segmentation.recipe import VocRecipe
from renas_trainer.segmentation.task import Segmentation
from renas_trainer.training_images import check_batch_size

_TRAIN_AUG = 10_582
"""Training images of VOC 2012 with SBD's masks, where no directory is given."""


def segmenter_sections(config: VocConfig) -> dict[str, Iterable[str]]:
    """Return what is said of the training of a segmentation network.

    Raises:
        InputError: a setting or a file is of no use.
    """
    recipe = recipe_of(config)
    if not isinstance(recipe, VocRecipe):
        raise TypeError("a segmentation network was to be trained")
    downloads = config.encoder_weights == IMAGENET
    if downloads:  # which a dry run can do without
        config = replace(config, encoder_weights=None)
    network, count, source = _network(config, recipe)
    check_batch_size(count, config.batch_size)
    names = [
        "weights of the head",
        "batch normalisation and biases of the head",
        "weights of the encoder",
        "batch normalisation and biases of the encoder",
    ]
    groups = Segmentation(recipe, network.plan.classes).parameter_groups(network)
    return {
        "network": [describe(network), _begins(config, downloads)],
        "images": [source, *_augmentation(recipe)],
        "schedule": schedule_lines(recipe, count // config.batch_size),
        "optimizer": [
            *optimizer_lines(dict(zip(names, groups, strict=True)), recipe),
            *(["batch normalisation of the encoder as it is"] if recipe.freeze_norms else []),
        ],
        "loss": [
            "cross entropy of the pixels that are not void",
            f"dropout {recipe.dropout:g} behind the ASPP",
        ],
    }


def _network(config: VocConfig, recipe: VocRecipe) -> tuple[DeepLab, int, str]:
    """Return the network, the number of training images and where they are from."""
    if config.data_dir is None:
        count = config.train_images or _TRAIN_AUG
        published = "as VOC 2012 with SBD has: no --data-dir is given"
        return build(config)[0], count, f"{count:,} to train on, {published}"
    taken = segmenter(config, recipe, "cpu")
    taken.check()
    images, network = taken.images, taken.network
    if not isinstance(network, DeepLab):
        raise TypeError("a segmentation network was to be trained")
    count = images.train_count
    classes = f"{network.plan.classes} classes"
    counted = f"{count:,} to train on, {images.evaluation_count:,} to score on, {classes}"
    return network, count, counted


def _begins(config: VocConfig, downloads: bool) -> str:
    """Say what the encoder begins with."""
    if downloads:
        return "the encoder begins with weights of ImageNet, which are downloaded"
    if config.encoder_weights is not None:
        return f"the encoder begins with the weights of {config.encoder_weights}"
    return "the encoder begins with random weights"


def _augmentation(recipe: VocRecipe) -> Iterable[str]:
    """Say what is done to images and masks."""
    crop, least, most = recipe.crop_size, recipe.scale_least, recipe.scale_most
    yield f"resized by {least:g} to {most:g}, {crop}x{crop} cropped anywhere, mirrored"
    yield "padded with void where they are smaller than the crop"
    yield "scored: at full size, one scale, not mirrored"
