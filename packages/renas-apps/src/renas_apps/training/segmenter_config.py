"""The settings of a segmentation network's training: a dataclass, whose fields are flags."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from renas_apps.config import flag
from renas_apps.training.config import TrainConfig
from renas_space import InputError

IMAGENET = "imagenet"
"""The word for weights of an encoder that are downloaded."""


@dataclass(frozen=True, kw_only=True)
class VocConfig(TrainConfig):
    """Train DeepLabv3 by its recipe for PASCAL VOC (5.4), on images with masks in VOC's layout."""

    encoder: str | None = None
    """Network that sees the image: renasnet, nasnet-a, mobilenet-v1 or mobilenet-v2 as in the
    paper's Table 3, or a name of timm's or of segmentation-models-pytorch's; by default the network
    of --genotype, --cells and --filters."""
    encoder_weights: str | None = None
    """First weights of the encoder: a model.safetensors of renas-train imagenet or renas-convert,
    whose cell is taken too; or imagenet, to download those of a named encoder. By default random
    ones."""
    genotype: str | None = None
    """Cell of the encoder: a file, a compact string, or a published name; by default that of
    --encoder-weights, or else RENASNet's."""
    filters: int | None = None
    """F, the number of filters of the encoder's first stage; by default that of --encoder-weights,
    or else 44."""
    cells: int | None = None
    """N, the number of normal cells in each of the encoder's three stages; by default that of
    --encoder-weights, or else 4."""
    output_stride: int = 16
    """By how much the encoder's last map is smaller than the image: 8 or 16; 32 for encoders that
    cannot keep their maps larger."""
    extra_conv: bool = False
    """Put a 3x3 convolution behind the ASPP, as torchvision and segmentation-models-pytorch do."""
    sbd_dir: Path | None = None
    """Directory of SBD, whose masks are trained on too, but for those of the images of
    --val-split."""
    train_split: str = "train"
    """List of the images to train on: NAME of ImageSets/Segmentation/NAME.txt."""
    val_split: str = "val"
    """List of the images to score on: NAME of ImageSets/Segmentation/NAME.txt."""
    crop_size: int = 513
    """Height and width of the crop that the network sees in training, in pixels."""
    scale_least: float = 0.5
    """Least factor by which a training image is resized."""
    scale_most: float = 2.0
    """Greatest factor by which a training image is resized."""
    workers: int = 2
    """Processes that decode images, for each device; 0 decodes in the one that trains."""
    epochs: int = 46
    """Passes over the training images."""
    batch_size: int = 16
    """Images of a step, over all devices and accumulated parts."""
    learning_rate: float = 0.007
    """Learning rate of the head at the start."""
    encoder_rate: float = 1.0
    """Learning rate of the encoder, as a share of the head's."""
    learning_rate_end: float = 0.0
    """Learning rate of the head at the end."""
    power: float = 0.9
    """Power of the polynomial by which the learning rate falls."""
    freeze_norms: bool = False
    """Keep the encoder's batch normalisation as it is, in training too."""
    weight_decay: float = 4e-5
    """Weight decay of SGD."""
    clip: float = 0.0
    """Largest norm of the gradients of a step, to which larger ones are scaled down; 0 for no
    limit."""
    dropout: float = 0.5
    """Probability of dropout behind the ASPP."""

    def __post_init__(self) -> None:
        """Check the settings.

        Raises:
            InputError: one is out of range, or two contradict each other.
        """
        super().__post_init__()
        if self.workers < 0:
            raise InputError(f"--workers is {self.workers}: give a number of at least 0")
        if self.data_dir is None and not self.dry_run:
            raise InputError(
                "there are no images: say where JPEGImages, SegmentationClass and ImageSets are "
                "with --data-dir"
            )
        given = [name for name in ("genotype", "cells", "filters") if getattr(self, name)]
        if self.encoder is not None and given:
            raise InputError(
                f"--encoder {self.encoder} and {flag(given[0])} both say what sees the image: "
                "give one of them"
            )

    def settings(self) -> dict[str, Any]:
        """Return what decides the run, as `TrainConfig.settings`; a file of weights in full.

        Raises:
            InputError: the genotype cannot be read.
        """
        values = super().settings()
        if self.encoder_weights not in (None, IMAGENET):
            values["encoder_weights"] = str(Path(self.encoder_weights).absolute())
        return values
