"""A predictor of fitness, fitted to all that has been told."""

import math
import random
from collections.abc import Sequence
from typing import Generic, NamedTuple

import torch
from torch import Tensor

from renas_controller.gaussian_process import (
    GaussianProcess,
    expected_improvement,
    normal_scores,
)
from renas_controller.path_sums import PathSums
from renas_space import Space
from renas_space.interface import G

REFERENCE = 1_000
"""Random genotypes whose mean and deviation the inputs are standardised by."""

LENGTH = 1.5
"""Of the kernel, in units of the root of the number of inputs (our choice, by NAS-Bench-201)."""

NOISE = 0.05
"""Share of the variance that is noise (our choice, likewise)."""

REMEMBERED = 1_000
"""How many genotypes it is fitted to at most, the latest: its time grows with their cube."""


class Outlook(NamedTuple):
    """What is expected of m genotypes, in normal scores of the fitness told so far."""

    promise: Tensor
    """(m,) mean and one standard deviation: what a genotype may reach."""
    improvement: Tensor
    """(m,) how much it is expected to be above the best."""


class Predictor(Generic[G]):
    """A Gaussian process on `PathSums`, of the normal scores of the fitness."""

    def __init__(self, space: Space[G]) -> None:
        """Look at a space; a fixed sample of it gives the inputs their scale."""
        self._see = PathSums(space)
        rng = random.Random(0)
        seen = self._see([space.sample(rng) for _ in range(REFERENCE)])
        deviation = seen.std(0, correction=0)
        # What is the same for all cells tells nothing.
        self._varying = deviation > 0
        self._mean, self._deviation = seen.mean(0), deviation.clamp(min=1e-12)
        self._length = LENGTH * math.sqrt(max(1, int(self._varying.sum())))
        self._looked_at: dict[G, Tensor] = {}  # what it was fitted to last, which comes again
        self._process: GaussianProcess | None = None
        self._best = 0.0

    def fit(self, genotypes: Sequence[G], fitness: Sequence[float], out: Sequence[G] = ()) -> None:
        """Fit what has been told; at least one genotype.

        Args:
            genotypes: n that have been told.
            fitness: Of each.
            out: More that are being evaluated: they are taken to turn out as expected, so that the
                next proposals look elsewhere (the "kriging believer" of Ginsbourger et al. 2010).
        """
        genotypes, fitness = genotypes[-REMEMBERED:], fitness[-REMEMBERED:]
        inputs = self._remembered(genotypes)
        targets = normal_scores(torch.tensor(fitness, dtype=torch.double))
        process = GaussianProcess(inputs, targets, length=self._length, noise=NOISE)
        if out:
            more = self._inputs(out)
            targets = torch.cat((targets, process(more)[0]))
            inputs = torch.cat((inputs, more))
            process = GaussianProcess(inputs, targets, length=self._length, noise=NOISE)
        self._process, self._best = process, float(targets.max())

    def __call__(self, genotypes: Sequence[G]) -> Outlook:
        """Return what is expected of m genotypes.

        Raises:
            RuntimeError: nothing has been fitted.
        """
        if self._process is None:
            raise RuntimeError("the predictor has not been fitted: call fit first")
        mean, deviation = self._process(self._inputs(genotypes))
        return Outlook(mean + deviation, expected_improvement(mean, deviation, self._best))

    def _remembered(self, genotypes: Sequence[G]) -> Tensor:
        """Return what the process sees of n genotypes, (n, F); it looks at new ones only."""
        new = [genotype for genotype in genotypes if genotype not in self._looked_at]
        if new:
            self._looked_at.update(zip(new, self._inputs(new), strict=True))
        self._looked_at = {genotype: self._looked_at[genotype] for genotype in genotypes}
        return torch.stack([self._looked_at[genotype] for genotype in genotypes])

    def _inputs(self, genotypes: Sequence[G]) -> Tensor:
        """Return what the process sees of n genotypes, (n, F), standardised."""
        scaled = (self._see(genotypes) - self._mean) / self._deviation
        return scaled[:, self._varying]
