"""A predictor of fitness, fitted to all that has been told."""

import random
from collections.abc import Sequence
from itertools import islice
from typing import Generic, NamedTuple

import torch
from torch import Tensor

from renas_controller.prediction.composition import Composition
from renas_controller.prediction.edge_counts import EdgeCounts
from renas_controller.prediction.gaussian_process import (
    GaussianProcess,
    RbfKernel,
    expected_improvement,
    normal_scores,
)
from renas_controller.prediction.path_sums import PathSums
from renas_controller.state import State
from renas_space import Space
from renas_space.interface import G

REFERENCE = 1_000
"""Random genotypes whose mean and deviation the inputs are standardised by."""

SMOOTH, ROUGH = 3.0, 1.5
"""Lengths of the kernels on what a cell is made of, and on the rest, in root mean square
differences of standardised inputs (our choice, by NAS-Bench-201 and RENAS's cells)."""

COMPOSED = 0.8
"""Share of the variance that what a cell is made of explains (our choice, likewise)."""

_SHARES = (1.0, 1.0, 0.5, 0.5)
"""Of the squared distances of its kernel: composition; path sums; their logarithms, and edge
counts."""

NOISE = 0.05
"""Share of the variance that is noise (our choice, likewise)."""

REMEMBERED = 1_000
"""How many genotypes it is fitted to, the latest: its time grows with their cube."""

BEST_REMEMBERED = 10
"""The best are among them, however long ago they were told."""

SEEN = 10_000
"""Of how many genotypes the inputs are kept: searches come back to many of them."""


def predictor_settings() -> State:
    """Return all of the above that decides what is expected: a search under others is another."""
    return {
        "lengths": [SMOOTH, ROUGH],
        "composed": COMPOSED,
        "shares": list(_SHARES),
        "noise": NOISE,
        "reference": REFERENCE,
        "remembered": [REMEMBERED, BEST_REMEMBERED],
    }


class Prediction(NamedTuple):
    """What is expected of m genotypes, in normal scores of the fitness told so far."""

    mean: Tensor
    """(m,) of the fitness."""
    improvement: Tensor
    """(m,) how much it is expected to be above the best."""


class Predictor(Generic[G]):
    """Two Gaussian processes of the normal scores of the fitness, averaged by their evidence.

    Both explain most of the variance by what a cell is made of (`Composition`), with a smooth
    kernel, so that few cells teach much. For the rest one takes `PathSums`, the other their
    logarithms and `EdgeCounts`: where paths are few and short, their sums tell what a cell is
    worth, where they are many, counts of edges tell more. Each process has the weight of its
    likelihood.
    """

    def __init__(self, space: Space[G]) -> None:
        """Look at a space; a fixed sample of it gives the inputs their scale."""
        self._space = space
        self._composition = Composition(space)
        self._sums, self._counts = PathSums(space), EdgeCounts(space)
        rng = random.Random(0)
        views = self._views([space.sample(rng) for _ in range(REFERENCE)])
        self._mean = [view.mean(0) for view in views]
        self._scale = [_scale(view, share) for view, share in zip(views, _SHARES, strict=True)]
        self._kernels = _kernels(*(view.shape[1] for view in views))
        self._seen: dict[G, Tensor] = {}  # inputs of the latest genotypes, each (F,)
        self._processes: list[GaussianProcess] = []
        self._best = 0.0

    def fit(self, genotypes: Sequence[G], fitness: Sequence[float], out: Sequence[G] = ()) -> None:
        """Fit what has been told; at least one genotype.

        Args:
            genotypes: n that have been told.
            fitness: Of each.
            out: More that are being evaluated: they are taken to turn out as expected, so that the
                next proposals look elsewhere (the "kriging believer" of Ginsbourger et al. 2010).
        """
        kept = _remembered(fitness)
        inputs = self._inputs([genotypes[index] for index in kept])
        targets = normal_scores(
            torch.tensor([fitness[index] for index in kept], dtype=torch.double)
        )
        self._fit(inputs, targets)
        if out:
            more = self._inputs(out)
            self._fit(torch.cat((inputs, more)), torch.cat((targets, self._expect(more).mean)))

    def __call__(self, genotypes: Sequence[G]) -> Prediction:
        """Return what is expected of m genotypes.

        Raises:
            RuntimeError: nothing has been fitted.
        """
        if not self._processes:
            raise RuntimeError("the predictor has not been fitted: call fit first")
        return self._expect(self._inputs(genotypes))

    def _fit(self, inputs: Tensor, targets: Tensor) -> None:
        """Fit both processes to inputs (n, F) and targets (n,)."""
        self._processes = [
            GaussianProcess(inputs, targets, terms=terms, noise=NOISE) for terms in self._kernels
        ]
        self._best = float(targets.max())

    def _expect(self, inputs: Tensor) -> Prediction:
        """Return what is expected at m inputs, (m, F)."""
        evidence = torch.tensor([process.evidence for process in self._processes])
        expected = [process(inputs) for process in self._processes]
        means = torch.stack([mean for mean, _ in expected])
        gains = torch.stack([expected_improvement(*each, self._best) for each in expected])
        weights = evidence.double().softmax(0)
        return Prediction(weights @ means, weights @ gains)

    def _inputs(self, genotypes: Sequence[G]) -> Tensor:
        """Return the inputs of n genotypes, (n, F); it looks at new ones only."""
        new = [genotype for genotype in dict.fromkeys(genotypes) if genotype not in self._seen]
        if new:
            # Each by itself: a row of the whole would keep, and pickle, the whole.
            seen = (row.clone() for row in self._look(new))
            self._seen.update(zip(new, seen, strict=True))
        inputs = torch.stack([self._seen[genotype] for genotype in genotypes])
        for oldest in list(islice(self._seen, max(0, len(self._seen) - SEEN))):
            del self._seen[oldest]
        return inputs

    def _look(self, genotypes: Sequence[G]) -> Tensor:
        """Return the inputs of n genotypes, (n, F): the views side by side, standardised."""
        views = zip(self._views(genotypes), self._mean, self._scale, strict=True)
        return torch.cat([(view - mean) * scale for view, mean, scale in views], dim=1)

    def _views(self, genotypes: Sequence[G]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return what is seen of n genotypes, each (n, numbers)."""
        graphs = [self._space.graphs(genotype) for genotype in genotypes]
        sums = self._sums.of_graphs(graphs)
        composition, counts = self._composition.of_graphs(graphs), self._counts.of_graphs(graphs)
        return composition, sums, sums.log1p(), counts


def _kernels(
    composition: int, sums: int, logarithms: int, counts: int
) -> tuple[tuple[RbfKernel, RbfKernel], ...]:
    """Return the terms of both processes' kernels, given how many numbers each view has."""
    start = composition + sums
    columns = slice(composition, start), slice(start, start + logarithms + counts)
    smooth = RbfKernel(length=SMOOTH, columns=slice(composition), weight=COMPOSED)
    rough = [RbfKernel(length=ROUGH, columns=each, weight=1 - COMPOSED) for each in columns]
    return tuple((smooth, each) for each in rough)


def _remembered(fitness: Sequence[float]) -> list[int]:
    """Return which of n that have been told in this order are fitted, in order."""
    told = range(len(fitness))
    best = sorted(told, key=lambda index: -fitness[index])[:BEST_REMEMBERED]
    return sorted({*best, *told[-REMEMBERED:]})


def _scale(view: Tensor, share: float) -> Tensor:
    """Return what each number of a view (n, numbers) is multiplied by, (numbers,).

    The mean square difference of two genotypes of the sample is then twice the share, however many
    numbers there are. What is the same for all genotypes tells nothing, and gets zero.
    """
    deviation = view.std(0, correction=0)
    varying = deviation > 0
    return varying * (share / varying.sum().clamp(min=1)).sqrt() / deviation.clamp(min=1e-12)
