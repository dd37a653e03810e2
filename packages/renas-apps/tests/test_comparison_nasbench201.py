"""A table of NAS-Bench-201: what it gives, and which is refused."""

import gzip

import pytest

from renas_apps.comparison import NasBench201
from renas_space import InputError
from renas_space.nasbench201 import NasBench201Space

SPACE = NasBench201Space()


def test_the_table_gives_shares_and_its_15_best_are_the_target(table, percent):
    benchmark = NasBench201(table)
    cell = SPACE.at(4711)
    assert benchmark.fitness(cell) == pytest.approx(percent(cell) / 100, abs=1e-6)
    assert sum(benchmark.fitness(one) >= benchmark.target for one in SPACE) == 15
    other = NasBench201(table, "test-200")
    assert other.fitness(cell) == 0.6
    assert other.digest != benchmark.digest
    assert other.name == "NAS-Bench-201, CIFAR-10, test-200"


def test_a_table_that_is_not_there_or_not_whole_is_refused(table, tmp_path):
    with pytest.raises(InputError, match="has no nasbench201-cifar10.csv.gz: put it there, or"):
        NasBench201(tmp_path)
    path = tmp_path / "nasbench201-cifar10.csv.gz"
    rows = gzip.decompress((table / path.name).read_bytes()).decode().splitlines()
    shares = [rows[0], *(",".join([*row.split(",")[:2], *["0.9"] * 3]) for row in rows[1:])]
    for lines, message in (
        (rows[:-1], "has 15,624 cells of 15,625 in 15,624 rows: restore it"),
        ([*rows, rows[1]], "has 15,625 cells of 15,625 in 15,626 rows: restore it"),
        ([rows[0], rows[1].replace("~0", "~7")], "is damaged (line 2: '|none~7|"),
        (["a,b", "1,2"], "is damaged (it has no column arch_str): restore it"),
        (
            [rows[0].replace("c10_valid_12ep", "x"), *rows[1:]],
            "is damaged (it has no column c10_valid_12ep): restore it",
        ),
        (shares, ": give accuracies in per cent"),
        (
            [rows[0], rows[1].replace(rows[1].split(",")[2], "nan")],
            "(line 2: an accuracy is nan %)",
        ),
        (
            [rows[0], rows[1].replace(rows[1].split(",")[2], "101")],
            "(line 2: an accuracy is 101 %)",
        ),
    ):
        path.write_bytes(gzip.compress("\n".join(lines).encode()))
        with pytest.raises(InputError) as error:
            NasBench201(tmp_path)
        assert message in str(error.value)
    whole = (table / path.name).read_bytes()
    middle = len(whole) // 2
    damaged = whole[:middle] + bytes(one ^ 0x55 for one in whole[middle : middle + 8])
    for content in (b"no gzip", whole[:middle], damaged + whole[middle + 8 :]):
        path.write_bytes(content)
        with pytest.raises(InputError, match="cannot be read"):
            NasBench201(tmp_path)
    with pytest.raises(InputError, match="the measure is 'x': give one of valid-12, test-12, te"):
        NasBench201(table, "x")
