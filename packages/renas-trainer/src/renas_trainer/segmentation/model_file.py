"""A trained segmentation network in one file: its weights, and all that is needed to build it.

As `renas_trainer.checkpoint` for classifiers: a safetensors file whose metadata are strings.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import torch

from renas_space import InputError
from renas_trainer.checkpoint import (
    SEGMENTATION_FORMAT,
    ModelMetadata,
    check_version,
    damage_named,
)
from renas_trainer.network import CellNetwork
from renas_trainer.segmentation.deeplab import DeepLab, DeepLabPlan
from renas_trainer.segmentation.encoder import Encoder
from renas_trainer.weights import check_state, load_weights, save_weights

FORMAT, VERSION = SEGMENTATION_FORMAT, 2
"""What a file says it is."""

_IN_JSON = (
    *("encoder", "settings", "output_stride", "rates", "extra_conv"),
    *("classes", "mean", "std", "facts"),
)
"""Names of the strings that are JSON."""


def save_segmenter(path: Path, network: DeepLab, metadata: ModelMetadata) -> None:
    """Write a network so that `load_segmenter` builds it again; the file is whole or not there.

    Args:
        path: of the file, by custom ``model.safetensors``; one that is there is replaced.
        network: trained.
        metadata: what goes with it.

    Raises:
        InputError: the metadata are those of another network, or two classes have one name.
        OSError: the file cannot be written.
    """
    names, classes = metadata.classes, network.plan.classes
    if len(set(names)) < len(names) or len(names) != classes:
        raise InputError(
            f"the names of the classes are {list(names)}: give {classes} different ones, as many "
            "as the network tells apart"
        )
    save_weights(path, network.state_dict(), to_strings(network.plan, metadata))


def load_segmenter(path: Path) -> tuple[DeepLab, ModelMetadata]:
    """Build the network in a file, on the CPU and ready to evaluate.

    Raises:
        InputError: there is no such file, it is damaged, or it holds no segmentation network.
    """
    state, strings = load_weights(path)
    plan, metadata = from_strings(path, strings)
    try:
        if plan.encoder.genotype is not None:  # others have sizes of their own
            with torch.device("meta"):  # what a damaged file asks for may exceed the memory
                check_state(path, DeepLab(plan), state)
        network = DeepLab(plan, seed=0)  # with a seed, so that torch's generator is as it was
    except InputError as error:
        raise InputError(f"the model {path} is damaged: {error}") from None
    check_state(path, network, state)
    network.load_state_dict(state)
    return network.eval(), metadata


def load_encoder(network: DeepLab, classifier: CellNetwork) -> None:
    """Give a network the weights of a trained classifier, but for the classifier's own head.

    Args:
        network: whose encoder is of the same cell, N and F.
        classifier: from `renas_trainer.checkpoint.load_model`.

    Raises:
        InputError: its encoder is another network.
    """
    plan, encoder = classifier.plan, network.plan.encoder
    if plan.channels != 3:
        raise InputError(
            f"the classifier sees images of {plan.channels} channels, a segmentation network "
            "colours: give one that was trained on colour images"
        )
    if plan.skeleton != "imagenet":
        raise InputError(
            "a classifier with CIFAR's skeleton cannot see for a segmentation network, its maps "
            "are too large: give one of renas-train imagenet"
        )
    expected = encoder_of(classifier)
    if encoder != expected:
        raise InputError(f"the encoder is {encoder} and the classifier {expected}: give one cell")
    # The wrappers of smp and timm stand before each name.
    own = network.encoder.state_dict()
    inner = {name.removeprefix("model.model."): name for name in own}
    state = classifier.state_dict()
    for name, whole in inner.items():
        own[whole].copy_(state[name])


def encoder_of(classifier: CellNetwork) -> Encoder:
    """Return the encoder that a classifier would be."""
    plan = classifier.plan
    return Encoder.of_cells(plan.genotype, cells=plan.cells_per_stage, filters=plan.filters)


def to_strings(plan: DeepLabPlan, metadata: ModelMetadata) -> dict[str, str]:
    """Return everything about a network but its weights as strings, JSON where they are not words.

    An ONNX file carries the same ones as a model's file.
    """
    values = {
        "version": VERSION,
        "encoder": plan.encoder.name,
        "settings": dict(plan.encoder.settings),
        "output_stride": plan.output_stride,
        "rates": plan.rates,
        "extra_conv": plan.extra_conv,
        "classes": metadata.classes,
        "mean": metadata.mean,
        "std": metadata.std,
        "facts": dict(metadata.facts),
    }
    return {
        "format": FORMAT,
        "data": metadata.data,
        **{name: json.dumps(value, ensure_ascii=False) for name, value in values.items()},
    }


def from_strings(path: Path, strings: Mapping[str, str]) -> tuple[DeepLabPlan, ModelMetadata]:
    """Return the plan and the metadata in a file.

    Args:
        path: of the file, for messages.
        strings: what `to_strings` made; others are passed over.

    Raises:
        InputError: they are of something else, of a newer version, or damaged.
    """
    if strings.get("format") != FORMAT:
        raise InputError(f"{path} holds no segmentation network: give a file of renas-train voc")
    if strings.get("version") == "1":
        raise InputError(
            f"{path} was trained when logits lay elsewhere in the image: train it again"
        )
    check_version(path, strings, VERSION)
    with damage_named(path):
        value = {name: json.loads(strings[name]) for name in _IN_JSON}
        names = value["classes"]
        if not isinstance(names, list) or len(set(map(str, names))) < len(names):
            raise ValueError("its classes are no list of different names")
        first, second, third = (int(rate) for rate in value["rates"])
        metadata = ModelMetadata(
            classes=tuple(str(name) for name in names),
            mean=tuple(float(number) for number in value["mean"]),
            std=tuple(float(number) for number in value["std"]),
            data=strings["data"],
            facts=dict(value["facts"]),
        )
        plan = DeepLabPlan(
            encoder=Encoder(name=str(value["encoder"]), settings=dict(value["settings"])),
            classes=len(metadata.classes),
            output_stride=int(value["output_stride"]),
            rates=(first, second, third),
            extra_conv=bool(value["extra_conv"]),
        )
        if len(metadata.mean) != 3:
            raise ValueError(f"it has {len(metadata.mean)} means of 3 colours")
    return plan, metadata
