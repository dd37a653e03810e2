"""Scores of checkpoints as a table for people, and as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, fields

from renas_apps.retraining.results import Scoring
from renas_apps.retraining.scores import Score

HEAD = ("evaluations", "individuals", "cells", "failed", "mean", "deviation", "best", "fitness")
"""Of the table; ``fitness`` is the mean that the search saw."""


def rows(scores: Sequence[Score]) -> list[tuple[str, ...]]:
    """Return a row for each checkpoint, without the head."""
    return [
        (
            *(str(one.evaluations), str(one.individuals), str(one.cells), str(one.failed)),
            *(_number(one.mean), _number(one.deviation), _number(one.best)),
            _number(one.fitness_mean),
        )
        for one in scores
    ]


def as_text(scores: Sequence[Score]) -> str:
    """Return the table in columns."""
    lines = [HEAD, *rows(scores)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )


def as_csv(scoring: Scoring, scores: Sequence[Score]) -> str:
    """Return all figures, a row for each checkpoint; what is unknown is empty."""
    text = io.StringIO()
    settings = {"epochs": scoring.epochs, "seed": scoring.seed}
    names = [*(field.name for field in fields(Score)), *settings]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**asdict(one), **settings} for one in scores)
    return text.getvalue()


def _number(value: float | None) -> str:
    """Return a figure, or a dash where there is none."""
    return "-" if value is None else f"{value:.4f}"
