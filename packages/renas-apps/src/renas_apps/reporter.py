"""At the end of a search: the report beside the journal, and the summary on the terminal."""

from pathlib import Path

from renas_apps.html_report import html_report
from renas_apps.journal_rows import Final
from renas_apps.observer import Started, Step
from renas_apps.run import Run
from renas_apps.run_directory import RunDirectory, write_whole
from renas_apps.summary import summarise
from renas_space import InputError


class Reporter:
    """Writes ``report.html`` and prints the summary. It implements `Observer`."""

    def started(self, event: Started) -> None:
        """Wait for the end."""

    def stepped(self, event: Step) -> None:
        """Wait for the end."""

    def retrained(self, final: Final, done: int, total: int) -> None:
        """Wait for the end."""

    def noted(self, message: str) -> None:
        """Wait for the end."""

    def finished(self, directory: Path) -> None:
        """Read the journal and report it; results of a retraining that are damaged do not count."""
        run, report = Run.open(directory), RunDirectory(directory).report
        print(f"\n{summarise(run)}", flush=True)
        try:
            write_whole(report, html_report(run))
        except InputError as error:
            print(f"note: {report} was not written anew ({error})", flush=True)
        else:
            print(f"  report: {report}", flush=True)

    def closed(self) -> None:
        """Let go of nothing."""
