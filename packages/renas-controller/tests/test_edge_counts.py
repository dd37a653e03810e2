import random

import torch

from renas_controller.edge_counts import EdgeCounts
from renas_space import Genotype, SearchSpace
from renas_space.nasbench201 import EdgeCell, NasBench201Space


def test_a_cell_of_two_blocks_by_hand():
    # Block 1: sep3 on c-2, skip on c-1. Block 2: avg on block 1, sep7 on c-1. Output: block 2, c-2.
    seen = EdgeCounts(SearchSpace(blocks=2))([Genotype.from_string("0105.2132")])[0]
    on_c2, on_c1, on_block = [1, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 1], [0, 0, 0, 1, 0, 0]
    all_of_them, at_output = [1, 0, 1, 1, 0, 1], [0, 0, 1, 1, 0, 0]
    reads, outputs, depths = [1, 2], 2, [2, 3, 2]
    expected = [*on_c2, *on_c1, *on_block, *all_of_them, *at_output, *reads, outputs, *depths]
    assert seen.tolist() == expected


def test_an_edge_cell_by_hand():
    # none; skip, 3x3; 1x1, avg, 3x3: the last node reads the input and both others.
    seen = EdgeCounts(NasBench201Space())([EdgeCell(((0,), (1, 3), (2, 4, 3)))])[0]
    on_input, on_node = [1, 1, 1, 0, 0], [0, 0, 0, 2, 1]
    all_of_them, at_output = [1, 1, 1, 2, 1], [0, 0, 1, 1, 1]
    expected = [*on_input, *on_node, *all_of_them, *at_output, 3, 1, 3, 6, 3]
    assert seen.tolist() == expected


def test_isomorphic_cells_look_alike():
    space, rng = SearchSpace(blocks=5), random.Random(1)
    cells = [space.sample(rng) for _ in range(50)]
    see = EdgeCounts(space)
    assert torch.equal(see(cells), see([cell.canonical() for cell in cells]))


def test_a_reduction_cell_of_its_own_has_numbers_of_its_own():
    space = SearchSpace(blocks=2, separate_reduction=True)
    cell = space.sample(random.Random(2))
    both = EdgeCounts(space)([cell])[0]
    normal = EdgeCounts(SearchSpace(blocks=2))([Genotype(cell.normal)])[0]
    assert len(both) == 2 * len(normal) == 72
    assert torch.equal(both[:36], normal)
