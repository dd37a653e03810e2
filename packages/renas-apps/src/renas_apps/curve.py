"""How fitness went over the evaluations of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from renas_apps.journal import Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Fitness over evaluations: one entry in each for every individual that has a fitness."""

    fitness: tuple[float, ...]
    """Of the individual itself."""
    best: tuple[float, ...]
    """The highest so far."""
    population: tuple[float, ...]
    """Mean of the population after it."""


def curve_of(rows: Sequence[Evaluation]) -> Curve:
    """Return how fitness went, from the rows of a journal in their order."""
    alive: dict[int, float] = {}
    fitness, best, population = list[float](), list[float](), list[float]()
    for row in rows:
        if row.fitness is None:
            continue
        alive[row.id] = row.fitness
        if row.leaver_id is not None:
            alive.pop(row.leaver_id, None)
        fitness.append(row.fitness)
        best.append(max(row.fitness, best[-1] if best else 0.0))
        population.append(fmean(alive.values()) if alive else row.fitness)
    return Curve(fitness=tuple(fitness), best=tuple(best), population=tuple(population))
