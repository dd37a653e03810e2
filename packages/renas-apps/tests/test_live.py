"""Progress as a table, on a terminal that is a string."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from renas_apps.config import SearchConfig
from renas_apps.journal_rows import Final
from renas_apps.live import Live
from renas_apps.observer import Started, Step


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def live(clock):
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    live = Live(console, clock)
    live.started(
        Started(
            config=SearchConfig(evaluations=4, population=2, sample=2),
            directory=Path("runs/[bold]a"),
            evaluations=(),
            elapsed=0.0,
            data="photos [red]: 80 images",
        )
    )
    yield live
    live.closed()


def shown(live):
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    console.print(live._draw())
    return console.file.getvalue()


def step(evaluation, counted=1):
    return Step(
        evaluation=evaluation,
        counted=counted,
        population=[0.25, 0.75],
        best=evaluation,
        elapsed=2.0,
    )


def test_paths_are_no_markup(live):
    assert live._console.file.getvalue().startswith(
        "photos [red]: 80 images\nrenas-plus, seed 0; run runs/[bold]a\n"
    )


def test_what_is_not_known_yet_is_a_dash(live):
    table = shown(live)
    assert "0/4" in table
    assert [line.split()[-1] for line in table.splitlines()[1:5]] == ["-"] * 4


def test_the_table_shows_the_state_of_the_search(live, row):
    inherited = {"parameters_kept": 6, "parameters_sliced": 2, "parameters_new": 2}
    child = row(
        3,
        0.75,
        genotype="0110.1150",
        parameters=12345,
        fitness_before=0.5,
        parent_id=1,
        entropy=3.25,
        **inherited,
    )
    live.stepped(step(child))
    table = shown(live)
    for expected in (
        "1/4",
        "2s, 6s left",
        "0.5000 +- 0.2500",
        "3.2500",
        "80%",
        "0, 0, 0",
        "0110.1150",
        "fitness 0.5000 -> 0.7500, 80% of #1",
        "12,345",
    ):
        assert expected in table


def test_the_clock_goes_on_while_a_child_trains(live, clock, row):
    live.stepped(step(row(0, 0.75)))
    clock.now = 4.0
    assert "6s, 2s left" in shown(live)


def test_an_individual_without_fitness_says_why(live, row):
    live.stepped(step(row(3, state="failed", reason="the loss [is] nan"), 0))
    assert "failed: the loss [is] nan" in shown(live)


def test_retrainings_are_counted_with_those_of_an_earlier_part(live):
    final = {"genotype": "0110", "epochs": 3, "test_accuracy": None, "loss": None, "curve": "[]"}
    live.retrained(Final(id=2, accuracy=0.5, **final), 2, 3)
    live.retrained(Final(id=3, accuracy=None, reason="the loss is nan", **final), 3, 3)
    assert "retrained 3/3, best accuracy 0.5000" in shown(live)


def test_it_can_be_closed_twice(live):
    live.finished(Path("runs/a"))
    live.closed()


def test_a_reason_cannot_steer_the_terminal(live, row):
    live.stepped(step(row(3, state="failed", reason="the loss\nis \x1b[2Jnan")))
    assert "failed: the loss is  [2Jnan" in shown(live)
    assert "\x1b" not in shown(live)


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (100, "# what came of it parameters cell"),
        (80, "# what came of it cell"),
        (50, "# what came of it"),
    ],
)
def test_a_narrow_terminal_shows_fewer_columns(width, columns, row):
    live = Live(Console(file=io.StringIO(), width=width, force_terminal=False))
    live.stepped(step(row(3, 0.5)))
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    console.print(live._recent())
    head, line = console.file.getvalue().splitlines()
    assert head.split() == columns.split()
    assert "fitness 0.5000, new" in line


def test_a_long_cell_is_cut_before_what_came_of_it(row):
    console = Console(file=io.StringIO(), width=90, force_terminal=False)
    live = Live(console)
    cell = {"genotype": "0110." * 20, "parameters": 12345}
    live.stepped(step(row(3, 0.5, fitness_before=0.25, **cell)))
    console.print(live._recent())
    line = console.file.getvalue().splitlines()[1]
    assert "fitness 0.2500 -> 0.5000, 0% of #None" in line
    assert "12,345" in line
    assert line.rstrip().endswith("\u2026")
