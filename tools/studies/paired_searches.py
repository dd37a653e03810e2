"""What a strategy or a setting of one is worth: searches from the same seeds, pair by pair.

All strategies of one seed begin with the same random cells, so the difference of two searches with
one seed is less a matter of chance than either of them. A search ends when it has found the target,
or counts with one more than the evaluations that it may have. A line of JSON is appended for each,
after one that says where and how far they search; what stands in the file is not searched again, so
the study can be stopped at any time, and run on any number of cores, each with its own seeds. Two
tables are printed: the mean difference to the first, over the pairs, and the ratios of the medians.

Example:
    for w in 0 1; do
        OMP_NUM_THREADS=1 python tools/studies/paired_searches.py --benchmark renas --seeds 200 \
            --strategies renas-plus renas-plus-unlearned --out pairs.jsonl --worker $w --workers 2 &
    done
    python tools/studies/paired_searches.py --out pairs.jsonl --report
"""

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from record_lines import append_record, read_records

from renas_apps.compare import BENCHMARKS, benchmark_of
from renas_apps.comparison import CONTESTANTS, Benchmark
from renas_apps.comparison.contestants import settings_digest
from renas_apps.comparison.effort import Effort
from renas_apps.comparison.mean_interval import mean_interval
from renas_apps.comparison.tables import censored, markdown, ratio_rows
from renas_apps.config import flag
from renas_apps.exit_status import run_command
from renas_space import InputError
from renas_space.interface import G

Found = dict[str, dict[int, int]]
"""Evaluations to the target, by contestant and seed."""


def evaluations_to_target(benchmark: Benchmark[G], name: str, seed: int, most: int) -> int:
    """Return how many evaluations a contestant needs; one more than the most if it needs more."""
    strategy = CONTESTANTS[name].make(benchmark.space, seed)
    noise = random.Random(f"noise {seed}")  # as in a trial of renas-compare
    for number in range(1, most + 1):
        proposal = strategy.ask()
        fitness = benchmark.fitness(proposal.genotype)
        strategy.tell(proposal, benchmark.observe(fitness, noise))
        if fitness >= benchmark.target:
            return number
    return most + 1


@dataclass(frozen=True, slots=True)
class Searches:
    """Those of a file."""

    head: dict[str, Any] | None = None
    """What they have in common: benchmark and most evaluations; None of an empty file."""
    settings: dict[str, str] = field(default_factory=dict[str, str])
    """Digest of the settings of each contestant."""
    found: Found = field(default_factory=dict[str, dict[int, int]])
    """What came of them."""

    @classmethod
    def read(cls, path: Path) -> "Searches":
        """Read a file, if there is one.

        Raises:
            InputError: its searches are not all alike, or it does not say what they are.
        """
        head: dict[str, Any] | None = None
        settings, found = dict[str, str](), Found()
        for row in read_records(path):
            if "contestant" not in row:
                _check_same(path, "searches", head or row, row)
                head = row
                continue
            name, digest = row["contestant"], row.get("settings", "")
            _check_same(path, f"settings of {name}", settings.setdefault(name, digest), digest)
            found.setdefault(name, {})[row["seed"]] = row["evaluations"]
        if found and head is None:
            raise InputError(f"{path} does not say what its searches are of: give another --out")
        return cls(head, settings, found)


def _check_same(path: Path, what: str, before: object, now: object) -> None:
    """Check that two are the same.

    Raises:
        InputError: they are not.
    """
    if before != now:
        raise InputError(f"{path} has {what} {before}, not {now}: give another --out")


def search(asked: argparse.Namespace, benchmark: Benchmark[Any]) -> None:
    """Make the searches of this worker that are not in the file yet.

    Raises:
        InputError: the file has others.
    """
    head = {
        "benchmark": benchmark.name,
        "digest": benchmark.digest,
        "at_most": asked.evaluations,
    }
    settings = {
        name: settings_digest(CONTESTANTS[name].make(benchmark.space, seed=0))
        for name in asked.strategies
    }
    before = Searches.read(asked.out)
    if before.head is None:
        append_record(asked.out, head)
    else:
        _check_same(asked.out, "searches", before.head, head)
    for name, digest in settings.items():
        _check_same(asked.out, f"settings of {name}", before.settings.get(name, digest), digest)
    for seed in seeds_of(asked)[asked.worker :: asked.workers]:
        for name, digest in settings.items():
            if seed not in before.found.get(name, {}):
                needed = evaluations_to_target(benchmark, name, seed, asked.evaluations)
                row = {"contestant": name, "settings": digest, "seed": seed, "evaluations": needed}
                append_record(asked.out, row)


def seeds_of(asked: argparse.Namespace) -> range:
    """Return the seeds that are asked for."""
    return range(asked.first_seed, asked.first_seed + asked.seeds)


def rows(found: Found, most: int) -> list[list[str]]:
    """Return a header and a row for each contestant; the first is the one compared with."""
    table = [["contestant", "seeds", "median", "mean", "unsolved", "more than the first, 95 %"]]
    first = next(iter(found.values()))
    for effort, of in zip(efforts(found, most), found.values(), strict=True):
        table.append(
            [
                effort.contestant,
                f"{len(of)}",
                censored(effort.median, effort.budget),
                f"{effort.mean:.1f}",
                f"{effort.unsolved:.1%}",
                difference_to(first, of),
            ]
        )
    return table


def difference_to(first: dict[int, int], of: dict[int, int]) -> str:
    """Return the mean difference of searches with the same seeds and its interval, for people."""
    both = sorted(set(of) & set(first))
    if of is first or not both:
        return ""
    mean, low, high = mean_interval(np.array([of[seed] - first[seed] for seed in both]))
    return f"{mean:+.2f} ({low:+.2f} to {high:+.2f})"


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
    add("--benchmark", choices=BENCHMARKS, default="renas", help="(%(default)s)")
    add("--measure", help="what counts, as in renas-compare")
    add("--data-dir", type=Path, help="directory of the table of nasbench201")
    add("--strategies", nargs="+", metavar="NAME", default=["renas-plus", "renas-plus-unlearned"])
    add("--seeds", type=int, default=200, help="how many, and in the tables (%(default)s)")
    add("--first-seed", type=int, default=0, help="the first of them (%(default)s)")
    add("--evaluations", type=int, default=60, help="of a search, at most (%(default)s)")
    add("--worker", type=int, default=0, help="this one, from 0 (%(default)s)")
    add("--workers", type=int, default=1, help="how many there are (%(default)s)")
    add("--out", type=Path, required=True, help="file of the searches")
    add("--report", action="store_true", help="only print what is in the file")
    return parser.parse_args(arguments)


def study(asked: argparse.Namespace) -> None:
    """Search, then print the tables.

    Raises:
        InputError: a setting or the file is of no use.
    """
    least = {"seeds": 1, "first_seed": 0, "evaluations": 1, "workers": 1, "worker": 0}
    for name, number in least.items():
        if getattr(asked, name) < number:
            raise InputError(f"{flag(name)} is {getattr(asked, name)}: give {number} or more")
    if asked.worker >= asked.workers:
        raise InputError(f"--worker is {asked.worker}: give less than --workers, {asked.workers}")
    if not asked.report:
        for name in asked.strategies:
            if name not in CONTESTANTS:
                raise InputError(f"there is no strategy {name!r}: renas-compare --list names all")
        search(asked, benchmark_of(asked)())
    searches = Searches.read(asked.out)
    found = {
        name: among
        for name, of in searches.found.items()
        if (among := {seed: of[seed] for seed in seeds_of(asked) if seed in of})
    }
    if searches.head is None or not found:
        raise InputError(f"{asked.out} has no searches of these seeds: make some first")
    most = searches.head["at_most"]
    print(markdown(rows(found, most)))
    print(markdown(ratio_rows(efforts(found, most), next(iter(found)))), end="")


def main() -> int:
    """Run the study; return the exit status."""
    asked = parse()
    return run_command("paired_searches.py", lambda: study(asked))


if __name__ == "__main__":
    sys.exit(main())
