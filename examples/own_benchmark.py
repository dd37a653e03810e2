"""Compare strategies on a benchmark of your own, one of them with settings of your own.

`renas_apps.comparison.Benchmark` lists what a benchmark answers. Tables and figures are those of
`renas-compare`.

Example:
    python examples/own_benchmark.py runs/own-benchmark
"""

import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from renas_apps.comparison import CONTESTANTS, Campaign, Contestant
from renas_space import RENAS_OPERATIONS, Genotype, SearchSpace


class Convolutions:
    """Cells of three blocks: the more 3x3 convolutions, and the more reads of c-1, the better."""

    name = "3x3 convolutions that read c-1"
    digest = "1"  # another for each version, so that trials of different ones are not mixed
    space = SearchSpace(blocks=3)
    operations = RENAS_OPERATIONS
    target = 0.65

    def fitness(self, genotype: Genotype) -> float:
        """Return the share of slots that hold what is good."""
        rows = self.space.slot_tokens(genotype)
        good = [(row[:2].count(1), row[2:].count(0)) for row in rows]
        return sum(map(sum, good)) / (4 * len(rows))

    def fitnesses(self, genotypes: Sequence[Genotype]) -> np.ndarray:
        """Return the fitness of n genotypes, (n,)."""
        return np.array([self.fitness(genotype) for genotype in genotypes])

    def observe(self, fitness: float, rng: random.Random) -> float:
        """Return what one evaluation says: the fitness, give or take a hundredth."""
        return min(1.0, max(0.0, fitness + rng.gauss(0.0, 0.01)))


if __name__ == "__main__":
    campaign = Campaign(
        make=Convolutions,
        contestants=(
            CONTESTANTS["random"],
            CONTESTANTS["regularized-evolution"],
            Contestant(
                name="two-mutations",
                strategy="regularized-evolution",
                settings={"population_size": 10, "mutations": 2},
                source="our guess",
            ),
        ),
        seeds=range(5),
        evaluations=100,
        directory=Path(sys.argv[1]),
        against="regularized-evolution",
    )
    for effort in campaign.run(workers=2):
        print(f"{effort.contestant}: {effort.median} evaluations to {Convolutions.target}")
