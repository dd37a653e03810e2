"""Where the policy of a controller leans to, beside what chance would do: a part of a trial."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from renas_apps.comparison.benchmark import Benchmark
from renas_apps.comparison.choices import Choices
from renas_apps.comparison.effects import changes
from renas_controller import MutationDistribution, Policy
from renas_space.interface import G

_DIGITS = 4
"""Of a ratio, and two more of a fitness: a trial is a line that people may look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaning:
    """What a policy would do to a population, as many times as chance would."""

    slots: tuple[float, ...]
    """How likely each slot is to mutate when its block does, divided by how likely it is by chance;
    in the order of the layout, 1 where there is nothing to choose."""
    values: tuple[float, ...]
    """The same for each value of each slot, when that slot mutates."""
    change: tuple[float, float]
    """Expected change of the fitness when one block of a member mutates: by the policy, by chance.
    Of a mutation that chooses what is there already it is 0."""
    improves: tuple[float, float]
    """How likely such a mutation makes the fitness better: by the policy, by chance."""

    @classmethod
    def of(
        cls, policy: Policy[G], parents: Sequence[G], benchmark: Benchmark[G], choices: Choices
    ) -> "Leaning":
        """Return where a policy leans to, on average over parents.

        Args:
            policy: of a strategy.
            parents: P genotypes that it would mutate.
            benchmark: whose fitness it is, without noise.
            choices: of its space.
        """
        distribution = policy(parents)
        own, chance = (_flat(one, choices) for one in (distribution, distribution.by_chance()))
        change_of = {parent: changes(benchmark, choices, parent) for parent in set(parents)}
        change = np.array([change_of[parent] for parent in parents])  # (P, V)
        slot = [value.place for value in choices.values]
        # Of a single mutation, whose block is a uniform one: (P, V) for the policy and for chance.
        single = [
            slots[:, slot] * values / len(benchmark.space.layout) for slots, values in (own, chance)
        ]
        ratios = [_ratios(of_own, of_chance) for of_own, of_chance in zip(own, chance, strict=True)]
        return cls(
            slots=ratios[0],
            values=ratios[1],
            change=_expected(single, change),
            improves=_expected(single, change > 0),
        )


def _flat(distribution: MutationDistribution, choices: Choices) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities of slots (P, S) and of values, given their slot (P, V)."""
    router = distribution.router.exp().double().numpy()  # (P, B, K)
    choice = distribution.choice.exp().double().numpy()  # (P, B, K, values)
    slots = [(slot.block, slot.slot) for slot in choices.slots]
    values = [(*slots[value.place], value.position) for value in choices.values]
    block, slot = np.array(slots).T
    of_block, of_slot, position = np.array(values).T
    return router[:, block, slot], choice[:, of_block, of_slot, position]


def _expected(single: Sequence[np.ndarray], what: np.ndarray) -> tuple[float, float]:
    """Return the mean over parents of what is expected (P, V), by the policy and by chance."""
    own, chance = (float((each * what).sum(axis=1).mean()) for each in single)
    return round(own, _DIGITS + 2), round(chance, _DIGITS + 2)


def _ratios(own: np.ndarray, chance: np.ndarray) -> tuple[float, ...]:
    """Return the ratios of mean probabilities over parents (P, n); 1 where chance has none."""
    mean, by_chance = own.mean(axis=0), chance.mean(axis=0)
    possible = by_chance > 0
    ratio = np.where(possible, mean, 1.0) / np.where(possible, by_chance, 1.0)
    return tuple(round(float(one), _DIGITS) for one in ratio)
