import random

import pytest
import torch

from renas_controller.prediction.path_sums import PathSums
from renas_space import Genotype, Graph, SearchSpace
from renas_space.nasbench201 import EdgeCell, NasBench201Space

CONVOLUTIONS, POOLINGS = (2, 3), (4,)


def counted(cell):
    """The numbers of a cell of NAS-Bench-201, by walking each of its four paths."""
    (a,), (b, c), (d, e, f) = cell.edges
    paths = [path for path in ((d,), (a, e), (b, f), (a, c, f)) if 0 not in path]
    if not paths:
        return [0.0] * 12
    of = {op: [path.count(op) for path in paths] for op in (2, 3, 4)}
    convolutions = [one + three for one, three in zip(of[2], of[3], strict=True)]
    layers = [conv + pool for conv, pool in zip(convolutions, of[4], strict=True)]
    return [
        len(paths),
        sum(conv > 0 for conv in convolutions),
        *(sum(each) for each in of.values()),
        *(max(each) for each in of.values()),
        max(layers),
        max(convolutions),
        min(layers) == 0,
        any(conv and not pool for conv, pool in zip(convolutions, of[4], strict=True)),
    ]


def test_every_path_of_an_edge_cell_is_counted():
    space, rng = NasBench201Space(), random.Random(0)
    cells = [EdgeCell(((0,), (0, 0), (0, 0, 0))), *(space.sample(rng) for _ in range(300))]
    expected = torch.tensor([counted(cell) for cell in cells], dtype=torch.double)
    assert torch.equal(PathSums(space)(cells), expected)


def test_a_cell_of_two_blocks_by_hand():
    # Block 1: sep3 on c-2, skip on c-1. Block 2: avg on block 1, sep7 on c-1. Output: block 2, c-2.
    seen = PathSums(SearchSpace(blocks=2))([Genotype.from_string("0105.2132")])[0]
    paths, convolving = 4, 2  # sep3-avg, skip-avg, sep7, and c-2 itself
    sums, most = [1, 0, 1, 2, 0], [1, 0, 1, 1, 0]  # sep3, sep5, sep7, avg, max
    longest, convolutions, idle, unpooled = 2, 1, True, True
    expected = [paths, convolving, *sums, *most, longest, convolutions, idle, unpooled]
    assert seen.tolist() == expected


def test_what_is_seen_of_a_small_cell_is_the_same_beside_a_large_one():
    edges = ((0, 1),), ((2, 0), (1, 3)), ((3, 2),)
    cells = [
        (Graph(inputs=2, nodes=edges[:count], outputs=(count + 1, 0)),) for count in range(1, 4)
    ]
    see = PathSums(SearchSpace(blocks=2))
    together = see.of_graphs(cells)
    assert torch.equal(together, torch.cat([see.of_graphs([one]) for one in cells]))
    assert len(together.unique(dim=0)) == 3


def test_isomorphic_cells_look_alike():
    space, rng = SearchSpace(blocks=5), random.Random(1)
    cells = [space.sample(rng) for _ in range(50)]
    see = PathSums(space)
    assert torch.equal(see(cells), see([cell.canonical() for cell in cells]))


def test_a_reduction_cell_of_its_own_has_numbers_of_its_own():
    normal = SearchSpace(blocks=2).sample(random.Random(2))
    reduction = Genotype.from_string("0105.2132").normal
    space = SearchSpace(blocks=2, separate_reduction=True)
    both = PathSums(space)([Genotype(normal.normal, reduction)])[0]
    assert torch.equal(both[:16], PathSums(SearchSpace(blocks=2))([normal])[0])
    # As above, but c-2 is not put out: no path does nothing.
    sums, most = [1, 0, 1, 2, 0], [1, 0, 1, 1, 0]
    assert both[16:].tolist() == [3, 2, *sums, *most, 2, 1, False, True]


def test_graphs_are_seen_as_the_genotypes_that_have_them_are():
    space, rng = SearchSpace(blocks=2, separate_reduction=True), random.Random(3)
    cells = [space.sample(rng) for _ in range(20)]
    see = PathSums(space)
    assert torch.equal(see(cells), see.of_graphs([space.graphs(cell) for cell in cells]))


def test_unknown_operations_are_an_error():
    with pytest.raises(KeyError):
        PathSums(SearchSpace(blocks=2, operations=("skip_connect",)))(
            [Genotype.from_string("0105.2132")]
        )
