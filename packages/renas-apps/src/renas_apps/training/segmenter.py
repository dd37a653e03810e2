"""What the settings of ``renas-train voc`` come to: masked images, DeepLabv3, and its file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from renas_apps.training.directory import TrainingDirectory
from renas_apps.training.material import Material, facts_of
from renas_apps.training.segmenter_config import IMAGENET, VocConfig
from renas_space import RENASNET, InputError, read_genotype
from renas_trainer.checkpoint import ModelMetadata, load_model
from renas_trainer.network import CellNetwork
from renas_trainer.photographs import MEAN, STD
from renas_trainer.segmentation.deeplab import DeepLab, DeepLabPlan
from renas_trainer.segmentation.encoder import Encoder
from renas_trainer.segmentation.images import SegmentationImages
from renas_trainer.segmentation.model_file import (
    encoder_of,
    from_strings,
    load_encoder,
    save_segmenter,
    to_strings,
)
from renas_trainer.segmentation.recipe import VocRecipe
from renas_trainer.segmentation.task import Segmentation
from renas_trainer.segmentation.voc import VOC_CLASSES, MaskedImages, find_voc

CELLS, FILTERS = 4, 44
"""N and F of the paper's encoders (5.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """An encoder, and how it wants to see images."""

    encoder: Encoder
    mean: tuple[float, ...] = MEAN
    std: tuple[float, ...] = STD
    classifier: CellNetwork | None = None
    """Whose weights it begins with."""
    pretrained: bool = False
    """Whether it begins with weights that are downloaded."""


def segmenter(config: VocConfig, recipe: VocRecipe, device: torch.device | str) -> Material:
    """Find the images and build DeepLabv3 for them.

    Raises:
        InputError: images or weights are missing or of no use.
    """
    if config.data_dir is None:
        raise InputError("there are no images: name their directory with --data-dir")
    held_out = (config.val_split,)
    train = find_voc(config.data_dir, config.train_split, sbd=config.sbd_dir, held_out=held_out)
    scored = find_voc(config.data_dir, config.val_split)
    train = _some(train, config.train_images, "train")
    scored = _some(scored, config.val_images, "val")
    network, metadata = _resumed(config) or build(config, train.classes)
    metadata = replace(metadata, facts=facts_of(config))
    images = SegmentationImages(
        train=train,
        scored=scored,
        recipe=recipe,
        mean=metadata.mean,
        std=metadata.std,
        workers=config.workers,
        device=torch.device(device),
    )

    def write(path: Path, network: nn.Module, facts: Mapping[str, Any]) -> None:
        if not isinstance(network, DeepLab):
            raise TypeError("a segmentation network was to be written")
        save_segmenter(path, network, replace(metadata, facts={**metadata.facts, **facts}))

    def check() -> None:
        train.check()
        scored.check()

    return Material(
        images=images,
        network=network,
        task=Segmentation(recipe, len(train.classes)),
        description=describe(network),
        sees=f"crops of {recipe.crop_size}x{recipe.crop_size}, {len(train.classes)} classes",
        write=write,
        check=check,
        strings=to_strings(network.plan, metadata),
    )


def _resumed(config: VocConfig) -> tuple[DeepLab, ModelMetadata] | None:
    """Return the network of a training that is resumed, whose weights its checkpoint has.

    None for a new training, and for one that was stopped before its first checkpoint.
    """
    if config.resume is None:
        return None
    directory = TrainingDirectory(config.resume)
    if not (directory.last.exists() and directory.network.exists()):
        return None
    plan, metadata = from_strings(directory.network, directory.read_network())
    return DeepLab(plan, dropout=config.dropout), metadata


def build(
    config: VocConfig, classes: tuple[str, ...] = VOC_CLASSES
) -> tuple[DeepLab, ModelMetadata]:
    """Return DeepLabv3 as the settings ask for it, and what goes into its file.

    Raises:
        InputError: there is no such encoder, or its weights are of no use.
    """
    sight = _sight(config)
    plan = DeepLabPlan(
        encoder=sight.encoder,
        classes=len(classes),
        output_stride=config.output_stride,
        extra_conv=config.extra_conv,
    )
    network = DeepLab(
        plan,
        dropout=config.dropout,
        pretrained=sight.pretrained,
        seed=config.seed,
    )
    if sight.classifier is not None:
        load_encoder(network, sight.classifier)
    return network, ModelMetadata(classes=classes, mean=sight.mean, std=sight.std, data="voc")


def describe(network: DeepLab) -> str:
    """Say which network it is and how large, in a line."""
    whole, encoder = (
        sum(parameter.numel() for parameter in module.parameters())
        for module in (network, network.encoder)
    )
    return (
        f"DeepLabv3 on {network.plan.encoder}, output stride {network.plan.output_stride}: "
        f"{whole:,} parameters, {encoder:,} of them the encoder's"
    )


def _sight(config: VocConfig) -> _Sight:
    """Return the encoder that the settings ask for."""
    weights = config.encoder_weights
    if weights is not None and weights != IMAGENET:
        return _of_classifier(config, Path(weights))
    if config.encoder is None:
        if weights == IMAGENET:
            raise InputError(
                "there are no weights of a cell to download: give --encoder-weights a file, or "
                "name an encoder with --encoder"
            )
        genotype = RENASNET if config.genotype is None else read_genotype(config.genotype)
        cells, filters = config.cells or CELLS, config.filters or FILTERS
        return _Sight(encoder=Encoder.of_cells(genotype, cells=cells, filters=filters))
    encoder = Encoder.named(config.encoder)
    if weights is None:
        return _Sight(encoder=encoder)
    mean, std = encoder.normalisation()
    return _Sight(encoder=encoder, mean=mean, std=std, pretrained=True)


def _of_classifier(config: VocConfig, path: Path) -> _Sight:
    """Return the encoder of a trained classifier."""
    if path.is_dir():
        raise InputError(f"--encoder-weights {path} is a directory: give the file in it")
    classifier, metadata = load_model(path)
    encoder = encoder_of(classifier)
    asked = {
        "genotype": None if config.genotype is None else str(read_genotype(config.genotype)),
        "cells": config.cells,
        "filters": config.filters,
    }
    for name, value in asked.items():
        if value is not None and value != encoder.settings[name]:
            raise InputError(
                f"--{name} is {value} and the classifier {path} has {encoder.settings[name]}: "
                "leave the flag out, or give another file"
            )
    if config.encoder is not None and Encoder.named(config.encoder) != encoder:
        raise InputError(
            f"--encoder {config.encoder} is not what {path} holds ({encoder}): leave the flag out, "
            "or give another file"
        )
    return _Sight(encoder=encoder, mean=metadata.mean, std=metadata.std, classifier=classifier)


def _some(masked: MaskedImages, count: int | None, what: str) -> MaskedImages:
    """Return so many of the images; all where None."""
    if count is None:
        return masked
    if count > len(masked):
        raise InputError(f"--{what}-images is {count}: there are {len(masked)}")
    return masked.some(count)
