import errno
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from renas_apps import executor as executor_module
from renas_apps import journal as journal_module
from renas_apps.__about__ import __version__
from renas_apps.journal import Journal
from renas_apps.journal_rows import TIME_COLUMNS
from renas_apps.lock import locked
from renas_apps.search import main
from renas_space import RENASNET

TINY = [
    *("--filters=4", "--cells=1", "--blocks=2", "--population=3", "--sample=2"),
    *("--evaluations=6", "--train-images=80", "--val-images=40", "--final-epochs=0"),
]


@pytest.fixture(autouse=True)
def sigterm():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that came to its end. Tests copy what they damage."""
    path = tmp_path_factory.mktemp("whole") / "run"
    assert main([*TINY, "--run-dir", str(path)]) == 0
    return path


@pytest.fixture
def copy(whole, tmp_path):
    return Path(shutil.copytree(whole, tmp_path / "copy"))


@pytest.fixture
def refused(capsys):
    """Run the command, which must end with status 2 and one sentence; return that."""

    def run(*arguments, status=2):
        assert main([str(argument) for argument in arguments]) == status
        said = capsys.readouterr().err
        assert said.startswith("renas-search: ")
        assert said.count("\n") == 1
        return said.removeprefix("renas-search: ").rstrip("\n")

    return run


def rows_of(path):
    blank = dict.fromkeys(TIME_COLUMNS)
    with Journal.read(path / "search.db") as journal:
        rows = [*journal.evaluations(), *journal.finals()]
    return [replace(row, **blank) for row in rows]


def start(*arguments, **known):
    return subprocess.Popen(
        [sys.executable, "-m", "renas_apps.search", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        **known,
    )


def test_a_search_leaves_its_settings_its_journal_its_weights_and_its_best(whole):
    with Journal.read(whole / "search.db") as journal:
        assert [row.state for row in journal.evaluations()] == ["told"] * 6
        facts = journal.facts()
        assert len(journal.population()) == 3
    assert facts["settings"]["population"] == 3
    assert facts["threads"] == 1
    assert {file.name for file in whole.iterdir()} >= {
        *("config.toml", "search.db", "weights", "best.json", "lock")
    }


def test_the_same_seed_gives_the_same_run_and_another_another(whole, tmp_path):
    assert main([*TINY, "--run-dir", str(tmp_path / "again")]) == 0
    assert rows_of(tmp_path / "again") == rows_of(whole)
    assert main([*TINY, "--seed=1", "--run-dir", str(tmp_path / "other")]) == 0
    assert rows_of(tmp_path / "other") != rows_of(whole)


def test_without_a_directory_a_run_gets_the_next_free_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert main([*TINY, "--evaluations=1", "--strategy=evolution"]) == 0
    assert {path.name for path in Path("runs").iterdir()} == {
        *("digits-evolution-seed0", "digits-evolution-seed0-2")
    }


def test_a_finished_run_that_is_resumed_has_nothing_to_do(copy, whole):
    assert main(["--resume", str(copy)]) == 0
    assert rows_of(copy) == rows_of(whole)


def test_a_larger_budget_is_remembered_by_the_next_resume(copy, tmp_path):
    assert main(["--resume", str(copy), "--evaluations=8", "--final-epochs=1"]) == 0
    with Journal.read(copy / "search.db") as journal:
        assert journal.facts()["settings"]["evaluations"] == 8
        assert len(journal.evaluations()) == 8
        assert len(journal.finals()) == 3
    before = rows_of(copy)
    assert main(["--resume", str(copy)]) == 0
    assert rows_of(copy) == before
    once = tmp_path / "once"
    assert main([*TINY, "--evaluations=8", "--final-epochs=1", "--run-dir", str(once)]) == 0
    assert rows_of(once) == before


def test_the_version_is_printed(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"renas-search {__version__}\n"


def test_flags_without_effect_are_noted(tmp_path, capsys):
    given = [*TINY, "--strategy=random", "--evaluations=1", f"--run-dir={tmp_path / 'r'}"]
    assert main([*given, "--mutations=1", "--baseline=parent", "--no-allow-idle"]) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("note:")]
    assert said == [
        f"note: {flag} has no effect on random"  # the first is TINY's
        for flag in ("--sample", "--mutations", "--allow-idle", "--baseline")
    ]


def test_a_run_that_is_there_is_not_written_over(whole, refused):
    before = rows_of(whole)
    assert refused(*TINY, "--seed=9", "--run-dir", whole) == (
        f"{whole} holds a run already: go on with it with --resume {whole}, "
        "or give another --run-dir"
    )
    assert rows_of(whole) == before
    assert "seed = 0" in (whole / "config.toml").read_text()


def test_a_directory_of_other_things_is_left_alone(tmp_path, refused):
    (tmp_path / "thesis.tex").touch()
    sentence = f"{tmp_path} is not empty: give another --run-dir"
    assert refused(*TINY, "--run-dir", tmp_path) == sentence
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_second_process_on_a_run_is_refused(copy, refused):
    before = (copy / "config.toml").read_text()
    with locked(copy):
        assert refused("--resume", copy, "--evaluations=9") == (
            f"the run {copy} is in use by process {os.getpid()}: wait for it, or stop it"
        )
    assert (copy / "config.toml").read_text() == before


def test_a_second_process_that_begins_a_run_with_the_first_is_refused(tmp_path, refused):
    run = tmp_path / "run"
    run.mkdir()
    with locked(run):
        assert refused(*TINY, "--run-dir", run).startswith(f"the run {run} is in use by process ")
    assert not (run / "config.toml").exists()


def test_a_resume_with_other_settings_is_refused(whole, refused):
    assert refused("--resume", whole, "--population=4") == (
        f"{whole} was made with --population 3, not 4: leave the flag out, or start another run"
    )


def test_bad_settings_leave_nothing_behind(tmp_path, refused, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refused("--strategy=renas", "--sample=30", "--run-dir=run").startswith(
        "--sample is 30 and --population 20"
    )
    assert refused("--config=none.toml", "--run-dir=run").startswith("there is no file none.toml: ")
    assert refused("--resume=none") == ("none holds no run: give the directory of one to --resume")
    assert refused("--data=folder", "--data-dir=none", "--run-dir=run").startswith("none ")
    assert refused("--data=cifar10", "--data-dir=none", "--run-dir=run").startswith("none ")
    assert refused(*TINY, "--device=cuda", "--run-dir=run")
    assert list(tmp_path.iterdir()) == []


def test_damaged_images_leave_nothing_behind(tmp_path, refused, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images = tmp_path / "cifar10"
    images.mkdir()
    for name in ("train-00000-of-00001.parquet", "test-00000-of-00001.parquet"):
        (images / name).write_bytes(b"PAR1 and then nothing")
    sentence = refused("--data=cifar10", "--data-dir=cifar10", "--run-dir=run")
    assert "train-00000-of-00001.parquet" in sentence
    assert [path.name for path in tmp_path.iterdir()] == ["cifar10"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (RENASNET.to_json().replace("sep_conv_5x5", "sep_conv_9x9"), "sep_conv_9x9"),
        (RENASNET.to_json().replace("[0, 1,", "[0, 5,", 1), "reads input 5"),
        (RENASNET.to_json()[:50], "JSON"),
        ("0110.1150.0003", "a cell has 3 blocks, those of this space 5"),
    ],
    ids=["operation", "forward", "truncated", "size"],
)
def test_cells_that_cannot_be_started_from_leave_nothing_behind(
    tmp_path, refused, monkeypatch, text, why
):
    monkeypatch.chdir(tmp_path)
    Path("cells").write_text(text)
    sentence = refused("--init-from=cells", "--run-dir=run")
    assert sentence.startswith("cells cannot be searched from: ")
    assert why in sentence
    assert not Path("run").exists()


def test_given_cells_are_the_first_individuals(tmp_path):
    cells = tmp_path / "cells"
    cells.write_text("0110.1150\n1001.1100\n")
    run = tmp_path / "run"
    assert main([*TINY, "--evaluations=3", f"--init-from={cells}", f"--run-dir={run}"]) == 0
    assert [row.genotype for row in rows_of(run)][:2] == ["0110.1150", "1001.1100"]


def test_a_run_goes_on_without_the_file_that_it_began_from(tmp_path, monkeypatch):
    cells, run, once = (tmp_path / name for name in ("cells", "run", "once"))
    cells.write_text("0110.1150\n1001.1100\n")
    settings = [*TINY, f"--init-from={cells}"]
    assert main([*settings, f"--run-dir={once}"]) == 0
    with monkeypatch.context() as patch:
        patch.setattr("renas_apps.session.Search", lambda *_: 1 / 0)  # before the first row
        with pytest.raises(ZeroDivisionError):
            main([*settings, f"--run-dir={run}"])
    cells.unlink()
    assert main(["--resume", str(run)]) == 0
    assert rows_of(run) == rows_of(once)


def test_limits_that_no_cell_keeps_are_refused(tmp_path, refused, monkeypatch):
    monkeypatch.setattr("renas_apps.streaks.MOST_UNTRAINED", 10)
    sentence = refused(*TINY, "--max-params=1157", "--run-dir", tmp_path / "run")
    assert sentence.startswith("--max-params is 1,157 and the smallest cell's network has 1,158 ")
    assert not (tmp_path / "run").exists()
    monkeypatch.setattr("renas_apps.limits.Limits.check_possible", lambda *_: None)
    sentence = refused(*TINY, "--max-params=1", "--run-dir", tmp_path / "run")
    assert sentence.startswith("none of 10 cells in a row was within the limits, and the smallest")
    assert {row.state for row in rows_of(tmp_path / "run")} == {"rejected"}


def test_a_damaged_run_is_refused(copy, refused):
    (copy / "search.db").write_bytes((copy / "search.db").read_bytes()[:5000])
    assert refused("--resume", copy).startswith(f"the journal {copy}/search.db cannot be read (")
    (copy / "config.toml").write_text("population = ")
    assert refused("--resume", copy).startswith(f"{copy}/config.toml cannot be read (")


def test_a_damaged_state_of_the_strategy_is_refused(copy, refused):
    with sqlite3.connect(copy / "search.db") as connection:
        connection.execute("UPDATE strategy SET state = x'00'")
    connection.close()
    assert refused("--resume", copy).startswith("the bytes are no state of a strategy (")


def test_damaged_weights_are_refused_and_a_restored_file_goes_on(refused, tmp_path):
    inheriting = [*TINY, "--strategy=renas"]
    run = tmp_path / "run"
    assert main([*inheriting, f"--run-dir={run}"]) == 0
    whole = {file: file.read_bytes() for file in (run / "weights").iterdir()}
    for file, content in whole.items():
        file.write_bytes(content[:100])
    sentence = refused("--resume", run, "--evaluations=8")
    assert sentence.startswith(f"the weights at {run}/weights/")
    assert sentence.endswith("): restore the file, or give another")
    for file, content in whole.items():
        file.write_bytes(content)
    assert main(["--resume", str(run)]) == 0
    assert main([*inheriting, "--evaluations=8", f"--run-dir={tmp_path / 'once'}"]) == 0
    assert rows_of(run) == rows_of(tmp_path / "once")


def test_a_full_disk_ends_a_run_that_can_be_resumed(tmp_path, refused, whole, monkeypatch):
    run = tmp_path / "run"
    save, written = executor_module.save_weights, []

    def fill(path, state, metadata):
        written.append(path)
        if len(written) == 4:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        save(path, state, metadata)

    monkeypatch.setattr(executor_module, "save_weights", fill)
    assert refused(*TINY, "--run-dir", run, status=1) == (
        f"the run cannot be written ([Errno 28] No space left on device: '{written[-1]}'): "
        f"make room, then go on with renas-search --resume {run}"
    )
    assert len(rows_of(run)) == 3
    assert main(["--resume", str(run)]) == 0
    assert rows_of(run) == rows_of(whole)


def test_a_full_disk_under_the_journal_ends_a_run_that_can_be_resumed(
    tmp_path, refused, whole, monkeypatch
):
    run = tmp_path / "run"
    connect = journal_module._connect

    def small(path):
        connection = connect(path)
        connection.execute("PRAGMA max_page_count = 90")  # what SQLite has of a full disk
        return connection

    monkeypatch.setattr(journal_module, "_connect", small)
    assert refused(*TINY, "--run-dir", run, status=1) == (
        "the run cannot be written (database or disk is full): "
        f"make room, then go on with renas-search --resume {run}"
    )
    monkeypatch.undo()
    assert main(["--resume", str(run)]) == 0
    assert rows_of(run) == rows_of(whole)


def test_a_child_whose_loss_is_no_number_fails_and_the_search_goes_on(tmp_path, monkeypatch):
    train, calls = executor_module.train_child, []

    def diverge(plan, data, recipe, **known):
        calls.append(plan)
        if len(calls) in (2, 5):
            recipe = replace(recipe, learning_rate_new=1e30, learning_rate_inherited=1e30)
        return train(plan, data, recipe, **known)

    monkeypatch.setattr(executor_module, "train_child", diverge)
    run = tmp_path / "run"
    assert main([*TINY, "--run-dir", str(run)]) == 0
    rows = rows_of(run)
    states = ["told", "failed", "told", "told", "failed", "told", "told", "told"]
    assert [row.state for row in rows] == states
    assert rows[1].reason == "DivergedError: the loss is nan: try a lower learning rate"


def test_where_every_training_diverges_the_run_fails_in_one_sentence(tmp_path, refused):
    sentence = refused(*TINY, "--lr-new=1e30", "--run-dir", tmp_path / "run", status=1)
    assert sentence == (
        "20 individuals failed in a row, the last with "
        "'DivergedError: the loss is nan: try a lower learning rate': "
        "start another run with a lower --lr-new or --batch-size"
    )


STOPPED = [*TINY, "--evaluations=12", "--train-images=400"]


@pytest.fixture(scope="module")
def unstopped(tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "unstopped"
    assert main([*STOPPED, "--run-dir", str(run)]) == 0
    return rows_of(run)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_how_to_go_on_and_does(tmp_path, unstopped, number):
    run = tmp_path / "run"
    process = start(*STOPPED, "--run-dir", run)
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if len(rows_of(run)) >= 2:
                break
        except ValueError:  # no journal yet
            pass
        time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert said == f"renas-search: interrupted: go on with renas-search --resume {run}\n"
    assert process.returncode == 130
    assert 2 <= len(rows_of(run)) < 12
    assert main(["--resume", str(run)]) == 0
    assert rows_of(run) == unstopped


@pytest.mark.parametrize(
    "arguments",
    [
        ["--strategy=rl"],
        ["--strategy=renas", "--sample=30"],
        ["--resume=none"],
        ["--config=none.toml"],
        ["--data=folder", "--data-dir=none"],
    ],
)
def test_bad_input_ends_the_process_with_status_2_and_no_traceback(tmp_path, arguments):
    process = start(*arguments, cwd=tmp_path)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
