"""NAS-Bench-201 on CIFAR-10: 15,625 cells, each trained for 12 and for 200 epochs (2020)."""

import csv
import gzip
import hashlib
import io
import random
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from renas_space import InputError
from renas_space.nasbench201 import EDGE_OPERATIONS, EdgeCell, NasBench201Space

Measure = Literal["valid-12", "test-12", "test-200"]
"""Accuracy on validation or test images after so many epochs."""

_COLUMNS: dict[Measure, str] = {
    "valid-12": "c10_valid_12ep",
    "test-12": "c10_test_12ep",
    "test-200": "c10_test_200ep",
}

FILE = "nasbench201-cifar10.csv.gz"
"""Name of the table."""

_PER_CENT = 0.01
"""A best accuracy of less, as a share, was no percentage."""

TOP = 0.001
"""Share of the cells that count as found: 15."""


class NasBench201:
    """The benchmark as a table. It implements `Benchmark`."""

    def __init__(self, directory: Path | str, measure: Measure = "valid-12") -> None:
        """Read the table.

        Args:
            directory: has ``nasbench201-cifar10.csv.gz``, with the columns ``arch_str``,
                ``c10_valid_12ep``, ``c10_test_12ep`` and ``c10_test_200ep``, in per cent.
            measure: which accuracy is the fitness.

        Raises:
            InputError: there is no such file, it is damaged, or it does not have all cells.
        """
        if measure not in get_args(Measure):
            raise InputError(
                f"the measure is {measure!r}: give one of {', '.join(get_args(Measure))}"
            )
        self.space = NasBench201Space()
        self.operations = EDGE_OPERATIONS
        self.name = f"NAS-Bench-201, CIFAR-10, {measure}"
        path = Path(directory) / FILE
        content = _content(path)
        self.digest = hashlib.sha256(content + measure.encode()).hexdigest()
        self._table = _table(path, content, _COLUMNS[measure])
        count = int(TOP * len(self._table))
        self.target = sorted(self._table.values())[-count]

    def fitness(self, genotype: EdgeCell) -> float:
        """Return the accuracy of a cell, 0 to 1."""
        return self._table[genotype]

    def fitnesses(self, genotypes: Sequence[EdgeCell]) -> np.ndarray:
        """Return the accuracy of n cells, (n,)."""
        return np.array([self._table[genotype] for genotype in genotypes])

    def observe(self, fitness: float, rng: random.Random) -> float:  # noqa: ARG002 (no noise)
        """Return the accuracy as it is: the table has no noise to draw from."""
        return fitness


def _content(path: Path) -> bytes:
    """Return the table as it was before gzip.

    Raises:
        InputError: there is none, or it is damaged.
    """
    if not path.parent.is_dir():
        raise InputError(f"{path.parent} is no directory: give that of {path.name}")
    if not path.exists():
        raise InputError(f"{path.parent} has no {path.name}: put it there, or give its directory")
    try:
        return gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read ({error}): restore it") from None


def _table(path: Path, content: bytes, column: str) -> dict[EdgeCell, float]:
    """Return the accuracy of each cell.

    Raises:
        InputError: a cell is missing, or the table is damaged.
    """
    rows: csv.DictReader[str] | None = None
    try:
        rows = csv.DictReader(io.StringIO(content.decode()))
        for name in ("arch_str", column):
            if name not in (rows.fieldnames or ()):
                raise InputError(f"it has no column {name}")
        read = [(EdgeCell.from_string(row["arch_str"]), _share(row[column])) for row in rows]
    except (ValueError, TypeError, csv.Error) as error:  # InputError is a ValueError
        line = f"line {rows.line_num}: " if rows is not None and rows.line_num > 1 else ""
        raise InputError(f"{path} is damaged ({line}{error}): restore it") from None
    table = dict(read)
    if not len(read) == len(table) == NasBench201Space.size:
        raise InputError(
            f"{path} has {len(table):,} cells of {NasBench201Space.size:,} in {len(read):,} rows: "
            "restore it"
        )
    if (best := max(table.values())) <= _PER_CENT:
        raise InputError(
            f"the best accuracy in {path} is {100 * best:g} %: give accuracies in per cent"
        )
    return table


def _share(percent: str) -> float:
    """Return an accuracy in per cent as a share, 0 to 1.

    Raises:
        ValueError: it is no accuracy.
    """
    value = float(percent) / 100
    if not 0 <= value <= 1:
        raise ValueError(f"an accuracy is {percent} %")
    return value
