"""The training of DeepLabv3 on PASCAL VOC 2012, as a value (5.4).

The paper's own words are that it follows DeepLabv3; what is marked "DeepLabv3" is from Chen et al.
2017, *Rethinking Atrous Convolution for Semantic Image Segmentation*, section 4.
"""

from dataclasses import dataclass

from renas_space import InputError
from renas_trainer.recipes import Recipe, ScheduleName, check_from_zero

_MOST_CROP = 8192
"""Height and width of the largest crop, in pixels."""

_LEAST_SCALE, _MOST_SCALE = 0.05, 20.0
"""By how much images may be resized; an image is padded to the crop before that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VocRecipe(Recipe):
    """How DeepLabv3 is trained on an encoder."""

    epochs: int = 46
    """Our reading of DeepLabv3's 30,000 steps of 16 images out of 10,582."""
    batch_size: int = 16
    """DeepLabv3: BN is trained, and needs as many."""
    schedule: ScheduleName = "polynomial"
    """DeepLabv3."""
    learning_rate: float = 0.007
    """DeepLabv3; of the head, and of the encoder as its share says."""
    learning_rate_end: float = 0.0
    """DeepLabv3."""
    power: float = 0.9
    """DeepLabv3."""
    weight_decay: float = 4e-5
    """Our choice: that of the ImageNet training (5.3), and of DeepLabv3's published code."""
    dropout: float = 0.5
    """Behind the ASPP (our choice: as torchvision and segmentation-models-pytorch have it)."""
    encoder_rate: float = 1.0
    """Learning rate of the encoder, as a share of the head's (DeepLabv3 has one for both)."""
    freeze_norms: bool = False
    """Whether the encoder's BN keeps its statistics, scales and shifts. DeepLabv3 trains all BN on
    VOC's augmented set; its published validation figures are of that. Freeze it where batches are
    small and the encoder is pretrained."""
    crop_size: int = 513
    """Height and width of what the network sees in training, in pixels (DeepLabv3)."""
    scale_least: float = 0.5
    """Least factor by which an image is resized in training (DeepLabv3)."""
    scale_most: float = 2.0
    """Greatest, likewise (DeepLabv3)."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            InputError: a setting is out of range, or two contradict each other.
        """
        Recipe.__post_init__(self)  # a class with slots has no `super` here
        for name in ("scale_least", "scale_most"):
            if not _LEAST_SCALE <= getattr(self, name) <= _MOST_SCALE:
                raise InputError(
                    f"{name} is {getattr(self, name)}: give {_LEAST_SCALE} to {_MOST_SCALE}"
                )
        check_from_zero(self, "encoder_rate")
        if self.scale_least > self.scale_most:
            raise InputError(
                f"scales go from {self.scale_least} to {self.scale_most}: "
                "give a least that is not above the most"
            )
        if not 16 <= self.crop_size <= _MOST_CROP:
            raise InputError(f"crop_size is {self.crop_size}: give 16 to {_MOST_CROP:,} pixels")
