"""Tables of a comparison: evaluations to the target, and ratios; and the tidy CSV of all trials."""

import csv
import io
from collections.abc import Sequence

from renas_apps.comparison.effort import Effort, ratio
from renas_apps.comparison.ratio import Ratio
from renas_apps.comparison.speed_up import speed_up
from renas_apps.comparison.trial import By, Trial, looks

_COLUMNS = (
    *("contestant", "seed", "evaluations", "best"),
    *("population_mean", "population_deviation", "entropy"),
)
"""Of the CSV file."""


def tidy_csv(trials: Sequence[Trial]) -> str:
    """Return every look at every trial as CSV: a row for each ten evaluations, and for the last."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for trial in sorted(trials, key=lambda one: (one.contestant, one.seed)):
        seen = zip(looks(trial.evaluations), trial.population, trial.entropies, strict=True)
        for after, (mean, deviation), entropy in seen:
            writer.writerow(
                [
                    *(trial.contestant, trial.seed, after, f"{trial.best_after(after):.6f}"),
                    *(f"{mean:.6f}", f"{deviation:.6f}"),
                    "" if entropy is None else f"{entropy:.4f}",
                ]
            )
    return text.getvalue()


def efforts_csv(by: By, target: float) -> str:
    """Return how many evaluations every trial needed as CSV: a row each, empty if it found none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("contestant", "seed", "evaluations_to_target", "budget"))
    for trial in (one for of in by.values() for one in of):
        needed = trial.evaluations_to(target)
        writer.writerow([trial.contestant, trial.seed, needed or "", trial.evaluations])
    return text.getvalue()


def effort_rows(efforts: Sequence[Effort]) -> list[list[str]]:
    """Return a header and a row for each contestant, the best first."""
    rows = [["contestant", "seeds", "median", "95 %", "mean", "unsolved"]]
    for effort in sorted(efforts, key=lambda one: (one.median, one.mean)):
        low, high = (censored(end, effort.budget) for end in effort.interval())
        rows.append(
            [
                effort.contestant,
                f"{len(effort.evaluations)}",
                censored(effort.median, effort.budget),
                f"{low} to {high}" if effort.has_interval else "?",
                f"{effort.mean:.1f}",
                f"{effort.unsolved:.1%}",
            ]
        )
    return rows


def ratio_rows(efforts: Sequence[Effort], contestant: str) -> list[list[str]]:
    """Return a header and a row for each rival: how many times the evaluations it needs.

    Args:
        efforts: of all.
        contestant: whom they are compared with.
    """
    own = next(one for one in efforts if one.contestant == contestant)
    rivals = [effort for effort in efforts if effort is not own]
    return [
        _ratio_header(contestant),
        *(ratio_row(effort.contestant, ratio(effort, own)) for effort in rivals),
    ]


def speed_up_rows(by: By, contestant: str) -> list[list[str]]:
    """Return a header and a row for each rival: how far behind its population is.

    Args:
        by: the trials of each contestant.
        contestant: whom they are compared with.
    """
    rivals = {name: trials for name, trials in by.items() if name != contestant}
    return [
        _ratio_header(contestant),
        *(ratio_row(name, speed_up(of, by[contestant])) for name, of in rivals.items()),
    ]


def _ratio_header(contestant: str) -> list[str]:
    """Return the header of a table of ratios to a contestant."""
    return ["rival", f"times the evaluations of {contestant}", "95 %"]


def ratio_row(rival: str, found: Ratio) -> list[str]:
    """Return the row of a ratio and its interval; a bound has a sign before it."""
    numbers = (found.value, found.low, found.high)
    bounds = zip(numbers, found.at_least, found.at_most, strict=True)
    value, low, high = (_bounded(*each) for each in bounds)
    return [rival, value, f"{low} to {high}"]


def _bounded(number: float, at_least: bool, at_most: bool) -> str:
    """Return a ratio, of which no more may be known than a bound, or nothing at all."""
    if at_least and at_most:
        return "?"
    sign = "> " if at_least else "< " if at_most else ""
    return f"{sign}{number:.2f}"


def counted(number: int, noun: str) -> str:
    """Return a number of things for people."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def censored(value: float, budget: int) -> str:
    """Return a number of evaluations; where it is beyond the budget, that."""
    return f"> {budget}" if value > budget else f"{round(value, 1):g}"


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Return rows, the first of which is the header, as a table of Markdown."""
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
