"""What a training's settings come to: recipe, images, plan, and what goes into the model's file."""

from dataclasses import dataclass, fields
from typing import Any

import torch

from renas_apps.train_config import Cifar10Config, ImageNetConfig, TrainConfig
from renas_space import NetworkPlan, plan_network, read_genotype
from renas_trainer.checkpoint import ModelMetadata
from renas_trainer.data import load_data
from renas_trainer.photographs import MEAN, STD, Photographs
from renas_trainer.recipes import Cifar10Recipe, ImageNetRecipe
from renas_trainer.training_images import MemoryImages, TrainingImages


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a network is trained on, and which network fits it."""

    images: TrainingImages
    """To train and to score on."""
    plan: NetworkPlan
    """Of the network."""
    metadata: ModelMetadata
    """Of the trained network's file."""


def recipe_of(config: TrainConfig) -> Cifar10Recipe | ImageNetRecipe:
    """Return the recipe that the settings describe.

    Raises:
        InputError: a setting is out of range.
    """
    kind = Cifar10Recipe if isinstance(config, Cifar10Config) else ImageNetRecipe
    values: dict[str, Any] = {
        field.name: getattr(config, field.name)
        for field in fields(kind)
        if hasattr(config, field.name)
    }
    values["clip"] = config.clip or None
    if isinstance(config, ImageNetConfig):
        values["evaluation_scale"] = config.image_size
    return kind(**values)


def material(config: TrainConfig, device: torch.device | str) -> Material:
    """Open the images and plan the network for them.

    Raises:
        InputError: images cannot be read, or no network fits them.
    """
    if isinstance(config, ImageNetConfig):
        return _photographs(config, device)
    if isinstance(config, Cifar10Config):
        return _in_memory(config, device)
    raise TypeError(f"there is no recipe for {type(config).__name__}")


def _in_memory(config: Cifar10Config, device: torch.device | str) -> Material:
    """Load a data set into memory (5.2)."""
    data = load_data(
        config.data,
        directory=config.data_dir,
        image_size=config.image_size,
        train_images=config.train_images,
        validation_images=config.val_images,
        seed=config.seed,
    )
    plan = plan_network(
        read_genotype(config.genotype),
        cells=config.cells,
        filters=config.filters,
        image_size=data.image_size,
        classes=len(data.classes),
        channels=data.channels,
    )
    metadata = ModelMetadata(
        classes=data.classes,
        mean=tuple(data.mean.tolist()),
        std=tuple(data.std.tolist()),
        data=config.data,
        facts=_drawn(config),
    )
    cutout = round(config.cutout * data.image_size / 32)
    # With a limit on the training images, the held-out ones are not to be added to them.
    hold_out = config.hold_out or config.train_images is not None
    images = MemoryImages.of(data, cutout=cutout, hold_out=hold_out, device=device)
    return Material(images=images, plan=plan, metadata=metadata)


def _photographs(config: ImageNetConfig, device: torch.device | str) -> Material:
    """Find photographs in class folders (5.3)."""
    recipe = recipe_of(config)
    if not isinstance(recipe, ImageNetRecipe) or config.data_dir is None:
        raise TypeError("settings of ImageNet name a directory")
    images = Photographs.find(
        config.data_dir,
        recipe,
        train_images=config.train_images,
        validation_images=config.val_images,
        seed=config.seed,
        workers=config.workers,
        device=device,
    )
    classes = images.train.classes
    plan = plan_network(
        read_genotype(config.genotype),
        skeleton="imagenet",
        cells=config.cells,
        filters=config.filters,
        image_size=recipe.crop_size,
        classes=len(classes),
    )
    metadata = ModelMetadata(
        classes=classes,
        mean=MEAN,
        std=STD,
        data="imagenet",
        resize=recipe.evaluation_side,
        facts=_drawn(config),
    )
    return Material(images=images, plan=plan, metadata=metadata)


def _drawn(config: TrainConfig) -> dict[str, int | None]:
    """Return what decided which images were trained on, so that others can be found again."""
    return {
        "seed": config.seed,
        "train_images": config.train_images,
        "val_images": config.val_images,
    }
