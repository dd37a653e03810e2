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
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cell_card import card
from cell_facts import facts
from cell_figure import draw
from cell_fitting import FOLDS, fit, held_out, surrogate
from safetensors.numpy import save_file
from trained_cells import TrainedCells, read

from renas_apps.exit_status import run_command


def main() -> None:
    """Fit, measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=Path, required=True, help="lines of JSON")
    parser.add_argument("--out", type=Path, required=True, help="folder of the benchmark")
    parser.add_argument("--figures", type=Path, required=True, help="folder of the figures")
    asked = parser.parse_args()
    rows = read(asked.records)
    trained = TrainedCells.of(rows)
    # By stretch, so that relatives are on one side.
    first = trained.stretch % 2 == 0
    fitted = {
        name: fit(trained.cells[of], trained.mean[of])
        for name, of in (("all", slice(None)), ("first", first), ("second", ~first))
    }
    predicted = {name: held_out(trained, folds) for name, folds in FOLDS.items()}
    surrogates = {name: surrogate(arrays) for name, arrays in fitted.items()}
    found = facts(trained, surrogates, predicted)
    tensors = {
        f"{name}.{key}": array for name, arrays in fitted.items() for key, array in arrays.items()
    }
    asked.out.mkdir(exist_ok=True)
    save_file(tensors, asked.out / "renas_cells.safetensors")
    (asked.out / "renas_cells.json").write_text(json.dumps(found, indent=2) + "\n")
    (asked.out / "renas_cells.csv.gz").write_bytes(compressed(rows))
    draw(trained, predicted["stretches"], found, asked.figures / "renas-cells.png")
    (asked.out / "renas_cells.md").write_text(card(len(rows), found))
    print(json.dumps(found, indent=2))


def compressed(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the records as compressed CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = ("genotype", "seed", "accuracy", "seconds", "stretch", "number")
    writer.writerow(columns)
    writer.writerows([row[column] for column in columns] for row in rows)
    return gzip.compress(text.getvalue().encode(), mtime=0)


if __name__ == "__main__":
    sys.exit(run_command("cell_benchmark.py", main))
