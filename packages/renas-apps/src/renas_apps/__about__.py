"""The version of renas-apps, read by hatchling when the package is built."""

__version__ = "0.1.0"
