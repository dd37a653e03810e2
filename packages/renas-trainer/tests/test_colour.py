"""AlexNet's colours: spread along the axes of ImageNet's pixels."""

import torch

from renas_trainer.colour import EIGENVALUES, EIGENVECTORS, colour_shifts


def test_shifts_spread_along_the_axes_by_a_tenth_of_their_deviation():
    shifts = colour_shifts(200_000, torch.Generator().manual_seed(0))
    along = shifts @ torch.tensor(EIGENVECTORS)
    assert torch.allclose(along.std(0), 0.1 * torch.tensor(EIGENVALUES), rtol=0.02)
    assert along.mean(0).abs().max() < 0.1


def test_the_axes_are_orthonormal():
    axes = torch.tensor(EIGENVECTORS)
    assert torch.allclose(axes.T @ axes, torch.eye(3), atol=1e-3)


def test_the_same_generator_draws_the_same():
    first, second = (colour_shifts(4, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first, second)
