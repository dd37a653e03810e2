"""How do published and random cells compare when they are trained alike on CIFAR-10?

Every cell is trained by `renas-train cifar10` with the same N, F, epochs and seeds, on all training
images, and scored on the test images after every epoch; what counts is the last. Each training has
its own run directory and is resumed if it was stopped; its result is appended to a file of JSON
lines, so the study can be stopped and taken up. Dropout, drop path and cutout are off, since a
short training ends long before it could overfit; all else is the paper's recipe (5.2).

Example:
    python tools/studies/comparison.py --data-dir D --runs runs/comparison --out comparison.jsonl
    python tools/studies/comparison.py --out comparison.jsonl --figure comparison.svg --report
"""

import argparse
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from intervals import paired, unpaired
from record_lines import append_record, read_records

from renas_apps.errors import RunError
from renas_apps.exit_status import run_command
from renas_apps.training.log import read_log
from renas_space import SearchSpace, cost, plan_network, read_genotype

PUBLISHED = ("renasnet", "nasnet-a", "darts-v2")
RANDOM_CELLS = 3
SEEDS = (1, 2, 3)


def cells() -> dict[str, str]:
    """Return the genotype of each cell that is compared; the random ones are the first drawn."""
    space = SearchSpace(blocks=5)
    drawn = {
        f"random {seed}": str(space.sample(random.Random(seed)))
        for seed in range(1, RANDOM_CELLS + 1)
    }
    return {**{name: name for name in PUBLISHED}, **drawn}


def main() -> None:
    """Train what is missing, then print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, help="directory of CIFAR-10")
    parser.add_argument("--runs", type=Path, help="directory of the run directories")
    parser.add_argument("--out", type=Path, required=True, help="file of results, appended to")
    parser.add_argument("--workers", type=int, default=2, help="trainings at once (%(default)s)")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--image-size", type=int, default=16)
    parser.add_argument("--cells", type=int, default=1, help="N (%(default)s)")
    parser.add_argument("--filters", type=int, default=8, help="F (%(default)s)")
    parser.add_argument("--figure", type=Path, help="draw the curves here")
    parser.add_argument("--report", action="store_true", help="train nothing")
    arguments = parser.parse_args()

    if not arguments.report:
        if arguments.data_dir is None or arguments.runs is None:
            parser.error("trainings need --data-dir and --runs")
        arguments.runs.mkdir(parents=True, exist_ok=True)
        done = {(row["cell"], row["seed"]) for row in read_records(arguments.out)}
        missing = [
            (name, genotype, seed)
            for seed in SEEDS
            for name, genotype in cells().items()
            if (name, seed) not in done
        ]
        with ThreadPoolExecutor(arguments.workers) as pool:
            for row in pool.map(lambda one: _train(arguments, *one), missing):
                append_record(arguments.out, row)
                print(row["cell"], row["seed"], row["top1"][-1], flush=True)
    rows = read_records(arguments.out)
    _print_table(rows)
    if arguments.figure:
        _draw(rows, arguments.figure)


def _train(asked: argparse.Namespace, name: str, genotype: str, seed: int) -> dict[str, Any]:
    """Train one cell with one seed; return its result."""
    directory: Path = asked.runs / f"{name.replace(' ', '-')}-seed{seed}"
    command = [sys.executable, "-m", "renas_apps.train"]
    if (directory / "config.toml").exists():
        command += ["--resume", str(directory)]
    else:
        command += ["cifar10", "--data-dir", str(asked.data_dir), "--run-dir", str(directory)]
        command += ["--genotype", genotype, "--image-size", str(asked.image_size)]
        command += ["--cells", str(asked.cells), "--filters", str(asked.filters)]
        command += ["--epochs", str(asked.epochs), "--seed", str(seed), "--log-every", "50"]
        command += ["--dropout", "0", "--drop-path", "0", "--cutout", "0"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    path: Path = asked.runs / f"{directory.name}.log"
    with path.open("a") as log:
        training = subprocess.run(command, check=False, stdout=log, stderr=log, env=environment)
    if training.returncode:
        raise RunError(f"the training in {directory} ended with an error: see {path}")
    scored = [row for row in read_log(directory / "log.csv") if row["top1"]]
    plan = plan_network(
        read_genotype(genotype),
        cells=asked.cells,
        filters=asked.filters,
        image_size=asked.image_size,
        classes=10,
    )
    size = cost(plan)
    return {
        "cell": name,
        "genotype": str(plan.genotype),
        "seed": seed,
        "cells": asked.cells,
        "filters": asked.filters,
        "image_size": asked.image_size,
        "parameters": size.parameters,
        "multiply_adds": size.multiply_adds,
        "images": int(scored[-1]["images"]),
        "top1": [float(row["top1"]) for row in scored],
    }


def _print_table(rows: list[dict[str, Any]]) -> None:
    """Print a line for each cell, and one for each pair of cells."""
    by_cell: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_cell.setdefault(row["cell"], []).append(row)
    errors = {name: [100 * (1 - row["top1"][-1]) for row in of] for name, of in by_cell.items()}
    print("| cell | parameters | multiply-adds | seeds | test error, % (deviation) | +- 95 % |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, of in by_cell.items():
        if len(of) > 1:
            _, half = paired(errors[name])  # of the mean itself
            print(
                f"| {name} | {of[0]['parameters']:,} | {of[0]['multiply_adds']:,} | {len(of)} | "
                f"{fmean(errors[name]):.2f} ({stdev(errors[name]):.2f}) | {half:.2f} |"
            )
    print()
    for first, second in combinations(errors, 2):
        if min(len(errors[first]), len(errors[second])) > 1:
            difference, half = unpaired(errors[first], errors[second])
            word = "apart" if abs(difference) > half else "not told apart"
            print(f"{first} minus {second}: {difference:+.2f} +- {half:.2f} points, {word}")


def _draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw the mean test error of each cell over the epochs, with all seeds as thin lines."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for number, name in enumerate(dict.fromkeys(row["cell"] for row in rows)):
        curves = [
            [100 * (1 - value) for value in row["top1"]] for row in rows if row["cell"] == name
        ]
        epochs = range(1, len(curves[0]) + 1)
        for curve in curves:
            axes.plot(epochs, curve, color=f"C{number}", linewidth=0.5, alpha=0.5)
        mean = [fmean(values) for values in zip(*curves, strict=True)]
        axes.plot(epochs, mean, color=f"C{number}", label=name)
    axes.set(xlabel="epoch", ylabel="test error, %")
    axes.legend()
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    sys.exit(run_command("comparison.py", main))
