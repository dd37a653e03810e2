"""The canonical order of a cell's blocks: equal for two cells exactly when they are isomorphic.

A cell is a labelled graph: its nodes are c-2, c-1 (both fixed) and the blocks, its edges carry
operations, and each block has an unordered pair of them. Blocks may be renumbered as long as each
still reads only what came before. Of all such numberings the one whose sequence of rows is the
smallest is the canonical one. Two blocks with equal contents remain two nodes: a hash by subtree
would merge them.

The numbering is built block by block, always with the smallest row that is ready. Where several
blocks have that row, `renas_space.ties` decides; cells without such ties, which nearly all are,
take time that is quadratic in the number of blocks.
"""

from collections.abc import Sequence

from renas_space.ties import SHIFT, complete

Row = tuple[int, int, int, int]
"""A block as tokens: (input 1, input 2, operation 1, operation 2)."""


def canonical_rows(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows of the canonical numbering of a cell.

    Args:
        rows: the blocks of a valid cell, in an order in which each reads earlier ones only.

    Returns:
        As many rows; in each the two sides are sorted by input, then by operation.
    """
    labels = [0, 1] + [-1] * len(rows)
    packed = _complete(rows, labels, list(range(len(rows))))
    return tuple(
        (left // SHIFT, right // SHIFT, left % SHIFT, right % SHIFT) for left, right in packed
    )


def _complete(
    rows: Sequence[Row], labels: list[int], remaining: list[int]
) -> list[tuple[int, int]]:
    """Return the smallest sequence of packed rows for the ``remaining`` blocks.

    ``labels`` gives the canonical index of each input that has one, else -1.
    """
    done: list[tuple[int, int]] = []
    while remaining:
        smallest, ties = _ready(rows, labels, remaining)
        if len(ties) > 1:
            return done + complete(rows, labels, remaining)
        done.append(smallest)
        labels[ties[0] + 2] = len(rows) - len(remaining) + 2
        remaining.remove(ties[0])
    return done


def _ready(
    rows: Sequence[Row], labels: list[int], remaining: list[int]
) -> tuple[tuple[int, int], list[int]]:
    """Return the smallest packed row among blocks whose inputs are labelled, and who has it."""
    smallest: tuple[int, int] | None = None
    ties: list[int] = []
    for block in remaining:
        first, second, operation1, operation2 = rows[block]
        left, right = labels[first], labels[second]
        if left < 0 or right < 0:
            continue
        left, right = left * SHIFT + operation1, right * SHIFT + operation2
        row = (left, right) if left <= right else (right, left)
        if smallest is None or row < smallest:
            smallest, ties = row, [block]
        elif row == smallest:
            ties.append(block)
    if smallest is None:
        raise ValueError(
            f"no block of {list(rows)} can come next: they read each other in a circle"
        )
    return smallest, ties
