"""The study of searches with the same seeds: what is told, what may share a file, what is shown."""

import json
import sys
from pathlib import Path

import pytest

from renas_apps.exit_status import run_command

STUDIES = Path(__file__).resolve().parent.parent / "tools/studies"


@pytest.fixture(scope="module")
def study():
    """The study, which stands in no package."""
    sys.path.insert(0, str(STUDIES))
    import paired_searches

    yield paired_searches
    sys.path.remove(str(STUDIES))


@pytest.fixture
def run(study, capsys):
    """Run the study on RENAS's cells; return its status, its output and what it complains of."""

    def status_and_said(*arguments):
        asked = study.parse(["--strategies", "local-search", *map(str, arguments)])
        status = run_command("paired_searches.py", lambda: study.study(asked))
        return status, *capsys.readouterr()

    return status_and_said


@pytest.fixture
def path(run, tmp_path):
    """A file of two searches."""
    path = tmp_path / "exact.jsonl"
    assert run("--out", path, "--seeds", 2)[0] == 0
    return path


def searches(path):
    """The rows of a file, without the first."""
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]


def test_tables_are_of_the_seeds_that_are_asked_for(run, path):
    for seeds in (1, 2):
        status, said, _ = run("--out", path, "--seeds", seeds, "--report")
        assert status == 0
        assert f"| local-search | {seeds} |" in said
    assert len(searches(path)) == 2


def test_seeds_begin_where_they_are_asked_to(run, path):
    status, said, _ = run("--out", path, "--seeds", 1, "--first-seed", 1)
    assert status == 0
    assert "| local-search | 1 |" in said
    assert [row["seed"] for row in searches(path)] == [0, 1]
    assert run("--out", path, "--seeds", 1, "--first-seed", -1)[2] == (
        "paired_searches.py: --first-seed is -1: give 0 or more\n"
    )


def test_a_noisy_search_is_told_what_single_trainings_would_say(run, path, tmp_path):
    noisy = tmp_path / "noisy.jsonl"
    assert run("--out", noisy, "--seeds", 2, "--measure", "noisy")[0] == 0
    exact, found = ([row["evaluations"] for row in searches(of)] for of in (path, noisy))
    assert exact != found


def test_other_searches_do_not_share_a_file(run, path, tmp_path):
    head, *rows = path.read_text().splitlines()
    other = tmp_path / "other.jsonl"
    for changed in (
        [head.replace('"digest": "', '"digest": "0'), *rows],
        [head, *(row.replace('"settings": "', '"settings": "0') for row in rows)],
    ):
        other.write_text("\n".join(changed) + "\n")
        status, _, said = run("--out", other, "--seeds", 3)
        assert status == 2
        assert said.endswith(": give another --out\n")
        assert len(searches(other)) == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--seeds", 0], "--seeds is 0: give 1 or more"),
        (["--evaluations", 0], "--evaluations is 0: give 1 or more"),
        (["--worker", 2, "--workers", 2], "--worker is 2: give less than --workers, 2"),
        (["--report"], "has no searches of these seeds: make some first"),
    ],
)
def test_bad_settings_are_refused(run, tmp_path, given, message):
    out = tmp_path / "out.jsonl"
    status, _, said = run("--out", out, *given)
    assert (status, said.count("\n")) == (2, 1)
    assert message in said
    assert not out.exists()
