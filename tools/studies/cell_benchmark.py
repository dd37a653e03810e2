"""Make the benchmark of RENAS's space from the records of trainings, and measure how good it is.

It writes into a folder (that of the package is `renas_apps/comparison/data`):

- renas_cells.csv.gz: the records themselves;
- renas_cells.safetensors: surrogates fitted to all cells, and to each half of them;
- renas_cells.json: noise, targets and correlations;
- renas_cells.md: the card, which tells all of it in words;
- renas-cells.png, in the folder of the figures.

A surrogate is the mean of gradient boosting machines on `cell_features` and of message-passing
networks on the cell's graph. It takes some ten minutes of a core.

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
from cell_networks import HIDDEN, NETWORKS, train
from matplotlib.figure import Figure
from safetensors.numpy import save_file
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.model_selection import BaseCrossValidator, GroupKFold, KFold

from renas_apps.comparison.boosted_trees import BoostedTrees
from renas_apps.comparison.cell_features import FEATURES
from renas_apps.comparison.cell_surrogate import Cells, CellSurrogate
from renas_apps.comparison.lesson import spearman
from renas_apps.comparison.tables import markdown
from renas_space import PUBLISHED, Genotype, SearchSpace

SPACE = SearchSpace(blocks=5)
MEMBERS, TREES, DEPTH, RATE, SHARE, SUBSAMPLE, LEAF = 5, 200, 4, 0.04, 0.3, 0.5, 5
"""Machines of a surrogate; trees of each, their depth, learning rate, shares of the features that a
split chooses from and of the cells that a tree sees, and least cells of a leaf."""
RETRAINED = 2
"""First cells of a stretch that were trained twice, whatever they scored."""
FOUNDERS = 20
"""Cells of a stretch that were drawn uniformly; the others lie along a search."""
UNIFORM = 1_000_000
"""Cells whose 0.999 quantile is the target."""
AT_ONCE = 20_000
"""Of them that are turned into numbers together."""
TOP = 0.3
"""Share of the cells, by their prediction, that counts as near the top."""
LEVELS = 10
"""Parts of the cells, by their prediction, whose deviations are taken apart."""
DIFFERENT = 0.25
"""By how much a mean count must differ between uniform and the best cells to be told."""
TELLING = 38
"""How many of the first features count what stands where; the card tells of these."""
FOLDS: dict[str, BaseCrossValidator] = {
    "cells": KFold(10, shuffle=True, random_state=0),
    "stretches": GroupKFold(10),
}
"""What is held out at a time: a tenth of the cells, or of the searches, with all their cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The distinct cells of the records."""

    cells: Cells
    accuracy: np.ndarray
    """Of the first training of each, which is the only one of most; predictions are judged by it.
    """
    mean: np.ndarray
    """Of all trainings of each, which surrogates are fitted to."""
    uniform: np.ndarray
    """Whether it was drawn uniformly."""
    stretch: np.ndarray
    pairs: np.ndarray
    """(n, 2) accuracies of uniform cells that were trained twice, chosen before any training.

    The best of a search were trained twice as well, but they are its best in part by luck: their
    first trainings are too good, and the difference to the second is more than noise.
    """
    twice: int
    """Cells that were trained twice."""


def read(path: Path) -> tuple[list[dict[str, Any]], Records]:
    """Return the records, and their cells; isomorphic ones are one."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows.sort(key=lambda row: (row["stretch"], row["number"], row["seed"]))
    by: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by[Genotype.from_string(row["genotype"]).digest()].append(row)
    firsts = [each[0] for each in by.values()]
    # Trainings of the same cell with the same seed are the same.
    seeds = [{row["seed"]: row["accuracy"] for row in each} for each in by.values()]
    both = [{0, 1} <= each.keys() for each in seeds]
    early = [row["number"] < RETRAINED for row in firsts]
    return rows, Records(
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


def fit(cells: Cells, accuracy: np.ndarray) -> dict[str, np.ndarray]:
    """Return the arrays of a surrogate, ``trees.*`` and ``networks.*``.

    Raises:
        RuntimeError: the arrays of the trees do not say what the trees say.
    """
    machines = [
        GradientBoostingRegressor(
            n_estimators=TREES,
            max_depth=DEPTH,
            learning_rate=RATE,
            max_features=SHARE,
            subsample=SUBSAMPLE,
            min_samples_leaf=LEAF,
            random_state=member,
        ).fit(cells.features, accuracy)
        for member in range(MEMBERS)
    ]
    trees = tree_arrays(machines)
    theirs = np.mean([machine.predict(cells.features) for machine in machines], axis=0)
    difference = abs(BoostedTrees.of(trees)(cells.features) - theirs).max()
    if difference > 1e-6:
        raise RuntimeError(f"the arrays differ from the trees by {difference}")
    networks = train(cells, accuracy)
    return {f"trees.{key}": array for key, array in trees.items()} | {
        f"networks.{key}": array for key, array in networks.items()
    }


def surrogate(arrays: Mapping[str, np.ndarray]) -> CellSurrogate:
    """Return the surrogate of these arrays."""
    return CellSurrogate.of({f"one.{key}": array for key, array in arrays.items()}, "one")


def tree_arrays(machines: Sequence[GradientBoostingRegressor]) -> dict[str, np.ndarray]:
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
            feature[number, place] = tree.feature[node]
            threshold[number, place] = _rounded_down(tree.threshold[node])
        copy(number, left if left >= 0 else node, 2 * place + 1)
        copy(number, right if left >= 0 else node, 2 * place + 2)

    for number in range(len(trees)):
        copy(number, 0, 0)
    # Its features do not matter: boosting starts from the mean of what it was fitted to.
    start = machines[0].init_.predict(np.zeros((1, len(FEATURES))))
    base = np.asarray(start, dtype=float).reshape(())
    return {"feature": feature, "threshold": threshold, "value": value, "base": base}


def _rounded_down(threshold: float) -> np.float32:
    """Return the largest single that is not above it: no single lies between the two."""
    near = np.float32(threshold)
    return near if near <= threshold else np.nextafter(near, np.float32(-np.inf))


def held_out(records: Records, folds: BaseCrossValidator) -> np.ndarray:
    """Return what surrogates say of cells that they have not seen."""
    predicted = np.zeros(len(records.accuracy))
    for seen, unseen in folds.split(records.accuracy, groups=records.stretch):
        known = surrogate(fit(records.cells[seen], records.mean[seen]))
        predicted[unseen] = known(records.cells[unseen])
    return predicted


def unexplained(
    predicted: np.ndarray, accuracy: np.ndarray, noise: float, levels: int
) -> np.ndarray:
    """Return by how much the truth deviates from each prediction beyond the noise (n,).

    Args:
        predicted: (n,).
        accuracy: (n,) single trainings.
        noise: standard deviation of a training.
        levels: into how many equal parts, by prediction, the cells are taken apart.
    """
    found = np.zeros(len(predicted))
    for part in np.array_split(np.argsort(predicted), levels):
        found[part] = np.sqrt(max((accuracy - predicted)[part].var() - noise**2, 0.0))
    return found


def ceilings(
    predicted: np.ndarray, deviation: np.ndarray, noise: float, groups: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Return, for each group of cells, the rank correlation that the truth itself would have.

    The truth is taken to deviate from the predictions by ``deviation``.
    """
    rng = np.random.default_rng(0)
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(200):
        truth = predicted + deviation * rng.normal(size=len(predicted))
        told = truth + rng.normal(0, noise, len(predicted))
        for name, of in groups.items():
            found[name].append(spearman(truth[of], told[of]))
    return {name: float(np.mean(values)) for name, values in found.items()}


def correlations(
    records: Records, noise: float, predicted: np.ndarray
) -> dict[str, dict[str, float]]:
    """Return rank correlations of what is predicted of held-out cells, and their ceilings."""
    near = predicted >= np.quantile(predicted, 1 - TOP)
    groups = {
        "all": np.ones(len(near), dtype=bool),
        "uniform": records.uniform,
        "searched": ~records.uniform,
        "near the top": near,
    }
    highest, by_level = (
        ceilings(predicted, unexplained(predicted, records.accuracy, noise, levels), noise, groups)
        for levels in (1, LEVELS)
    )
    return {
        name: {
            "cells": int(of.sum()),
            "rank": spearman(predicted[of], records.accuracy[of]),
            "ceiling": highest[name],
            "ceiling by level": by_level[name],
            "deviation": float((predicted - records.accuracy)[of].std()),
        }
        for name, of in groups.items()
    }


def uniform_cells(
    surrogates: Mapping[str, CellSurrogate],
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the features of uniform cells, (n, 94), and what each surrogate says, (n,)."""
    rng = random.Random(0)
    features: list[np.ndarray] = []
    scores: dict[str, list[np.ndarray]] = {name: [] for name in surrogates}
    for _ in range(0, UNIFORM, AT_ONCE):
        cells = Cells.of([SPACE.sample(rng) for _ in range(AT_ONCE)])
        features.append(cells.features)
        for name, known in surrogates.items():
            scores[name].append(known(cells))
    return np.concatenate(features), {name: np.concatenate(of) for name, of in scores.items()}


def facts(
    records: Records,
    surrogates: Mapping[str, CellSurrogate],
    predicted: Mapping[str, np.ndarray],
) -> dict[str, Any]:
    """Return noise, targets, correlations, ranks of published cells, and what the top has."""
    noise = float(np.sqrt(((records.pairs[:, 0] - records.pairs[:, 1]) ** 2).mean() / 2))
    features, scores = uniform_cells(surrogates)
    every = scores["all"]
    top = every >= np.quantile(every, 0.999)
    # A cell of its own for reductions is left away: in this space the normal one serves.
    published = {name: Genotype(one.genotype.normal) for name, one in PUBLISHED.items()}
    known = {
        name: float(surrogates["all"](Cells.of([genotype]))[0])
        for name, genotype in published.items()
        if SPACE.contains(genotype)
    }
    return {
        "cells": len(records.accuracy),
        "twice": records.twice,
        "pairs": len(records.pairs),
        "noise": noise,
        "target": {name: float(np.quantile(of, 0.999)) for name, of in scores.items()},
        "correlations": {
            name: correlations(records, noise, unseen) for name, unseen in predicted.items()
        },
        "published": {
            name: {"accuracy": value, "above": float((every > value).mean())}
            for name, value in sorted(known.items(), key=lambda pair: -pair[1])
        },
        "quantiles": {str(q): float(np.quantile(every, q)) for q in (0.01, 0.5, 0.99, 0.999)},
        "features": {
            name: [float(of.mean(dtype=float)), float(of[top].mean(dtype=float))]
            for name, of in zip(FEATURES, features.T, strict=True)
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
    rows, records = read(asked.records)
    # By stretch, so that relatives are on one side.
    first = records.stretch % 2 == 0
    fitted = {
        name: fit(records.cells[of], records.mean[of])
        for name, of in (("all", slice(None)), ("first", first), ("second", ~first))
    }
    predicted = {name: held_out(records, folds) for name, folds in FOLDS.items()}
    surrogates = {name: surrogate(arrays) for name, arrays in fitted.items()}
    found = facts(records, surrogates, predicted)
    tensors = {
        f"{name}.{key}": array for name, arrays in fitted.items() for key, array in arrays.items()
    }
    asked.out.mkdir(exist_ok=True)
    save_file(tensors, asked.out / "renas_cells.safetensors")
    (asked.out / "renas_cells.json").write_text(json.dumps(found, indent=2) + "\n")
    (asked.out / "renas_cells.csv.gz").write_bytes(records_file(rows))
    draw(records, predicted["stretches"], found, asked.figures)
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
    counts = list(found["features"].items())[:TELLING]
    return {name: means for name, means in counts if abs(means[1] - means[0]) > DIFFERENT}


def draw(
    records: Records, predicted: np.ndarray, found: Mapping[str, Any], directory: Path
) -> None:
    """Draw what is held out against what was measured, and what the best cells have in common."""
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, of in (("uniform", records.uniform), ("along searches", ~records.uniform)):
        left.scatter(100 * predicted[of], 100 * records.accuracy[of], s=6, alpha=0.5, label=name)
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
    header = ["held out", "of which", "how many", "deviation", "correlation"]
    rows = [[*header, "ceiling", "of it", "ceiling by level", "of it"]]
    for what, groups in found["correlations"].items():
        for name, row in groups.items():
            line = [what, name, f"{row['cells']:,}", f"{100 * row['deviation']:.2f}"]
            line.append(f"{row['rank']:.3f}")
            for ceiling in (row["ceiling"], row["ceiling by level"]):
                line += [f"{ceiling:.3f}", f"{row['rank'] / ceiling:.2f}"]
            rows.append(line)
    return rows


def _common(found: Mapping[str, Any]) -> list[str]:
    """Return what the walks through the best cells meet, in lines of the card."""
    means: dict[str, list[float]] = found["features"]
    none, some = means["even walk: 0 convolutions"], means["even walk: ends at c-1"]
    both = means["loose blocks of 0 convolutions"]
    return [
        "A walk back from the output that takes either side evenly meets no convolution in",
        f"{none[1]:.0%} of cases ({none[0]:.0%} in uniform cells), ends at c-1 in {some[1]:.0%}",
        f"({some[0]:.0%}). Loose blocks without a convolution: {both[1]:.2f} ({both[0]:.2f}).",
        "",
    ]


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
        f"**Noise.** The standard deviation of one training is {100 * found['noise']:.2f} points,",
        f"from the {found['pairs']} uniform cells that were trained twice. The best of the",
        "searches do not tell it: chosen by their first training, they were lucky in it.",
        "",
        f"**Surrogate.** The mean of {MEMBERS} gradient boosting machines ({TREES} trees of depth",
        f"{DEPTH}) on {len(FEATURES)} numbers, which isomorphic cells share, and of {NETWORKS}",
        f"message-passing networks of {HIDDEN} numbers a state. Rank correlation (Spearman) with",
        "single trainings that were held out (a tenth of the cells at a time, or of the stretches,",
        "so that no relative was seen), with the standard deviation of the difference in points,",
        "beside what the truth itself would reach at this noise; near the top are the",
        f"{TOP:.0%} of the best predictions:",
        "",
        markdown(_correlation_rows(found)),
        "The truth deviates from the predictions by what the noise does not explain: equally",
        f"everywhere for the first ceiling, as much as it does in each of {LEVELS} levels of the",
        "prediction for the second. Slow cells deviate most. The first is too high near the top,",
        "where trainings deviate from predictions about as much as from their own mean; the",
        "second is too low if the best cells are less noisy than uniform ones, as a share above 1",
        "suggests.",
        "",
        f"**Targets** (the 0.999 quantile of {UNIFORM:,} uniform cells): {points['all']} of the",
        f"surrogate of all cells, {points['first']} and {points['second']} of those of every other",
        "stretch.",
        "",
        "**Published cells** whose normal cell fits the space, by the surrogate; one with another",
        "cell for reductions is judged by its normal cell in both places:",
        "",
        markdown(published),
        "**What the best have in common.** Mean counts in uniform cells and in the best 0.1 %:",
        "",
        markdown(counts),
        *_common(found),
        "**What it is not.** An epoch of small images ranks cells by how fast they learn, not by",
        "what they reach after 600 epochs. The surrogate is least sure where few cells were",
        "trained; whoever beats its best cells should train them.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
