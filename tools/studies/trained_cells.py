"""The distinct cells of the records that `cell_records.py` wrote, and what they scored."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from record_lines import read_records

from renas_apps.comparison.cell_surrogate import Cells
from renas_space import Genotype, InputError

RETRAINED = 2
"""First cells of a stretch that were trained twice, whatever they scored."""
FOUNDERS = 20
"""Cells of a stretch that were drawn uniformly; the others lie along a search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedCells:
    """n cells, no two of them isomorphic."""

    cells: Cells
    accuracy: np.ndarray
    """(n,) of the first training of each, which is the only one of most; predictions are judged by
    it."""
    mean: np.ndarray
    """(n,) of all trainings of each, which surrogates are fitted to."""
    uniform: np.ndarray
    """(n,) whether it was drawn uniformly."""
    stretch: np.ndarray
    """(n,) number of the search that it was first met in."""
    pairs: np.ndarray
    """(p, 2) accuracies of uniform cells that were trained twice, chosen before any training.

    The best of a search were trained twice as well, but they are its best in part by luck: their
    first trainings are too good, and the difference to the second is more than noise.
    """
    twice: int
    """Cells that were trained twice."""

    @classmethod
    def of(cls, rows: Sequence[dict[str, Any]]) -> "TrainedCells":
        """Return the cells of records in the order of `read`; isomorphic ones are one."""
        by: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            by[Genotype.from_string(row["genotype"]).digest()].append(row)
        firsts = [each[0] for each in by.values()]
        # Trainings of the same cell with the same seed are the same.
        seeds = [{row["seed"]: row["accuracy"] for row in each} for each in by.values()]
        both = [{0, 1} <= each.keys() for each in seeds]
        early = [row["number"] < RETRAINED for row in firsts]
        return cls(
            cells=Cells.of([Genotype.from_string(row["genotype"]) for row in firsts]),
            accuracy=np.array([row["accuracy"] for row in firsts]),
            mean=np.array([np.mean(list(each.values())) for each in seeds]),
            uniform=np.array([row["number"] < FOUNDERS for row in firsts]),
            stretch=np.array([row["stretch"] for row in firsts]),
            pairs=np.array(
                [
                    (each[0], each[1])
                    for each, twice, first in zip(seeds, both, early, strict=True)
                    if twice and first
                ]
            ),
            twice=sum(both),
        )


def read(path: Path) -> list[dict[str, Any]]:
    """Return the records of a file by stretch, number in it and seed.

    Raises:
        InputError: the file is damaged, or has none.
    """
    records = read_records(path)
    if not records:
        raise InputError(f"{path} has no records: give what cell_records.py wrote")
    return sorted(records, key=lambda row: (row["stretch"], row["number"], row["seed"]))
