"""What ``renas-train --dry-run`` prints: all that a training would do, and what it would cost."""

from collections.abc import Iterable, Iterator, Mapping

import torch

from renas_apps.training.classifier_config import ClassifierConfig, ImageNetConfig
from renas_apps.training.config import TrainConfig
from renas_apps.training.optimisation_lines import optimizer_lines, schedule_lines
from renas_apps.training.preparing import material, recipe_of
from renas_apps.training.segmenter_config import VocConfig
from renas_space import NetworkPlan, cost, plan_network, read_genotype
from renas_trainer.classification import Classification
from renas_trainer.distributed import Shards
from renas_trainer.network import CellNetwork
from renas_trainer.recipes import Cifar10Recipe, ImageNetRecipe
from renas_trainer.training_images import check_batch_size

_PUBLISHED_COUNTS = {"cifar": 50_000, "imagenet": 1_281_167}
"""Training images of CIFAR-10 and ImageNet, where no directory is given."""

Recipe = Cifar10Recipe | ImageNetRecipe


def outline(config: TrainConfig) -> str:
    """Return what the settings come to, for people.

    Raises:
        InputError: a setting or a file is of no use.
    """
    Shards(batch_size=config.batch_size, processes=config.devices, accumulate=config.accumulate)
    if isinstance(config, VocConfig):
        from renas_apps.training.segmenter_outline import segmenter_sections

        return _text(segmenter_sections(config))
    if isinstance(config, ClassifierConfig):
        return _text(_sections(config))
    raise TypeError(f"there is no outline of {type(config).__name__}")


def _text(sections: Mapping[str, Iterable[str]]) -> str:
    """Return sections of lines as one text."""
    lines: list[str] = []
    for name, content in sections.items():
        lines += [name, *(f"  {line}" for line in content)]
    return "\n".join(lines) + "\n"


def _sections(config: ClassifierConfig) -> dict[str, Iterable[str]]:
    """Return what is said of the training of a classifier."""
    recipe = recipe_of(config)
    if not isinstance(recipe, Cifar10Recipe | ImageNetRecipe):
        raise TypeError("a classifier was to be trained")
    plan, count, source = _network(config)
    check_batch_size(count, config.batch_size)
    with torch.device("meta"):
        network = CellNetwork(plan, auxiliary=recipe.auxiliary_weight > 0)
    names = ["weights of convolutions and classifiers", "batch normalisation and biases"]
    groups = dict(zip(names, Classification(recipe).parameter_groups(network), strict=True))
    return {
        "network": _cost(plan, recipe),
        "images": [source, *_augmentation(recipe, plan, flip=config.flip)],
        "schedule": schedule_lines(recipe, count // config.batch_size),
        "optimizer": optimizer_lines(groups, recipe),
        "loss": _loss(recipe, plan),
    }


def _network(config: ClassifierConfig) -> tuple[NetworkPlan, int, str]:
    """Return the plan, the number of training images and where they are from."""
    skeleton = "imagenet" if isinstance(config, ImageNetConfig) else "cifar"
    if config.data_dir is not None or getattr(config, "data", None) == "digits":
        taken = material(config, "cpu")
        images, network = taken.images, taken.network
        if not isinstance(network, CellNetwork):
            raise TypeError("a classifier was to be trained")
        count = images.train_count
        counted = f"{count:,} to train on, {images.evaluation_count:,} to score on"
        return network.plan, count, counted
    plan = plan_network(
        read_genotype(config.genotype),
        skeleton=skeleton,
        cells=config.cells,
        filters=config.filters,
        image_size=getattr(config, "crop_size" if skeleton == "imagenet" else "image_size"),
    )
    count = config.train_images or _PUBLISHED_COUNTS[skeleton]
    return plan, count, f"{count:,} to train on, as published: no --data-dir is given"


def _cost(plan: NetworkPlan, recipe: Recipe) -> Iterator[str]:
    """Say which network it is and what it costs."""
    alone = cost(plan)
    yield f"{plan.genotype}, N = {plan.cells_per_stage}, F = {plan.filters}"
    yield f"{plan.image_size}x{plan.image_size} pixels, {plan.classes} classes"
    yield f"{alone.parameters:,} parameters, {alone.multiply_adds:,} multiply-adds"
    yield (
        f"as the paper counts: {alone.paper_parameters:.2f}M parameters, "
        f"{alone.paper_multiply_adds:.0f}M multiply-adds"
    )
    if recipe.auxiliary_weight and plan.auxiliary is not None:
        more = cost(plan, auxiliary=True).parameters - alone.parameters
        yield f"{more:,} more parameters in the auxiliary head, while it trains"


def _augmentation(recipe: Recipe, plan: NetworkPlan, *, flip: bool) -> Iterator[str]:
    """Say what is done to training images."""
    if isinstance(recipe, Cifar10Recipe):
        size = plan.image_size
        side = round(recipe.cutout * size / 32)
        mirrored = "; mirrored, but for digits" if flip else ""
        yield f"padded by {(size + 4) // 8}, cropped to {size}x{size}{mirrored}"
        yield f"cutout of {side}x{side}"
        yield "whitened by channel"
        return
    crop, plain = recipe.crop_size, min(recipe.plain_epochs, recipe.epochs)
    least, most = recipe.in_pixels(recipe.scale_least), recipe.in_pixels(recipe.scale_most)
    shorter = recipe.evaluation_side
    mirrored, colour = ", mirrored" if flip else "", ", AlexNet's colours" if recipe.colour else ""
    if plain < recipe.epochs:
        yield (
            f"epochs 1 to {recipe.epochs - plain}: shorter side from {least} to {most}, "
            f"{crop}x{crop} cropped anywhere{mirrored}{colour}"
        )
    if plain:
        yield (
            f"epochs {recipe.epochs - plain + 1} to {recipe.epochs}: shorter side {shorter}, "
            f"{crop}x{crop} cropped anywhere{mirrored}"
        )
    yield f"scored: shorter side {shorter}, {crop}x{crop} from the middle"
    yield "mean (123.68, 116.78, 103.94) taken off, times 0.017"


def _loss(recipe: Recipe, plan: NetworkPlan) -> Iterator[str]:
    """Say what is minimised."""
    smooth = recipe.label_smoothing
    right = f", {1 - smooth:g} for the right class and {smooth:g}/{plan.classes - 1} for each other"
    yield f"cross entropy{right if smooth else ''}"
    if recipe.auxiliary_weight and plan.auxiliary is not None:
        yield f"plus {recipe.auxiliary_weight:g} times that of the auxiliary head, not smoothed"
    elif recipe.auxiliary_weight:
        yield "no auxiliary head: its map would be below 5x5"
    yield f"dropout {recipe.dropout:g}, drop path up to {recipe.drop_path:g}"
