"""Who watches a search from the command line."""

import sys

from renas_apps.events import Events
from renas_apps.live import Live
from renas_apps.observer import Observer
from renas_apps.plain import Plain
from renas_apps.reporter import Reporter
from renas_apps.run_directory import RunDirectory


def observers_for(directory: RunDirectory) -> list[Observer]:
    """Return who watches: a live table on a terminal, else plain lines; events; the report."""
    watcher = Live() if sys.stdout.isatty() else Plain()
    return [watcher, Events(directory.events), Reporter()]
