"""Check that `renas-plus` still needs so many times fewer evaluations than its rivals.

The limits are below what was measured with many seeds (docs/reproduction.md), by what a hundred
seeds leave to chance. The exit status is 1 where a ratio has fallen below its limit.

Example:
    python tools/check_ratios.py --data-dir D
"""

import argparse
import sys
from functools import partial

from efforts import efforts, parse
from renas_apps.comparison import NasBench201, RenasCells
from renas_apps.comparison.effort import ratio
from renas_apps.comparison.workers import MakeBenchmark

WINNER = "renas-plus"

EVALUATIONS = 60
"""Of a trial: where a rival's median is beyond, its ratio is larger than what is compared."""

LIMITS = {
    "NAS-Bench-201": {
        "regularized-evolution-greedy": 2.8,
        "local-search-founded": 1.8,
        "bananas": 0.95,
        "bananas-early": 0.85,
        "renas-plus-unlearned": 0.75,
    },
    "RENAS's cells": {
        "regularized-evolution-greedy": 1.5,
        "local-search-founded": 1.45,
        "bananas": 0.95,
        "bananas-early": 0.8,
        "renas-plus-unlearned": 0.75,
    },
}
"""Least ratio of a rival's median evaluations to those of the winner."""


def check(name: str, make: MakeBenchmark, asked: argparse.Namespace) -> bool:
    """Compare on a benchmark; return whether all ratios are at least their limits."""
    winner, *rivals = efforts(make, (WINNER, *LIMITS[name]), EVALUATIONS, asked)
    good = True
    for rival in rivals:
        value, low, high, *_ = ratio(rival, winner)
        limit = LIMITS[name][rival.contestant]
        good = good and value >= limit
        print(
            f"{name}: {rival.contestant} {rival.median:g} / {winner.median:g} = {value:.2f} "
            f"({low:.2f} to {high:.2f}), at least {limit}: {'yes' if value >= limit else 'NO'}",
            flush=True,
        )
    return good


def main() -> int:
    """Check both benchmarks; return the exit status."""
    asked = parse(__doc__, seeds=100)
    benchmarks: dict[str, MakeBenchmark] = {
        "NAS-Bench-201": partial(NasBench201, asked.data_dir),
        "RENAS's cells": RenasCells,
    }
    results = [check(name, make, asked) for name, make in benchmarks.items()]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
