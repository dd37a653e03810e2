import json

import pytest

from renas_apps.initial_cells import read_cells
from renas_space import RENASNET, InputError, SearchSpace

SPACE = SearchSpace(blocks=5)


def written(tmp_path, text):
    path = tmp_path / "cells"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_best_json_is_one_cell(tmp_path):
    text = json.dumps({**json.loads(RENASNET.to_json()), "fitness": 0.5}, indent=2)
    assert read_cells(written(tmp_path, text), SPACE) == [RENASNET]


def test_a_list_has_a_cell_a_line(tmp_path):
    text = f"# to start from\n\nrenasnet  # the paper's\n{RENASNET}\n"
    assert read_cells(written(tmp_path, text), SPACE) == [RENASNET, RENASNET]


def test_a_file_without_cells_is_refused(tmp_path):
    path = written(tmp_path, "# nothing\n")
    with pytest.raises(InputError) as caught:
        read_cells(path, SPACE)
    assert str(caught.value) == f"{path} holds no cell: write one a line, such as renasnet"


def test_a_missing_file_is_refused(tmp_path):
    path = tmp_path / "cells"
    with pytest.raises(InputError) as caught:
        read_cells(path, SPACE)
    assert str(caught.value).startswith(f"{path} cannot be read (")
    assert str(caught.value).endswith("): give a file with cells")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (RENASNET.to_json()[:40], "JSON"),
        (RENASNET.to_json().replace("sep_conv_5x5", "sep_conv_9x9"), "sep_conv_9x9"),
        (RENASNET.to_json().replace("[0, 1,", "[0, 5,", 1), "5"),
        ("renasnet\n0110.1150\nrenasnett\n", "renasnett"),
        ("0210.1150.0003.1010.2250", "2"),
        ("0110.1150", "2 blocks"),
        ("nasnet-a", "reduction"),
    ],
    ids=["truncated", "operation", "forward", "name", "forward-compact", "size", "space"],
)
def test_what_is_no_cell_is_refused_with_the_file_named(tmp_path, text, part):
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_cells(path, SPACE)
    assert str(caught.value).startswith(f"{path} cannot be searched from: ")
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)
