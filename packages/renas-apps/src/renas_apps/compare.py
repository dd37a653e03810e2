"""The command ``renas-compare``: strategies against each other on a benchmark, over many seeds."""

import argparse
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from renas_apps.__about__ import __version__
from renas_apps.arguments import Parser
from renas_apps.config import SEEDS, flag
from renas_apps.errors import RunError
from renas_apps.exit_status import run_command
from renas_apps.quantities import format_duration
from renas_space import InputError

if TYPE_CHECKING:
    from renas_apps.comparison.workers import MakeBenchmark

_EXAMPLES = """examples:
  renas-compare --seeds 50 --evaluations 150 --out R
  renas-compare --measure noisy --strategies renas-plus evolution random --against random --out R
  renas-compare --benchmark nasbench201 --data-dir D --seeds 200 --evaluations 300 --out R
  renas-compare --list
"""

BENCHMARKS = ("renas", "nasbench201")
"""Names of the benchmarks."""

MOST = 100_000
"""Seeds of a comparison and evaluations of a trial, at most: each is listed somewhere."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``renas-compare``; return its exit status."""
    asked = _parser().parse_args(arguments)
    return run_command("renas-compare", lambda: _compare(asked))


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(
        prog="renas-compare",
        description="Compare strategies on a benchmark that answers at once. A comparison that was "
        "stopped is taken up by the same command.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--version", action="version", version=f"renas-compare {__version__}")
    add("--list", action="store_true", help="list the strategies and their settings, and end")
    add(
        "--benchmark",
        choices=BENCHMARKS,
        help="(nasbench201 where --data-dir is given, else renas, which comes with its data)",
    )
    add("--data-dir", type=Path, help="directory of the table of nasbench201")
    add(
        "--measure",
        help="of renas: exact (default), noisy, first-half or second-half; "
        "of nasbench201: valid-12 (default), test-12 or test-200",
    )
    add(
        "--strategies",
        nargs="+",
        metavar="NAME",
        help="some of those that --list names (all but ablations)",
    )
    add(
        "--against",
        metavar="NAME",
        help="whom the others are compared with (renas-plus; where it is not among them, the first "
        "of --strategies)",
    )
    add("--seeds", type=int, default=100, help="how many trials of each (%(default)s)")
    add("--first-seed", type=int, default=0, help="the first (%(default)s)")
    add(
        "--evaluations",
        type=int,
        default=300,
        help="of a trial: populations are looked at every ten, and after the last (%(default)s)",
    )
    add("--workers", type=int, default=2, help="processes (%(default)s)")
    add("--out", type=Path, metavar="DIR", help="directory of trials, tables and figures")
    return parser


def _compare(asked: argparse.Namespace) -> None:
    """Compare what was asked for.

    Raises:
        InputError: a setting or a file is of no use.
        RunError: it has ended early.
    """
    _check_numbers(asked)
    if asked.list:
        _list()
        return
    if asked.out is None:
        raise InputError("a comparison is written to a directory: name it with --out")
    # torch takes seconds to import, which a number out of range need not wait for.
    from renas_apps.comparison.contestants import CONTESTANTS

    every = [name for name, contestant in CONTESTANTS.items() if not contestant.ablation]
    names = tuple(asked.strategies or every)
    for name in names:
        if name not in CONTESTANTS:
            raise InputError(f"there is no strategy {name!r} to compare: --list names all")
    if asked.against is not None and asked.against not in names:
        raise InputError(
            f"--against is {asked.against!r}, which is not compared: give one of {', '.join(names)}"
        )
    from renas_apps.comparison.campaign import Campaign
    from renas_apps.comparison.tables import effort_rows, markdown

    campaign = Campaign(
        make=benchmark_of(asked),
        contestants=tuple(CONTESTANTS[name] for name in dict.fromkeys(names)),
        seeds=range(asked.first_seed, asked.first_seed + asked.seeds),
        evaluations=asked.evaluations,
        directory=asked.out,
        against=asked.against,
    )
    try:
        efforts = campaign.run(asked.workers, _Progress())
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted: the same command goes on") from None
    except BrokenPipeError:
        raise RunError("nobody reads the output any more: the same command goes on") from None
    print(markdown(effort_rows(efforts)), end="")
    print(f"tables and figures: {asked.out / 'report.html'}")


def _list() -> None:
    """Print the strategies and their settings."""
    from renas_apps.comparison.contestants import CONTESTANTS

    for contestant in CONTESTANTS.values():
        only = " (ablation: on request only)" if contestant.ablation else ""
        print(f"{contestant.name}: {contestant.source}{only}")


def _check_numbers(asked: argparse.Namespace) -> None:
    """Check the numbers that were asked for.

    Raises:
        InputError: one is of no use.
    """
    for name, least in (("seeds", 1), ("first_seed", 0), ("evaluations", 1), ("workers", 1)):
        value = getattr(asked, name)
        if value < least:
            raise InputError(f"{flag(name)} is {value}: give a number of at least {least}")
    for name in ("seeds", "evaluations"):
        if (value := getattr(asked, name)) > MOST:
            raise InputError(f"--{name} is {value}: give at most {MOST}")
    if asked.first_seed + asked.seeds > SEEDS:
        raise InputError(
            f"--first-seed is {asked.first_seed}: give at most {SEEDS - asked.seeds}, the seeds "
            "end there"
        )


def benchmark_of(asked: argparse.Namespace) -> "MakeBenchmark":
    """Return what opens the benchmark that is asked for.

    Raises:
        InputError: its data are not said, or not needed.
    """
    from renas_apps.comparison.nasbench201 import NasBench201
    from renas_apps.comparison.renas_cells import RenasCells

    measure = () if asked.measure is None else (asked.measure,)
    named = asked.benchmark or ("renas" if asked.data_dir is None else "nasbench201")
    if named == "renas":
        if asked.data_dir is not None:
            raise InputError("--benchmark renas comes with its data: leave out --data-dir")
        return partial(RenasCells, *measure)
    if asked.data_dir is None:
        raise InputError("--benchmark nasbench201 needs its table: say where with --data-dir")
    return partial(NasBench201, asked.data_dir, *measure)


class _Progress:
    """Says how far a comparison has come, at most every ten seconds."""

    def __init__(self) -> None:
        """Nothing has been said yet."""
        self._said = time.monotonic()
        self._first: tuple[float, int] | None = None  # when the first were heard of, and how many

    def __call__(self, name: str, made: int, every: int) -> None:
        """Hear of some trials."""
        now = time.monotonic()
        start, before = self._first = self._first or (now, made)
        if now - self._said < 10 and made < every:
            return
        self._said = now
        left = ""
        if before < made < every:
            left = f", {format_duration((now - start) / (made - before) * (every - made))} left"
        print(f"{made:,} of {every:,} trials ({name}){left}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
