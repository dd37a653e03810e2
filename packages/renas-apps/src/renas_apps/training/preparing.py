"""From settings to a recipe and to what is trained by it: one place that knows all recipes."""

from dataclasses import fields
from typing import Any

import torch

from renas_apps.config import flag
from renas_apps.training.classifier import on_images_in_memory, on_photographs
from renas_apps.training.classifier_config import Cifar10Config, ImageNetConfig
from renas_apps.training.config import TrainConfig
from renas_apps.training.material import Material
from renas_apps.training.segmenter import segmenter
from renas_apps.training.segmenter_config import VocConfig
from renas_space import InputError
from renas_trainer.recipes import Cifar10Recipe, ImageNetRecipe
from renas_trainer.segmentation.recipe import VocRecipe

RECIPES: dict[type[TrainConfig], type[Cifar10Recipe | ImageNetRecipe | VocRecipe]] = {
    Cifar10Config: Cifar10Recipe,
    ImageNetConfig: ImageNetRecipe,
    VocConfig: VocRecipe,
}
"""The recipe of each kind of settings."""


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
    try:
        return kind(**values)
    except InputError as error:  # which names a field
        name, _, rest = str(error).partition(" ")
        if name not in values:
            raise
        setting = flag("image_size" if name == "evaluation_scale" else name)
        raise InputError(f"{setting} {rest}") from None


def material(config: TrainConfig, device: torch.device | str) -> Material:
    """Open the images and build a network for them.

    Raises:
        InputError: images cannot be read, or no network fits them.
    """
    recipe = recipe_of(config)
    match config, recipe:
        case Cifar10Config(), Cifar10Recipe():
            return on_images_in_memory(config, recipe, device)
        case ImageNetConfig(), ImageNetRecipe():
            return on_photographs(config, recipe, device)
        case VocConfig(), VocRecipe():
            return segmenter(config, recipe, device)
        case _:
            raise TypeError(f"there is no recipe for {type(config).__name__}")
