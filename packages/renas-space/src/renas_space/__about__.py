"""The version of renas-space, read by hatchling when the package is built."""

__version__ = "0.1.0"
