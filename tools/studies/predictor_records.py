"""How well do predictors rank cells of RENAS's space that were really trained?

Gaussian processes on what a predictor may see of a cell are fitted to a few uniform cells and rank
all others of the records, by trainings, not by the benchmark's surrogate, whose trees see some
of the same counts. Told are the rank correlation (Spearman) with one training, and how good the ten
cells ranked first really are: the share of all cells that they are better than. Nothing but noise
would reach 0.5; ten cells of the best by their training would reach nearly 1.

Example:
    python tools/studies/predictor_records.py --records docs/measured/cell-records.jsonl
"""

import argparse
import json
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from renas_apps.comparison.lesson import spearman
from renas_apps.exit_status import run_command
from renas_controller.prediction.composition import Composition
from renas_controller.prediction.edge_counts import EdgeCounts
from renas_controller.prediction.gaussian_process import GaussianProcess, RbfKernel, normal_scores
from renas_controller.prediction.path_sums import PathSums
from renas_controller.prediction.predictor import NOISE, ROUGH, SMOOTH, Predictor
from renas_space import Genotype, SearchSpace

SPACE = SearchSpace(blocks=5)
FOUNDERS = 20
"""First cells of a stretch of the records, which are uniform."""
TOP = 10
"""Cells ranked first."""

Rank = Callable[[Sequence[Genotype], Sequence[float], Sequence[Genotype]], Tensor]
"""Returns what is expected of some cells after others have been told with their fitness."""


def process_on(see: Callable[[Sequence[Genotype]], Tensor], length: float = ROUGH) -> Rank:
    """Return a Gaussian process on one view, standardised over random cells."""
    rng = random.Random(0)
    sample = see([SPACE.sample(rng) for _ in range(1_000)])
    mean, deviation = sample.mean(0), sample.std(0, correction=0)
    varying = deviation > 0
    numbers = int(varying.sum())
    terms = (RbfKernel(length=length * numbers**0.5, columns=slice(numbers)),)

    def scaled(cells: Sequence[Genotype]) -> Tensor:
        return ((see(cells) - mean) / deviation)[:, varying]

    def rank(told: Sequence[Genotype], fitness: Sequence[float], of: Sequence[Genotype]) -> Tensor:
        targets = normal_scores(torch.tensor(fitness, dtype=torch.double))
        return GaussianProcess(scaled(told), targets, terms=terms, noise=NOISE)(scaled(of))[0]

    return rank


def averaged(told: Sequence[Genotype], fitness: Sequence[float], of: Sequence[Genotype]) -> Tensor:
    """Return what the predictor of `renas-plus` expects."""
    predictor = Predictor(SPACE)
    predictor.fit(told, fitness)
    return predictor(of).mean


def slots(cells: Sequence[Genotype]) -> Tensor:
    """Return which value stands in each slot, (cells, values)."""
    values = [len(slot.values) for block in SPACE.layout for slot in block.slots]
    tokens = [[token for block in SPACE.slot_tokens(cell) for token in block] for cell in cells]
    columns = torch.tensor(tokens).unbind(1)
    hot = [torch.eye(count)[column] for count, column in zip(values, columns, strict=True)]
    return torch.cat(hot, dim=1).double()


VIEWS: dict[str, Rank] = {
    "the value of each slot": process_on(slots),
    "what it is made of": process_on(Composition(SPACE), SMOOTH),
    "sums over paths": process_on(PathSums(SPACE)),
    "counts of edges": process_on(EdgeCounts(SPACE)),
    "two processes, averaged": averaged,
}
"""What is compared."""


def main() -> None:
    """Print a row for each view and number of cells."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=Path, required=True, help="lines of JSON")
    parser.add_argument("--draws", type=int, default=40, help="of the cells told (%(default)s)")
    asked = parser.parse_args()
    rows = [json.loads(line) for line in asked.records.read_text().splitlines()]
    uniform = [row for row in rows if row["number"] < FOUNDERS and row["seed"] == 0]
    cells = [Genotype.from_string(row["genotype"]) for row in uniform]
    accuracy = np.array([row["accuracy"] for row in uniform])
    better_than = accuracy.argsort().argsort() / (len(accuracy) - 1)
    print(f"{len(cells)} uniform cells, {asked.draws} draws")
    print("| sees | told | rank correlation | the ten ranked first are better than |")
    print("| --- | --- | --- | --- |")
    for name, rank in VIEWS.items():
        for told in (10, 20, 40):
            correlations: list[float] = []
            first: list[float] = []
            for draw in range(asked.draws):
                order = np.random.default_rng(draw).permutation(len(cells))
                known, others = order[:told], order[told:]
                expected = rank(
                    [cells[index] for index in known],
                    accuracy[known].tolist(),
                    [cells[index] for index in others],
                ).numpy()
                correlations.append(spearman(expected, accuracy[others]))
                first.append(float(better_than[others[expected.argsort()[-TOP:]]].mean()))
            print(
                f"| {name} | {told} | {np.mean(correlations):.3f} | {np.mean(first):.1%} |",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(run_command("predictor_records.py", main))
