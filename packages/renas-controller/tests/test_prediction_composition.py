import random

import torch

from renas_controller.prediction.composition import Composition
from renas_space import Genotype, SearchSpace
from renas_space.nasbench201 import EdgeCell, NasBench201Space


def test_a_cell_of_two_blocks_by_hand():
    # Block 1: sep3 on c-2, skip on c-1. Block 2: avg on block 1, sep7 on c-1. Output: block 2, c-2.
    seen = Composition(SearchSpace(blocks=2))([Genotype.from_string("0105.2132")])[0]
    convolve, pool, pass_on, outputs, reads, depth = 2, 1, 1, 2, 3, 2
    assert seen.tolist() == [convolve, pool, pass_on, outputs, reads, depth]


def test_edges_that_do_nothing_do_not_count():
    # none; skip, 3x3; 1x1, avg, 3x3: the last node reads the input and both others.
    seen = Composition(NasBench201Space())([EdgeCell(((0,), (1, 3), (2, 4, 3)))])[0]
    assert seen.tolist() == [3, 1, 1, 1, 2, 2]
    nothing = EdgeCell(((0,), (0, 0), (0, 0, 0)))
    assert Composition(NasBench201Space())([nothing]).tolist() == [[0, 0, 0, 1, 0, 0]]


def test_isomorphic_cells_look_alike():
    space, rng = SearchSpace(blocks=5), random.Random(1)
    cells = [space.sample(rng) for _ in range(50)]
    see = Composition(space)
    assert torch.equal(see(cells), see([cell.canonical() for cell in cells]))


def test_a_reduction_cell_of_its_own_has_numbers_of_its_own():
    space, rng = SearchSpace(blocks=2, separate_reduction=True), random.Random(2)
    cells = [space.sample(rng) for _ in range(20)]
    both = Composition(space)(cells)
    assert both.shape == (20, 12)
    normal = Composition(SearchSpace(blocks=2))([Genotype(cell.normal) for cell in cells])
    assert torch.equal(both[:, :6], normal)
