"""The largest network of a genotype within a budget of multiply-adds and parameters."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from renas_space.counting import Cost, cost
from renas_space.errors import InputError
from renas_space.genotype import Genotype
from renas_space.plan import SkeletonName
from renas_space.skeleton import IMAGENET_STEM_FILTERS, plan_network

FILTER_STEP = 4
"""Filters are multiples of this: the ImageNet stem needs it, and it keeps halves whole."""

DEFAULT_CELLS = range(1, 13)
"""N to try: up to twice the deepest of the paper's networks (our choice)."""

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9}
_QUANTITY = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([kKmMgGbB]?)\s*")


def parse_quantity(text: str, name: str = "the quantity") -> int:
    """Return the number that a text such as ``600M``, ``5.3M``, ``1.2G`` or ``500 K`` stands for.

    Units are decimal: 1M is 1,000,000, and B (billion) is another word for G.

    Args:
        text: what was written.
        name: what it is, such as the flag, for the message.

    Raises:
        InputError: it is no such text, or the number is not positive or too large.
    """
    match = _QUANTITY.fullmatch(text)
    number = float(match[1]) * _UNITS[match[2].lower()] if match else 0
    if not math.isfinite(number) or round(number) < 1:
        raise InputError(f"{name} is {text!r}: give a count such as 500000, 500K, 5.3M or 1.2G")
    return round(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A network that is within the budget."""

    cells: int
    """N, normal cells in each stage."""
    filters: int
    """F, the largest multiple of 4 that this N leaves room for."""
    cost: Cost
    """Without the auxiliary head, which is not there at test time."""
    used: float
    """How much of the budget it takes, 0 to 1: of the limit that is nearer, if there are two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The networks of a genotype that fill a budget."""

    best: Candidate
    """The one nearest below the budget; of equals the one with fewer cells."""
    candidates: tuple[Candidate, ...]
    """One for each N with which any network fits."""


def fit(
    genotype: Genotype,
    *,
    skeleton: SkeletonName = "cifar",
    max_madds: int | None = None,
    max_params: int | None = None,
    cells: Sequence[int] = DEFAULT_CELLS,
    image_size: int | None = None,
    classes: int | None = None,
) -> Fit:
    """Find the largest (N, F) of a genotype within a budget.

    For each N the largest F is taken. Which N is best the budget cannot say: we choose the one that
    leaves the least of it unused (our choice), and return the others too.

    Args:
        genotype: its cells.
        skeleton: ``cifar`` or ``imagenet``.
        max_madds: the most multiply-adds, in the standard convention (see `renas_space.counting`).
        max_params: the most parameters, likewise: all of them, but for the auxiliary head's.
        cells: the N to try.
        image_size: as in `plan_network`.
        classes: as in `plan_network`.

    Raises:
        InputError: no limit is given, no network is within it, or a setting is out of range.
    """
    if not cells:
        raise InputError("no number of cells N was given: give at least one")
    limits = {"multiply_adds": max_madds, "parameters": max_params}
    if max_madds is None and max_params is None:
        raise InputError("no budget was given: limit the multiply-adds, the parameters or both")
    for name, limit in limits.items():
        if limit is not None and limit < 1:
            raise InputError(f"the limit of {name.replace('_', '-')} is {limit}: give at least 1")

    def candidate(n: int, filters: int) -> Candidate:
        plan = plan_network(
            genotype,
            skeleton=skeleton,
            cells=n,
            filters=filters,
            image_size=image_size,
            classes=classes,
        )
        counted = cost(plan)
        used = max(getattr(counted, name) / limit for name, limit in limits.items() if limit)
        return Candidate(cells=n, filters=filters, cost=counted, used=used)

    found: list[Candidate] = []
    for n in sorted(set(cells)):
        largest = _largest(lambda filters, n=n: candidate(n, filters), skeleton)
        if largest is None:
            break  # more cells cost more
        found.append(largest)
    if not found:
        raise InputError(_too_small(candidate(min(cells), FILTER_STEP), max_madds, max_params))
    return Fit(best=max(found, key=lambda one: one.used), candidates=tuple(found))


def _largest(candidate: Callable[[int], Candidate], skeleton: SkeletonName) -> Candidate | None:
    """Return the candidate of most filters whose use is at most 1, None if there is none.

    The cost grows with the filters, so they are doubled until they no longer fit, then bisected.
    """
    good: Candidate | None = None
    bad = FILTER_STEP
    while (tried := candidate(bad)).used <= 1:
        good, bad = tried, 2 * bad
    while good is not None and bad - good.filters > FILTER_STEP:
        middle = (good.filters + bad) // (2 * FILTER_STEP) * FILTER_STEP
        tried = candidate(middle)
        if tried.used <= 1:
            good = tried
        else:
            bad = middle
    # One step does not grow: where the stem fits the first cell as it is, that cell needs no 1x1.
    exception = 4 * IMAGENET_STEM_FILTERS
    if skeleton == "imagenet" and (good is None or good.filters < exception):
        tried = candidate(exception)
        good = tried if tried.used <= 1 else good
    return good


def _too_small(smallest: Candidate, max_madds: int | None, max_params: int | None) -> str:
    """Return the sentence that says that not even the smallest network is within the budget."""
    needs = [
        f"{count:,} {what} (limit {limit:,})"
        for count, what, limit in (
            (smallest.cost.multiply_adds, "multiply-adds", max_madds),
            (smallest.cost.parameters, "parameters", max_params),
        )
        if limit is not None
    ]
    return (
        f"not even N = {smallest.cells}, F = {smallest.filters} is within the budget, since it has "
        f"{' and '.join(needs)}: raise the limit or take smaller images"
    )
