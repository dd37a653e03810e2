"""Labelled images that are still on disk: labels are known, pixels are read for those picked."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from renas_trainer.data.image_data import Split
from renas_trainer.data.resizing import resize


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """A set of images that can be read in part, so that nothing is decoded in vain."""

    labels: Tensor
    """int64 (n,): the number of each image's class."""
    read: Callable[[Tensor], Tensor]
    """Reads the images at some indices, int64 (m,), as uint8 (m, C, S, S)."""

    def split(self, indices: Tensor, image_size: int | None = None) -> Split:
        """Read the images at ``indices`` and resize them, where a size is given."""
        images = resize(self.read(indices), image_size)
        return Split(images=images, labels=self.labels[indices])

    def whole(self, image_size: int | None = None) -> Split:
        """Read all images."""
        return self.split(self.labels.new_tensor(range(len(self.labels))), image_size)
