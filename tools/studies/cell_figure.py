"""The figure of the benchmark of RENAS's space."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from cell_facts import telling
from matplotlib.figure import Figure
from trained_cells import TrainedCells


def draw(
    trained: TrainedCells, predicted: np.ndarray, found: Mapping[str, Any], path: Path
) -> None:
    """Draw what is held out against what was measured, and what the best cells have in common.

    Args:
        trained: n cells.
        predicted: (n,) what surrogates say that have not seen their stretch.
        found: what `facts` returned.
        path: of the file.
    """
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, of in (("uniform", trained.uniform), ("along searches", ~trained.uniform)):
        left.scatter(100 * predicted[of], 100 * trained.accuracy[of], s=6, alpha=0.5, label=name)
    left.set(xlabel="surrogate, stretch held out, %", ylabel="one training, %")
    left.legend()
    means = telling(found)
    at = np.arange(len(means))
    right.barh(at + 0.2, [uniform for uniform, _ in means.values()], 0.4, label="uniform cells")
    right.barh(at - 0.2, [best for _, best in means.values()], 0.4, label="best 0.1 %")
    right.set(yticks=at, yticklabels=list(means), xlabel="mean count in a cell")
    right.legend()
    figure.savefig(path, dpi=120)
