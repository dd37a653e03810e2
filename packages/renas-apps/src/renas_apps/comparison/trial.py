"""One strategy on one benchmark with one seed."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from renas_apps.comparison.benchmark import Benchmark
from renas_apps.comparison.choices import Choices
from renas_apps.comparison.contestants import Contestant, settings_digest
from renas_apps.comparison.leaning import Leaning
from renas_space.interface import G

EVERY = 10
"""Evaluations between two looks at the population."""


def looks(evaluations: int) -> list[int]:
    """Return after how many of so many evaluations a trial is looked at; the last is a look."""
    return [*range(EVERY, evaluations, EVERY), evaluations]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a contestant did with a seed."""

    contestant: str
    """Its name."""
    settings: str
    """Digest of all its settings, defaults included: see `settings_digest`."""
    seed: int
    """Of all its randomness."""
    improvements: tuple[tuple[int, float], ...]
    """The number of every evaluation, from 1, that was better than all before, and its fitness
    without the noise of a single evaluation."""
    population: tuple[tuple[float, float], ...]
    """Mean and standard deviation of the population's fitness, without the noise, at each of the
    `looks`."""
    entropies: tuple[float | None, ...]
    """Entropy of the policy at the last proposal, in nats, at each look; None without."""
    evaluations: int
    """How many there were."""
    leaning: Leaning | None = None
    """Where the policy leans to in the end, over the population; None without a policy."""

    def best_after(self, evaluations: int) -> float:
        """Return the best fitness of the first evaluations."""
        return max(fitness for number, fitness in self.improvements if number <= evaluations)

    def evaluations_to(self, target: float) -> int | None:
        """Return how many evaluations it took to find a fitness; None where that was not found."""
        return next((number for number, fitness in self.improvements if fitness >= target), None)


By = Mapping[str, Sequence[Trial]]
"""Trials by contestant."""


def run_trial(
    benchmark: Benchmark[G], contestant: Contestant, *, seed: int, evaluations: int
) -> Trial:
    """Let a contestant search a benchmark.

    Args:
        benchmark: what gives the fitness.
        contestant: who searches.
        seed: of all its randomness.
        evaluations: how many; the initial population is among them.
    """
    strategy = contestant.make(benchmark.space, seed)
    settings = settings_digest(strategy)  # now, while its state is small
    noise = random.Random(f"noise {seed}")  # a stream of its own
    improvements: list[tuple[int, float]] = []
    truth: dict[int, float] = {}  # fitness without noise, by individual
    population: list[tuple[float, float]] = []
    entropies: list[float | None] = []
    looked_at = set(looks(evaluations))
    for number in range(1, evaluations + 1):
        proposal = strategy.ask()
        truth[proposal.id] = fitness = benchmark.fitness(proposal.genotype)
        strategy.tell(proposal, benchmark.observe(fitness, noise))
        if not improvements or fitness > improvements[-1][1]:
            improvements.append((number, fitness))
        if number in looked_at:
            alive = [truth[each.id] for each in strategy.population]
            population.append((fmean(alive), pstdev(alive)))
            entropies.append(proposal.entropy)
    leaning: Leaning | None = None
    if strategy.policy is not None:
        members = [each.genotype for each in strategy.population]
        leaning = Leaning.of(strategy.policy, members, benchmark, Choices.of(benchmark))
    return Trial(
        contestant=contestant.name,
        settings=settings,
        seed=seed,
        improvements=tuple(improvements),
        population=tuple(population),
        entropies=tuple(entropies),
        evaluations=evaluations,
        leaning=leaning,
    )
