"""Digests are equal exactly for isomorphic cells: checked against all orders of the blocks."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renas_space import Block, Cell, Genotype, SearchSpace
from renas_space.canonical import Row, canonical_rows
from renas_space.operations import OPERATIONS
from renas_space.space import MAX_BLOCKS

SPACE = SearchSpace()
genotypes = st.integers(0, SPACE.size - 1).map(SPACE.at)


def brute_force_key(rows: tuple[Row, ...]) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Return the smallest description over all renumberings: equal exactly for isomorphic cells."""
    keys = []
    for order in itertools.permutations(range(len(rows))):
        index = {0: 0, 1: 1} | {block + 2: place + 2 for place, block in enumerate(order)}
        sides = [
            tuple(sorted([(index[rows[b][0]], rows[b][2]), (index[rows[b][1]], rows[b][3])]))
            for b in order
        ]
        keys.append(tuple(sides))
    return min(keys)


def shuffled(cell: Cell, rng: random.Random) -> Cell:
    """Return an isomorphic cell: blocks in another possible order, sides exchanged at random."""
    remaining, index, blocks = list(range(len(cell.blocks))), {0: 0, 1: 1}, []
    while remaining:
        ready = [b for b in remaining if all(i in index for i in cell.blocks[b].inputs)]
        chosen = rng.choice(ready)
        remaining.remove(chosen)
        sides = [
            (index[i], name)
            for i, name in zip(
                cell.blocks[chosen].inputs, cell.blocks[chosen].operations, strict=True
            )
        ]
        if rng.random() < 0.5:
            sides.reverse()
        index[chosen + 2] = len(blocks) + 2
        blocks.append(Block((sides[0][0], sides[1][0]), (sides[0][1], sides[1][1])))
    return Cell(tuple(blocks), cell.output)


@pytest.mark.parametrize(
    "space",
    [
        SearchSpace(blocks=3, operations=("sep_conv_3x3", "skip_connect")),  # 36,864 cells
        SearchSpace(blocks=4, operations=("skip_connect",)),  # 14,400 cells, many twins
    ],
)
def test_digests_divide_a_small_space_as_brute_force_does(space: SearchSpace) -> None:
    pairs = {
        (space.at(i).digest(), brute_force_key(space.at(i).normal.rows)) for i in range(space.size)
    }
    digests, keys = zip(*pairs, strict=True)
    assert len(set(digests)) == len(set(keys)) == len(pairs)


@given(genotypes, genotypes, st.randoms(use_true_random=False))
def test_shuffled_blocks_and_sides_keep_the_digest(
    one: Genotype, other: Genotype, rng: random.Random
) -> None:
    genotype = Genotype(one.normal, other.normal)
    same = Genotype(shuffled(one.normal, rng), shuffled(other.normal, rng))
    assert same.digest() == genotype.digest()
    assert same.canonical() == genotype.canonical()


@given(genotypes)
def test_the_canonical_form_is_a_fixed_point_of_the_same_function(genotype: Genotype) -> None:
    canonical = genotype.canonical()
    assert canonical.canonical() == canonical
    assert canonical.digest() == genotype.digest()
    assert brute_force_key(canonical.normal.rows) == brute_force_key(genotype.normal.rows)


def test_two_equal_blocks_are_two_nodes() -> None:
    # Block 3 reads two blocks with equal contents, or one of them twice: not the same graph.
    both = Genotype.from_string("0100.0100.2300")
    once = Genotype.from_string("0100.0100.2200")
    assert both.digest() != once.digest()


def test_the_two_cells_are_not_exchanged() -> None:
    assert Genotype.from_string("0100/0110").digest() != Genotype.from_string("0110/0100").digest()


def test_rules_that_say_the_same_give_the_same_digest() -> None:
    # In a reduction cell c-2 is never part of the output.
    shared = Genotype.from_string("0100")
    assert Genotype.from_string("0100/0100@loose").digest() == shared.digest()
    # Where every block is loose, "all" and "loose" concatenate the same.
    assert Genotype.from_string("0100@all").digest() == Genotype.from_string("0100@loose").digest()
    assert Genotype.from_string("0100@loose").digest() != shared.digest()


def test_many_interchangeable_blocks_take_no_time() -> None:
    rows: list[Row] = [(0, 1, 5, 5)] * 20
    assert canonical_rows(rows) == tuple(rows)


SAME: Row = (0, 1, 0, 0)
Side = int | str
"""An input of a unit: 0 for c-2, 1 for c-1, or the letter of one of its blocks, a for the first."""


def units(copies: int, *blocks: tuple[Side, Side], ends: bool = False) -> list[Row]:
    """Return a cell of copies of a few blocks; with ``ends`` the last one's operation differs."""

    def index(side: Side, copy: int) -> int:
        return side if isinstance(side, int) else 2 + copies * (ord(side) - ord("a")) + copy

    return [
        (
            index(one, copy),
            index(two, copy),
            copy % 9 if ends and place == len(blocks) - 1 else 0,
            0,
        )
        for place, (one, two) in enumerate(blocks)
        for copy in range(copies)
    ]


def graph(*edges: tuple[int, int]) -> list[Row]:
    """Return a cell with an equal block for each vertex and one that reads two for each edge."""
    vertices = 1 + max(map(max, edges))
    return [SAME] * vertices + [(one + 2, two + 2, 0, 0) for one, two in edges]


def tree(arity: int, blocks: int) -> list[Row]:
    """Return a cell in which each block is read by so many others, as far as there are blocks."""
    return [SAME] + [(2 + i // arity, 2 + i // arity, 0, 0) for i in range(blocks - 1)]


PETERSEN = [(i, (i + 1) % 5) for i in range(5)] + [(i, i + 5) for i in range(5)]
PETERSEN += [(5 + i, 5 + (i + 2) % 5) for i in range(5)]
PALEY = [(i, j) for i in range(13) for j in range(i, 13) if j - i in (1, 3, 4, 9, 10, 12)][:21]

TIES = {
    "pairs": units(17, (0, 1), ("a", "a")),
    "pairs that read c-2": units(17, (0, 1), (0, "a")),
    "pairs, the reader before the next": units(17, (1, 1), (0, "a")),
    "pairs with ends": units(12, (0, 1), ("a", "a"), ends=True),
    "pairs with ends, the reader before the next": units(12, (1, 1), (0, "a"), ends=True),
    "triples": units(11, (0, 1), ("a", 0), ("a", "b")),
    "chains": units(11, (0, 1), ("a", "a"), ("b", "b")),
    "chains with ends": units(11, (0, 1), ("a", "a"), ("b", "b"), ends=True),
    "long chains with ends": units(4, (0, 1), *((i, i) for i in "abcdefg"), ends=True),
    "two joined": units(11, (0, 1), (0, 1), ("a", "b")),
    "two joined with ends": units(8, (0, 1), (0, 1), ("a", "b"), ("c", "c"), ends=True),
    "two chains joined with ends": units(
        6, (0, 1), (0, 1), ("a", "a"), ("b", "b"), ("c", "d"), ends=True
    ),
    "three joined with ends": units(6, (0, 1), (0, 1), (0, 1), ("a", "b"), ("c", "d"), ends=True),
    "two layers of pairs": units(8, (0, 1), ("a", "a"), (0, 1), ("c", "b")),
    "binary tree": tree(2, 34),
    "ternary tree": tree(3, 34),
    "joined again and again": [SAME] * 17 + [(2 + 2 * i, 3 + 2 * i, 0, 0) for i in range(16)],
    "each with all others": graph(*itertools.combinations(range(7), 2)),
    "each with the other half": graph(*[(i, 5 + j) for i in range(5) for j in range(5)][:24]),
    "hubs": graph(*[(i, 2 + j) for i in range(2) for j in range(11)][:21]),
    "ring": graph(*((i, (i + 1) % 17) for i in range(17))),
    "rings": graph(*((i, i // 3 * 3 + (i + 1) % 3) for i in range(15))),
    "hypercube": graph(*((i, i | j) for i in range(8) for j in (1, 2, 4) if not i & j)),
    "Petersen": graph(*PETERSEN),
    "no symmetry": graph(*PALEY),
    "three layers": [SAME] * 8
    + [(2 + 8 * k + i, 2 + 8 * k + (i ^ 1 << k), 0, 0) for k in range(3) for i in range(8)],
}
"""Cells with so many ties that to try them all would take from minutes to the age of the world."""


@pytest.mark.parametrize("rows", TIES.values(), ids=TIES)
def test_ties_take_no_time_and_leave_one_form(rows: list[Row]) -> None:
    assert len(rows) <= MAX_BLOCKS
    blocks = [Block((i, j), (OPERATIONS[o], OPERATIONS[p])) for i, j, o, p in rows]
    cell = Cell(tuple(blocks))
    canonical = canonical_rows(rows)
    for seed in range(3):
        assert canonical_rows(shuffled(cell, random.Random(seed)).rows) == canonical
    assert canonical_rows(canonical) == canonical


def every_order(rows: list[Row]) -> tuple[Row, ...]:
    """Return the canonical rows as version 1 of the digest defines them: by trying every order."""
    best: list[tuple[tuple[int, int], ...]] = []

    def go_on(index: dict[int, int], done: tuple[tuple[tuple[int, int], ...], ...]) -> None:
        if best and done > tuple(best[: len(done)]):
            return
        if len(done) == len(rows):
            best[:] = done
            return
        for block, (one, two, first, second) in enumerate(rows):
            if block + 2 not in index and one in index and two in index:
                row = tuple(sorted([(index[one], first), (index[two], second)]))
                go_on(index | {block + 2: len(done) + 2}, (*done, row))

    go_on({0: 0, 1: 1}, ())
    return tuple((one, two, first, second) for (one, first), (two, second) in best)


@st.composite
def tied(draw: st.DrawFn) -> list[Row]:
    """A cell of equal blocks, of what reads them, and of what reads those."""
    rows = [draw(st.sampled_from([SAME, (1, 1, 0, 0)]))] * draw(st.integers(2, 4))
    for _ in range(draw(st.integers(1, 5))):
        side = st.integers(0, len(rows) + 1)
        rows.append((draw(side), draw(side), draw(st.integers(0, 1)), 0))
    return rows


@given(tied())
def test_ties_are_decided_as_by_trying_every_order(rows: list[Row]) -> None:
    assert canonical_rows(rows) == every_order(rows)


@pytest.mark.parametrize(
    "rows",
    [
        units(3, (0, 1), ("a", "a"), ends=True),
        units(3, (1, 1), (0, "a"), ends=True),
        units(2, (0, 1), (0, 1), ("a", "b"), ("a", "c"), ends=True),
        units(3, (0, 1), ("a", "a"), ("a", "b")),
        graph((0, 1), (2, 3), (3, 0)),
        graph((0, 1), (1, 2), (2, 0), (2, 3)),
        [*graph((0, 1), (1, 2), (2, 3)), (6, 8, 0, 0)],
    ],
)
def test_small_ties_are_decided_as_by_trying_every_order(rows: list[Row]) -> None:
    assert canonical_rows(rows) == every_order(rows)


def test_digests_stay_what_they_were() -> None:
    # Computed when every order was tried.
    assert (
        Genotype.from_string("0100.0100.0100.2211.3311.4411").digest()
        == "v1:4c5b5669650909f4918757a141b13163"
    )
    assert (
        Genotype.from_string("1100.1100.1100.0200.0310.0400.2511").digest()
        == "v1:229a8e03d18a4367e0d07285fc1e2cc4"
    )
    assert (
        Genotype.from_string("0100.0100.0100.0100.2300.3400.4500.5200").digest()
        == "v1:9279f0f4f3cd8097ca1feece8b1fd92f"
    )
