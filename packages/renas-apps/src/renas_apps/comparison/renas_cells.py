"""A benchmark of RENAS's own space: a surrogate of cells that were trained on CIFAR-10.

The records of the trainings, the surrogates fitted to them and the card that tells about both lie
in the folder ``data``; ``tools/studies/cell_benchmark.py`` makes them.
"""

import hashlib
import json
import random
from collections.abc import Sequence
from importlib.resources import files
from typing import Literal, get_args

import numpy as np
from safetensors.numpy import load

from renas_apps.comparison.cell_surrogate import Cells, CellSurrogate
from renas_space import OPERATIONS, Genotype, InputError, SearchSpace

CellMeasure = Literal["exact", "noisy", "first-half", "second-half"]
"""What the surrogate of all records says; the same as a single training would tell it; what
surrogates of half of the records each say."""

_SURROGATES: dict[CellMeasure, str] = {
    "exact": "all",
    "noisy": "all",
    "first-half": "first",
    "second-half": "second",
}


class RenasCells:
    """The surrogate as a benchmark. It implements `Benchmark`."""

    def __init__(self, measure: CellMeasure = "exact") -> None:
        """Read the surrogate.

        Args:
            measure: what the fitness is.

        Raises:
            InputError: the measure is unknown.
        """
        if measure not in get_args(CellMeasure):
            raise InputError(
                f"the measure is {measure!r}: give one of {', '.join(get_args(CellMeasure))}"
            )
        data = files("renas_apps.comparison") / "data"
        content = (data / "renas_cells.safetensors").read_bytes()
        facts = json.loads((data / "renas_cells.json").read_text(encoding="utf-8"))
        surrogate = _SURROGATES[measure]
        self.surrogate = CellSurrogate.of(load(content), surrogate)
        self.space = SearchSpace(blocks=5)
        self.operations = OPERATIONS
        self.name = f"RENAS's cells, CIFAR-10 proxy, {measure}"
        self.digest = hashlib.sha256(content + measure.encode()).hexdigest()
        self.target = float(facts["target"][surrogate])
        self.noise = float(facts["noise"]) if measure == "noisy" else 0.0
        """Standard deviation of what is observed of a cell."""

    def fitness(self, genotype: Genotype) -> float:
        """Return what a cell scores on average, 0 to 1."""
        return float(self.fitnesses([genotype])[0])

    def fitnesses(self, genotypes: Sequence[Genotype]) -> np.ndarray:
        """Return what n cells score on average, (n,)."""
        # In canonical order, so that not even rounding tells isomorphic cells apart.
        cells = Cells.of([Genotype(genotype.normal.canonical()) for genotype in genotypes])
        return self.surrogate(cells).clip(0, 1)

    def observe(self, fitness: float, rng: random.Random) -> float:
        """Return what one training of a cell scores, 0 to 1."""
        return min(max(rng.gauss(fitness, self.noise), 0.0), 1.0) if self.noise else fitness
