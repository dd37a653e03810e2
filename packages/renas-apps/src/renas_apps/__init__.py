"""Command lines of RENAS: search on your own images, resume, report."""

from renas_apps.__about__ import __version__
from renas_apps.run import Run

__all__ = ["Run", "__version__"]
