"""Populations as they were on the way of a search, from the rows of its journal alone.

The paper looks at a search every 500 evaluations (Fig. 4). For strategies that evolve
nothing, such as reinforcement learning, the population is the best individuals so far.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from renas_apps.curve import take_in
from renas_apps.journal_rows import Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The population at one moment."""

    evaluations: int
    """Told until then, the initial population included; replayed duplicates are none."""
    members: tuple[Evaluation, ...]
    """Who was alive, the longest there first."""


def checkpoints_of(
    rows: Sequence[Evaluation], *, population: int, every: int
) -> tuple[Checkpoint, ...]:
    """Return the populations after every so many evaluations, and after the last one.

    A population is taken just before the next evaluation is told: duplicates that were replayed
    until then are in it. The last one is thus the population that the journal ends with.

    Args:
        rows: of the journal, in their order.
        population: how many individuals a population has at most.
        every: evaluations from one checkpoint to the next; 1 or more.
    """
    alive: dict[int, float] = {}
    known: dict[int, Evaluation] = {}
    told, found = 0, list[Checkpoint]()
    for row in rows:
        if row.state == "told":
            if told and told % every == 0:
                found.append(_checkpoint(told, alive, known))
            told += 1
        known[row.id] = row
        take_in(row, alive, size=population)
    if told:
        found.append(_checkpoint(told, alive, known))
    return tuple(found)


def originals_of(rows: Sequence[Evaluation]) -> dict[str, Evaluation]:
    """Return the individual that stands for each genotype, by digest: the first that was scored.

    The same whichever checkpoints are asked for, and however far the search has gone since.
    """
    found: dict[str, Evaluation] = {}
    for row in rows:
        if row.fitness is not None:
            found.setdefault(row.digest, row)
    return found


def _checkpoint(told: int, alive: dict[int, float], known: dict[int, Evaluation]) -> Checkpoint:
    """Return the population of this moment."""
    return Checkpoint(evaluations=told, members=tuple(known[number] for number in alive))
