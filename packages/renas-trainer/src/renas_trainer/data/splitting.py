"""Who gets which image: stratified held-out splits and balanced training sets, from a seed."""

from collections.abc import Sequence

import torch
from torch import Tensor

from renas_space import InputError


class Pool:
    """The images that no split has yet, class by class, each class in an order of chance.

    Splits are taken one after the other, so the first never depend on the size of later ones; with
    the same seed, a smaller training set is part of a larger one.
    """

    def __init__(self, labels: Tensor, seed: int) -> None:
        """Shuffle the images whose classes are ``labels``, int64 (n,), within each class."""
        order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
        shuffled = labels[order]
        self._classes = [order[shuffled == label] for label in range(int(labels.max()) + 1)]

    def __len__(self) -> int:
        return sum(map(len, self._classes))

    def stratified(self, count: int, *, keep: int) -> Tensor:
        """Take ``count`` images, of each class in proportion; return their indices in order.

        Args:
            count: how many.
            keep: how many images of each class stay in the pool, where it has as many.

        Raises:
            InputError: there are not as many.
        """
        available = [max(len(members) - keep, 0) for members in self._classes]
        if not any(available):
            raise InputError(
                "no class has an image to spare for validation: add images, or give validation "
                "images of their own"
            )
        if not 1 <= count <= sum(available):
            raise InputError(
                f"{count} validation images are asked for: give a number from 1 to "
                f"{sum(available)}, which is what there is"
            )
        return self._take(proportional(available, count))

    def balanced(self, count: int | None) -> Tensor:
        """Take ``count`` images, as many of each class as can be; all that are left if None.

        Raises:
            InputError: there are not as many.
        """
        available = [len(members) for members in self._classes]
        if count is None:
            return self._take(available)
        if not 1 <= count <= len(self):
            raise InputError(
                f"{count} training images are asked for: give a number from 1 to {len(self)}, "
                "which is what is left to train on"
            )
        return self._take(balanced(available, count))

    def _take(self, quotas: Sequence[int]) -> Tensor:
        """Take so many of each class; return their indices in ascending order."""
        parts = zip(self._classes, quotas, strict=True)
        taken = torch.cat([members[:quota] for members, quota in parts])
        parts = zip(self._classes, quotas, strict=True)
        self._classes = [members[quota:] for members, quota in parts]
        return taken.sort().values


def proportional(available: Sequence[int], total: int) -> list[int]:
    """Divide ``total`` in proportion to what is available : largest remainders, then the first.

    No quota is larger than what is available, as long as ``total`` is not larger than all.
    """
    everything = sum(available)
    quotas = [size * total // everything for size in available]
    remainders = [size * total % everything for size in available]
    neediest = sorted(range(len(available)), key=lambda i: -remainders[i])
    for index in neediest[: total - sum(quotas)]:
        quotas[index] += 1
    return quotas


def balanced(available: Sequence[int], total: int) -> list[int]:
    """Divide ``total`` as evenly as what is available allows.

    Small classes give all they have, and the others share the rest; what does not divide goes to
    the larger classes, and among equals to the first.
    """
    quotas = [0] * len(available)
    smallest_first = sorted(range(len(available)), key=lambda i: (available[i], -i))
    left = total
    for position, index in enumerate(smallest_first):
        quotas[index] = min(available[index], left // (len(available) - position))
        left -= quotas[index]
    return quotas
