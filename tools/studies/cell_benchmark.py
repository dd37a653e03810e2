"""Make the benchmark of RENAS's space from the records of trainings, and measure how good it is.

It writes into a folder (that of the package is `renas_apps/comparison/data`):

- renas_cells.csv.gz: the records themselves;
- renas_cells.safetensors: surrogates fitted to all cells, and to each half of them;
- renas_cells.json: noise, targets and correlations;
- renas_cells.md: the card, which tells all of it in words;
- renas-cells.png, in the folder of the figures.

A surrogate is a mean of gradient boosting machines on `cell_features`.

Example:
    python tools/studies/cell_benchmark.py --records docs/measured/cell-records.jsonl \
        --out packages/renas-apps/src/renas_apps/comparison/data --figures docs/measured
"""

import argparse
import csv
import gzip
import io
import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from safetensors.numpy import save_file
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.model_selection import BaseCrossValidator, GroupKFold, KFold

from renas_apps.comparison.boosted_trees import BoostedTrees
from renas_apps.comparison.cell_features import FEATURES, cell_features
from renas_apps.comparison.lesson import spearman
from renas_apps.comparison.tables import markdown
from renas_space import PUBLISHED, Genotype, SearchSpace

SPACE = SearchSpace(blocks=5)
MEMBERS, TREES, DEPTH, RATE, SHARE, SUBSAMPLE, LEAF = 5, 200, 4, 0.04, 0.3, 0.5, 5
"""Machines of a surrogate; trees of each, their depth, learning rate, shares of the features that a
split chooses from and of the cells that a tree sees, and least cells of a leaf."""
FOUNDERS = 20
"""Cells of a stretch that were drawn uniformly; the others lie along a search."""
UNIFORM = 1_000_000
"""Cells whose 0.999 quantile is the target."""
TOP = 0.3
"""Share of the cells, by their prediction, that counts as near the top."""
DIFFERENT = 0.25
"""By how much a mean count must differ between uniform and the best cells to be told."""
FOLDS: dict[str, BaseCrossValidator] = {
    "cells": KFold(10, shuffle=True, random_state=0),
    "stretches": GroupKFold(10),
}
"""What is held out at a time: a tenth of the cells, or of the searches, with all their cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The distinct cells of the records."""

    genotypes: list[Genotype]
    accuracy: np.ndarray
    """Of the first training of each, which is the only one of most."""
    uniform: np.ndarray
    """Whether it was drawn uniformly."""
    stretch: np.ndarray
    pairs: np.ndarray
    """(n, 2) accuracies of cells that were trained twice."""
    features: np.ndarray
    """(cells, 38)."""


def read(path: Path) -> tuple[list[dict[str, Any]], Cells]:
    """Return the records, and their cells; isomorphic ones are one."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows.sort(key=lambda row: (row["stretch"], row["number"], row["seed"]))
    by: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by[Genotype.from_string(row["genotype"]).digest()].append(row)
    firsts = [each[0] for each in by.values()]
    seeds = [{row["seed"]: row["accuracy"] for row in each} for each in by.values()]
    genotypes = [Genotype.from_string(row["genotype"]) for row in firsts]
    return rows, Cells(
        genotypes=genotypes,
        accuracy=np.array([row["accuracy"] for row in firsts]),
        uniform=np.array([row["number"] < FOUNDERS for row in firsts]),
        stretch=np.array([row["stretch"] for row in firsts]),
        pairs=np.array([(each[0], each[1]) for each in seeds if {0, 1} <= each.keys()]),
        features=np.array([cell_features(genotype) for genotype in genotypes]),
    )


def fit(features: np.ndarray, accuracy: np.ndarray) -> list[GradientBoostingRegressor]:
    """Return the machines of a surrogate."""
    return [
        GradientBoostingRegressor(
            n_estimators=TREES,
            max_depth=DEPTH,
            learning_rate=RATE,
            max_features=SHARE,
            subsample=SUBSAMPLE,
            min_samples_leaf=LEAF,
            random_state=member,
        ).fit(features, accuracy)
        for member in range(MEMBERS)
    ]


def predict(machines: Sequence[GradientBoostingRegressor], features: np.ndarray) -> np.ndarray:
    """Return the mean of the machines' predictions."""
    return np.mean([machine.predict(features) for machine in machines], axis=0)


def arrays(machines: Sequence[GradientBoostingRegressor]) -> dict[str, np.ndarray]:
    """Return the trees of the machines as arrays of `BoostedTrees`."""
    trees = [tree.tree_ for machine in machines for tree in machine.estimators_[:, 0]]
    feature = np.zeros((len(trees), 2**DEPTH - 1), dtype=np.int8)
    threshold = np.full(feature.shape, np.inf, dtype=np.float32)  # nothing goes right
    value = np.zeros((len(trees), 2**DEPTH), dtype=np.float32)

    def copy(number: int, node: int, place: int) -> None:
        """Write a node of a tree, and all below it, to its place in the complete tree."""
        tree, inner = trees[number], feature.shape[1]
        if place >= inner:
            value[number, place - inner] = RATE * tree.value[node].item() / len(machines)
            return
        left, right = tree.children_left[node], tree.children_right[node]
        if left >= 0:
            feature[number, place], threshold[number, place] = (
                tree.feature[node],
                tree.threshold[node],
            )
        copy(number, left if left >= 0 else node, 2 * place + 1)
        copy(number, right if left >= 0 else node, 2 * place + 2)

    for number in range(len(trees)):
        copy(number, 0, 0)
    # Its features do not matter: boosting starts from the mean of what it was fitted to.
    start = machines[0].init_.predict(np.zeros((1, len(FEATURES))))
    base = np.asarray(start, dtype=float).reshape(())
    return {"feature": feature, "threshold": threshold, "value": value, "base": base}


def held_out(cells: Cells, folds: BaseCrossValidator) -> np.ndarray:
    """Return what surrogates say of cells that they have not seen."""
    predicted = np.zeros(len(cells.accuracy))
    for seen, unseen in folds.split(cells.features, groups=cells.stretch):
        predicted[unseen] = predict(
            fit(cells.features[seen], cells.accuracy[seen]), cells.features[unseen]
        )
    return predicted


def ceilings(
    predicted: np.ndarray, accuracy: np.ndarray, noise: float, groups: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Return, for each group of cells, the rank correlation that the truth itself would have.

    The truth is taken to deviate from the predictions by what the noise does not explain.
    """
    unexplained = np.sqrt(max((accuracy - predicted).var() - noise**2, 0.0))
    rng = np.random.default_rng(0)
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(200):
        truth = predicted + rng.normal(0, unexplained, len(predicted))
        told = truth + rng.normal(0, noise, len(predicted))
        for name, of in groups.items():
            found[name].append(spearman(truth[of], told[of]))
    return {name: float(np.mean(values)) for name, values in found.items()}


def correlations(cells: Cells, noise: float, predicted: np.ndarray) -> dict[str, dict[str, float]]:
    """Return rank correlations of what is predicted of held-out cells, and their ceilings."""
    near = predicted >= np.quantile(predicted, 1 - TOP)
    groups = {
        "all": np.ones(len(near), dtype=bool),
        "uniform": cells.uniform,
        "searched": ~cells.uniform,
        "near the top": near,
    }
    highest = ceilings(predicted, cells.accuracy, noise, groups)
    return {
        name: {
            "cells": int(of.sum()),
            "rank": spearman(predicted[of], cells.accuracy[of]),
            "ceiling": highest[name],
        }
        for name, of in groups.items()
    }


def facts(
    cells: Cells,
    surrogates: Mapping[str, list[GradientBoostingRegressor]],
    predicted: Mapping[str, np.ndarray],
) -> dict[str, Any]:
    """Return noise, targets, correlations, ranks of published cells, and what the top has."""
    noise = float(np.sqrt(((cells.pairs[:, 0] - cells.pairs[:, 1]) ** 2).mean() / 2))
    rng = random.Random(0)
    uniform = np.array([cell_features(SPACE.sample(rng)) for _ in range(UNIFORM)], dtype=np.int8)
    scores = {name: predict(machines, uniform) for name, machines in surrogates.items()}
    every = scores["all"]
    top = every >= np.quantile(every, 0.999)
    known = {
        name: float(predict(surrogates["all"], np.array([cell_features(one.genotype)]))[0])
        for name, one in PUBLISHED.items()
        if SPACE.contains(one.genotype)
    }
    return {
        "cells": len(cells.accuracy),
        "pairs": len(cells.pairs),
        "noise": noise,
        "target": {name: float(np.quantile(of, 0.999)) for name, of in scores.items()},
        "correlations": {
            name: correlations(cells, noise, unseen) for name, unseen in predicted.items()
        },
        "published": {
            name: {"accuracy": value, "above": float((every > value).mean())}
            for name, value in known.items()
        },
        "quantiles": {str(q): float(np.quantile(every, q)) for q in (0.01, 0.5, 0.99, 0.999)},
        "features": {
            name: [float(uniform[:, n].mean()), float(uniform[top][:, n].mean())]
            for n, name in enumerate(FEATURES)
        },
    }


def main() -> None:
    """Fit, measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=Path, required=True, help="lines of JSON")
    parser.add_argument("--out", type=Path, required=True, help="folder of the benchmark")
    parser.add_argument("--figures", type=Path, required=True, help="folder of the figures")
    asked = parser.parse_args()
    rows, cells = read(asked.records)
    # By stretch, so that relatives are on one side.
    first = cells.stretch % 2 == 0
    surrogates = {
        name: fit(cells.features[of], cells.accuracy[of])
        for name, of in (("all", slice(None)), ("first", first), ("second", ~first))
    }
    predicted = {name: held_out(cells, folds) for name, folds in FOLDS.items()}
    found = facts(cells, surrogates, predicted)
    tensors: dict[str, np.ndarray] = {}
    for name, machines in surrogates.items():
        trees = arrays(machines)
        ours = BoostedTrees.of(trees)(cells.features)
        difference = abs(ours - predict(machines, cells.features)).max()
        if difference > 1e-6:
            raise RuntimeError(f"the arrays of {name} differ from its trees by {difference}")
        tensors |= {f"{name}.{key}": value for key, value in trees.items()}
    asked.out.mkdir(exist_ok=True)
    save_file(tensors, asked.out / "renas_cells.safetensors")
    (asked.out / "renas_cells.json").write_text(json.dumps(found, indent=2) + "\n")
    (asked.out / "renas_cells.csv.gz").write_bytes(records_file(rows))
    draw(cells, predicted["stretches"], found, asked.figures)
    (asked.out / "renas_cells.md").write_text(card(rows, found))
    print(json.dumps(found, indent=2))


def records_file(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the records as compressed CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = ("genotype", "seed", "accuracy", "seconds", "stretch", "number")
    writer.writerow(columns)
    writer.writerows([row[column] for column in columns] for row in rows)
    return gzip.compress(text.getvalue().encode(), mtime=0)


def telling(found: Mapping[str, Any]) -> dict[str, list[float]]:
    """Return the mean counts in uniform and in the best cells, where they differ."""
    every: dict[str, list[float]] = found["features"]
    return {name: means for name, means in every.items() if abs(means[1] - means[0]) > DIFFERENT}


def draw(cells: Cells, predicted: np.ndarray, found: Mapping[str, Any], directory: Path) -> None:
    """Draw what is held out against what was measured, and what the best cells have in common."""
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, of in (("uniform", cells.uniform), ("along searches", ~cells.uniform)):
        left.scatter(100 * predicted[of], 100 * cells.accuracy[of], s=6, alpha=0.5, label=name)
    left.set(xlabel="surrogate, stretch held out, %", ylabel="one training, %")
    left.legend()
    means = telling(found)
    at = np.arange(len(means))
    right.barh(at + 0.2, [uniform for uniform, _ in means.values()], 0.4, label="uniform cells")
    right.barh(at - 0.2, [best for _, best in means.values()], 0.4, label="best 0.1 %")
    right.set(yticks=at, yticklabels=list(means), xlabel="mean count in a cell")
    right.legend()
    figure.savefig(directory / "renas-cells.png", dpi=120)


def _correlation_rows(found: Mapping[str, Any]) -> list[list[str]]:
    """Return a header and a row for each group of held-out cells."""
    rows = [["held out", "of which", "how many", "correlation", "ceiling", "of it"]]
    for what, groups in found["correlations"].items():
        for name, row in groups.items():
            figures = (row["rank"], row["ceiling"])
            share = f"{row['rank'] / row['ceiling']:.2f}"
            rows.append([what, name, f"{row['cells']:,}", *(f"{x:.3f}" for x in figures), share])
    return rows


def card(rows: Sequence[Mapping[str, Any]], found: Mapping[str, Any]) -> str:
    """Return the card of the benchmark."""
    points = {name: f"{100 * value:.2f} %" for name, value in found["target"].items()}
    published = [["cell", "accuracy", "uniform cells above it"]]
    for name, row in found["published"].items():
        published.append([name, f"{100 * row['accuracy']:.2f} %", f"{row['above']:.2%}"])
    counts = [["count", "uniform", "best"]]
    for name, (uniform, best) in telling(found).items():
        counts.append([name, f"{uniform:.2f}", f"{best:.2f}"])
    lines = [
        "# Cells of RENAS's space on CIFAR-10, at a proxy",
        "",
        f"`renas_cells.csv.gz` has {len(rows):,} trainings of {found['cells']:,} cells of",
        "`SearchSpace(blocks=5)`: genotype, seed, accuracy (0 to 1), processor seconds, and the",
        "stretch and number of the training. `renas_cells.safetensors` has surrogates fitted to",
        "them, `renas_cells.json` all figures of this card.",
        "",
        "**Proxy.** One normal cell a stage (N = 1), F = 8 filters, images averaged to 16 x 16;",
        "5,000 training images seen once in batches of 64, learning rate 0.05 to 0.001 by half a",
        "cosine; accuracy on 5,000 other training images. One thread of a processor, no GPU.",
        "",
        "**Which cells.** Searches (*stretches*) by regularized evolution (P = 20, S = 5) of 60",
        "cells: the first 20 are uniform. The first two and the best two of each were trained",
        "again with another seed.",
        "",
        f"**Noise.** The standard deviation of one training is {100 * found['noise']:.2f} points",
        f"(from {found['pairs']} cells that were trained twice).",
        "",
        f"**Surrogate.** The mean of {MEMBERS} gradient boosting machines ({TREES} trees of depth",
        f"{DEPTH}) on {len(FEATURES)} counts, which isomorphic cells share. Rank correlation",
        "(Spearman) with single trainings that were held out (a tenth of the cells at a time, or",
        "of the stretches, so that no relative was seen), beside what the truth itself would",
        f"reach at this noise; near the top are the {TOP:.0%} of the best predictions:",
        "",
        markdown(_correlation_rows(found)),
        f"**Targets** (the 0.999 quantile of {UNIFORM:,} uniform cells): {points['all']} of the",
        f"surrogate of all cells, {points['first']} and {points['second']} of those of every other",
        "stretch.",
        "",
        "**Published cells** that fit the space, by the surrogate:",
        "",
        markdown(published),
        "**What the best have in common.** Mean counts in uniform cells and in the best 0.1 %:",
        "",
        markdown(counts),
        "**What it is not.** An epoch of small images ranks cells by how fast they learn, not by",
        "what they reach after 600 epochs. The surrogate is least sure where few cells were",
        "trained; whoever beats its best cells should train them.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
