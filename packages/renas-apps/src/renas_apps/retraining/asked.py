"""What ``renas-report retrain`` is asked for. No torch: a wrong number is refused at once."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from renas_apps.config import flag
from renas_space import InputError

EVERY, EPOCHS = 500, 20
"""As in the paper (Fig. 4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The retraining of a run's checkpoints."""

    run: Path
    """Directory of the run."""
    every: int = EVERY
    """Evaluations from one checkpoint to the next."""
    epochs: int = EPOCHS
    """Passes over the training images."""
    seed: int | None = None
    """From which the seed of each training follows; by default the run's."""
    data_dir: Path | None = None
    """Where the run's images are now; by default where they were."""
    threads: int | None = None
    """Threads of torch; by default the run's."""

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            InputError: one is too small.
        """
        for name, least in (("every", 1), ("epochs", 1), ("seed", 0), ("threads", 1)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise InputError(f"{flag(name)} is {value}: give a number of at least {least}")

    @property
    def command(self) -> str:
        """The command line that asks for the same."""
        words = ["renas-report", "retrain", str(self.run)]
        for name in ("every", "epochs", "seed", "data_dir", "threads"):
            value = getattr(self, name)
            if value is not None:
                words += [flag(name), str(value)]
        return shlex.join(words)
