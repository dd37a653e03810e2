"""The paper's trainings of a classifier, as values (5.2, 5.3).

What the paper leaves open is marked: "authors' code" for what their published network shows, "our
choice" for the rest.
"""

import math
from dataclasses import dataclass
from typing import Literal

from renas_space import InputError

ScheduleName = Literal["cosine-restarts", "polynomial"]
"""How the learning rate falls."""

REFERENCE_CROP = 224
"""The crop that the scales of photographs are given for, in pixels (5.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a network is trained from first weights by SGD."""

    epochs: int
    """Passes over the training images."""
    batch_size: int
    """Images of a step, over all processes and accumulated parts."""
    schedule: ScheduleName
    """How the learning rate falls, step by step."""
    learning_rate: float
    """At the start, and after each restart."""
    learning_rate_end: float
    """At the end, and before each restart."""
    first_cycle: int = 10
    """Epochs of the first cosine; the whole training where that is shorter. Cosine only."""
    cycle_growth: int = 2
    """How many times as long each cosine is as the one before. Cosine only."""
    power: float = 1.0
    """Of the polynomial. Polynomial only."""
    warmup_epochs: int = 0
    """Epochs in which the learning rate first rises from 0, step by step (our choice: none)."""
    momentum: float = 0.9
    """Of SGD (5.2, 5.3)."""
    weight_decay: float
    """Of SGD."""
    decay_norms: bool = True
    """Whether BN and biases decay too (our choice: the paper excepts nothing)."""
    clip: float | None = None
    """Largest norm of all gradients together; None for any."""
    dropout: float = 0.0
    """Probability of dropout before the last layer."""
    ema_decay: float | None = None
    """Of a moving average of the weights; None for none (our choice)."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            InputError: a setting is out of range.
        """
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise InputError(f"{name} is {getattr(self, name)}: give at least {least}")
        check_above_zero(self, "learning_rate", "power", "clip")
        check_probabilities(self, "momentum", "dropout", "ema_decay")
        check_from_zero(self, "weight_decay", "learning_rate_end")
        self._check_together()

    def _check_together(self) -> None:
        """Check settings that depend on each other."""
        if self.learning_rate_end > self.learning_rate:
            raise InputError(
                f"the learning rate goes from {self.learning_rate} to {self.learning_rate_end}: "
                "give an end that is not above the start"
            )
        if self.warmup_epochs >= self.epochs:
            raise InputError(
                f"warmup_epochs is {self.warmup_epochs} of {self.epochs} epochs: give fewer"
            )

    @property
    def cycle_ends(self) -> tuple[int, ...]:
        """Epochs after which a cosine ends, up to the first at or after the last epoch."""
        ends, length = list[int](), min(self.first_cycle, self.epochs)
        while not ends or ends[-1] < self.epochs:
            ends.append((ends[-1] if ends else 0) + length)
            length *= self.cycle_growth
        return tuple(ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassificationRecipe(Recipe):
    """How a classifier is trained."""

    auxiliary_weight: float = 0.4
    """Of the auxiliary head's loss beside the main one (5.2, 5.3); 0 for no such head."""
    label_smoothing: float = 0.0
    """Probability taken from the right class and shared by the others, in the main loss only."""
    drop_path: float = 0.0
    """Probability that a side of a block is dropped for an image, in the last cell at the end of
    training; it grows linearly with depth and with training, as in NASNet (our choice)."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            InputError: a setting is out of range.
        """
        Recipe.__post_init__(self)  # a class with slots has no `super` here
        check_probabilities(self, "label_smoothing", "drop_path")
        check_from_zero(self, "auxiliary_weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cifar10Recipe(ClassificationRecipe):
    """The paper's training on CIFAR-10 (5.2)."""

    epochs: int = 630
    """5.2: 10 + 20 + 40 + 80 + 160 + 320."""
    batch_size: int = 128
    """5.2: 64 on each of two GPUs."""
    schedule: ScheduleName = "cosine-restarts"
    """5.2 (ENAS's schedule, our reading)."""
    learning_rate: float = 0.05
    """5.2."""
    learning_rate_end: float = 0.001
    """Our choice: ENAS's."""
    weight_decay: float = 3e-4
    """5.2."""
    dropout: float = 0.5
    """5.2, before the softmax."""
    drop_path: float = 0.5
    """5.2."""
    cutout: int = 16
    """Side of the square that is blanked, in pixels of a 32x32 image (our choice: that of
    DeVries & Taylor for CIFAR-10); another size of image scales it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageNetRecipe(ClassificationRecipe):
    """The paper's training on ImageNet in the mobile setting (5.3)."""

    epochs: int = 200
    """5.3."""
    batch_size: int = 256
    """5.3: 64 on each of four GPUs."""
    schedule: ScheduleName = "polynomial"
    """5.3; its power and end are our choice."""
    learning_rate: float = 0.1
    """5.3."""
    learning_rate_end: float = 0.0
    """Our choice."""
    weight_decay: float = 4e-5
    """5.3."""
    label_smoothing: float = 0.1
    """Authors' code: every wrong one of 1,000 classes gets 0.1 / 999."""
    clip: float | None = 10.0
    """Authors' code."""
    crop_size: int = REFERENCE_CROP
    """Height and width of what the network sees, in pixels (5.3)."""
    scale_least: int = 256
    """Least shorter side that an image is resized to, for a crop of 224; another crop scales it
    (5.3)."""
    scale_most: int = 480
    """Greatest, likewise (5.3)."""
    flip: bool = True
    """Whether to mirror images by chance (5.3)."""
    colour: bool = True
    """Whether to vary colours as AlexNet's training did (5.3)."""
    plain_epochs: int = 20
    """Last epochs with crop and flip alone: no scale, no colour (5.3)."""
    evaluation_scale: int = 256
    """Shorter side before the central crop in evaluation, for a crop of 224; another crop scales
    it (our choice). The plain epochs crop from the same."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            InputError: a setting is out of range, or two contradict each other.
        """
        ClassificationRecipe.__post_init__(self)
        for name in ("scale_least", "scale_most", "evaluation_scale"):
            if getattr(self, name) < REFERENCE_CROP:
                raise InputError(
                    f"{name} is {getattr(self, name)}: give at least {REFERENCE_CROP}, as for a "
                    f"crop of {REFERENCE_CROP}"
                )
        if self.scale_least > self.scale_most:
            raise InputError(
                f"shorter sides go from {self.scale_least} to {self.scale_most}: "
                "give a least that is not above the most"
            )
        if self.crop_size < 1 or self.plain_epochs < 0:
            raise InputError(
                f"crop_size is {self.crop_size} and plain_epochs {self.plain_epochs}: "
                "give at least 1 and at least 0"
            )

    def in_pixels(self, side: int) -> int:
        """Return a side that is given for a crop of 224 for the crop that there is."""
        return max(round(side * self.crop_size / REFERENCE_CROP), self.crop_size)

    @property
    def evaluation_side(self) -> int:
        """Shorter side before the central crop in evaluation, in pixels."""
        return self.in_pixels(self.evaluation_scale)


def check_above_zero(recipe: object, *names: str) -> None:
    """Check that settings, where they are given, are finite numbers above 0.

    Raises:
        InputError: one is not.
    """
    for name in names:
        value = getattr(recipe, name)
        if value is not None and not 0 < value < math.inf:
            raise InputError(f"{name} is {value}: give a number above 0")


def check_from_zero(recipe: object, *names: str) -> None:
    """Check that settings are finite numbers from 0.

    Raises:
        InputError: one is not.
    """
    for name in names:
        value = getattr(recipe, name)
        if not 0 <= value < math.inf:
            raise InputError(f"{name} is {value}: give a number from 0")


def check_probabilities(recipe: object, *names: str) -> None:
    """Check that settings, where they are given, are from 0 and below 1.

    Raises:
        InputError: one is not.
    """
    for name in names:
        value = getattr(recipe, name)
        if value is not None and not 0 <= value < 1:
            raise InputError(f"{name} is {value}: give a number from 0 and below 1")


_LEAST = {
    "epochs": 1,
    "batch_size": 2,
    "first_cycle": 1,
    "cycle_growth": 1,
    "warmup_epochs": 0,
}
"""The smallest value of each whole number."""
