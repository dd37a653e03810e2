"""The settings of a training: one dataclass for each recipe, of which every field is a flag.

Standard library and renas-space only, so that ``--help`` answers at once. The defaults are the
paper's, and those of `renas_trainer.recipes`, where the source of each stands: a test compares.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from renas_apps.config import DataName, Device, Precision, flag
from renas_space import InputError, read_genotype

RecipeName = Literal["cifar10", "imagenet", "voc"]
Tracker = Literal["none", "wandb", "mlflow"]

MAY_CHANGE = frozenset(
    {
        *("log_every", "save_every", "evaluate_every", "out", "track"),
        *("data_dir", "sbd_dir", "workers", "device", "devices", "threads"),
    }
)
"""What a resumed training may be given anew: what is shown, and where it runs."""

IMAGENET = "imagenet"
"""The word for weights of an encoder that are downloaded."""

NOT_OF_THE_RUN = frozenset({"run_dir", "resume", "config", "max_steps", "evaluate_only", "dry_run"})
"""What says where a run is and where it stops for now, and nothing about it."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """What all recipes have in common."""

    data_dir: Path | None = None
    """Directory of the images."""
    train_images: int | None = None
    """Images to train on, of each class as many (of images with masks any); by default all."""
    val_images: int | None = None
    """Images of the validation set; by default all."""

    epochs: int
    """Passes over the training images."""
    max_steps: int | None = None
    """Steps after which to stop for now; --resume goes on."""
    batch_size: int
    """Images of a step, over all devices and accumulated parts."""
    accumulate: int = 1
    """Parts that each device takes its share of a batch in, one after the other."""
    learning_rate: float
    """At the start."""
    learning_rate_end: float
    """At the end."""
    warmup_epochs: int = 0
    """Epochs in which the learning rate first rises from 0."""
    momentum: float = 0.9
    """Of SGD."""
    weight_decay: float
    """Of SGD."""
    decay_norms: bool = True
    """Let batch normalisation and biases decay too."""
    clip: float
    """Largest norm of the gradients; 0 for any."""
    dropout: float
    """Before the last layer."""
    ema_decay: float | None = None
    """Of a moving average of the weights, such as 0.9999; by default there is none."""

    seed: int = 0
    """Of everything that chance decides."""
    device: Device = "auto"
    """Where the network trains."""
    devices: int = 1
    """How many of them; torchrun says it itself."""
    precision: Precision = "32-true"
    """Of the numbers in training."""
    compile: bool = False
    """Compile the network with torch.compile; drop path then has its full probability at once."""
    threads: int = 1
    """Threads of torch, in each process."""
    log_every: int = 10
    """Steps between two rows of the log."""
    save_every: int = 500
    """Steps between two checkpoints; there is one after each epoch too."""
    evaluate_every: int = 1
    """Epochs between two evaluations."""
    track: Tracker = "none"
    """Send the figures to Weights & Biases or to MLflow too."""

    run_dir: Path | None = None
    """Directory to make for the run; by default runs/train-RECIPE-seedSEED."""
    out: Path | None = None
    """File of the trained network; by default model.safetensors in the run's directory."""
    resume: Path | None = None
    """Directory of a run to go on with; its settings come along."""
    config: Path | None = None
    """TOML file of settings; flags win over it."""
    evaluate_only: bool = False
    """Score the network of the run that --resume names, and train nothing."""
    dry_run: bool = False
    """Print schedule, augmentation, parameter groups and cost, and train nothing."""

    def __post_init__(self) -> None:
        """Check the settings that the recipe does not check.

        Raises:
            InputError: one is out of range, or two contradict each other.
        """
        for name in _AT_LEAST_ONE:
            value = getattr(self, name, None)
            if value is not None and value < 1:
                raise InputError(f"{flag(name)} is {value}: give a number of at least 1")
        if self.seed < 0:
            raise InputError(f"--seed is {self.seed}: give a number of at least 0")
        if self.clip < 0:
            raise InputError(f"--clip is {self.clip}: give a number from 0")
        if self.evaluate_only and self.resume is None:
            raise InputError(
                "--evaluate-only scores the network of a run: name its directory with --resume, "
                "or give renas-eval a file"
            )
        if self.resume and self.run_dir and self.resume.absolute() != self.run_dir.absolute():
            raise InputError(
                f"--run-dir is {self.run_dir} and --resume {self.resume}: "
                "a run goes on in its own directory, so leave --run-dir out"
            )

    def settings(self) -> dict[str, Any]:
        """Return what decides the run, as values that TOML and JSON can hold; None is left out.

        Raises:
            InputError: the genotype cannot be read.
        """
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        if values["genotype"] is not None:
            values["genotype"] = str(read_genotype(values["genotype"]))  # its file may change
        return {
            name: str(value.absolute()) if isinstance(value, Path) else value
            for name, value in values.items()
            if value is not None and name not in NOT_OF_THE_RUN
        }


@dataclass(frozen=True, kw_only=True)
class ClassifierConfig(TrainConfig):
    """What the recipes of classifiers have in common."""

    genotype: str = "renasnet"
    """Cell to train: a best.json or other file, a compact string, or a published name."""
    filters: int
    """F, filters of the first stage."""
    cells: int
    """N, normal cells in each of the three stages."""
    auxiliary_weight: float = 0.4
    """Of the auxiliary head's loss; 0 for no such head."""
    label_smoothing: float
    """Probability shared by the wrong classes, in the main loss only."""
    drop_path: float
    """Of a side of a block, at most: grows linearly with depth and training."""


@dataclass(frozen=True, kw_only=True)
class Cifar10Config(ClassifierConfig):
    """Train a network by the paper's CIFAR-10 recipe (5.2), on images held in memory."""

    filters: int = 32
    """F, filters of the first stage."""
    cells: int = 6
    """N, normal cells in each of the three stages."""
    data: DataName = "cifar10"
    """Images: CIFAR-10, scikit-learn's digits, or an image folder of your own."""
    image_size: int | None = None
    """Height and width that images are brought to, in pixels; by default their own."""
    hold_out: bool = False
    """Keep the validation images apart and score on them; otherwise they are trained on too and
    test images are scored, where the data set has any."""
    epochs: int = 630
    """Passes over the training images: 10 + 20 + 40 + 80 + 160 + 320."""
    first_cycle: int = 10
    """Epochs of the first cosine, after which the learning rate starts anew."""
    cycle_growth: int = 2
    """How many times as long each cosine is as the one before."""
    batch_size: int = 128
    """Images of a step, over all devices and accumulated parts."""
    learning_rate: float = 0.05
    """At the start of each cosine."""
    learning_rate_end: float = 0.001
    """At the end of each cosine."""
    weight_decay: float = 3e-4
    """Of SGD."""
    label_smoothing: float = 0.0
    """Probability shared by the wrong classes, in the main loss only."""
    clip: float = 0.0
    """Largest norm of the gradients; 0 for any."""
    dropout: float = 0.5
    """Before the classifiers."""
    drop_path: float = 0.5
    """Of a side of a block, at most: grows linearly with depth and training."""
    cutout: int = 16
    """Side of the square that is blanked, in pixels of a 32x32 image; other images scale it."""

    def __post_init__(self) -> None:
        """Check the settings.

        Raises:
            InputError: one is out of range, or two contradict each other.
        """
        super().__post_init__()
        if self.data != "digits" and self.data_dir is None and not self.dry_run:
            raise InputError(f"--data {self.data} needs images: say where with --data-dir")


@dataclass(frozen=True, kw_only=True)
class ImageNetConfig(ClassifierConfig):
    """Train a network by the paper's ImageNet recipe (5.3), on photographs in class folders."""

    filters: int = 44
    """F, filters of the first stage."""
    cells: int = 4
    """N, normal cells in each of the three stages."""
    crop_size: int = 224
    """Height and width of what the network sees, in pixels."""
    scale_least: int = 256
    """Least shorter side that an image is resized to, for a crop of 224; other crops scale it."""
    scale_most: int = 480
    """Greatest, likewise."""
    image_size: int = 256
    """Shorter side before the central crop in evaluation, likewise."""
    colour: bool = True
    """Vary colours as AlexNet's training did."""
    plain_epochs: int = 20
    """Last epochs with crop and flip alone: no scale, no colour."""
    workers: int = 2
    """Processes that decode images, for each device; 0 decodes in the one that trains."""
    epochs: int = 200
    """Passes over the training images."""
    batch_size: int = 256
    """Images of a step, over all devices and accumulated parts."""
    learning_rate: float = 0.1
    """At the start."""
    learning_rate_end: float = 0.0
    """At the end."""
    power: float = 1.0
    """Of the polynomial by which the learning rate falls."""
    weight_decay: float = 4e-5
    """Of SGD."""
    label_smoothing: float = 0.1
    """Probability shared by the wrong classes, in the main loss only."""
    clip: float = 10.0
    """Largest norm of the gradients; 0 for any."""
    dropout: float = 0.0
    """Before the classifiers."""
    drop_path: float = 0.0
    """Of a side of a block, at most: grows linearly with depth and training."""

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
                "there are no images: say where train/<class>/* and val/<class>/* are "
                "with --data-dir"
            )


@dataclass(frozen=True, kw_only=True)
class VocConfig(TrainConfig):
    """Train DeepLabv3 by its recipe for PASCAL VOC (5.4), on images with masks in VOC's layout."""

    encoder: str | None = None
    """What sees the image: renasnet, nasnet-a, mobilenet-v1 or mobilenet-v2 as in Table 3, or a
    name of timm's or smp's; by default the network of --genotype, --cells and --filters."""
    encoder_weights: str | None = None
    """Its first weights: a model.safetensors of renas-train imagenet or renas-convert, whose cell
    is taken too; or imagenet, to download those of a named encoder. By default random ones."""
    genotype: str | None = None
    """Cell of the encoder: a file, a compact string, or a published name; by default that of
    --encoder-weights, or else RENASNet's."""
    filters: int | None = None
    """F, filters of the first stage; likewise, or else 44."""
    cells: int | None = None
    """N, normal cells in each of the three stages; likewise, or else 4."""
    output_stride: int = 16
    """By how much the encoder's last map is smaller than the image: 8 or 16; 32 for encoders that
    cannot keep their maps larger."""
    extra_conv: bool = False
    """Put a 3x3 convolution behind the ASPP, as torchvision and smp do."""
    sbd_dir: Path | None = None
    """Directory of SBD, whose masks are trained on too, but for those of VOC's list val."""
    train_split: str = "train"
    """List of the images to train on, ImageSets/Segmentation/NAME.txt."""
    val_split: str = "val"
    """List of the images to score on."""
    crop_size: int = 513
    """Height and width of what the network sees in training, in pixels."""
    scale_least: float = 0.5
    """Least factor by which an image is resized in training."""
    scale_most: float = 2.0
    """Greatest, likewise."""
    workers: int = 2
    """Processes that decode images, for each device; 0 decodes in the one that trains."""
    epochs: int = 46
    """Passes over the training images."""
    batch_size: int = 16
    """Images of a step, over all devices and accumulated parts."""
    learning_rate: float = 0.007
    """Of the head at the start."""
    encoder_rate: float = 1.0
    """Learning rate of the encoder, as a share of the head's."""
    learning_rate_end: float = 0.0
    """At the end."""
    power: float = 0.9
    """Of the polynomial by which the learning rate falls."""
    freeze_norms: bool = False
    """Keep the encoder's batch normalisation as it is."""
    weight_decay: float = 4e-5
    """Of SGD."""
    clip: float = 0.0
    """Largest norm of the gradients; 0 for any."""
    dropout: float = 0.5
    """Behind the ASPP."""

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


_AT_LEAST_ONE = (
    *("filters", "cells", "train_images", "val_images", "epochs", "max_steps"),
    *("accumulate", "devices", "threads", "log_every", "save_every", "evaluate_every"),
)
"""Whole numbers that must be above 0."""

CONFIGS: dict[RecipeName, type[Cifar10Config | ImageNetConfig | VocConfig]] = {
    "cifar10": Cifar10Config,
    "imagenet": ImageNetConfig,
    "voc": VocConfig,
}
"""The settings of each recipe."""
