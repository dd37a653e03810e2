"""Regression by a Gaussian process, and what it expects to gain (Rasmussen & Williams 2006).

Sixty lines on torch rather than a library: kernels and noise are fixed, so nothing of what a
library would bring is needed, and the threads are torch's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor
from torch.distributions import Normal

_SMALLEST = 1e-9
"""Variance that is left where the process is certain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RbfKernel:
    """A radial basis kernel on some of the inputs, one term of a sum (eq. 4.9)."""

    length: float
    """In units of the inputs."""
    columns: slice
    """Which of the inputs it sees."""
    weight: float = 1.0
    """Its share of the variance."""

    def __call__(self, left: Tensor, right: Tensor) -> Tensor:
        """Return (m, n) the kernel between m and n inputs, (m, F) and (n, F)."""
        left, right = left[:, self.columns], right[:, self.columns]
        squares = left.square().sum(1, keepdim=True) + right.square().sum(1)
        distance = (squares - 2 * left @ right.T).clamp(min=0)
        return self.weight * torch.exp(-distance / (2 * self.length**2))


class GaussianProcess:
    """A sum of fixed kernels, fitted to targets that are standardised (alg. 2.1)."""

    def __init__(
        self, inputs: Tensor, targets: Tensor, *, terms: Sequence[RbfKernel], noise: float
    ) -> None:
        """Fit it.

        Args:
            inputs: (n, F) double.
            targets: (n,) double.
            terms: Of the kernel; their weights sum to 1.
            noise: Variance of the targets' noise, as a share of their variance.

        Raises:
            ValueError: the weights sum to something else.
        """
        if not math.isclose(total := sum(term.weight for term in terms), 1):
            raise ValueError(f"the weights of the kernel's terms sum to {total}: make it 1")
        self._inputs, self._terms = inputs, terms
        self._mean = targets.mean()
        self._scale = targets.std(correction=0).clamp(min=1e-12)
        kernel = self._kernel(inputs) + noise * torch.eye(len(inputs), dtype=inputs.dtype)
        factor = torch.linalg.cholesky(kernel)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        self._factor = cast("Tensor", factor)
        scaled = ((targets - self._mean) / self._scale).unsqueeze(1)
        self._weights = torch.cholesky_solve(scaled, self._factor).squeeze(1)
        fit = scaled.squeeze(1) @ self._weights / 2
        self.evidence = float(
            -fit - self._factor.diagonal().log().sum() - len(inputs) / 2 * math.log(2 * math.pi)
        )
        """Log marginal likelihood of the standardised targets (eq. 2.30)."""

    def __call__(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation at m inputs (m, F), without the noise: (m,), (m,)."""
        kernel = self._kernel(inputs)  # (m, n)
        solve = torch.linalg.solve_triangular  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        solved = cast("Tensor", solve(self._factor, kernel.T, upper=False))
        variance = (1 - solved.square().sum(0)).clamp(min=_SMALLEST)
        return kernel @ self._weights * self._scale + self._mean, variance.sqrt() * self._scale

    def _kernel(self, inputs: Tensor) -> Tensor:
        """Return (m, n) the kernel between m inputs and those that it was fitted to."""
        return torch.stack([term(inputs, self._inputs) for term in self._terms]).sum(0)


def expected_improvement(mean: Tensor, deviation: Tensor, best: float) -> Tensor:
    """Return by how much each is expected to beat the best, (m,) (Jones et al. 1998, eq. 15)."""
    normal = Normal(0.0, 1.0)
    above = (mean - best) / deviation
    gain = deviation * (above * normal.cdf(above) + normal.log_prob(above).exp())
    return gain.clamp(min=0)  # which rounding would else undercut


def normal_scores(values: Tensor) -> Tensor:
    """Return the normal quantile of each value's rank, (n,); equal values share their mean rank.

    Only the order counts: neither the scale of a fitness nor its few failures bend what is fitted.
    """
    ordered = values.sort().values
    below = torch.searchsorted(ordered, values)
    up_to = torch.searchsorted(ordered, values, right=True)
    middle = (below + up_to).double() / 2  # mean rank less a half
    return Normal(0.0, 1.0).icdf(middle / len(values))
