"""What a training's settings come to: recipe, images, network, task, and how it is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from renas_apps.train_config import (
    Cifar10Config,
    ClassifierConfig,
    ImageNetConfig,
    TrainConfig,
    VocConfig,
)
from renas_space import InputError, NetworkPlan, cost, plan_network, read_genotype
from renas_trainer.checkpoint import ModelMetadata, save_model
from renas_trainer.classification import Classification
from renas_trainer.data import load_data
from renas_trainer.network import CellNetwork
from renas_trainer.photographs import MEAN, STD, Photographs
from renas_trainer.recipes import Cifar10Recipe, ClassificationRecipe, ImageNetRecipe
from renas_trainer.segmentation.recipe import VocRecipe
from renas_trainer.task import Task
from renas_trainer.training_images import MemoryImages, TrainingImages

RECIPES: dict[type[TrainConfig], type[Cifar10Recipe | ImageNetRecipe | VocRecipe]] = {
    Cifar10Config: Cifar10Recipe,
    ImageNetConfig: ImageNetRecipe,
    VocConfig: VocRecipe,
}
"""The recipe of each kind of settings."""


class Write(Protocol):
    """Writes a trained network to a file."""

    def __call__(self, path: Path, network: nn.Module, facts: Mapping[str, Any]) -> None:
        """Write it, with what is known of its training."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What is trained on what."""

    images: TrainingImages
    """To train and to score on."""
    network: nn.Module
    """With its first weights."""
    task: Task
    """What it learns to do."""
    description: str
    """Which network it is and what it costs, in a line."""
    sees: str
    """Size of the images and number of classes, in a few words."""
    write: Write
    """Writes the network to a file."""
    check: Callable[[], None] = lambda: None
    """Looks at the images more closely than opening them did, before a new training."""
    strings: Mapping[str, str] | None = None
    """Describe the network where settings and images do not: a resumed training reads them."""


def recipe_of(config: TrainConfig) -> Cifar10Recipe | ImageNetRecipe | VocRecipe:
    """Return the recipe that the settings describe.

    Raises:
        InputError: a setting is out of range.
    """
    kind = next(recipe for settings, recipe in RECIPES.items() if isinstance(config, settings))
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
    """Open the images and build a network for them.

    Raises:
        InputError: images cannot be read, or no network fits them.
    """
    recipe = recipe_of(config)
    match config, recipe:
        case Cifar10Config(), Cifar10Recipe():
            return _classifier(config, recipe, *_in_memory(config, device))
        case ImageNetConfig(), ImageNetRecipe():
            return _classifier(config, recipe, *_photographs(config, recipe, device))
        case VocConfig(), VocRecipe():
            from renas_apps.segmenter_material import segmenter  # smp takes a second to import

            return segmenter(config, recipe, device)
        case _:
            raise TypeError(f"there is no recipe for {type(config).__name__}")


def facts_of(config: TrainConfig) -> dict[str, int | None]:
    """Return what decided which images were trained on, so that others can be found again."""
    return {
        "seed": config.seed,
        "train_images": config.train_images,
        "val_images": config.val_images,
    }


def _classifier(
    config: ClassifierConfig,
    recipe: ClassificationRecipe,
    images: TrainingImages,
    plan: NetworkPlan,
    metadata: ModelMetadata,
) -> Material:
    """Build the classifier of a plan."""
    network = CellNetwork(
        plan,
        generator=torch.Generator().manual_seed(config.seed),
        dropout=recipe.dropout,
        auxiliary=recipe.auxiliary_weight > 0,
    )
    size = cost(plan)

    def write(path: Path, network: nn.Module, facts: Mapping[str, Any]) -> None:
        if not isinstance(network, CellNetwork):
            raise TypeError("a classifier was to be written")
        save_model(path, network, replace(metadata, facts={**metadata.facts, **facts}))

    return Material(
        images=images,
        network=network,
        task=Classification(recipe),
        description=f"{plan.genotype}: N = {plan.cells_per_stage}, F = {plan.filters}, "
        f"{size.parameters:,} parameters, {size.multiply_adds:,} multiply-adds",
        sees=f"{plan.image_size}x{plan.image_size}, {plan.classes} classes",
        write=write,
    )


def _in_memory(
    config: Cifar10Config, device: torch.device | str
) -> tuple[MemoryImages, NetworkPlan, ModelMetadata]:
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
        facts=facts_of(config),
    )
    cutout = round(config.cutout * data.image_size / 32)
    # With a limit on the training images, the held-out ones are not to be added to them.
    hold_out = config.hold_out or config.train_images is not None
    images = MemoryImages.of(data, cutout=cutout, hold_out=hold_out, device=device)
    return images, plan, metadata


def _photographs(
    config: ImageNetConfig, recipe: ImageNetRecipe, device: torch.device | str
) -> tuple[Photographs, NetworkPlan, ModelMetadata]:
    """Find photographs in class folders (5.3)."""
    if config.data_dir is None:
        raise InputError("there are no images: name their directory with --data-dir")
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
        facts=facts_of(config),
    )
    return images, plan, metadata
