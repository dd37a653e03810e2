"""Images for search and training: read once, split by a seed, held in memory as uint8 tensors."""

from renas_trainer.data.image_data import ImageData, Split
from renas_trainer.data.load import DATA_NAMES, load_data

__all__ = ["DATA_NAMES", "ImageData", "Split", "load_data"]
