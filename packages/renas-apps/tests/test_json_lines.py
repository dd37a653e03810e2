"""Lines that have an end, and one that a kill left without."""

import pytest

from renas_apps.json_lines import cut, whole


@pytest.mark.parametrize("rest", [b"", b'{"c": ', b'{"c": 3}'])
def test_a_last_line_without_its_end_is_passed_over_and_taken_away(tmp_path, rest):
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b'{"a": 1}\n{"b": 2}\n' + rest)
    assert whole(path) == b'{"a": 1}\n{"b": 2}\n'
    assert path.read_bytes().endswith(rest)  # looking changes nothing
    cut(path)
    assert path.read_bytes() == b'{"a": 1}\n{"b": 2}\n'


def test_no_file_has_no_lines(tmp_path):
    assert whole(tmp_path / "nothing.jsonl") == b""
