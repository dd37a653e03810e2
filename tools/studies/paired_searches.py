"""What a strategy or a setting of one is worth: searches from the same seeds, pair by pair.

All strategies of one seed begin with the same random cells, so the difference of two searches with
one seed is less a matter of chance than either of them. A search ends when it has found the target,
or counts with one more than the evaluations that it may have. A line of JSON is appended for each;
what stands in the file is not searched again, so the study can be stopped at any time, and run on
any number of cores, each with its own seeds. Two tables are printed: the mean difference to the
first, over the pairs, and the ratios of the medians.

Example:
    for w in 0 1; do
        OMP_NUM_THREADS=1 python tools/studies/paired_searches.py --benchmark renas --seeds 200 \
            --strategies renas-plus renas-plus-unlearned --out pairs.jsonl --worker $w --workers 2 &
    done
    python tools/studies/paired_searches.py --out pairs.jsonl --report
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from record_lines import append_record, read_records

from renas_apps.comparison import CONTESTANTS, Benchmark, NasBench201, RenasCells
from renas_apps.comparison.bootstrap import mean_interval
from renas_apps.comparison.effort import Effort
from renas_apps.comparison.tables import censored, markdown, ratio_rows
from renas_space.interface import G

Found = dict[str, dict[int, int]]
"""Evaluations to the target, by contestant and seed."""


def evaluations_to_target(benchmark: Benchmark[G], name: str, seed: int, most: int) -> int:
    """Return how many evaluations a contestant needs; one more than the most if it needs more."""
    strategy = CONTESTANTS[name].make(benchmark.space, seed)
    for number in range(1, most + 1):
        proposal = strategy.ask()
        fitness = benchmark.fitness(proposal.genotype)
        if fitness >= benchmark.target:
            return number
        strategy.tell(proposal, fitness)
    return most + 1


def search(asked: argparse.Namespace, benchmark: Benchmark[Any], found: Found) -> None:
    """Make the searches of this worker that are not in the file yet."""
    for seed in range(asked.worker, asked.seeds, asked.workers):
        for name in asked.strategies:
            if seed not in found.get(name, {}):
                needed = evaluations_to_target(benchmark, name, seed, asked.evaluations)
                row = {"contestant": name, "seed": seed, "evaluations": needed}
                append_record(asked.out, row)


def read(path: Path) -> Found:
    """Return what is in the file."""
    found: Found = {}
    for row in read_records(path):
        found.setdefault(row["contestant"], {})[row["seed"]] = row["evaluations"]
    return found


def rows(found: Found, most: int) -> list[list[str]]:
    """Return a header and a row for each contestant; the first is the one compared with."""
    table = [["contestant", "seeds", "median", "mean", "unsolved", "more than the first, 95 %"]]
    first = next(iter(found.values()))
    for name, of in found.items():
        needed = np.array([of[seed] for seed in sorted(of)])
        both = sorted(set(of) & set(first))
        difference = np.array([of[seed] - first[seed] for seed in both])
        mean, low, high = mean_interval(difference)
        table.append(
            [
                name,
                f"{len(needed)}",
                censored(float(np.median(needed)), most),
                f"{needed.mean():.1f}",
                f"{(needed > most).mean():.1%}",
                "" if of is first else f"{mean:+.2f} ({low:+.2f} to {high:+.2f})",
            ]
        )
    return table


def efforts(found: Found, most: int) -> list[Effort]:
    """Return how many evaluations each contestant needs."""
    return [
        Effort(contestant=name, evaluations=tuple(of[seed] for seed in sorted(of)), budget=most)
        for name, of in found.items()
    ]


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--benchmark", choices=("nasbench201", "renas"), default="renas", help="(%(default)s)")
    add("--data-dir", type=Path, help="directory of the table of nasbench201")
    add("--strategies", nargs="+", metavar="NAME", default=["renas-plus", "renas-plus-unlearned"])
    add("--seeds", type=int, default=200, help="(%(default)s)")
    add("--evaluations", type=int, default=60, help="of a search, at most (%(default)s)")
    add("--worker", type=int, default=0, help="this one, from 0 (%(default)s)")
    add("--workers", type=int, default=1, help="how many there are (%(default)s)")
    add("--out", type=Path, required=True, help="file of the searches")
    add("--report", action="store_true", help="only print what is in the file")
    return parser.parse_args(arguments)


def main() -> None:
    """Search, then print the tables."""
    asked = parse()
    if not asked.report:
        benchmark: Benchmark[Any] = (
            RenasCells() if asked.benchmark == "renas" else NasBench201(asked.data_dir)
        )
        search(asked, benchmark, read(asked.out))
    found = read(asked.out)
    print(markdown(rows(found, asked.evaluations)))
    print(markdown(ratio_rows(efforts(found, asked.evaluations), next(iter(found)))), end="")


if __name__ == "__main__":
    main()
