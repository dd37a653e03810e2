"""The command: it compares, is taken up, and refuses what is of no use."""

import csv
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from renas_apps.compare import _Progress, main
from renas_apps.comparison import CONTESTANTS


def test_the_command_compares_and_is_taken_up(table, tmp_path, capsys):
    out = tmp_path / "a" / "r"  # neither is there
    given = [f"--data-dir={table}", f"--out={out}", "--evaluations=40", "--workers=2"]
    some = ["--strategies", "renas", "evolution-1", "local-search"]
    assert main([*given, *some, "--seeds=3"]) == 0
    assert "9 of 9 trials" in capsys.readouterr().out
    before = (out / "trials.jsonl").read_text().splitlines()
    assert len(before) == 1 + 9
    assert main([*given, *some, "random", "--seeds=4"]) == 0
    after = (out / "trials.jsonl").read_text().splitlines()
    assert after[: len(before)] == before
    assert len(after) == 1 + 16
    names = {path.name for path in out.iterdir()}
    drawn = {
        f"{what}.{kind}"
        for what in ("best", "population", "evaluations", "entropy", "policy")
        for kind in ("svg", "png")
    }
    written = {"trials.jsonl", "trials.csv", "efforts.csv", "policy.csv", "lock"}
    written |= {"report.html", "report.md"}
    assert names == written | drawn
    page = (out / "report.html").read_text()
    assert page.count("<svg") == 5
    assert "<script" not in page
    rows = list(csv.DictReader((out / "trials.csv").open()))
    assert len(rows) == 4 * 4 * 4
    needed = list(csv.DictReader((out / "efforts.csv").open()))
    assert len(needed) == 4 * 4
    assert {row["budget"] for row in needed} == {"40"}
    assert main([*given, "--strategies", "random", "--seeds=4"]) == 0
    left = {path.name for path in out.iterdir()}
    assert names - left == {f"{what}" for what in names if what.startswith(("policy", "entropy"))}
    assert (out / "report.html").read_text().count("<svg") == 3


def test_one_process_and_two_make_the_same_trials(table, tmp_path):
    given = [f"--data-dir={table}", "--evaluations=30", "--seeds=2", "--strategies", "renas"]
    for workers in (1, 2):
        out = f"--out={tmp_path / str(workers)}"
        assert main([*given, "renas-plus", out, f"--workers={workers}"]) == 0
    first, second = ((tmp_path / str(n) / "trials.csv").read_text() for n in (1, 2))
    assert first == second


def test_who_makes_trials_need_not_wait_for_what_draws_them():
    script = "import sys, renas_apps.comparison.workers; print(*sys.modules)"
    command = [sys.executable, "-c", script]
    imported = set(subprocess.check_output(command, text=True).split())
    assert "torch" in imported
    assert not imported & {"matplotlib", "scipy", "sklearn"}


def test_the_last_evaluation_is_looked_at_whatever_its_number(table, tmp_path):
    given = [f"--data-dir={table}", "--workers=1", "--seeds=2"]
    given += ["--strategies", "evolution", "random"]
    for evaluations, looked_at in ((1, ["1"]), (20, ["10", "20"]), (23, ["10", "20", "23"])):
        out = tmp_path / f"{evaluations}"
        assert main([*given, f"--evaluations={evaluations}", f"--out={out}"]) == 0
        rows = list(csv.DictReader((out / "trials.csv").open()))
        assert [row["evaluations"] for row in rows] == 4 * looked_at
    # what is read again is whole
    assert main([*given, "--evaluations=23", f"--out={tmp_path / '23'}"]) == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--seeds=0"], "--seeds is 0: give a number of at least 1"),
        (["--seeds=10000000000000000000000"], "--seeds is 10000000000000000000000: give at most"),
        (
            [f"--first-seed={2**64 - 1}", "--seeds=2"],
            f"--first-seed is {2**64 - 1}: give at most {2**64 - 2}, the seeds end there",
        ),
        (["--evaluations=100001"], "--evaluations is 100001: give at most 100000"),
        (["--evaluations=0"], "--evaluations is 0: give a number of at least 1"),
        (["--first-seed=-1"], "--first-seed is -1: give a number of at least 0"),
        (["--strategies", "anneal"], "there is no strategy 'anneal' to compare: --list names all"),
        (
            ["--against=renas", "--strategies", "random", "evolution"],
            "--against is 'renas', which is not compared: give one of random, evolution",
        ),
        (["--data-dir=no"], "no is no directory: give that of nasbench201-cifar10.csv.gz"),
        (["--measure=x"], "the measure is 'x': give one of valid-12, test-12, test-200"),
    ],
)
def test_bad_settings_are_refused(table, tmp_path, monkeypatch, capsys, given, message):
    monkeypatch.chdir(tmp_path)
    assert main([f"--data-dir={table}", "--out=r", *given]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"renas-compare: {message}")
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_directory_of_another_comparison_is_refused(table, tmp_path, capsys):
    given = [f"--data-dir={table}", f"--out={tmp_path / 'r'}", "--strategies", "random"]
    given.append("--workers=1")
    assert main([*given, "--seeds=2", "--evaluations=20"]) == 0
    capsys.readouterr()
    assert main([*given, "--seeds=2", "--evaluations=30"]) == 2
    assert "is of evaluations 20, not 30: give another --out" in capsys.readouterr().err


def test_a_file_where_the_directory_should_be_is_refused(table, tmp_path, capsys):
    (tmp_path / "r").write_text("mine")
    for out in ("r", "r/s"):
        given = [f"--data-dir={table}", f"--out={tmp_path / out}", "--strategies", "random"]
        assert main([*given, "--seeds=1", "--evaluations=10"]) == 2
        assert "cannot be made" in (said := capsys.readouterr().err)
        assert said.endswith(": give another --out\n")
    assert (tmp_path / "r").read_text() == "mine"


def test_trials_of_other_settings_are_not_mixed_with_those_of_today(
    table, tmp_path, monkeypatch, capsys
):
    given = [f"--data-dir={table}", f"--out={tmp_path / 'r'}", "--evaluations=20", "--workers=1"]
    some = ["--strategies", "random", "evolution", "--seeds=2"]
    assert main([*given, *some]) == 0
    other = replace(CONTESTANTS["evolution"], settings={"population_size": 5, "sample_size": 2})
    monkeypatch.setitem(CONTESTANTS, "evolution", other)
    capsys.readouterr()
    assert main([*given, *some]) == 2
    said = capsys.readouterr().err
    assert "has trials of evolution with other settings than it has now: give another --out" in said
    assert main([*given, "--strategies", "random", "--seeds=2"]) == 0


def test_a_comparison_whose_reader_is_gone_has_not_succeeded(table, tmp_path, monkeypatch, capsys):
    def gone(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("renas_apps.compare._Progress.__call__", gone)
    given = [f"--data-dir={table}", f"--out={tmp_path}", "--strategies", "random", "--workers=1"]
    assert main([*given, "--seeds=2", "--evaluations=10"]) == 1
    assert capsys.readouterr().err.endswith("reads the output any more: the same command goes on\n")


def test_whom_others_are_compared_with_is_not_left_to_who_was_lucky(table, tmp_path):
    given = [
        f"--data-dir={table}",
        f"--out={tmp_path}",
        "--seeds=2",
        "--evaluations=10",
        "--workers=1",
    ]
    for more, reference in (
        (["random", "renas"], "random"),
        (["random", "renas", "--against=renas"], "renas"),
        (["random", "renas-plus"], "renas-plus"),
    ):
        assert main([*given, "--strategies", *more]) == 0
        assert f"\n## compared with {reference}\n" in (tmp_path / "report.md").read_text()


def test_a_benchmark_is_that_of_the_data_or_the_one_that_has_its_own(table, tmp_path):
    given = ["--strategies=random", "--seeds=1", "--evaluations=10", "--workers=1"]
    assert main([*given, f"--data-dir={table}", f"--out={tmp_path / '201'}"]) == 0
    assert main([*given, f"--out={tmp_path / 'renas'}"]) == 0
    for name, benchmark in (("201", "NAS-Bench-201"), ("renas", "RENAS")):
        first = (tmp_path / name / "trials.jsonl").read_text().splitlines()[0]
        assert json.loads(first)["benchmark"].startswith(benchmark)


def test_a_single_trial_has_no_interval(table, tmp_path, capsys):
    given = [f"--data-dir={table}", f"--out={tmp_path}", "--strategies", "renas", "random"]
    assert main([*given, "--seeds=1", "--evaluations=20", "--workers=1"]) == 0
    assert "| random | 1 | > 20 | ? |" in capsys.readouterr().out
    assert "compared with" not in (tmp_path / "report.md").read_text()


def test_an_interrupted_comparison_ends_at_once_and_keeps_what_is_done(table, tmp_path):
    out = tmp_path / "r"
    command = [sys.executable, "-m", "renas_apps.compare", f"--data-dir={table}", f"--out={out}"]
    many = ["--strategies", "random", "renas-plus", "--evaluations=1000", "--seeds=2"]
    process = subprocess.Popen([*command, *many], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        if (out / "trials.jsonl").exists() and lines_of(out / "trials.jsonl") == 3:
            break
        time.sleep(0.1)
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == "renas-compare: interrupted: the same command goes on\n"
    assert time.monotonic() - asked < 10  # the trials in the making take longer
    assert lines_of(out / "trials.jsonl") == 3


def lines_of(path):
    return path.read_bytes().count(b"\n")


def test_strategies_are_listed(capsys):
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "local-search: local search (White et al. 2021): on to the first better neighbour" in (
        lines
    )
    assert sum(line.endswith(" (ablation: on request only)") for line in lines) == 12
    assert len(lines) == len(CONTESTANTS)


def test_the_time_left_is_that_of_trials_made_since_the_first(capsys, monkeypatch):
    clock = iter([0.0, 50.0, 61.0, 62.0])  # starting processes takes 50 seconds
    monkeypatch.setattr("renas_apps.compare.time.monotonic", lambda: next(clock))
    progress = _Progress()
    for made in (1, 12, 22):
        progress("renas", made, 22)
    assert capsys.readouterr().out.splitlines() == [
        "1 of 22 trials (renas)",
        "12 of 22 trials (renas), 10s left",
        "22 of 22 trials (renas)",
    ]
