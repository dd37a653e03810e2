"""What must a predictor see of a cell, to find the best of NAS-Bench-201 in few evaluations?

A Gaussian process is fitted to all that has been told (accuracy f as -log(0.9 - f)), and the
candidate of the largest expected improvement is evaluated next. Candidates are all neighbours of
the five best cells, and as many random ones as asked for. What differs is what the process sees:

- *slots*: which operation stands on each edge;
- *paths*: how often each sequence of operations leads from the input to the output (as BANANAS
  encodes a cell), skips passed over;
- *sums*: twelve numbers that tell how the cell computes, whichever edges it uses: how many paths
  there are, the most and the sum over paths of each kind of layer, the longest path with and
  without poolings, how many paths convolve, whether one does nothing, whether one only convolves.

Example:
    python tools/studies/predictor_features.py --data-dir D --seeds 200
"""

import argparse
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

from renas_apps.comparison import NasBench201
from renas_apps.exit_status import run_command
from renas_controller.prediction.path_sums import PathSums
from renas_space.nasbench201 import EDGE_OPERATIONS, EdgeCell, NasBench201Space

PATHS = (((2, 0),), ((0, 0), (2, 1)), ((1, 0), (2, 2)), ((0, 0), (1, 1), (2, 2)))
"""From the input to the output: the edges of each, as node and place."""

NONE, SKIP = (EDGE_OPERATIONS.index(name) for name in ("none", "skip_connect"))

INITIAL, BEST, BUDGET, NOISE = 10, 5, 150, 0.05
"""Random cells at first; whose neighbours are candidates; evaluations; of the process, as a share
of the variance."""


def open_paths(cell: EdgeCell) -> list[tuple[int, ...]]:
    """Return the operations of each path that nothing closes, skips passed over."""
    paths = [[cell.edges[node][place] for node, place in path] for path in PATHS]
    return [tuple(one for one in path if one != SKIP) for path in paths if NONE not in path]


def slots(cells: list[EdgeCell]) -> np.ndarray:
    """Return which operation stands on each edge, (cells, 30)."""
    tokens = np.array([[token for node in cell.edges for token in node] for cell in cells])
    return np.eye(len(EDGE_OPERATIONS))[tokens].reshape(len(cells), -1) / np.sqrt(2)


def paths(cells: list[EdgeCell]) -> np.ndarray:
    """Return how often each path occurs, (cells, paths)."""
    known = {path: number for number, path in enumerate({p for c in cells for p in open_paths(c)})}
    counts = np.zeros((len(cells), len(known)))
    for row, cell in zip(counts, cells, strict=True):
        for path in open_paths(cell):
            row[known[path]] += 1
    return counts


def sums(cells: list[EdgeCell]) -> np.ndarray:
    """Return the twelve numbers of each cell, standardised over all cells, (cells, 12)."""
    table = PathSums(NasBench201Space())(cells).numpy()
    return (table - table.mean(0)) / table.std(0)


Features = Callable[[list[EdgeCell]], np.ndarray]

VIEWS: dict[str, tuple[Features, float]] = {
    "slots": (slots, 1.5),
    "paths": (paths, 1.5),
    "sums": (sums, 4.0),
}
"""What the process sees, and the length of its kernel."""


def search(
    seed: int,
    benchmark: NasBench201,
    cells: list[EdgeCell],
    view: np.ndarray,
    length: float,
    extra: int,
) -> int:
    """Return how many evaluations it takes to the target; one more than the budget if too many."""
    rng = np.random.default_rng(seed)
    number = {cell: index for index, cell in enumerate(cells)}
    told = [int(index) for index in rng.permutation(len(cells))[:INITIAL]]
    fitness = [benchmark.fitness(cells[index]) for index in told]
    kernel = RBF(length)
    while max(fitness) < benchmark.target and len(told) < BUDGET:
        model = GaussianProcessRegressor(
            kernel,
            alpha=NOISE,
            optimizer=None,  # pyright: ignore[reportArgumentType]  (its stubs forget it)
            normalize_y=True,
        )
        targets = -np.log(0.9 - np.array(fitness))
        model.fit(view[told], targets)
        ranked = sorted(range(len(told)), key=lambda place: -fitness[place])[:BEST]
        near = {
            number[other]
            for place in ranked
            for other in benchmark.space.neighbours(cells[told[place]])
        }
        far = {int(index) for index in rng.integers(0, len(cells), extra)}
        candidates = sorted((near | far) - set(told))
        if not candidates:
            candidates = sorted(set(range(len(cells))) - set(told))
        mean, deviation = model.predict(view[candidates], return_std=True)
        above = (mean - targets.max()) / deviation
        improvement = deviation * (above * norm.cdf(above) + norm.pdf(above))
        told.append(candidates[int(np.argmax(improvement))])
        fitness.append(benchmark.fitness(cells[told[-1]]))
    first = next((at for at, one in enumerate(fitness, 1) if one >= benchmark.target), None)
    return BUDGET + 1 if first is None else first


def main() -> None:
    """Print a row for each view and each number of random candidates."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, required=True, help="directory of the table")
    parser.add_argument("--seeds", type=int, default=200, help="(%(default)s)")
    asked = parser.parse_args()
    benchmark = NasBench201(asked.data_dir)
    cells = list(benchmark.space)
    print("| sees | random candidates | median | 90 % within | unsolved after 150 |")
    print("| --- | --- | --- | --- | --- |")
    for (name, (features, length)), extra in product(VIEWS.items(), (0, 300)):
        view = features(cells)
        found = np.array(
            [search(seed, benchmark, cells, view, length, extra) for seed in range(asked.seeds)]
        )
        within = np.quantile(found, 0.9)
        print(
            f"| {name} | {extra} | {np.median(found):g} | "
            f"{f'{within:.0f}' if within <= BUDGET else f'> {BUDGET}'} | "
            f"{(found > BUDGET).mean():.1%} |",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(run_command("predictor_features.py", main))
