"""The settings of every recipe, by its name."""

from typing import Literal

from renas_apps.training.classifier_config import Cifar10Config, ImageNetConfig
from renas_apps.training.segmenter_config import VocConfig

RecipeName = Literal["cifar10", "imagenet", "voc"]

CONFIGS: dict[RecipeName, type[Cifar10Config | ImageNetConfig | VocConfig]] = {
    "cifar10": Cifar10Config,
    "imagenet": ImageNetConfig,
    "voc": VocConfig,
}
"""The settings of each recipe."""
