"""The card of the benchmark of RENAS's space, which tells all of it in words."""

from collections.abc import Mapping
from typing import Any

from cell_correlations import LEVELS, TOP
from cell_facts import UNIFORM, telling
from cell_networks import HIDDEN, NETWORKS
from cell_trees import DEPTH, MEMBERS, TREES

from renas_apps.comparison.cell_features import FEATURES
from renas_apps.comparison.tables import markdown

Found = Mapping[str, Any]
"""What `facts` returned."""


def card(trainings: int, found: Found) -> str:
    """Return the card of the benchmark of so many trainings."""
    lines = [
        "# Cells of RENAS's space on CIFAR-10, at a proxy",
        "",
        *_records(trainings, found),
        *_surrogate(found),
        *_published(found),
        *_common(found),
        "**What it is not.** An epoch of small images ranks cells by how fast they learn, not by",
        "what they reach after 600 epochs. The surrogate is least sure where few cells were",
        "trained; whoever beats its best cells should train them.",
        "",
    ]
    return "\n".join(lines)


def _records(trainings: int, found: Found) -> list[str]:
    """Return what was trained, and how: in lines of the card, as all parts are."""
    return [
        f"`renas_cells.csv.gz` has {trainings:,} trainings of {found['cells']:,} cells of",
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
    ]


def _surrogate(found: Found) -> list[str]:
    """Return what the surrogate is, and how well it ranks cells that it has not seen."""
    return [
        f"**Surrogate.** The mean of {MEMBERS} gradient boosting machines ({TREES} trees of depth",
        f"{DEPTH}) on {len(FEATURES)} numbers, which isomorphic cells share, and of {NETWORKS}",
        f"message-passing networks of {HIDDEN} numbers a state. Rank correlation (Spearman) with",
        "single trainings that were held out (a tenth of the cells at a time, or of the stretches,",
        "so that no relative was seen), with the standard deviation of the difference in points,",
        "beside what the truth itself would reach at this noise; near the top are those of",
        f"the best {TOP:.0%} of the predictions:",
        "",
        markdown(_correlation_rows(found)),
        "The truth deviates from the predictions by what the noise does not explain: equally",
        f"everywhere for the first ceiling, as much as it does in each of {LEVELS} levels of the",
        "prediction for the second. Slow cells deviate most. The first is too high near the top,",
        "where trainings deviate from predictions about as much as from their own mean; the",
        "second is too low if the best cells are less noisy than uniform ones, as a share above 1",
        "suggests.",
        "",
    ]


def _correlation_rows(found: Found) -> list[list[str]]:
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


def _published(found: Found) -> list[str]:
    """Return the targets, and where published cells stand."""
    points = {name: f"{100 * value:.2f} %" for name, value in found["target"].items()}
    published = [["cell", "accuracy", "uniform cells above it"]]
    for name, row in found["published"].items():
        published.append([name, f"{100 * row['accuracy']:.2f} %", f"{row['above']:.2%}"])
    return [
        f"**Targets** (the 0.999 quantile of {UNIFORM:,} uniform cells): {points['all']} of the",
        f"surrogate of all cells, {points['first']} and {points['second']} of those of every other",
        "stretch.",
        "",
        "**Published cells** whose normal cell fits the space, by the surrogate; one with another",
        "cell for reductions is judged by its normal cell in both places:",
        "",
        markdown(published),
    ]


def _common(found: Found) -> list[str]:
    """Return what the best cells have more or less of, and what walks through them meet."""
    counts = [["count", "uniform", "best"]]
    for name, (uniform, best) in telling(found).items():
        counts.append([name, f"{uniform:.2f}", f"{best:.2f}"])
    means: dict[str, list[float]] = found["features"]
    none, some = means["even walk: 0 convolutions"], means["even walk: ends at c-1"]
    both = means["loose blocks of 0 convolutions"]
    return [
        "**What the best have in common.** Mean counts in uniform cells and in the best 0.1 %:",
        "",
        markdown(counts),
        "A walk back from the output that takes either side evenly meets no convolution in",
        f"{none[1]:.0%} of cases ({none[0]:.0%} in uniform cells), ends at c-1 in {some[1]:.0%}",
        f"({some[0]:.0%}). Loose blocks without a convolution: {both[1]:.2f} ({both[0]:.2f}).",
        "",
    ]
