"""Digests are equal exactly for isomorphic cells: checked against all orders of the blocks."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renas_space import Block, Cell, Genotype, SearchSpace
from renas_space.canonical import Row, canonical_rows

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
