"""AlexNet's colour augmentation (Krizhevsky et al. 2012, section 4.1; the paper's 5.3)."""

import torch
from torch import Tensor

EIGENVALUES = (55.46, 4.794, 1.148)
"""Standard deviations of ImageNet's pixels along their principal axes, in grey levels. The figures
are those that MXNet and others have in common."""

EIGENVECTORS = (
    (-0.5675, 0.7192, 0.4009),
    (-0.5808, -0.0045, -0.8140),
    (-0.5836, -0.6948, 0.4203),
)
"""The axes, one in each column, over red, green and blue."""

STRENGTH = 0.1
"""Standard deviation of the random factor of each axis."""


def colour_shifts(count: int, generator: torch.Generator) -> Tensor:
    """Draw what is added to red, green and blue of every pixel of each of some images.

    Args:
        count: number of images.
        generator: where chance comes from, on the CPU.

    Returns:
        float32 (count, 3), in grey levels.
    """
    factors = torch.randn(count, 3, generator=generator) * STRENGTH
    return (factors * torch.tensor(EIGENVALUES)) @ torch.tensor(EIGENVECTORS).T
