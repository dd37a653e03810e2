"""What searches with real training come to, evaluation by evaluation: Fig. 4 with networks.

Of every run it tells, each few evaluations, the mean fitness of the population, as the search saw
it; what the benchmark of RENAS's cells says of the same cells (trained alike from scratch, so a
lineage gains nothing by its age); and the accuracy after retraining, at the checkpoints that
`renas-report retrain` has scored. Runs of one strategy are drawn as their mean and range.

Example:
    renas-report retrain runs/plus-1 --every 20 --epochs 2
    python tools/studies/real_searches.py runs/* --out real-searches.csv --figure real-searches.svg
"""

import argparse
import csv
import io
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import fmean

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from renas_apps import Run
from renas_apps.comparison import RenasCells
from renas_apps.comparison.lesson import spearman
from renas_apps.exit_status import run_command
from renas_apps.outputs import check_out
from renas_apps.picture import svg_of
from renas_apps.retraining.checkpoint import checkpoints_of
from renas_apps.retraining.scores import Score, scored
from renas_apps.run_directory import write_whole
from renas_space import Genotype, InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A population on the way."""

    strategy: str
    """And whether its children inherited weights."""
    seed: int
    evaluations: int
    fitness: float
    """Mean over the population."""
    best: float
    """Highest fitness so far."""
    surrogate: float
    """What the benchmark says of the population's cells, mean."""
    surrogate_of_best: float
    """And of the fittest so far."""
    retrained: float | None
    """Mean accuracy of the population, trained from scratch."""
    retrained_best: float | None


def scores_by_evaluations(run: Run, epochs: int | None) -> dict[int, Score]:
    """Return what retraining has made of the checkpoints, those of so many epochs if it is said.

    Raises:
        InputError: there are retrainings of several kinds.
    """
    found = [one for one in scored(run) if epochs in (None, one.scoring.epochs)]
    kinds = sorted({(one.scoring.epochs, one.scoring.seed) for one in found})
    if len(kinds) > 1:
        shown = ", ".join(f"{epochs} with seed {seed}" for epochs, seed in kinds)
        raise InputError(
            f"{run.directory.path} was retrained for several numbers of epochs ({shown}): "
            "say which with --epochs"
        )
    return {score.evaluations: score for one in found for score in one.scores}


def looks_of(run: Run, benchmark: RenasCells, every: int, epochs: int | None) -> list[Look]:
    """Return what a run comes to each few evaluations.

    Raises:
        InputError: as `scores_by_evaluations`.
    """
    name = f"{run.config.strategy}, {'inherited weights' if run.inherits else 'from scratch'}"
    retrained = scores_by_evaluations(run, epochs)
    told = [row for row in run.evaluations if row.state == "told"]
    looks: list[Look] = []
    checkpoints = checkpoints_of(run.evaluations, population=run.config.population, every=every)
    for checkpoint in checkpoints:
        so_far = told[: checkpoint.evaluations]
        fittest = max(so_far, key=lambda row: row.fitness or 0.0)
        score = retrained.get(checkpoint.evaluations)
        looks.append(
            Look(
                strategy=name,
                seed=run.config.seed,
                evaluations=checkpoint.evaluations,
                fitness=fmean(member.fitness or 0.0 for member in checkpoint.members),
                best=fittest.fitness or 0.0,
                surrogate=fmean(
                    benchmark.fitness(Genotype.from_string(member.genotype))
                    for member in checkpoint.members
                ),
                surrogate_of_best=benchmark.fitness(Genotype.from_string(fittest.genotype)),
                retrained=None if score is None else score.mean,
                retrained_best=None if score is None else score.best,
            )
        )
    return looks


def agreement(run: Run, benchmark: RenasCells) -> Iterator[str]:
    """Yield the rank correlation of fitness with the benchmark, of founders and of children."""
    for name, kind in (("founders", "initial"), ("children", "child")):
        rows = [row for row in run.evaluations if row.state == "told" and row.kind == kind]
        worth = benchmark.fitnesses([Genotype.from_string(row.genotype) for row in rows])
        fitness = np.array([row.fitness for row in rows])
        yield f"{name} {spearman(fitness, worth):.2f}"


By = Mapping[str, Sequence[Look]]
"""Looks by strategy."""


def _draw(by: By, path: Path) -> None:
    """Draw what the search saw beside what the cells are worth."""
    figure = Figure(figsize=(11, 4), layout="constrained")
    panels: list[Axes] = list(figure.subplots(1, 3))
    for axes, value, label in zip(
        panels,
        ("fitness", "surrogate", "retrained"),
        ("fitness in the search", "the cells by the benchmark", "retrained from scratch"),
        strict=True,
    ):
        _curves(axes, by, value)
        axes.set(title=label, xlabel="evaluations")
    panels[0].set_ylabel("population mean, %")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(by))
    write_whole(path, svg_of(figure))


def _curves(axes: Axes, by: By, value: str) -> None:
    """Draw a value: every seed, their mean and range."""
    for name, looks in by.items():
        values: dict[int, list[float]] = defaultdict(list)
        for look in looks:
            if getattr(look, value) is not None:
                values[look.evaluations].append(100 * getattr(look, value))
        at = sorted(values)
        line = axes.plot(at, [fmean(values[one]) for one in at], label=name, marker=".")[0]
        low, high = [min(values[one]) for one in at], [max(values[one]) for one in at]
        axes.fill_between(at, low, high, color=line.get_color(), alpha=0.15, linewidth=0)
        for one in at:  # each seed: a range of one checkpoint would not be seen
            each = values[one]
            axes.plot([one] * len(each), each, "_", color=line.get_color(), alpha=0.6)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("runs", type=Path, nargs="+", help="directories of searches")
    add("--every", type=int, default=5, help="evaluations (%(default)s)")
    add("--epochs", type=int, help="of the retrainings, where there are several")
    add("--out", type=Path, required=True, help="CSV file")
    add("--figure", type=Path, required=True, help="SVG file")
    return parser.parse_args(arguments)


def study(asked: argparse.Namespace) -> None:
    """Write the CSV and the figure; print the last populations.

    Raises:
        InputError: a setting or a run is of no use.
    """
    if asked.every < 1:
        raise InputError(f"--every is {asked.every}: give 1 or more")
    for flag, path in (("--out", asked.out), ("--figure", asked.figure)):
        check_out(path, flag=flag, force=True)
    benchmark, by = RenasCells(), defaultdict[str, list[Look]](list)
    for path in asked.runs:
        run = Run.open(path)
        for look in looks_of(run, benchmark, asked.every, asked.epochs):
            by[look.strategy].append(look)
        print(path, "fitness against the benchmark:", *agreement(run, benchmark))
    _draw(by, asked.figure)
    write_whole(asked.out, _csv([look for looks in by.values() for look in looks]))
    for name, looks in by.items():
        last = max(look.evaluations for look in looks)
        for look in looks:
            if look.evaluations == last:
                print(name, asdict(look))


def _csv(looks: Sequence[Look]) -> str:
    """Return looks as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Look)], lineterminator="\n")
    writer.writeheader()
    for look in looks:
        shown = asdict(look).items()
        writer.writerow(
            {key: f"{one:.4f}" if isinstance(one, float) else one for key, one in shown}
        )
    return text.getvalue()


def main() -> int:
    """Run the study; return the exit status."""
    asked = parse()
    return run_command("real_searches.py", lambda: study(asked))


if __name__ == "__main__":
    sys.exit(main())
