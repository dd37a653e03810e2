import random

import torch

from renas_controller.prediction.edge_counts import EdgeCounts
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
    normal = SearchSpace(blocks=2).sample(random.Random(2))
    cell = Genotype.from_string("0105.2132")
    space = SearchSpace(blocks=2, separate_reduction=True)
    both = EdgeCounts(space)([Genotype(normal.normal, cell.normal)])[0]
    assert torch.equal(both[:36], EdgeCounts(SearchSpace(blocks=2))([normal])[0])
    expected = EdgeCounts(SearchSpace(blocks=2))([cell])[0].tolist()
    expected[32] = 1  # block 2 makes the output, without c-2
    assert both[36:].tolist() == expected


def test_graphs_are_seen_as_the_genotypes_that_have_them_are():
    space, rng = SearchSpace(blocks=2, separate_reduction=True), random.Random(3)
    cells = [space.sample(rng) for _ in range(20)]
    see = EdgeCounts(space)
    assert torch.equal(see(cells), see.of_graphs([space.graphs(cell) for cell in cells]))
