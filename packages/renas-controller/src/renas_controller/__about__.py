"""The version of renas-controller, read by hatchling when the package is built."""

__version__ = "0.1.0"
