"""What a choice is worth by the benchmark itself, whoever searches it: marginal effects."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from renas_apps.comparison.benchmark import Benchmark
from renas_apps.comparison.choices import Choices
from renas_space import Mutation
from renas_space.interface import G

GENOTYPES = 5_000
"""Uniform genotypes that are looked at where there are too many to look at all."""

MOST = 20_000
"""Genotypes of a space of which all are looked at."""

BEST = 0.01
"""Share of those that are looked at which counts as the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What each of S slots and V values is worth, in fitness.

    A controller mutates good parents, so the effects near the top are what it could learn; where
    most genotypes are bad, what is good on average may well be bad there.
    """

    genotypes: int
    """How many were looked at."""
    best: int
    """How many of them are the top."""
    overall: np.ndarray
    """(V,) mean fitness of those that hold the value in its slot, less the mean of all."""
    importance: np.ndarray
    """(S,) standard deviation, over a slot's values, of the mean fitness of those that hold it."""
    near_top: np.ndarray
    """(V,) mean change of the best when the slot is set to the value."""
    change: np.ndarray
    """(S,) mean change of the best when the slot is set to any of its values."""

    @classmethod
    def of(cls, benchmark: Benchmark[G], choices: Choices, *, rng: random.Random) -> "Effects":
        """Measure the effects.

        Args:
            benchmark: whose fitness it is, without noise.
            choices: of its space.
            rng: draws the genotypes, where not all are looked at.
        """
        genotypes = list(_genotypes(benchmark, rng))
        fitness = benchmark.fitnesses(genotypes)
        tokens = np.array(
            [
                [token for block in benchmark.space.slot_tokens(genotype) for token in block]
                for genotype in genotypes
            ]
        )  # (genotypes, S)
        overall = np.array(
            [
                fitness[tokens[:, value.place] == value.token].mean() - fitness.mean()
                for value in choices.values
            ]
        )
        top = np.argsort(-fitness, kind="stable")[: max(1, int(BEST * len(genotypes)))]
        near_top = np.mean([changes(benchmark, choices, genotypes[n]) for n in top], axis=0)
        slot = np.array([value.place for value in choices.values])
        each = range(len(choices.slots))
        return cls(
            genotypes=len(genotypes),
            best=len(top),
            overall=overall,
            importance=np.array([overall[slot == place].std() for place in each]),
            near_top=near_top,
            change=np.array([near_top[slot == place].mean() for place in each]),
        )


def changes(benchmark: Benchmark[G], choices: Choices, genotype: G) -> np.ndarray:
    """Return how the fitness of a genotype changes when one slot is set to a value.

    Returns:
        (V,), zero for the values that are there already.
    """
    slots = [choices.slots[value.place] for value in choices.values]
    children = [
        benchmark.space.mutate(genotype, (Mutation(slot.block, slot.slot, value.token),))
        for slot, value in zip(slots, choices.values, strict=True)
    ]
    fitness = benchmark.fitnesses([genotype, *children])
    same = np.array([child == genotype for child in children])
    return np.where(same, 0.0, fitness[1:] - fitness[0])


def _genotypes(benchmark: Benchmark[G], rng: random.Random) -> Iterator[G]:
    """Yield every genotype of a small space, uniform ones of a large."""
    space = benchmark.space
    every = [slot.values for block in space.layout for slot in block.slots]
    if math.prod(len(values) for values in every) > MOST:
        for _ in range(GENOTYPES):
            yield space.sample(rng)
        return
    for tokens in product(*every):
        flat = iter(tokens)
        yield space.from_slot_tokens([[next(flat) for _ in block.slots] for block in space.layout])
