"""Check that `renas-plus` still beats its rivals by the factors that were measured.

The limits are below what was measured with many seeds (docs/reproduction.md), by what a hundred
seeds leave to chance. The exit status is 1 where a ratio has fallen below its limit.

Example:
    python tools/check_ratios.py --data-dir D
"""

import argparse
import sys
from collections.abc import Iterator
from functools import partial

from efforts import efforts, parse, run_check
from renas_apps.comparison import NasBench201, RenasCells
from renas_apps.comparison.effort import ratio
from renas_apps.comparison.tables import censored, ratio_row
from renas_apps.comparison.workers import MakeBenchmark

WINNER = "renas-plus"

EVALUATIONS = 60
"""Of a trial: where a rival's median is beyond, its ratio is larger than what is compared."""

LIMITS = {
    "NAS-Bench-201": {
        "regularized-evolution-greedy": 3.0,
        "local-search-founded": 2.0,
        "bananas": 1.1,
        "bananas-early": 1.0,
        "renas-plus-unlearned": 0.85,
    },
    "RENAS's cells": {
        "regularized-evolution-greedy": 1.6,
        "local-search-founded": 1.6,
        "bananas": 1.1,
        "bananas-early": 1.0,
        "renas-plus-unlearned": 0.85,
    },
}
"""Least ratio of a rival's median evaluations to those of the winner."""


def check(name: str, make: MakeBenchmark, asked: argparse.Namespace) -> Iterator[bool]:
    """Compare on a benchmark; print each ratio and yield whether it is at least its limit."""
    winner, *rivals = efforts(make, (WINNER, *LIMITS[name]), EVALUATIONS, asked)
    of_winner = censored(winner.median, EVALUATIONS)
    for rival in rivals:
        found, limit = ratio(rival, winner), LIMITS[name][rival.contestant]
        good = found.value >= limit and not found.at_most[0]
        _, shown, interval = ratio_row(rival.contestant, found)
        print(
            f"{name}: {rival.contestant} {censored(rival.median, EVALUATIONS)} / {of_winner} = "
            f"{shown} ({interval}), at least {limit}: {'yes' if good else 'NO'}",
            flush=True,
        )
        yield good


def both(asked: argparse.Namespace) -> list[bool]:
    """Check both benchmarks; return whether each ratio is good."""
    nasbench201 = check("NAS-Bench-201", partial(NasBench201, asked.data_dir), asked)
    return [*nasbench201, *check("RENAS's cells", RenasCells, asked)]


def main() -> int:
    """Check all ratios; return the exit status."""
    asked = parse(__doc__, seeds=100)
    return run_check("check_ratios.py", lambda: both(asked))


if __name__ == "__main__":
    sys.exit(main())
