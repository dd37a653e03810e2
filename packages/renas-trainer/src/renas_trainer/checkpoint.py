"""A trained network in one file: its weights, and all that is needed to build and feed it.

The file is a safetensors file. Its metadata are strings: the genotype as JSON, skeleton, N, F,
sizes, the names of the classes, and how images are prepared.
"""

import json
import math
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

import torch

from renas_space import Genotype, InputError, NetworkPlan, plan_like, plan_network
from renas_space.plan import SkeletonName
from renas_trainer.network import CellNetwork, is_auxiliary
from renas_trainer.renasnet import RenasNet, timm_config
from renas_trainer.weights import check_state, load_weights, save_weights

FORMAT, VERSION = "renas.model", 1
"""What a file says it is."""

SEGMENTATION_FORMAT = "renas.segmentation"
"""What the file of a segmentation network says it is: `renas_trainer.segmentation.model_file`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelMetadata:
    """What a trained network expects and returns; its plan says the rest."""

    classes: tuple[str, ...]
    """Name of each class, in the order of the logits."""
    mean: tuple[float, ...]
    """Taken off the pixels of each channel, in grey levels 0 to 255."""
    std: tuple[float, ...]
    """Then they are divided by this, in grey levels likewise."""
    data: str
    """What it was trained on: ``digits``, ``folder``, ``cifar10`` or ``imagenet``."""
    resize: int | None = None
    """Shorter side that a photograph is resized to before the image is cut from its centre, in
    pixels; None where images are brought to the network's size at once."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Values for JSON that nothing is built from: accuracy, epochs, versions."""

    def __post_init__(self) -> None:
        """Check that there is a normalisation for each channel.

        Raises:
            InputError: mean and deviation are of no use.
        """
        finite = all(map(math.isfinite, (*self.mean, *self.std)))
        if len(self.mean) != len(self.std) or not finite or min(self.std, default=1) <= 0:
            raise InputError(
                f"the normalisation is mean {self.mean} and deviation {self.std}: "
                "give one of each for every channel, the deviation above 0"
            )


def save_model(path: Path, network: CellNetwork, metadata: ModelMetadata) -> None:
    """Write a network so that `load_model` builds it again; the file is whole or not there.

    Args:
        path: of the file, by custom ``model.safetensors``; one that is there is replaced.
        network: with its auxiliary head, if it has one.
        metadata: what goes with it.

    Raises:
        InputError: the metadata are those of another network.
        OSError: the file cannot be written.
    """
    _check(network.plan, metadata)
    if getattr(network, "pool_type", "avg") != "avg":
        raise InputError("a file says nothing of the pooling: save a network whose pooling is avg")
    save_weights(path, network.state_dict(), to_strings(network.plan, metadata))


def load_model(
    path: Path, *, auxiliary: bool = False, image_size: int | None = None
) -> tuple[RenasNet, ModelMetadata]:
    """Build the network in a file, on the CPU and ready to evaluate.

    It is a model of timm, whose data configuration says how its images are prepared.

    Args:
        path: of what `save_model` wrote.
        auxiliary: whether to build the auxiliary head too, where the file has it.
        image_size: for images of another height and width, in pixels, than it was trained on. Its
            weights fit any size, but for those of the auxiliary head.

    Raises:
        InputError: there is no such file, it is damaged, or it holds no network.
    """
    state, strings = load_weights(path)
    plan, metadata = from_strings(path, strings)
    if image_size is not None:
        resize = metadata.resize and round(metadata.resize * image_size / plan.image_size)
        plan, metadata = plan_like(plan, image_size=image_size), replace(metadata, resize=resize)
    has_head = any(map(is_auxiliary, state))
    if not auxiliary:
        state = {key: value for key, value in state.items() if not is_auxiliary(key)}
    with torch.device("meta"):  # what a damaged file asks for may be larger than the memory
        promised = RenasNet(plan, auxiliary=auxiliary and has_head)
    check_state(path, promised, state)
    # A generator of its own, so that torch's is as it was.
    network = RenasNet(plan, auxiliary=auxiliary and has_head, generator=torch.Generator())
    network.load_state_dict(state)
    network.pretrained_cfg = _timm_config(plan, metadata)
    return network.eval(), metadata


_DAMAGED = (ValueError, TypeError, OverflowError, RecursionError)
"""What reading the strings of a damaged file raises; InputError is a ValueError."""

_IN_JSON = (
    *("cells", "filters", "image_size", "channels", "output_stride"),
    *("classes", "mean", "std", "resize", "facts"),
)
"""Names of the strings that are JSON."""


def _timm_config(plan: NetworkPlan, metadata: ModelMetadata) -> dict[str, Any]:
    """Describe a network to timm."""
    return timm_config(
        plan.image_size,
        plan.head.shape_in.height,
        plan.classes,
        crop=plan.image_size / (metadata.resize or plan.image_size),
        mean=tuple(level / 255 for level in metadata.mean),
        std=tuple(level / 255 for level in metadata.std),
    )


def _check(plan: NetworkPlan, metadata: ModelMetadata) -> None:
    """Check that a plan and metadata are of the same network."""
    if len(metadata.classes) != plan.classes or len(metadata.mean) != plan.channels:
        raise InputError(
            f"a network of {plan.classes} classes and {plan.channels} channels does not go with "
            f"{len(metadata.classes)} names and {len(metadata.mean)} means: give one for each"
        )


def to_strings(plan: NetworkPlan, metadata: ModelMetadata) -> dict[str, str]:
    """Return everything about a network but its weights as strings, JSON where they are not words.

    An ONNX file carries the same ones as a model's file.
    """
    values = {
        "version": VERSION,
        "cells": plan.cells_per_stage,
        "filters": plan.filters,
        "image_size": plan.image_size,
        "channels": plan.channels,
        "output_stride": plan.output_stride,
        "classes": metadata.classes,
        "mean": metadata.mean,
        "std": metadata.std,
        "resize": metadata.resize,
        "facts": dict(metadata.facts),
    }
    return {
        "format": FORMAT,
        "genotype": plan.genotype.to_json(),
        "skeleton": plan.skeleton,
        "data": metadata.data,
        **{name: json.dumps(value, ensure_ascii=False) for name, value in values.items()},
    }


def from_strings(path: Path, strings: Mapping[str, str]) -> tuple[NetworkPlan, ModelMetadata]:
    """Return the plan and the metadata in a file.

    Args:
        path: of the file, for messages.
        strings: what `to_strings` made; others are passed over.

    Raises:
        InputError: they are of something else, of a newer version, or damaged.
    """
    if strings.get("format") == SEGMENTATION_FORMAT:
        raise InputError(f"{path} holds a segmentation network: give a classifier")
    if strings.get("format") != FORMAT:
        raise InputError(
            f"{path} holds no network of this project: give the model.safetensors of renas-train, "
            "or a file of renas-export"
        )
    check_version(path, strings, VERSION)
    with damage_named(path):
        if strings["skeleton"] not in get_args(SkeletonName):
            raise ValueError(f"skeleton {strings['skeleton']!r}")
        value = {name: json.loads(strings[name]) for name in _IN_JSON}
        names = tuple(str(name) for name in value["classes"])
        plan = plan_network(
            Genotype.from_json(strings["genotype"]),
            skeleton=strings["skeleton"],  # pyright: ignore[reportArgumentType]  (checked)
            cells=int(value["cells"]),
            filters=int(value["filters"]),
            image_size=int(value["image_size"]),
            classes=len(names),
            channels=int(value["channels"]),
            output_stride=int(value["output_stride"]),
        )
        metadata = ModelMetadata(
            classes=names,
            mean=tuple(float(number) for number in value["mean"]),
            std=tuple(float(number) for number in value["std"]),
            data=strings["data"],
            resize=None if value["resize"] is None else int(value["resize"]),
            facts=dict(value["facts"]),
        )
        _check(plan, metadata)
    return plan, metadata


def check_version(path: Path, strings: Mapping[str, str], version: int) -> None:
    """Check that a file is of the version that is known.

    Raises:
        InputError: it is of another, newer one.
    """
    if strings.get("version") != str(version):
        raise InputError(
            f"{path} has version {strings.get('version')} and this program knows {version}: "
            "update renas-trainer"
        )


@contextmanager
def damage_named(path: Path) -> Generator[None]:
    """Say in one sentence what is wrong with the strings of a file that are read within.

    Raises:
        InputError: a string is missing, or makes no value.
    """
    try:
        yield
    except KeyError as error:
        raise InputError(f"the model {path} does not say its {error.args[0]}: restore it") from None
    except _DAMAGED as error:
        raise InputError(f"the model {path} is damaged ({error}): restore it") from None
