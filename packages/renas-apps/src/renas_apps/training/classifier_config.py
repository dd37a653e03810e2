"""The settings of a classifier's training: a dataclass for each recipe, whose fields are flags."""

from dataclasses import dataclass

from renas_apps.config import DataName, check_data_dir
from renas_apps.training.config import TrainConfig
from renas_space import InputError


@dataclass(frozen=True, kw_only=True)
class ClassifierConfig(TrainConfig):
    """What the recipes of classifiers have in common."""

    genotype: str = "renasnet"
    """Cell to train: a best.json or other file, a compact string, or a published name."""
    filters: int
    """F, the number of filters of the first stage."""
    cells: int
    """N, the number of normal cells in each of the three stages."""
    flip: bool = True
    """Mirror training images by chance, as in the paper, but never digits. Turn it off where left
    and right matter, as in signs and letters."""
    auxiliary_weight: float = 0.4
    """Weight of the auxiliary head's loss beside the main one; 0 for no such head."""
    label_smoothing: float
    """Label smoothing: probability taken from the right class and shared by the others, in the main
    loss only."""
    drop_path: float
    """Probability, at most, that a side of a block is dropped (drop path); grows linearly with
    depth and training."""


@dataclass(frozen=True, kw_only=True)
class Cifar10Config(ClassifierConfig):
    """Train a network by the paper's CIFAR-10 recipe (5.2), on images held in memory."""

    filters: int = 32
    """F, the number of filters of the first stage."""
    cells: int = 6
    """N, the number of normal cells in each of the three stages."""
    data: DataName = "cifar10"
    """Images to train and score on: CIFAR-10, scikit-learn's digits, or an image folder of your
    own."""
    image_size: int | None = None
    """Height and width that images are brought to, in pixels; by default their own, for a folder
    the median of the shorter sides, but 64 at most."""
    hold_out: bool = False
    """Keep the validation images apart and score on them; otherwise they are trained on too and
    test images are scored, where the data set has any."""
    epochs: int = 630
    """Passes over the training images: 10 + 20 + 40 + 80 + 160 + 320."""
    first_cycle: int = 10
    """Epochs of the first cosine of the learning rate, after which it starts anew."""
    cycle_growth: int = 2
    """How many times as long each cosine of the learning rate is as the one before."""
    batch_size: int = 128
    """Images of a step, over all devices and accumulated parts."""
    learning_rate: float = 0.05
    """Learning rate of SGD at the start of each cosine."""
    learning_rate_end: float = 0.001
    """Learning rate of SGD at the end of each cosine."""
    weight_decay: float = 3e-4
    """Weight decay of SGD."""
    label_smoothing: float = 0.0
    """Label smoothing: probability taken from the right class and shared by the others, in the main
    loss only."""
    clip: float = 0.0
    """Largest norm of the gradients of a step, to which larger ones are scaled down; 0 for no
    limit."""
    dropout: float = 0.5
    """Probability of dropout before each classifier, the auxiliary head's too."""
    drop_path: float = 0.5
    """Probability, at most, that a side of a block is dropped (drop path); grows linearly with
    depth and training."""
    cutout: int = 16
    """Side of the square that is blanked in each training image (cutout), in pixels of a 32x32
    image; other images scale it; 0 for none."""

    def __post_init__(self) -> None:
        """Check the settings.

        Raises:
            InputError: one is out of range, or two contradict each other.
        """
        super().__post_init__()
        if self.cutout < 0:
            raise InputError(f"--cutout is {self.cutout}: give 0 or a number of pixels")
        check_data_dir(self.data, self.data_dir, needed=not self.dry_run)


@dataclass(frozen=True, kw_only=True)
class ImageNetConfig(ClassifierConfig):
    """Train a network by the paper's ImageNet recipe (5.3), on photographs in class folders."""

    filters: int = 44
    """F, the number of filters of the first stage."""
    cells: int = 4
    """N, the number of normal cells in each of the three stages."""
    crop_size: int = 224
    """Height and width of the crop that the network sees, in pixels."""
    scale_least: int = 256
    """Least shorter side that a training image is resized to, in pixels for a crop of 224; other
    crops scale it."""
    scale_most: int = 480
    """Greatest shorter side that a training image is resized to, in pixels for a crop of 224; other
    crops scale it."""
    image_size: int = 256
    """Shorter side that an image is resized to before the central crop in evaluation, in pixels for
    a crop of 224; other crops scale it."""
    colour: bool = True
    """Vary the colours of training images as AlexNet's training did."""
    plain_epochs: int = 20
    """How many of the last epochs vary images by crop and flip alone, not by scale or colour."""
    workers: int = 2
    """Processes that decode images, for each device; 0 decodes in the one that trains."""
    epochs: int = 200
    """Passes over the training images."""
    batch_size: int = 256
    """Images of a step, over all devices and accumulated parts."""
    learning_rate: float = 0.1
    """Learning rate of SGD at the start."""
    learning_rate_end: float = 0.0
    """Learning rate of SGD at the end."""
    power: float = 1.0
    """Power of the polynomial by which the learning rate falls."""
    weight_decay: float = 4e-5
    """Weight decay of SGD."""
    label_smoothing: float = 0.1
    """Label smoothing: probability taken from the right class and shared by the others, in the main
    loss only."""
    clip: float = 10.0
    """Largest norm of the gradients of a step, to which larger ones are scaled down; 0 for no
    limit."""
    dropout: float = 0.0
    """Probability of dropout before each classifier, the auxiliary head's too."""
    drop_path: float = 0.0
    """Probability, at most, that a side of a block is dropped (drop path); grows linearly with
    depth and training."""

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
