"""Check that the rivals on NAS-Bench-201 need as many evaluations as is known of them.

Known are medians that were measured elsewhere with the same settings. Evaluations spread widely:
the interval of a median of two hundred seeds mostly reaches beyond the tolerance, so these are of a
thousand. The exit status is 1 where one is further away than the tolerance.

Example:
    python tools/check_known.py --data-dir D
"""

import argparse
import sys
from functools import partial

from efforts import efforts, parse, run_check
from renas_apps.comparison import NasBench201
from renas_apps.comparison.effort import Effort
from renas_apps.comparison.tables import censored

TOLERANCE = 0.15
"""Share of what is known that a median may differ by."""

KNOWN = {
    300: {
        "local-search": 59,
        "local-search-best": 91,
        "evolution-greedy": 62,
        "regularized-evolution-greedy": 62,
        "evolution-1": 74,
        "regularized-evolution": 83,
        "evolution-2": 99,
        "evolution-3": 188,
    },
    3000: {"random": 727},
}
"""Median evaluations to the best 15 cells, by the evaluations that a search may have."""


def is_near(effort: Effort) -> bool:
    """Print a median beside what is known; return whether it is near."""
    known = KNOWN[effort.budget][effort.contestant]
    difference = effort.median / known - 1
    near = abs(difference) <= TOLERANCE
    low, high = (censored(end, effort.budget) for end in effort.interval())
    print(
        f"{effort.contestant}: {censored(effort.median, effort.budget)} ({low} to {high}), "
        f"known {known}, {difference:+.1%}: {'yes' if near else 'NO'}",
        flush=True,
    )
    return near


def main() -> int:
    """Check all that is known; return the exit status."""
    asked = parse(__doc__, seeds=1_000)
    return run_check("check_known.py", lambda: found(asked))


def found(asked: argparse.Namespace) -> list[bool]:
    """Return whether each median is near what is known."""
    make = partial(NasBench201, asked.data_dir)
    return [
        is_near(effort)
        for evaluations, known in KNOWN.items()
        for effort in efforts(make, tuple(known), evaluations, asked)
    ]


if __name__ == "__main__":
    sys.exit(main())
