"""Networks of searched cells: building, weight inheritance, fine-tuning and training from scratch, in PyTorch."""

from renas_trainer.__about__ import __version__

__all__ = ["__version__"]
