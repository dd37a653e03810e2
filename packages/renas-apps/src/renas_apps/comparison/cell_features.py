"""What the trees of the benchmark's surrogate see of a cell of RENAS's space: 94 numbers.

They are the same for isomorphic cells: counts of what stands where, and what a walk from the output
back to an input meets. Some of the counts are among those that the predictor of strategies sees
(`renas_controller.prediction.edge_counts`), so trees and predictor may share a mistake; the
networks, which are the other half of the surrogate, see none of them, and
``tools/studies/predictor_records.py`` judges the predictor by trainings.
"""

from collections.abc import Iterator, Sequence
from math import fsum

from renas_space import RENAS_OPERATIONS, Cell, Genotype

_OPERATIONS = len(RENAS_OPERATIONS)
_IDENTITY = RENAS_OPERATIONS.index("skip_connect")
_SOURCES = ("c-2", "c-1", "block")
_KINDS = ("convolution", "average", "maximum", "nothing")
_KIND = (0, 0, 0, 1, 2, 3)
"""Of each operation."""
_LEFT = (0.0, 0.35, 0.5, 1.0)
"""How much of a signal's variance is left after an operation of each kind [our choice, rough]; of
a convolution, which normalizes, it is always 1."""
_MOST = 4
"""Convolutions of a walk are told apart up to so many."""
_PAIRS = tuple((a, b) for a in range(3) for b in range(a, 3))
_WALK = (
    *RENAS_OPERATIONS,
    *(f"{count} convolutions" for count in range(_MOST)),
    f"{_MOST} convolutions or more",
    "ends at c-1",
)

FEATURES = (
    *(f"{operation} on {source}" for source in _SOURCES for operation in RENAS_OPERATIONS),
    *(f"{operation} in a loose block" for operation in RENAS_OPERATIONS),
    *RENAS_OPERATIONS,
    *("reads of c-2", "reads of c-1", "loose blocks"),
    *("depth", "sum of depths", "sum of depths of loose blocks"),
    *("blocks of two equal sides", "blocks that do nothing"),
    *(f"{what} blocks of {n} convolutions" for what in ("read", "loose") for n in range(3)),
    *(f"blocks on {_SOURCES[a]} and {_SOURCES[b]}" for a, b in _PAIRS),
    *(f"{after} after {before}" for before in _KINDS for after in _KINDS),
    *(f"even walk: {name}" for name in _WALK),
    *(f"walk of the signal: {name}" for name in _WALK),
    *(f"variance of loose blocks: {name}" for name in ("mean", "least", "most", "sum")),
)
"""Their names; the depth of a block is the number of blocks on the longest path to it.

A walk starts at a loose block and goes back to an input. At each block it takes either side, evenly
or as much as the side adds to the variance of the block's signal; told is what it meets on average.
"""


def cell_features(genotype: Genotype) -> list[float]:
    """Return the numbers of the normal cell, in the order of `FEATURES`."""
    cell = genotype.normal
    loose = cell.loose
    return [*_places(cell, set(loose)), *_neighbours(cell, set(loose)), *_walks(cell, loose)]


def _places(cell: Cell, loose: set[int]) -> Iterator[int]:
    """Yield what stands where: 38 counts."""
    on_source = [[0] * _OPERATIONS for _ in _SOURCES]
    in_loose, in_all = [0] * _OPERATIONS, [0] * _OPERATIONS
    depths, equal, idle = [0, 0], 0, 0
    for index, (i1, i2, o1, o2) in enumerate(cell.rows, start=2):
        for source, operation in ((i1, o1), (i2, o2)):
            on_source[min(source, 2)][operation] += 1
            in_all[operation] += 1
            in_loose[operation] += index in loose
        depths.append(1 + max(depths[i1], depths[i2]))
        equal += (i1, o1) == (i2, o2)
        idle += o1 == o2 == _IDENTITY
    yield from (count for row in on_source for count in row)
    yield from (*in_loose, *in_all)
    yield from (sum(on_source[0]), sum(on_source[1]), len(loose))
    yield from (max(depths), sum(depths), sum(depths[index] for index in loose))
    yield from (equal, idle)


def _neighbours(cell: Cell, loose: set[int]) -> Iterator[int]:
    """Yield what stands beside and behind what: 28 counts."""
    rows = cell.rows
    convolutions = [[0] * 3 for _ in range(2)]
    reads = dict.fromkeys(_PAIRS, 0)
    after = [[0] * len(_KINDS) for _ in _KINDS]
    for index, (i1, i2, o1, o2) in enumerate(rows, start=2):
        convolutions[index in loose][(_KIND[o1] == 0) + (_KIND[o2] == 0)] += 1
        first, second = sorted((min(i1, 2), min(i2, 2)))
        reads[first, second] += 1
        for source, operation in ((i1, o1), (i2, o2)):
            for before in rows[source - 2][2:] if source >= 2 else ():
                after[_KIND[before]][_KIND[operation]] += 1
    yield from (count for row in convolutions for count in row)
    yield from reads.values()
    yield from (count for row in after for count in row)


def _walks(cell: Cell, loose: Sequence[int]) -> Iterator[float]:
    """Yield what both walks meet, and the variances: 28 numbers.

    Sums over loose blocks are exact (`fsum`), lest they differ between isomorphic cells.
    """
    start = [0.0] * _OPERATIONS + [1.0] + [0.0] * _MOST
    even, signal = [[*start, 0.0], [*start, 1.0]], [[*start, 0.0], [*start, 1.0]]
    variance = [1.0, 1.0]
    for i1, i2, o1, o2 in cell.rows:
        shares = [
            1.0 if _KIND[o] == 0 else variance[i] * _LEFT[_KIND[o]] for i, o in ((i1, o1), (i2, o2))
        ]
        variance.append(sum(shares))
        even.append(_mixed(_met(even[i1], o1), _met(even[i2], o2), 0.5, 0.5))
        first, second = (share / variance[-1] for share in shares)
        signal.append(_mixed(_met(signal[i1], o1), _met(signal[i2], o2), first, second))
    for walk in (even, signal):
        columns = zip(*(walk[index] for index in loose), strict=True)
        yield from (fsum(column) / len(loose) for column in columns)
    ends = [variance[index] for index in loose]
    yield from (fsum(ends) / len(ends), min(ends), max(ends), fsum(ends))


def _met(walk: Sequence[float], operation: int) -> list[float]:
    """Return what walks meet that do an operation after these, as `_WALK` has it."""
    met = list(walk)
    met[operation] += 1
    if _KIND[operation] == 0:
        counts = walk[_OPERATIONS:-1]
        met[_OPERATIONS:-1] = [0.0, *counts[: _MOST - 1], counts[_MOST - 1] + counts[_MOST]]
    return met


def _mixed(first: Sequence[float], second: Sequence[float], a: float, b: float) -> list[float]:
    """Return the mean of what two walks meet, weighted by a and b."""
    return [a * x + b * y for x, y in zip(first, second, strict=True)]
