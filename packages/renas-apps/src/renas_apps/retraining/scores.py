"""What the population of a checkpoint comes to once its members are retrained from scratch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Self

from renas_apps.journal_rows import Final
from renas_apps.retraining.checkpoint import Checkpoint, checkpoints_of
from renas_apps.retraining.results import FILE, Scoring, read_results
from renas_apps.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Of one population. An individual counts as often as its genotype lives in it."""

    evaluations: int
    """Told until the checkpoint."""
    individuals: int
    """In the population."""
    cells: int
    """Genotypes among them, as the digest tells them apart."""
    failed: int
    """Individuals whose training from scratch failed; they are in no figure of accuracy."""
    mean: float | None
    """Of the retrained accuracy on the held-out images, 0 to 1; None where all failed."""
    deviation: float | None
    """Its standard deviation over the population; the paper's variance is its square."""
    best: float | None
    """The highest retrained accuracy."""
    test_mean: float | None
    """Mean accuracy on the test images; None where the data set has none."""
    fitness_mean: float
    """Mean of what the search saw, perhaps with inherited weights."""
    fitness_deviation: float
    """Its standard deviation."""

    @classmethod
    def of(cls, checkpoint: Checkpoint, finals: Mapping[str, Final]) -> Self:
        """Score a checkpoint all of whose genotypes were retrained; see `complete`."""
        trained = [finals[member.digest] for member in checkpoint.members]
        accuracies = [one.accuracy for one in trained if one.accuracy is not None]
        tests = [one.test_accuracy for one in trained if one.test_accuracy is not None]
        fitness = [member.fitness or 0.0 for member in checkpoint.members]
        return cls(
            evaluations=checkpoint.evaluations,
            individuals=len(checkpoint.members),
            cells=len({member.digest for member in checkpoint.members}),
            failed=len(trained) - len(accuracies),
            mean=fmean(accuracies) if accuracies else None,
            deviation=pstdev(accuracies) if accuracies else None,
            best=max(accuracies, default=None),
            test_mean=fmean(tests) if tests else None,
            fitness_mean=fmean(fitness),
            fitness_deviation=pstdev(fitness),
        )


def complete(checkpoint: Checkpoint, finals: Mapping[str, Final]) -> bool:
    """Return whether every genotype of a checkpoint was retrained."""
    return all(member.digest in finals for member in checkpoint.members)


def scores_of(checkpoints: Sequence[Checkpoint], finals: Mapping[str, Final]) -> list[Score]:
    """Return the scores of the checkpoints that are complete."""
    return [Score.of(one, finals) for one in checkpoints if complete(one, finals)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What was asked of a run, and what has come of it so far."""

    scoring: Scoring
    """What was asked."""
    checkpoints: int
    """How many there are."""
    scores: list[Score]
    """Of those that are complete."""


def scored(run: Run) -> list[Scored]:
    """Return all that was ever asked of a run, in order.

    Raises:
        InputError: the file of the results is damaged.
    """
    results = read_results(run.directory.retrained / FILE)
    found: list[Scored] = []
    for scoring in results.asked:
        checkpoints = checkpoints_of(
            run.evaluations, population=run.settings["population"], every=scoring.every
        )
        scores = scores_of(checkpoints, results.of(scoring))
        found.append(Scored(scoring=scoring, checkpoints=len(checkpoints), scores=scores))
    return found
