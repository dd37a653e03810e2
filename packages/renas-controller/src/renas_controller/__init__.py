"""Reinforced evolution for neural architecture search: a learned mutation controller and its rivals behind ask and tell."""

from renas_controller.__about__ import __version__

__all__ = ["__version__"]
