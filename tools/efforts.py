"""What the checks of strategies have in common: trials that nobody keeps, and their flags."""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from renas_apps.comparison import CONTESTANTS, Campaign
from renas_apps.comparison.effort import Effort
from renas_apps.comparison.workers import MakeBenchmark
from renas_apps.exit_status import run_command


def efforts(
    make: MakeBenchmark, contestants: Sequence[str], evaluations: int, asked: argparse.Namespace
) -> list[Effort]:
    """Return how many evaluations each contestant needs, by trials in a directory that goes away.

    Args:
        make: opens the benchmark.
        contestants: names.
        evaluations: of a trial.
        asked: how many seeds, and processes.
    """
    with tempfile.TemporaryDirectory() as directory:
        campaign = Campaign(
            make=make,
            contestants=tuple(CONTESTANTS[name] for name in contestants),
            seeds=range(asked.seeds),
            evaluations=evaluations,
            directory=Path(directory),
        )
        return campaign.run(asked.workers, lambda *_: None)


def parse(description: str | None, seeds: int) -> argparse.Namespace:
    """Return the flags: where the table of NAS-Bench-201 is, seeds and processes."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, required=True, help="directory of NAS-Bench-201")
    parser.add_argument("--seeds", type=int, default=seeds, help="(%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes (%(default)s)")
    asked = parser.parse_args()
    for name in ("seeds", "workers"):
        if getattr(asked, name) < 1:
            parser.error(f"--{name} is {getattr(asked, name)}: give 1 or more")
    return asked


def run_check(name: str, check: Callable[[], Sequence[bool]]) -> int:
    """Run a check of several things; return 0 if all are good, 1 if one is not, 2 for bad input."""
    found: list[bool] = []
    return run_command(name, lambda: found.extend(check())) or int(not all(found))
