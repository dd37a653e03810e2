"""The settings of a search: one dataclass, of which every field is a flag.

Standard library and renas-space only, so that ``--help`` answers at once.
"""

import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from renas_apps.quantities import parse_duration
from renas_apps.settings_file import checked_types
from renas_space import InputError, parse_quantity

StrategyName = Literal[
    "renas",
    "renas-nonbi",
    "renas-plus",
    "evolution",
    "reinforcement",
    "regularized-evolution",
    "local-search",
    "bananas",
    "random",
]
DataName = Literal["digits", "folder", "cifar10"]
Inherit = Literal["auto", "always", "never"]
Precision = Literal["32-true", "bf16-mixed", "16-mixed"]
Device = Literal["cpu", "cuda", "mps", "auto"]

PREDICTING = ("renas-plus", "bananas")
"""Strategies that learn from the fitness of all cells what a cell is worth."""

EVOLVING = ("renas", "renas-nonbi", "evolution", "regularized-evolution")
"""Strategies that hold tournaments."""

CONTROLLED = ("renas", "renas-nonbi", "reinforcement")
"""Strategies whose controller learns from fitness, as it is told to."""

_OF_STRATEGIES = {
    "sample": EVOLVING,
    "mutations": (*EVOLVING, "renas-plus"),
    "allow_idle": ("renas", "renas-nonbi", "evolution"),
    "learning_rate": CONTROLLED,
    "entropy_weight": CONTROLLED,
    "entropy_bonus": CONTROLLED,
    "baseline": ("renas", "renas-nonbi"),
}
"""Settings that only some strategies have, and which."""

_WITHOUT_PARENTS = ("reinforcement", "random")
"""Strategies whose cells are made from nothing."""

_OF_INHERITANCE = ("child_epochs", "lr_inherited")
"""Settings that count only where children take over weights."""

MAY_CHANGE = ("evaluations", "max_time", "final_epochs", "data_dir", "threads")
"""What a resumed run may be given anew: when the search ends, where its images are now (they must
be the same ones), and threads (with a warning, since they may change the last digits)."""

SEEDS = 2**64
"""How many seeds there are: torch's generators take 64 bits. As many as for the strategies, whose
number cannot be had without importing torch."""

NOT_OF_THE_RUN = ("run_dir", "resume", "config")
"""What says where a run is, and nothing about it."""


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """Search cells for a set of images by reinforced evolution."""

    data: DataName = "digits"
    """Images to search on: scikit-learn's digits, an image folder of your own, or CIFAR-10."""
    data_dir: Path | None = None
    """Directory of the images; digits need none."""
    image_size: int | None = None
    """Height and width that images are brought to, in pixels; by default their own, for a folder
    the median of the shorter sides, but 64 at most."""
    train_images: int | None = None
    """How many images to train on; by default all."""
    val_images: int | None = None
    """How many images to hold out to measure fitness; by default 5,000 of CIFAR-10, 300 digits, a
    folder's own validation images or else a tenth of it."""
    flip: bool = True
    """Mirror training images by chance, as in the paper, but never digits. Turn it off where left
    and right matter, as in signs and letters."""

    strategy: StrategyName = "renas-plus"
    """How cells are found. renas-plus: a predictor chooses among imagined children of the best,
    half of them mutated by a controller that learns from the predictor, half by chance; renas: the
    paper's evolution with a learned controller; renas-nonbi: the same with a one-directional
    encoder; evolution: random mutations of every block; regularized-evolution: one random mutation,
    and the oldest leaves; reinforcement: a controller writes whole cells; local-search: from
    neighbour to better neighbour; bananas: after BANANAS, with a Gaussian process that chooses
    among random mutations of the best; random: every cell anew."""
    blocks: int = 5
    """B, the number of blocks of a cell."""
    separate_reduction: bool = False
    """Search a reduction cell of its own; in the paper one cell serves as both."""
    filters: int = 24
    """F, the number of filters of the first stage, in the networks that the search trains."""
    cells: int = 2
    """N, the number of normal cells in each of the three stages, in the networks that the search
    trains."""
    population: int = 20
    """P, how many individuals the population holds: those alive in renas, renas-nonbi, evolution
    and regularized-evolution, the best so far in all other strategies."""
    sample: int = 5
    """S, how many individuals a tournament holds in renas, renas-nonbi, evolution and
    regularized-evolution: the best is the parent, the worst leaves, in regularized-evolution the
    oldest of all."""
    evaluations: int = 200
    """How many individuals to train and score, the initial population included."""
    mutations: int | None = None
    """How many blocks of a child mutate: by default every one in renas, renas-nonbi and evolution,
    as in the paper, and one in regularized-evolution; in renas-plus this is the most, by default
    any number."""
    allow_idle: bool = True
    """Let a mutation of renas, renas-nonbi or evolution choose what is there already, as the paper
    does."""
    replay: bool = False
    """Tell the known fitness of a cell that is isomorphic to one already scored, instead of
    training it."""
    init_from: Path | None = None
    """File with cells to start from: a best.json, or one cell a line."""

    learning_rate: float = 0.001
    """Learning rate of the controller of renas, renas-nonbi and reinforcement."""
    entropy_weight: float = 0.1
    """Weight of the controller's entropy beside its reward, in renas, renas-nonbi and
    reinforcement."""
    entropy_bonus: Literal["reward", "gradient"] = "reward"
    """How the entropy of the controller counts in renas, renas-nonbi and reinforcement: added to
    the reward as a number (reward, the paper), or differentiated through (gradient)."""
    baseline: Literal["average", "parent"] = "average"
    """What the controller's reward is compared to in renas and renas-nonbi: its moving average, or
    the reward of the parent."""

    inherit: Inherit = "auto"
    """Whether children take over their parents' weights. Auto: they do, as in the paper, but not
    where a predictor learns from all fitness (renas-plus, bananas): it would take what a lineage
    has learned for what a cell is worth."""
    initial_epochs: int = 1
    """Passes over the training images for an individual that inherits no weights."""
    child_epochs: int = 1
    """Passes over the training images for a child that inherits weights."""
    batch_size: int = 64
    """Images of a training step, in the search and in the final retraining."""
    lr_new: float = 0.01
    """Learning rate of a network's new weights, in the search."""
    lr_inherited: float = 0.001
    """Learning rate of a network's inherited weights, in the search."""
    final_epochs: int = 3
    """Passes over the training images to retrain each member of the final population from scratch;
    0 to retrain none."""

    max_params: str | None = None
    """Parameters that a network may have as it is searched, with the --filters, --cells and image
    size of the search, such as 500K; a larger cell is never trained. What renas-train makes of the
    cell is not limited."""
    max_madds: str | None = None
    """Multiply-adds for an image that a network may take as it is searched, with the --filters,
    --cells and image size of the search, such as 20M; a costlier cell is never trained. What
    renas-train makes of the cell is not limited."""
    max_time: str | None = None
    """Time after which the search ends even so, such as 30m or 2h; over all parts of a resumed
    run."""

    seed: int = 0
    """Seed of everything that chance decides."""
    threads: int = 1
    """Processor threads that torch uses."""
    device: Device = "cpu"
    """Device that networks train on; auto takes the best that is there. Of several GPUs it is the
    first that CUDA_VISIBLE_DEVICES names."""
    precision: Precision = "32-true"
    """Precision of the numbers in training."""

    run_dir: Path | None = None
    """Directory to make for the run; by default runs/DATA-STRATEGY-seedSEED."""
    resume: Path | None = None
    """Directory of a run to go on with; its settings come along."""
    config: Path | None = None
    """TOML file of settings; flags win over it."""

    def __post_init__(self) -> None:
        """Check the settings; strings become paths.

        Raises:
            InputError: one is of another type or out of range, or two contradict each other.
        """
        for name, value in checked_types(self).items():
            object.__setattr__(self, name, value)
        self._check_numbers()
        if self.tournaments and self.sample > self.population:
            raise InputError(
                f"--sample is {self.sample} and --population {self.population}: a tournament "
                "cannot be larger than the population, so give a smaller --sample"
            )
        all_blocks = self.blocks * (2 if self.separate_reduction else 1)
        if self.mutations is not None and self.mutations > all_blocks:
            raise InputError(
                f"--mutations is {self.mutations}: a genotype has {all_blocks} blocks, "
                "so give at most that"
            )
        if self.resume and self.run_dir and self.resume.absolute() != self.run_dir.absolute():
            raise InputError(
                f"--run-dir is {self.run_dir} and --resume {self.resume}: "
                "a run goes on in its own directory, so leave --run-dir out"
            )
        check_data_dir(self.data, self.data_dir)
        # Read here so that a misspelt limit is refused before anything starts.
        _ = self.parameters_limit, self.multiply_adds_limit, self.seconds_limit

    def _check_numbers(self) -> None:
        """Check the range of each number by itself.

        Raises:
            InputError: one is out of range.
        """
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise InputError(f"{flag(name)} is {value}: give a number of at least {least}")
        if self.seed >= SEEDS:
            raise InputError(f"--seed is {self.seed}: give a number below 2^64")
        for name in ("lr_new", "lr_inherited", "learning_rate"):
            value = getattr(self, name)
            if not 0 < value < math.inf:
                raise InputError(f"{flag(name)} is {value}: give a number above 0")
        if not 0 <= self.entropy_weight < math.inf:
            raise InputError(f"--entropy-weight is {self.entropy_weight}: give a number from 0")

    @property
    def inherits(self) -> bool:
        """Whether children take over their parents' weights."""
        if not self.has_parents:
            return False
        if self.inherit == "auto":
            return self.strategy not in PREDICTING
        return self.inherit == "always"

    @property
    def has_parents(self) -> bool:
        """Whether the strategy makes children of parents."""
        return self.strategy not in _WITHOUT_PARENTS

    @property
    def tournaments(self) -> bool:
        """Whether the strategy holds tournaments."""
        return self.strategy in EVOLVING

    @property
    def without_effect(self) -> tuple[str, ...]:
        """Names of settings that are not at their defaults and yet change nothing."""
        idle = {name for name, owners in _OF_STRATEGIES.items() if self.strategy not in owners}
        if not self.inherits:
            idle.update(_OF_INHERITANCE)
        if not self.has_parents:
            idle.add("inherit")
        return tuple(
            field.name
            for field in fields(self)
            if field.name in idle and getattr(self, field.name) != field.default
        )

    def why_without_effect(self, name: str) -> str:
        """Return what a setting of `without_effect` has no effect on, for people."""
        inheriting = name in _OF_INHERITANCE and self.has_parents
        return f"{self.strategy} without inherited weights" if inheriting else self.strategy

    @property
    def parameters_limit(self) -> int | None:
        """``max_params`` as a number."""
        return None if self.max_params is None else parse_quantity(self.max_params, "--max-params")

    @property
    def multiply_adds_limit(self) -> int | None:
        """``max_madds`` as a number."""
        return None if self.max_madds is None else parse_quantity(self.max_madds, "--max-madds")

    @property
    def seconds_limit(self) -> float | None:
        """``max_time`` in seconds."""
        return None if self.max_time is None else parse_duration(self.max_time, "--max-time")

    def settings(self) -> dict[str, Any]:
        """Return what decides the run, as values that TOML and JSON can hold; None is left out."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: str(value.absolute()) if isinstance(value, Path) else value
            for name, value in values.items()
            if value is not None and name not in NOT_OF_THE_RUN
        }


_LEAST = {
    "image_size": 4,
    "train_images": 2,
    "val_images": 1,
    "blocks": 1,
    "filters": 1,
    "cells": 1,
    "population": 2,
    "sample": 2,
    "evaluations": 1,
    "mutations": 1,
    "initial_epochs": 1,
    "child_epochs": 1,
    "batch_size": 2,
    "final_epochs": 0,
    "seed": 0,
    "threads": 1,
}
"""The smallest value of each whole number."""


def check_data_dir(data: str, directory: Path | None, *, needed: bool = True) -> None:
    """Check that a directory is given where images are read from one, and only there.

    Args:
        data: the images.
        directory: of them.
        needed: whether they are read at all.

    Raises:
        InputError: it is not.
    """
    if data == "digits" and directory is not None:
        raise InputError(
            f"--data-dir is {directory}, but digits come with a library: "
            "say with --data what is there, or leave it out"
        )
    if data != "digits" and directory is None and needed:
        raise InputError(f"--data {data} needs images: say where with --data-dir")


def flag(name: str) -> str:
    """Return the flag of a field."""
    return "--" + name.replace("_", "-")
