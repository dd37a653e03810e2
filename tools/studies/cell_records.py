"""Train cells of RENAS's space alike from scratch on CIFAR-10, and write down what each scores.

Nobody has a benchmark of this space; these records are to become one. A *stretch* is a search by
regularized evolution (P = 20, S = 5) of 60 evaluations, whose fitness is the recorded accuracy
itself: its first 20 cells are uniform, the others lie along a search, so that good regions are
covered. At its end four cells are trained again with another seed, the two first and the two best,
which tells the noise. All trainings are proxies: N, F, image size and number of images are what two
cores can pay for.

A line of JSON is appended for each training. What stands in the file is not trained again, so the
tool can be stopped at any time, and run on any number of cores, each with its own stretches:

Example:
    for w in 0 1; do
        OMP_NUM_THREADS=1 python tools/studies/cell_records.py --data-dir D --out cells.jsonl \
            --worker $w --workers 2 &
    done
"""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from record_lines import append_record, read_records

from renas_apps.exit_status import run_command
from renas_controller import Strategy, make_strategy
from renas_space import Genotype, SearchSpace, plan_network
from renas_trainer import DivergedError, ImageData, ScratchRecipe, load_data, make_fabric
from renas_trainer import train_from_scratch as train

SPACE = SearchSpace(blocks=5)
STRETCH = 60
"""Evaluations of a search."""
AGAIN = 2
"""How many of the first and of the best cells of a stretch are trained a second time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """What every training has in common."""

    cells: int = 1
    """N."""
    filters: int = 8
    """F."""
    image_size: int = 16
    """Height and width that images are averaged down to, in pixels."""
    train_images: int = 5_000
    """Of CIFAR-10's training images, balanced over the classes."""
    val_images: int = 5_000
    """Others of them, that accuracy is measured on."""
    epochs: int = 1
    """Passes, at a learning rate that falls by half a cosine from 0.05 to 0.001."""
    batch_size: int = 64
    """Images of a step."""


class Records:
    """The file of records, and the trainings that are not in it yet."""

    def __init__(self, path: Path, data_dir: Path, proxy: Proxy) -> None:
        """Read the file, if there is one."""
        self._path, self._proxy = path, proxy
        self.known = {
            (row["stretch"], row["number"], row["seed"]): row for row in read_records(path)
        }
        self._data = _images(data_dir, proxy)
        self._fabric = make_fabric()

    def accuracy(self, stretch: int, number: int, genotype: Genotype, seed: int) -> float:
        """Return what a cell scores, from the file or from a training that is then written to it.

        Raises:
            ValueError: the file has another cell there: it is of another version of this tool.
        """
        row = self.known.get((stretch, number, seed))
        if row is None:
            row = self._train(genotype, seed) | {"stretch": stretch, "number": number}
            append_record(self._path, row)
            self.known[stretch, number, seed] = row
            print(stretch, number, row["genotype"], f"{row['accuracy']:.4f}", flush=True)
        if row["genotype"] != str(genotype):
            raise ValueError(f"record {stretch}/{number} is of {row['genotype']}, not {genotype}")
        return row["accuracy"]

    def _train(self, genotype: Genotype, seed: int) -> dict[str, Any]:
        """Train a cell; one whose loss is not finite scores nothing."""
        proxy = self._proxy
        plan = plan_network(
            genotype, cells=proxy.cells, filters=proxy.filters, image_size=proxy.image_size
        )
        recipe = ScratchRecipe(epochs=proxy.epochs, batch_size=proxy.batch_size)
        start = time.process_time()
        try:
            accuracy = train(plan, self._data, recipe, seed=seed, fabric=self._fabric).accuracy
        except DivergedError:
            accuracy = 0.0
        seconds = round(time.process_time() - start, 2)
        return {"genotype": str(genotype), "seed": seed, "accuracy": accuracy, "seconds": seconds}


def _images(data_dir: Path, proxy: Proxy) -> ImageData:
    """Return the images that all trainings share, without those of the test."""
    data = load_data(
        "cifar10",
        directory=data_dir,
        image_size=proxy.image_size,
        train_images=proxy.train_images,
        validation_images=proxy.val_images,
        seed=0,
    )
    return replace(data, test=None)


def run_stretch(stretch: int, records: Records) -> None:
    """Search once, and train some cells again."""
    strategy: Strategy[Genotype] = make_strategy(
        "regularized-evolution", SPACE, population_size=20, sample_size=5, seed=stretch
    )
    scored: list[tuple[float, int, Genotype]] = []
    for number in range(STRETCH):
        proposal = strategy.ask()
        accuracy = records.accuracy(stretch, number, proposal.genotype, seed=0)
        strategy.tell(proposal, accuracy)
        scored.append((accuracy, number, proposal.genotype))
    best = sorted(scored, key=lambda one: (-one[0], one[1]))[:AGAIN]
    for _, number, genotype in {one[1]: one for one in (*scored[:AGAIN], *best)}.values():
        records.accuracy(stretch, number, genotype, seed=1)


def main() -> None:
    """Train until there are as many stretches as asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, required=True, help="directory of CIFAR-10")
    parser.add_argument("--out", type=Path, required=True, help="file of records, appended to")
    parser.add_argument("--stretches", type=int, default=36, help="of all workers (%(default)s)")
    parser.add_argument("--worker", type=int, default=0, help="number of this one (%(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="how many there are (%(default)s)")
    asked = parser.parse_args()
    os.nice(10)
    proxy = Proxy()
    print(json.dumps(asdict(proxy)), flush=True)
    records = Records(asked.out, asked.data_dir, proxy)
    for stretch in range(asked.worker, asked.stretches, asked.workers):
        run_stretch(stretch, records)


if __name__ == "__main__":
    sys.exit(run_command("cell_records.py", main))
