"""What DeepLabv3 is built from: how an encoder with downloaded weights wants to see images."""

from pathlib import Path

import pytest
import segmentation_models_pytorch as smp

from renas_apps.training import segmenter
from renas_apps.training.segmenter_config import VocConfig
from renas_space import InputError
from renas_trainer.photographs import MEAN, STD


@pytest.fixture
def build(monkeypatch):
    """Build with smp saying what weights expect, and download nothing."""
    monkeypatch.setattr(segmenter, "DeepLab", lambda _, **settings: settings["pretrained"])

    def with_settings(encoder, told=None, weights="imagenet"):
        if told is not None:
            monkeypatch.setattr(smp.encoders, "get_preprocessing_params", told)
        config = VocConfig(encoder=encoder, encoder_weights=weights, data_dir=Path("unread"))
        return segmenter.build(config)

    return with_settings


def told(**differences):
    """Answer as smp does for xception, but for some differences."""
    usual = {"mean": [0.5] * 3, "std": [0.25] * 3, "input_space": "RGB", "input_range": [0, 1]}
    asked = []

    def answer(name, pretrained):
        asked.append((name, pretrained))
        return {**usual, **differences}

    return answer, asked


def test_downloaded_weights_see_images_as_smp_says(build):
    answer, asked = told()
    pretrained, metadata = build("xception", answer)
    assert pretrained
    assert asked == [("xception", "imagenet")]
    assert (metadata.mean, metadata.std) == ((127.5,) * 3, (63.75,) * 3)


def test_downloaded_weights_of_timm_see_images_as_timm_says(build):
    _, metadata = build("mobilenet-v1")
    assert metadata.mean == tuple(255 * share for share in (0.5, 0.5, 0.5))


def test_random_weights_see_images_as_the_authors_did(build):
    pretrained, metadata = build("xception", weights=None)
    assert not pretrained
    assert (metadata.mean, metadata.std) == (MEAN, STD)


@pytest.mark.parametrize(
    ("differences", "what"),
    [
        ({"input_space": "BGR"}, "BGR images with values [0, 1]"),
        ({"input_range": [0, 255]}, "RGB images with values [0, 255]"),
    ],
)
def test_weights_for_other_images_are_refused(build, differences, what):
    with pytest.raises(InputError) as error:
        build("xception", told(**differences)[0])
    assert str(error.value) == (
        f"the weights of xception expect {what}: give an encoder for RGB in [0, 1]"
    )


def test_weights_that_cannot_be_asked_for_are_refused(build):
    def offline(*_, **__):
        raise OSError("no connection\nno connection at all")

    with pytest.raises(InputError) as error:
        build("xception", offline)
    assert str(error.value) == (
        "the weights of xception cannot be downloaded (no connection): give a file of weights, or "
        "none"
    )
