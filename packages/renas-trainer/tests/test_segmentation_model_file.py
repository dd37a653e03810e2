"""The file of a segmentation network: what is written is what is built again."""

import json
from dataclasses import replace

import pytest
import torch

from renas_space import NASNET_A, RENASNET, InputError, plan_network
from renas_trainer.checkpoint import ModelMetadata, load_model
from renas_trainer.network import CellNetwork
from renas_trainer.segmentation.deeplab import DeepLab, DeepLabPlan
from renas_trainer.segmentation.encoder import Encoder
from renas_trainer.segmentation.model_file import (
    encoder_of,
    load_encoder,
    load_segmenter,
    save_segmenter,
)
from renas_trainer.weights import load_weights, save_weights

METADATA = ModelMetadata(
    classes=("sky", "röad", "car"),
    mean=(1.0, 2.0, 3.0),
    std=(4.0, 5.0, 6.0),
    data="voc",
    facts={"step": 7},
)
PLANS = [
    DeepLabPlan(encoder=Encoder.of_cells(RENASNET, cells=1, filters=8), classes=3),
    DeepLabPlan(encoder=Encoder.named("resnet18"), classes=3, output_stride=8, extra_conv=True),
    DeepLabPlan(encoder=Encoder.named("mobilenet-v2"), classes=3, rates=(2, 4, 6)),
    DeepLabPlan(encoder=Encoder.named("mit_b0"), classes=3, output_stride=32),
]


def build(plan, seed=0):
    return DeepLab(plan, seed=seed).eval()


@pytest.mark.parametrize("plan", PLANS, ids=["cells", "smp", "timm", "no meta device"])
def test_what_is_written_is_built_again(plan, tmp_path):
    network = build(plan)
    save_segmenter(tmp_path / "m.safetensors", network, METADATA)
    before = torch.random.get_rng_state()
    found, metadata = load_segmenter(tmp_path / "m.safetensors")
    assert torch.equal(torch.random.get_rng_state(), before)
    assert (found.plan, metadata) == (plan, METADATA)
    assert not found.training
    x = torch.randn(1, 3, 33, 40, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(found(x), network(x))


def classifier(genotype=RENASNET, skeleton="imagenet", cells=1, filters=8, channels=3):
    plan = plan_network(
        genotype,
        skeleton=skeleton,
        cells=cells,
        filters=filters,
        image_size=64,
        classes=4,
        channels=channels,
    )
    generator = torch.Generator().manual_seed(5)
    return CellNetwork(plan, generator=generator, auxiliary=True).eval()


def test_an_encoder_begins_with_the_weights_of_a_classifier():
    trained = classifier()
    network = build(PLANS[0])
    load_encoder(network, trained)
    x = torch.randn(1, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        # With output stride 32 the encoder's last map is what the classifier pools.
        strided = encoder_of(trained).build(output_stride=32, pretrained=False).eval()
        strided.load_state_dict(network.encoder.state_dict())
        torch.testing.assert_close(strided(x)[-1], trained.forward_features(x))


@pytest.mark.parametrize(
    ("trained", "message"),
    [
        (
            {"skeleton": "cifar"},
            "a classifier with CIFAR's skeleton cannot see for a segmentation network, its maps "
            "are too large: give one of renas-train imagenet",
        ),
        (
            {"filters": 12},
            f"the encoder is {RENASNET}, N = 1, F = 8 and the classifier {RENASNET}, N = 1, "
            "F = 12: give one cell",
        ),
        (
            {"genotype": NASNET_A},
            f"the encoder is {RENASNET}, N = 1, F = 8 and the classifier {NASNET_A}, N = 1, "
            "F = 8: give one cell",
        ),
    ],
)
def test_a_classifier_of_another_network_is_refused(trained, message):
    with pytest.raises(InputError) as error:
        load_encoder(build(PLANS[0]), classifier(**trained))
    assert str(error.value) == message


def test_a_classifier_of_grey_images_is_refused():
    with pytest.raises(InputError) as error:
        load_encoder(build(PLANS[0]), classifier(channels=1))
    assert str(error.value) == (
        "the classifier sees images of 1 channels, a segmentation network colours: give one that "
        "was trained on colour images"
    )


@pytest.mark.parametrize("names", [("sky", "car"), ("sky", "sky", "car")])
def test_a_network_with_the_names_of_another_is_not_written(tmp_path, names):
    path = tmp_path / "m.safetensors"
    with pytest.raises(InputError) as error:
        save_segmenter(path, build(PLANS[0]), replace(METADATA, classes=names))
    assert str(error.value) == (
        f"the names of the classes are {list(names)}: give 3 different ones, as many as the "
        "network tells apart"
    )
    assert not path.exists()


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "m.safetensors"
    save_segmenter(path, build(PLANS[0]), METADATA)
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "other"}, "{path} holds no segmentation network: give a file of renas-train"),
        ({"version": "3"}, "{path} has version 3 and this program knows 2: update renas-trainer"),
        (
            {"version": "1"},
            "{path} was trained when logits lay elsewhere in the image: train it again",
        ),
        ({"rates": None}, "the model {path} does not say its rates: restore it"),
        ({"rates": "[1]"}, "the model {path} is damaged (not enough values"),
        ({"encoder": '"hf-hub:x/y"'}, "the model {path} is damaged (there is no encoder 'hf-hub"),
        (
            {"settings": '{"genotype": "/etc/passwd", "cells": 1, "filters": 8}'},
            "the model {path} is damaged (",
        ),
        ({"classes": '["a", "b"]'}, "the model {path} is damaged: the model {path} has head.0."),
        ({"classes": '["a", "a", "b"]'}, "the model {path} is damaged (its classes are no list of"),
        ({"classes": '"abc"'}, "the model {path} is damaged (its classes are no list of"),
        ({"rates": "[1, 2, Infinity]"}, "the model {path} is damaged (cannot convert float infin"),
        ({"mean": "[NaN, 1, 1]"}, "the model {path} is damaged (the normalisation is mean (nan"),
        ({"mean": "[1.0]", "std": "[1.0]"}, "the model {path} is damaged (it has 1 means of 3"),
        (
            {"settings": json.dumps({"genotype": str(RENASNET), "cells": 1, "filters": 16})},
            "the model {path} is damaged: the model {path} has encoder.",
        ),
    ],
)
def test_a_damaged_file_is_refused(written, changes, message):
    state, strings = load_weights(written)
    strings = {name: value for name, value in {**strings, **changes}.items() if value is not None}
    save_weights(written, state, strings)
    with pytest.raises(InputError) as error:
        load_segmenter(written)
    assert str(error.value).startswith(message.replace("{path}", str(written)))


def test_a_missing_tensor_is_refused(written):
    state, strings = load_weights(written)
    del state["head.0.bias"]
    save_weights(written, state, strings)
    with pytest.raises(InputError, match="lacks head.0.bias: it is not the network it says it is"):
        load_segmenter(written)


def test_a_classifiers_loader_says_what_to_give(written):
    with pytest.raises(InputError, match="holds a segmentation network: give a classifier"):
        load_model(written)
