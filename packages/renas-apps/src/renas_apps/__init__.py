"""Command lines of RENAS: search on your own images, resume, report. `Run` reads a run."""

from typing import TYPE_CHECKING, Any

from renas_apps.__about__ import __version__

if TYPE_CHECKING:
    from renas_apps.run import Run

__all__ = ["Run", "__version__"]


def __getattr__(name: str) -> Any:
    """Import `Run` when it is asked for: a command line need not wait for SQLite."""
    if name == "Run":
        from renas_apps.run import Run

        return Run
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
