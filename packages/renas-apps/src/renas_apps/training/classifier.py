"""What the settings of a classifier's training come to: images, network, task, and its file."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from renas_apps.training.classifier_config import Cifar10Config, ClassifierConfig, ImageNetConfig
from renas_apps.training.material import Material, facts_of
from renas_space import InputError, NetworkPlan, cost, plan_network, read_genotype
from renas_trainer.checkpoint import ModelMetadata, save_model
from renas_trainer.classification import Classification
from renas_trainer.data import load_data
from renas_trainer.network import CellNetwork
from renas_trainer.photographs import MEAN, STD, Photographs
from renas_trainer.recipes import Cifar10Recipe, ClassificationRecipe, ImageNetRecipe
from renas_trainer.training_images import MemoryImages, TrainingImages


def on_images_in_memory(
    config: Cifar10Config, recipe: Cifar10Recipe, device: torch.device | str
) -> Material:
    """Load a data set into memory and build a network for it (5.2).

    Raises:
        InputError: images cannot be read, or no network fits them.
    """
    return _classifier(config, recipe, *_in_memory(config, device))


def on_photographs(
    config: ImageNetConfig, recipe: ImageNetRecipe, device: torch.device | str
) -> Material:
    """Find photographs in class folders and build a network for them (5.3).

    Raises:
        InputError: images cannot be read, or no network fits them.
    """
    return _classifier(config, recipe, *_photographs(config, recipe, device))


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
        flip=config.flip,
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
