"""The command ``renas-report``: look at a run, take its tables along, or score it anew."""

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from renas_apps.__about__ import __version__
from renas_apps.arguments import Parser
from renas_apps.exit_status import run_command
from renas_apps.html_report import html_report
from renas_apps.journal_rows import Evaluation, Final
from renas_apps.outputs import check_out
from renas_apps.retraining.asked import EPOCHS, EVERY, Asked
from renas_apps.run import Run
from renas_apps.run_directory import write_whole
from renas_apps.summary import summarise
from renas_space import InputError

_EXAMPLES = """examples:
  renas-report show runs/small
  renas-report export runs/small --out evaluations.csv
  renas-report export runs/small --table lineage --id 39
  renas-report html runs/small --out report.html
  renas-report retrain runs/small --every 500 --epochs 20
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``renas-report``; return its exit status."""
    asked = _parser().parse_args(arguments)
    return run_command("renas-report", lambda: asked.command(asked))


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(
        prog="renas-report",
        description="Look at a run, take its tables along, or score it anew; while it runs, or "
        "later.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"renas-report {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    show = commands.add_parser("show", help="print the summary")
    show.set_defaults(command=_show)
    export = commands.add_parser("export", help="write a table as CSV")
    export.set_defaults(command=_export)
    export.add_argument(
        "--table",
        choices=["evaluations", "lineage", "finals"],
        default="evaluations",
        help="every individual, one and its ancestors, or the retrainings (default: %(default)s)",
    )
    export.add_argument(
        "--id", type=int, help="the individual of --table lineage (default: the best)"
    )
    page = commands.add_parser("html", help="write the report as one HTML file")
    page.set_defaults(command=_html)
    retrain = _add_retrain(commands)
    for command in (show, export, page, retrain):
        command.add_argument("run", type=Path, help="directory of a run")
    for command in (export, page):
        command.add_argument("--out", type=Path, help="file to write; by default standard output")
        command.add_argument("--force", action="store_true", help="replace a file that is there")
    return parser


def _add_retrain(
    commands: "argparse._SubParsersAction[Parser]",
) -> "argparse.ArgumentParser":
    """Add the command that retrains."""
    retrain = commands.add_parser(
        "retrain",
        help="train the populations on the way from scratch, as the paper compares searches",
        description="Train every cell that was in the population at a checkpoint from scratch,\n"
        "each once, and write mean and deviation of the accuracy as table and figure (the\n"
        "paper's Fig. 4) to the directory `retrained` of the run. The same command goes on\n"
        "where it was stopped, and trains only what is missing.",
        epilog="example:\n  renas-report retrain runs/small --every 20 --epochs 3\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    retrain.set_defaults(command=_retrain)
    add = retrain.add_argument
    add("--every", type=int, default=EVERY, help="evaluations between checkpoints (%(default)s)")
    add("--epochs", type=int, default=EPOCHS, help="passes over the images (%(default)s)")
    add("--seed", type=int, help="of the trainings (the run's)")
    add("--data-dir", type=Path, help="where the run's images are now (where they were)")
    add("--threads", type=int, help="of torch (the run's)")
    return retrain


def _show(asked: argparse.Namespace) -> None:
    """Print the summary."""
    print(summarise(Run.open(asked.run)))


def _export(asked: argparse.Namespace) -> None:
    """Write a table as CSV."""
    if asked.id is not None and asked.table != "lineage":
        raise InputError(f"--id {asked.id} is for --table lineage: add that, or leave --id out")
    run = Run.open(asked.run)
    if asked.table == "finals":
        rows, names = run.finals, [field.name for field in fields(Final)]
    else:
        rows = run.evaluations if asked.table == "evaluations" else _lineage(run, asked.id)
        names = [*(field.name for field in fields(Evaluation)), "inherited_share"]
    _write(_csv(rows, names), asked, run)


def _html(asked: argparse.Namespace) -> None:
    """Write the report."""
    run = Run.open(asked.run)
    _write(html_report(run), asked, run)


def _retrain(asked: argparse.Namespace) -> None:
    """Retrain the checkpoints."""
    request = Asked(
        run=asked.run,
        every=asked.every,
        epochs=asked.epochs,
        seed=asked.seed,
        data_dir=asked.data_dir,
        threads=asked.threads,
    )
    # torch takes seconds to import, which --help and a number out of range need not wait for.
    from renas_apps.retraining.session import retrain_checkpoints

    retrain_checkpoints(request)


def _lineage(run: Run, asked_id: int | None) -> list[Evaluation]:
    """Return the lineage of an individual, or of the best."""
    if asked_id is not None:
        return run.lineage(asked_id)
    return [] if run.best is None else run.lineage(run.best.id)


def _csv(rows: Sequence[Evaluation] | Sequence[Final], names: Sequence[str]) -> str:
    """Return rows with a header; what is unknown is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([getattr(row, name) for name in names] for row in rows)
    return text.getvalue()


def _write(text: str, asked: argparse.Namespace, run: Run) -> None:
    """Write a text to a file, whole and nothing over another unasked; or to standard output.

    Raises:
        InputError: there is a file already, or no directory for it.
    """
    if asked.out is None:
        sys.stdout.write(text)
        return
    check_out(asked.out, force=asked.force, read=(run.directory.journal, run.directory.config))
    write_whole(asked.out, text)


if __name__ == "__main__":
    sys.exit(main())
