"""The settings that all trainings have, of which every field is a flag.

Standard library and renas-space only, so that ``--help`` answers at once. The defaults are the
paper's, and those of `renas_trainer.recipes`, where the source of each stands: a test compares.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from renas_apps.config import SEEDS, Device, Precision, flag
from renas_space import InputError, read_genotype

Tracker = Literal["none", "wandb", "mlflow"]

MAY_CHANGE = frozenset(
    {
        *("log_every", "save_every", "evaluate_every", "out", "track"),
        *("data_dir", "sbd_dir", "workers", "device", "devices", "accumulate", "threads"),
    }
)
"""What a resumed training may be given anew: what is shown, and where it runs. Losses are the same
to rounding as long as devices times accumulated parts are, but for what BN sees on GPUs."""

NOT_OF_THE_RUN = frozenset({"run_dir", "resume", "config", "max_steps", "evaluate_only", "dry_run"})
"""What says where a run is and where it stops for now, and nothing about it."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """What all recipes have in common."""

    data_dir: Path | None = None
    """Directory of the images."""
    train_images: int | None = None
    """How many images to train on, as many of each class (in voc of whatever class); by default
    all. In cifar10 this implies --hold-out."""
    val_images: int | None = None
    """How many validation images to score on; by default all, in cifar10 5,000 of CIFAR-10, 300
    digits, or a tenth of a folder that has no validation images."""

    epochs: int
    """Passes over the training images."""
    max_steps: int | None = None
    """Steps after which to stop for now; --resume goes on."""
    batch_size: int
    """Images of a step, over all devices and accumulated parts."""
    accumulate: int = 1
    """In how many parts each device takes its share of a batch, one after the other."""
    learning_rate: float
    """Learning rate of SGD at the start."""
    learning_rate_end: float
    """Learning rate of SGD at the end."""
    warmup_epochs: int = 0
    """Epochs in which the learning rate first rises from 0."""
    momentum: float = 0.9
    """Momentum of SGD."""
    weight_decay: float
    """Weight decay of SGD."""
    decay_norms: bool = True
    """Let --weight-decay act on batch normalisation and biases too."""
    clip: float
    """Largest norm of the gradients of a step, to which larger ones are scaled down; 0 for no
    limit."""
    dropout: float
    """Probability of dropout before the last layer."""
    ema_decay: float | None = None
    """Decay of a moving average of the weights, such as 0.9999; by default there is none."""

    seed: int = 0
    """Seed of everything that chance decides."""
    device: Device = "auto"
    """Device that the network trains on; auto takes the best that is there."""
    devices: int = 1
    """How many devices to train on; torchrun says it itself."""
    precision: Precision = "32-true"
    """Precision of the numbers in training."""
    compile: bool = False
    """Compile the network with torch.compile; --drop-path then has its full probability from the
    start."""
    threads: int = 1
    """Processor threads that torch uses, in each process."""
    log_every: int = 10
    """Steps between two rows of the log."""
    save_every: int = 500
    """Steps between two checkpoints; there is one after each epoch too."""
    evaluate_every: int = 1
    """Epochs between two evaluations."""
    track: Tracker = "none"
    """Send the figures to Weights & Biases (wandb) or to MLflow too."""

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
        if not 0 <= self.seed < SEEDS:
            raise InputError(f"--seed is {self.seed}: give a number from 0, below 2^64")
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
            values["genotype"] = str(read_genotype(values["genotype"]))  # whatever it is called
        return {
            name: str(value.absolute()) if isinstance(value, Path) else value
            for name, value in values.items()
            if value is not None and name not in NOT_OF_THE_RUN
        }


_AT_LEAST_ONE = (
    *("filters", "cells", "train_images", "val_images", "epochs", "max_steps"),
    *("accumulate", "devices", "threads", "log_every", "save_every", "evaluate_every"),
)
"""Whole numbers that must be above 0."""
