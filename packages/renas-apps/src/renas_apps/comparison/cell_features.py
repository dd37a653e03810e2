"""What the benchmark's surrogate sees of a cell of RENAS's space: 38 counts.

They are the same for isomorphic cells. They are others than those that strategies' predictors see
(`renas_controller.path_sums`), lest a predictor and the benchmark that judges it make the same
mistakes.
"""

from renas_space import RENAS_OPERATIONS, Genotype

_OPERATIONS = len(RENAS_OPERATIONS)
_IDENTITY = RENAS_OPERATIONS.index("skip_connect")
_SOURCES = ("c-2", "c-1", "block")

FEATURES = (
    *(f"{operation} on {source}" for source in _SOURCES for operation in RENAS_OPERATIONS),
    *(f"{operation} in a loose block" for operation in RENAS_OPERATIONS),
    *RENAS_OPERATIONS,
    *("reads of c-2", "reads of c-1", "loose blocks"),
    *("depth", "sum of depths", "sum of depths of loose blocks"),
    *("blocks of two equal sides", "blocks that do nothing"),
)
"""Their names; the depth of a block is the number of blocks on the longest path to it."""


def cell_features(genotype: Genotype) -> list[int]:
    """Return the counts of the normal cell, in the order of `FEATURES`."""
    cell = genotype.normal
    loose = set(cell.loose)
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
    return [
        *(count for row in on_source for count in row),
        *in_loose,
        *in_all,
        *(sum(on_source[0]), sum(on_source[1]), len(loose)),
        *(max(depths), sum(depths), sum(depths[index] for index in loose)),
        *(equal, idle),
    ]
