"""The command ``renas-report``: look at a run, or take its tables along."""

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from renas_apps.__about__ import __version__
from renas_apps.command_line import check_out, run_command
from renas_apps.html_report import html_report
from renas_apps.journal import Evaluation, Final
from renas_apps.run import Run
from renas_apps.run_directory import write_whole
from renas_apps.summary import summarise
from renas_space import InputError

_EXAMPLES = """examples:
  renas-report show runs/small
  renas-report export runs/small --out evaluations.csv
  renas-report export runs/small --table lineage --id 39
  renas-report html runs/small --out report.html
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``renas-report``; return its exit status."""
    asked = _parser().parse_args(arguments)
    return run_command("renas-report", lambda: asked.command(asked))


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="renas-report",
        description="Look at a run, or take its tables along; while it runs, or later.",
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
    export.add_argument("--id", type=int, help="the individual of --table lineage; the best if not")
    page = commands.add_parser("html", help="write the report as one HTML file")
    page.set_defaults(command=_html)
    for command in (show, export, page):
        command.add_argument("run", type=Path, help="directory of a run")
    for command in (export, page):
        command.add_argument("--out", type=Path, help="file to write; by default standard output")
        command.add_argument("--force", action="store_true", help="replace a file that is there")
    return parser


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
    _write(_csv(rows, names), asked.out, force=asked.force)


def _html(asked: argparse.Namespace) -> None:
    """Write the report."""
    _write(html_report(Run.open(asked.run)), asked.out, force=asked.force)


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


def _write(text: str, out: Path | None, *, force: bool) -> None:
    """Write a text to a file, whole and nothing over another unasked; or to standard output.

    Raises:
        InputError: there is a file already, or no directory for it.
    """
    if out is None:
        sys.stdout.write(text)
        return
    check_out(out, force=force)
    write_whole(out, text)


if __name__ == "__main__":
    sys.exit(main())
