"""NAS-Bench-201 as a space: its strings, its size, its neighbours."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renas_space import InputError, Mutation
from renas_space.nasbench201 import EDGE_OPERATIONS, EdgeCell, NasBench201Space

SPACE = NasBench201Space()
# Row 6111 of the benchmark's own table, its best cell after 200 epochs of CIFAR-10.
BEST = (
    "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+"
    "|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|"
)


def test_a_cell_is_written_as_the_benchmark_writes_it():
    cell = EdgeCell.from_string(BEST)
    assert cell.edges == ((3,), (3, 3), (1, 3, 2))
    assert str(cell) == BEST
    assert SPACE.digest(cell) == BEST


def test_there_are_15625_cells_each_once():
    assert SPACE.size == 15_625
    cells = set(SPACE)
    assert len(cells) == 15_625
    assert len(set(map(str, cells))) == 15_625
    assert SPACE.at(0) == EdgeCell(((0,), (0, 0), (0, 0, 0)))
    assert SPACE.at(1) == EdgeCell(((0,), (0, 0), (0, 0, 1)))


@given(st.integers(0, 15_624))
def test_text_and_tokens_lead_back(index):
    cell = SPACE.at(index)
    assert EdgeCell.from_string(str(cell)) == cell
    assert SPACE.from_slot_tokens(SPACE.slot_tokens(cell)) == cell


def test_the_layout_is_that_of_its_genotypes():
    ids = SPACE.encoder_ids(EdgeCell.from_string(BEST))
    assert ids == (3, 5, 3, 3, 5, 1, 3, 2, 5)
    assert max(ids) == SPACE.vocabulary - 1
    assert [len(block.slots) for block in SPACE.layout] == [1, 2, 3]
    assert {slot.kind for block in SPACE.layout for slot in block.slots} == {"operation"}
    assert all(slot.values == (0, 1, 2, 3, 4) for block in SPACE.layout for slot in block.slots)


def test_neighbours_differ_in_one_edge():
    cell = EdgeCell.from_string(BEST)
    found = list(SPACE.neighbours(cell))
    assert len(set(found)) == 24
    flat = [token for node in cell.edges for token in node]
    for other in found:
        tokens = [token for node in other.edges for token in node]
        assert sum(a != b for a, b in zip(flat, tokens, strict=True)) == 1


def test_mutations_are_made_together():
    cell = SPACE.mutate(EdgeCell.from_string(BEST), (Mutation(0, 0, 0), Mutation(2, 1, 4)))
    assert cell.edges == ((0,), (3, 3), (1, 4, 2))


def test_samples_are_uniform():
    rng = random.Random(0)
    counts = [0] * len(EDGE_OPERATIONS)
    for _ in range(2000):
        counts[SPACE.sample(rng).edges[2][1]] += 1
    assert min(counts) > 330
    assert max(counts) < 470


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EdgeCell(((0,), (0,), (0, 0, 0))), "a cell with [1, 1, 3] edges to its nodes: "),
        (
            lambda: EdgeCell([(0,), (0, 0), (0, 0, 0)]),
            "a cell's edges are [(0,), (0, 0), (0, 0, 0)]",
        ),
        (
            lambda: EdgeCell(([0], (0, 0), (0, 0, 0))),
            "a cell's edges are ([0], (0, 0), (0, 0, 0)): ",
        ),
        (lambda: EdgeCell(None), "a cell's edges are None: give a tuple of a tuple for each node"),
        (lambda: EdgeCell((1, 2, 3)), "a cell's edges are (1, 2, 3): give a tuple of a tuple for "),
        (lambda: EdgeCell(((1.0,), (0, 1), (0, 0, 0))), "there is no operation 1.0: give 0 to 4"),
        (lambda: EdgeCell(((1,), (0, True), (0, 0, 0))), "there is no operation True: give 0 to 4"),
        (lambda: EdgeCell((("1",), (0, 1), (0, 0, 0))), "there is no operation '1': give 0 to 4"),
        (lambda: EdgeCell(((-1,), (0, 0), (0, 0, 0))), "there is no operation -1: give 0 to 4"),
        (lambda: EdgeCell(((5,), (0, 0), (0, 0, 0))), "there is no operation 5: give 0 to 4"),
        (lambda: SPACE.at(15_625), "there is no cell 15625: this space has 0 to 15624"),
        (lambda: SPACE.mutate(SPACE.at(0), [Mutation(0, 1, 0)]), "Mutation(block=0, slot=1, valu"),
        (lambda: SPACE.mutate(SPACE.at(0), [Mutation(0, 0, 9)]), "there is no operation 9: give "),
        (lambda: EdgeCell.from_string(BEST.replace("skip_connect~0", "skip~0")), "'|nor_conv_3x3~"),
        (lambda: EdgeCell.from_string(BEST.replace("~2", "~1")), "'|nor_conv_3x3~0|+|nor_conv_3x"),
        (lambda: EdgeCell.from_string("x"), "'x' is no cell of NAS-Bench-201: write each node as"),
        (lambda: EdgeCell.from_string("|none~0|"), "a cell with [1] edges to its nodes: give 1, "),
    ],
)
def test_what_is_no_cell_is_refused(make, message):
    with pytest.raises(InputError) as error:
        make()
    assert str(error.value).startswith(message)


def test_a_cell_is_a_graph_of_one_input_whose_last_node_is_put_out():
    space = NasBench201Space()
    (graph,) = space.graphs(EdgeCell(((1,), (0, 2), (3, 4, 1))))
    assert graph.nodes == (((0, 1),), ((0, 0), (1, 2)), ((0, 3), (1, 4), (2, 1)))
    assert (graph.inputs, graph.outputs) == (1, (3,))
    assert space.effects[0] == "nothing"
