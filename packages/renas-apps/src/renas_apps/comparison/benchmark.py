"""What a comparison asks of a benchmark."""

import random
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from renas_space import Space
from renas_space.interface import G


class Benchmark(Protocol[G]):
    """Knows the fitness of every genotype of a space, without training it.

    It is asked for far more than trials evaluate: to say what is worth learning, a report asks for
    5,000 genotypes and the neighbours of the best of them, and each trial of a strategy that learns
    to mutate for the neighbours of its last population. An answer should take microseconds.
    """

    @property
    def name(self) -> str:
        """Of the benchmark and of what it measures, for people."""
        ...

    @property
    def digest(self) -> str:
        """Says whether two benchmarks are the same."""
        ...

    @property
    def space(self) -> Space[G]:
        """What is searched."""
        ...

    @property
    def operations(self) -> Sequence[str]:
        """Names of the operations, by token."""
        ...

    @property
    def target(self) -> float:
        """The fitness from which a genotype counts as found."""
        ...

    def fitness(self, genotype: G) -> float:
        """Return the fitness of a genotype, 0 to 1."""
        ...

    def fitnesses(self, genotypes: Sequence[G]) -> np.ndarray:
        """Return the fitness of n genotypes, (n,): at once where that is faster."""
        ...

    def observe(self, fitness: float, rng: random.Random) -> float:
        """Return what a single evaluation of a genotype tells: its fitness, or something near."""
        ...
