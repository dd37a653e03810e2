"""How fitness went over the evaluations of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from renas_apps.journal_rows import Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Fitness over evaluations: one entry in each for every individual that has a fitness."""

    evaluations: tuple[int, ...]
    """Evaluations so far; a replayed duplicate is none, and repeats the number before it."""
    fitness: tuple[float, ...]
    """Of the individual itself."""
    best: tuple[float, ...]
    """The highest so far."""
    population: tuple[float, ...]
    """Mean of the population after it."""


def curve_of(rows: Sequence[Evaluation], *, population: int) -> Curve:
    """Return how fitness went.

    Args:
        rows: of a journal, in their order.
        population: how many individuals a population has at most.
    """
    alive: dict[int, float] = {}
    evaluations, fitness = list[int](), list[float]()
    best, means = list[float](), list[float]()
    for row in rows:
        if row.fitness is None:
            continue
        take_in(row, alive, size=population)
        evaluations.append((evaluations[-1] if evaluations else 0) + (row.state == "told"))
        fitness.append(row.fitness)
        best.append(max(row.fitness, best[-1] if best else 0.0))
        means.append(fmean(alive.values()))
    return Curve(
        evaluations=tuple(evaluations),
        fitness=tuple(fitness),
        best=tuple(best),
        population=tuple(means),
    )


def take_in(row: Evaluation, alive: dict[int, float], *, size: int) -> None:
    """Bring a population up to date by an individual that is done.

    Args:
        row: the individual.
        alive: fitness of everyone in the population, by id; changed in place.
        size: how many it has at most.
    """
    if row.fitness is None:
        return
    if row.leaver_id is not None:
        alive.pop(row.leaver_id, None)
    if len(alive) < size:  # else nobody left for it: random search keeps only the best
        alive[row.id] = row.fitness
