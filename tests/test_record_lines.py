"""The files of lines that the studies append to: whole, cut off by a kill, shared, damaged."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from renas_space import InputError

TOOL = Path(__file__).resolve().parent.parent / "tools/studies/record_lines.py"
SPECIFICATION = importlib.util.spec_from_file_location("record_lines", TOOL)
lines = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(lines)


@pytest.fixture
def path(tmp_path):
    """A file of two records."""
    path = tmp_path / "records.jsonl"
    for number in range(2):
        lines.append_record(path, {"number": number, "accuracy": 0.1 + 0.2})
    return path


def test_what_is_appended_is_read(path):
    assert path.read_text() == (
        '{"number": 0, "accuracy": 0.30000000000000004}\n'
        '{"number": 1, "accuracy": 0.30000000000000004}\n'
    )
    assert [row["number"] for row in lines.read_records(path)] == [0, 1]


def test_a_missing_file_has_no_records(tmp_path):
    assert lines.read_records(tmp_path / "none.jsonl") == []
    assert not (tmp_path / "none.jsonl").exists()


@pytest.mark.parametrize("left", ["{", '{"number": 2, "acc', '{"number": 2}'])
def test_a_last_line_that_a_kill_cut_off_is_passed_over_and_then_taken_away(path, left):
    whole = path.read_text()
    path.write_text(whole + left)
    assert [row["number"] for row in lines.read_records(path)] == [0, 1]
    assert path.read_text() == whole + left  # another process may be writing it
    lines.append_record(path, {"number": 3})
    assert path.read_text() == whole + '{"number": 3}\n'


def test_a_file_that_is_one_cut_off_line_begins_anew(tmp_path):
    path = tmp_path / "records.jsonl"
    path.write_text('{"number": 0, "acc')
    assert lines.read_records(path) == []
    lines.append_record(path, {"number": 0})
    assert lines.read_records(path) == [{"number": 0}]


def test_processes_that_share_a_file_lose_nothing_of_each_other(tmp_path):
    path = tmp_path / "records.jsonl"
    code = (
        "import pathlib, record_lines, sys\n"
        "for number in range(100):\n"
        "    row = {'worker': sys.argv[1], 'number': number, 'filling': 9000 * '-'}\n"
        "    record_lines.append_record(pathlib.Path(sys.argv[2]), row)\n"
    )
    workers = [
        subprocess.Popen([sys.executable, "-c", code, name, path], cwd=TOOL.parent) for name in "ab"
    ]
    assert [worker.wait() for worker in workers] == [0, 0]
    numbers = {"a": [], "b": []}
    for row in map(json.loads, path.read_text().splitlines()):
        numbers[row["worker"]].append(row["number"])
    assert numbers == {"a": list(range(100)), "b": list(range(100))}


def test_a_damaged_line_is_named_with_the_remedy(path):
    path.write_text('{"number": 0}\n{"num{"number": 1}\n')
    with pytest.raises(InputError) as error:
        lines.read_records(path)
    assert str(error.value) == (
        f"line 2 of {path} is damaged (Expecting ':' delimiter: line 1 column 8 (char 7)): "
        "restore it, or take it out"
    )
