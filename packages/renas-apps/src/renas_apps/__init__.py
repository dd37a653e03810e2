"""Command lines of RENAS: search on your own images, resume, report."""

from renas_apps.__about__ import __version__

__all__ = ["__version__"]
