"""Progress as plain lines and as a live table, and the events of TensorBoard."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from renas_apps.config import SearchConfig
from renas_apps.events import Events
from renas_apps.journal_rows import Final
from renas_apps.live import Live
from renas_apps.observer import Observer, Started, Step
from renas_apps.observers import observers_for
from renas_apps.plain import Plain
from renas_apps.run_directory import RunDirectory

CELL = "0110.1150.0003.1010.2250"

FINAL = Final(
    id=1, genotype=CELL, epochs=3, accuracy=0.75, test_accuracy=None, loss=1.0, curve="[]"
)


@pytest.fixture
def rows(row):
    """A founder, its child, and one that failed."""
    inherited = {"parameters_kept": 60, "parameters_sliced": 15, "parameters_new": 25}
    learned = {"fitness_before": 0.125, "entropy": 14.5}
    return (
        row(0, 0.25, seconds=2.0),
        row(1, 0.5, parent_id=0, seconds=2.0, **learned, **inherited),
        row(2, state="failed", reason="the loss is nan", seconds=2.0),
    )


def tell(observer: Observer, directory: Path, rows) -> None:
    """Let an observer see a search of four evaluations up to the third individual."""
    config = SearchConfig(evaluations=4, population=2, sample=2)
    observer.started(
        Started(config=config, directory=directory, evaluations=[], elapsed=0.0, data="digits: 10")
    )
    seen: list[float] = []
    for number, done in enumerate(rows, start=1):
        if done.fitness is not None:
            seen.append(done.fitness)
        observer.stepped(
            Step(
                evaluation=done,
                counted=len(seen),
                population=list(seen),
                best=rows[1] if number > 1 else rows[0],
                elapsed=10.0 * number,
            )
        )
    observer.noted("mind the step")
    observer.retrained(FINAL, 1, 2)
    observer.finished(directory)
    observer.closed()


def test_lines_say_what_came_of_each_individual(tmp_path, rows) -> None:
    stream = io.StringIO()
    tell(Plain(stream), tmp_path, rows)
    assert stream.getvalue().splitlines() == [
        "digits: 10",
        f"renas-plus, population 2, N=2, F=24, seed 0; run {tmp_path}",
        "   1/4 #0 fitness 0.2500, new; population 0.2500 +- 0.0000, best 0.2500; 2.0s, 30s left",
        (
            "   2/4 #1 fitness 0.1250 -> 0.5000, 75% of #0; population 0.3750 +- 0.1250, "
            "best 0.5000; 2.0s, 20s left"
        ),
        "failed #2: the loss is nan",
        "note: mind the step",
        "retrained 1/2 #1 accuracy 0.7500; 0.0s",
    ]


@pytest.mark.parametrize("width", [30, 100])
def test_a_live_table_shows_the_state_of_the_search(tmp_path, width: int, rows) -> None:
    stream = io.StringIO()
    tell(Live(Console(file=stream, force_terminal=True, width=width)), tmp_path, rows)
    shown = stream.getvalue()
    assert "mind the step" in shown
    if width == 100:
        for part in ("2/4", "best", "0.5000", "0.3750 +- 0.1250", "14.5000", "75%", "1, 0, 0"):
            assert part in shown
        assert "retrained 1/2, best accuracy 0.7500" in shown


def test_a_live_table_that_never_began_can_be_closed() -> None:
    Live(Console(file=io.StringIO())).closed()


def test_events_have_a_step_for_each_evaluation(tmp_path, rows) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    tell(Events(tmp_path), tmp_path, rows)
    events = EventAccumulator(str(tmp_path)).Reload()
    fitness = events.Scalars("fitness/individual")
    assert [(event.step, event.value) for event in fitness] == [(1, 0.25), (2, 0.5)]
    assert [event.value for event in events.Scalars("child/inherited_share")] == [0.75]
    assert [event.value for event in events.Scalars("controller/entropy")] == [14.5]


def test_events_of_a_resumed_search_follow_those_of_the_journal(tmp_path, rows) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    tell(Events(tmp_path), tmp_path, rows)  # the second step was written, but not its row: a kill
    founder, child, _ = rows
    events = Events(tmp_path)
    events.started(
        Started(
            config=SearchConfig(evaluations=4),
            directory=tmp_path,
            evaluations=[founder],
            elapsed=10.0,
            data="",
        )
    )
    events.stepped(
        Step(evaluation=child, counted=2, population=[0.25, 0.5], best=child, elapsed=20.0)
    )
    events.closed()
    steps = [e.step for e in EventAccumulator(str(tmp_path)).Reload().Scalars("fitness/individual")]
    assert steps == [1, 2]


def test_a_pipe_gets_lines(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: False, raising=False)
    kinds = [type(observer).__name__ for observer in observers_for(RunDirectory(tmp_path))]
    assert kinds == ["Plain", "Events", "Reporter"]


def test_a_terminal_gets_the_table(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert type(observers_for(RunDirectory(tmp_path))[0]).__name__ == "Live"
