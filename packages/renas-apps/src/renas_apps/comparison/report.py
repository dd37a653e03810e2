"""What is written of a comparison: tables and figures, as files and as one page."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from renas_apps.comparison.benchmark import Benchmark
from renas_apps.comparison.choices import Choices
from renas_apps.comparison.effects import Effects
from renas_apps.comparison.effort import Effort
from renas_apps.comparison.figures import colour_of, draw
from renas_apps.comparison.lesson import Lesson
from renas_apps.comparison.lesson_figure import draw_lessons
from renas_apps.comparison.lesson_tables import lesson_tables, policy_csv, sentences
from renas_apps.comparison.page import Section, markdown_page, page
from renas_apps.comparison.tables import (
    effort_rows,
    efforts_csv,
    ratio_rows,
    speed_up_rows,
    tidy_csv,
)
from renas_apps.comparison.trial import By, looks
from renas_apps.run_directory import write_whole

PAPER = "renas"
"""The contestant whose speed the paper's Fig. 4 tells."""

_SIGNS = (
    "Intervals are 95 %, over seeds.",
    "> and < mark bounds: a search ended before the target, or had passed it at the first look.",
    "? is what these seeds do not tell.",
)
"""What the tables have to be read with."""


def write_report(
    title: str,
    benchmark: Benchmark[Any],
    by: By,
    efforts: Sequence[Effort],
    against: str,
    directory: Path,
) -> None:
    """Write tables and figures of trials.

    Args:
        title: of the page.
        benchmark: where they searched.
        by: the trials of each contestant.
        efforts: of each.
        against: the contestant whom the others are compared with.
        directory: where everything goes.

    Raises:
        OSError: a file cannot be written.
    """
    write_whole(directory / "trials.csv", tidy_csv([one for of in by.values() for one in of]))
    write_whole(directory / "efforts.csv", efforts_csv(by, benchmark.target))
    caption = f"evaluations to {benchmark.target:.4f}"
    sections = [Section(caption=caption, rows=effort_rows(efforts), sentences=_SIGNS)]
    comparable = len(efforts) > 1 and efforts[0].has_interval
    if comparable:
        caption = f"compared with {against}"
        sections.append(Section(caption=caption, rows=ratio_rows(efforts, against)))
    if PAPER in by and comparable and len(looks(efforts[0].budget)) > 1:
        caption = f"speed-up of {PAPER} (Fig. 4): evaluations until the population is as good"
        sections.append(Section(caption=caption, rows=speed_up_rows(by, PAPER)))
    learned, policy = _learned(benchmark, by, directory)
    sections += learned
    figures = draw(by, efforts, directory, policy)
    write_whole(directory / "report.html", page(title, sections, figures))
    write_whole(directory / "report.md", markdown_page(title, sections))


def _learned(
    benchmark: Benchmark[Any], by: By, directory: Path
) -> tuple[list[Section], Figure | None]:
    """Write down what controllers learned; return sections and a figure, none without a policy.

    Raises:
        OSError: a file cannot be written.
    """
    leanings = {
        name: [trial.leaning for trial in trials if trial.leaning is not None]
        for name, trials in by.items()
    }
    table = directory / "policy.csv"
    if not any(leanings.values()):
        table.unlink(missing_ok=True)
        return [], None
    choices = Choices.of(benchmark)
    # The same cells whatever is compared, so that reports can be laid side by side.
    effects = Effects.of(benchmark, choices, rng=random.Random("effects"))
    lessons = [Lesson.of(name, of, choices, effects) for name, of in leanings.items() if of]
    write_whole(table, policy_csv(lessons, choices, effects))
    said = list(sentences(lessons, effects))
    sections = [Section(caption="what the controllers learned", sentences=said)]
    sections += [
        Section(caption=caption, rows=rows)
        for caption, rows in lesson_tables(lessons, choices, effects)
    ]
    colours = {name: colour_of(number) for number, name in enumerate(by)}
    return sections, draw_lessons(lessons, choices, effects, colours)
