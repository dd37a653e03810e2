"""What a child takes over: hand-counted ledgers, and that nothing else is touched."""

import random

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from renas_space import (
    RENASNET,
    Block,
    Cell,
    Genotype,
    Mutation,
    SearchSpace,
    apply_all,
    cost,
    plan_network,
)
from renas_trainer.inheritance import Ledger, Parent, inherit
from renas_trainer.network import CellNetwork

F = 4


def genotype(*blocks, output="loose+c-2", reduction=None):
    """Return a genotype from blocks (i1, i2, o1, o2) with short names of operations."""
    names = {"sep3": "sep_conv_3x3", "sep5": "sep_conv_5x5", "skip": "skip_connect"}
    names |= {"avg": "avg_pool_3x3", "max": "max_pool_3x3"}
    return Genotype(
        Cell(
            tuple(Block((i1, i2), (names[o1], names[o2])) for i1, i2, o1, o2 in blocks),
            output=output,
        ),
        reduction,
    )


def plan(of, **changes):
    return plan_network(of, **{"cells": 1, "filters": F, "image_size": 16, **changes})


def network(of, seed=0, **changes):
    """Return a network, its auxiliary head included, all of whose tensors have been shaken."""
    built = CellNetwork(
        plan(of, **changes), auxiliary=True, generator=torch.Generator().manual_seed(seed)
    )
    generator = torch.Generator().manual_seed(seed + 100)
    for name, tensor in built.state_dict().items():
        if tensor.is_floating_point() and ".norm" in name:
            tensor.uniform_(0.5, 1.5, generator=generator)
    return built.eval()


def as_parent(built):
    return Parent(plan=built.plan, state=built.state_dict())


def snapshot(built):
    return {name: tensor.clone() for name, tensor in built.state_dict().items()}


def names(inheritance, kind):
    return {name for name, found in inheritance.kinds.items() if found == kind}


def test_an_identical_genotype_inherits_everything():
    parent, child = network(RENASNET, seed=0), network(RENASNET, seed=1)
    result = inherit(child, as_parent(parent))
    assert set(result.kinds.values()) == {"kept"}
    assert result.ledger == Ledger(
        tensors_kept=len(parent.state_dict()),
        tensors_sliced=0,
        tensors_new=0,
        parameters_kept=cost(parent.plan, auxiliary=True).parameters,
        parameters_sliced=0,
        parameters_new=0,
    )
    assert result.ledger.share == 1.0
    x = torch.randn(4, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(child(x), parent(x))


def test_the_parent_is_not_changed_and_shares_no_memory():
    parent, child = network(RENASNET, seed=0), network(RENASNET, seed=1)
    before = snapshot(parent)
    inherit(child, as_parent(parent))
    for tensor in child.state_dict().values():
        tensor.zero_()
    assert all(torch.equal(before[name], tensor) for name, tensor in parent.state_dict().items())


def test_an_operation_whose_input_moved_keeps_its_weights():
    # Block 2 reads c-1 in the parent and c-2 in the child; both blocks stay loose.
    parent = network(genotype((0, 1, "sep3", "skip"), (1, 1, "sep5", "skip")), seed=0)
    child = network(genotype((0, 1, "sep3", "skip"), (0, 1, "sep5", "skip")), seed=1)
    assert set(inherit(child, as_parent(parent)).kinds.values()) == {"kept"}


def test_a_changed_operation_is_new_and_nothing_else_is():
    parent = network(genotype((0, 1, "sep3", "skip"), (1, 1, "sep5", "skip")), seed=0)
    child = network(genotype((0, 1, "sep3", "skip"), (1, 1, "sep3", "skip")), seed=1)
    before = snapshot(child)
    result = inherit(child, as_parent(parent))
    new = names(result, "new")
    assert new == {name for name in result.kinds if ".blocks.1.0." in name}
    assert names(result, "sliced") == set()
    assert all(torch.equal(child.state_dict()[name], before[name]) for name in new)
    # By hand, a sep_conv_3x3 of C channels: 2 (9 C + C^2 + 2 C) parameters, in the five cells of
    # N = 1 with C = 4, 8, 8, 16, 16 (three normal, two reductions): 120 + 2 * 304 + 2 * 864.
    assert result.ledger.parameters_new == 120 + 2 * 304 + 2 * 864
    # 4 weights and 2 BNs of 5 tensors each (scale, shift, mean, variance, batches seen).
    assert result.ledger.tensors_new == 5 * 14
    total = cost(child.plan, auxiliary=True).parameters
    assert result.ledger.share == (total - 2456) / total


def test_an_operation_on_the_other_side_of_its_block_is_new():
    parent = network(genotype((0, 1, "sep3", "skip")), seed=0)
    child = network(genotype((0, 1, "skip", "sep3")), seed=1)
    result = inherit(child, as_parent(parent))
    assert names(result, "new") == {name for name in result.kinds if ".blocks.0.1." in name}


LOOSE = ((0, 1, "sep3", "skip"), (0, 1, "avg", "sep3"), (0, 1, "max", "sep5"))
"""Three blocks, none read by another."""

READS_FIRST = (*LOOSE[:2], (2, 1, "max", "sep5"))
"""The same, but the third reads the first: the output is blocks 2, 3 (and c-2)."""

READERS = {
    # Cells: 0 normal, 1 reduction, 2 normal (second stage), 3 reduction, 4 normal.
    "cells.1.inputs.1.conv.weight": 0,
    "cells.2.inputs.0.even.weight": 0,
    "cells.2.inputs.0.odd.weight": 0,
    "cells.2.inputs.1.conv.weight": 1,
    "cells.3.inputs.0.conv.weight": 1,
    "cells.3.inputs.1.conv.weight": 2,
    "cells.4.inputs.0.even.weight": 2,
    "cells.4.inputs.0.odd.weight": 2,
    "cells.4.inputs.1.conv.weight": 3,
    "auxiliary.project.weight": 2,
    "classifier.weight": 4,
}
"""Every weight that reads the concatenation of a cell, and which cell. Cell 1's c-2 is the stem."""

TAGS = {"blocks.0": 10.0, "blocks.1": 20.0, "blocks.2": 30.0, "c-2": 90.0}
"""What the parent's input channels are filled with, by the state that they read."""


def channels_of(built, name):
    """Return the labels of a reader's input channels and how many each has."""
    cell = built.plan.cells[READERS[name]]
    return [(segment.label, segment.channels) for segment in cell.segments]


def tagged(of):
    built = network(of)
    for name in READERS:
        weight, start = built.state_dict()[name], 0
        for label, channels in channels_of(built, name):
            weight[:, start : start + channels] = TAGS[label]
            start += channels
        assert start == weight.shape[1]
    return built


def read_tags(built, name, blank):
    """Return the constant in each segment of a reader; ``new`` where it is none of the parent's."""
    weight, start, found = built.state_dict()[name], 0, []
    for label, channels in channels_of(built, name):
        piece = weight[:, start : start + channels]
        value = float(piece.flatten()[0])
        assert (piece == value).all()
        found.append((label, "new" if value == blank else value))
        start += channels
    return found


def blanked(of, blank=-1.0):
    built = network(of, seed=1)
    for name in READERS:
        built.state_dict()[name].fill_(blank)
    return built


def test_readers_of_a_smaller_output_keep_the_channels_that_are_left():
    child = blanked(genotype(*READS_FIRST))
    result = inherit(child, as_parent(tagged(genotype(*LOOSE))))
    for name, cell in READERS.items():
        expected = [("blocks.1", 20.0), ("blocks.2", 30.0)]
        if child.plan.cells[cell].kind == "normal":
            expected.append(("c-2", 90.0))
        assert read_tags(child, name, blank=-1.0) == expected
        assert result.kinds[name] == "kept"  # nothing in it is new
    assert result.ledger.share == 1.0


def test_readers_of_a_larger_output_have_new_channels_for_what_was_not_there():
    child = blanked(genotype(*LOOSE))
    parent = tagged(genotype(*READS_FIRST))
    result = inherit(child, as_parent(parent))
    for name, cell in READERS.items():
        expected = [("blocks.0", "new"), ("blocks.1", 20.0), ("blocks.2", 30.0)]
        if child.plan.cells[cell].kind == "normal":
            expected.append(("c-2", 90.0))
        assert read_tags(child, name, blank=-1.0) == expected
    assert names(result, "sliced") == set(READERS)
    assert names(result, "new") == set()
    # What is taken over is just what the parent has; the rest of each reader is new.
    taken = sum(parent.state_dict()[name].numel() for name in READERS)
    whole = sum(child.state_dict()[name].numel() for name in READERS)
    ledger = result.ledger
    assert (ledger.parameters_sliced, ledger.parameters_new) == (taken, whole - taken)
    assert ledger.tensors_sliced == len(READERS)
    # By hand, the classifier: 16 filters for each of two states (and c-2), 10 classes.
    assert parent.state_dict()["classifier.weight"].numel() == 10 * 16 * 3


def test_readers_of_equal_size_are_sliced_by_meaning_and_not_by_shape():
    # Parent: blocks 1 and 3 are loose; child: 2 and 3. Every tensor has the same shape.
    parent = tagged(genotype(*LOOSE[:2], (3, 1, "max", "sep5")))
    child = blanked(genotype(*READS_FIRST))
    result = inherit(child, as_parent(parent))
    for name, cell in READERS.items():
        expected = [("blocks.1", "new"), ("blocks.2", 30.0)]
        if child.plan.cells[cell].kind == "normal":
            expected.append(("c-2", 90.0))
        assert read_tags(child, name, blank=-1.0) == expected
    assert names(result, "sliced") == set(READERS)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), steps=st.integers(1, 4))
def test_after_any_mutations_each_channel_has_the_weights_of_the_state_it_reads(seed, steps):
    rng = random.Random(seed)
    space = SearchSpace(blocks=3)
    of_parent = of_child = space.sample(rng)
    for _ in range(steps):
        of_child = rng.choice(list(space.neighbours(of_child)))
    # Both cells read both of their inputs, so that every reader is there.
    assume(
        all(
            {0, 1} <= {i for b in of.normal.blocks for i in b.inputs}
            for of in (of_parent, of_child)
        )
    )
    parent, child = tagged(of_parent), blanked(of_child)
    inherit(child, as_parent(parent))
    for name in READERS:
        there = {label for label, _ in channels_of(parent, name)}
        for label, value in read_tags(child, name, blank=-1.0):
            assert value == (TAGS[label] if label in there else "new")


def test_the_rule_of_the_output_decides_what_is_read():
    # "loose" has no c-2; what reads it takes over the blocks.
    child = blanked(genotype(*LOOSE, output="loose"))
    inherit(child, as_parent(tagged(genotype(*LOOSE))))
    expected = [("blocks.0", 10.0), ("blocks.1", 20.0), ("blocks.2", 30.0)]
    assert all(read_tags(child, name, blank=-1.0) == expected for name in READERS)


def test_a_stride_does_not_matter():
    # In reduction cells a block that reads c-1 has stride 2, one that reads a block has not.
    parent = network(genotype((0, 1, "skip", "skip"), (1, 0, "sep3", "max")), seed=0)
    child = network(genotype((0, 1, "skip", "skip"), (2, 0, "sep3", "max")), seed=1)
    strides = [
        built.cells[1].blocks[1][0].sep_conv_3x3.depthwise1.stride for built in (parent, child)
    ]
    assert strides == [(2, 2), (1, 1)]
    result = inherit(child, as_parent(parent))
    assert {kind for name, kind in result.kinds.items() if ".blocks." in name} == {"kept"}


def test_a_separate_reduction_cell_inherits_from_a_shared_one_and_back():
    normal = genotype((0, 1, "sep3", "skip"))
    shared, separate = normal, Genotype(normal.normal, genotype((0, 1, "sep5", "skip")).normal)
    for of, from_ in ((separate, shared), (shared, separate)):
        result = inherit(network(of, seed=1), as_parent(network(from_)))
        # Cells 1 and 3 reduce: their operation differs, all else means the same.
        assert names(result, "new") == {
            name
            for name in result.kinds
            if name.startswith(("cells.1.blocks.0.0.", "cells.3.blocks.0.0."))
        }
        assert names(result, "sliced") == set()


def test_a_parent_with_other_filters_gives_only_what_has_the_same_shape():
    parent, child = network(RENASNET, filters=8), network(RENASNET, seed=1)
    result = inherit(child, as_parent(parent))
    theirs = parent.state_dict()
    same = {n for n, t in child.state_dict().items() if t.shape == theirs[n].shape}
    assert names(result, "kept") == same
    assert names(result, "sliced") == set()
    # Scalars (batches seen), and what depends on classes or on the auxiliary head alone.
    assert {n for n in same if not n.endswith("num_batches_tracked")} == {
        *(n for n in theirs if n.startswith("auxiliary.") and n != "auxiliary.project.weight"),
        "classifier.bias",
    } - {n for n in theirs if n.endswith("num_batches_tracked")}


def test_a_parent_with_more_cells_or_classes_gives_what_stands_in_the_same_place():
    parent = network(genotype((0, 1, "sep3", "skip")), cells=2, classes=3)
    child = network(genotype((0, 1, "sep3", "skip")), seed=1)
    result = inherit(child, as_parent(parent))
    assert (
        result.kinds["stem.conv.weight"] == result.kinds["cells.0.inputs.1.conv.weight"] == "kept"
    )
    assert result.kinds["classifier.weight"] == result.kinds["classifier.bias"] == "new"


def test_a_parent_without_an_auxiliary_head_leaves_the_childs_as_it_is():
    child = network(RENASNET, seed=1)
    parent = CellNetwork(plan(RENASNET), generator=torch.Generator().manual_seed(0))
    result = inherit(child, as_parent(parent))
    assert names(result, "new") == {n for n in result.kinds if n.startswith("auxiliary.")}


def test_a_ledger_is_a_row_of_counts():
    ledger = Ledger(
        tensors_kept=1,
        tensors_sliced=2,
        tensors_new=3,
        parameters_kept=50,
        parameters_sliced=25,
        parameters_new=25,
    )
    assert ledger.share == 0.75
    assert ledger.as_dict() == {
        "tensors_kept": 1,
        "tensors_sliced": 2,
        "tensors_new": 3,
        "parameters_kept": 50,
        "parameters_sliced": 25,
        "parameters_new": 25,
    }


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    separate=st.booleans(),
    output=st.sampled_from(["loose+c-2", "loose", "all"]),
    related=st.booleans(),
)
def test_every_number_of_a_child_is_its_parents_or_its_own(seed, separate, output, related):
    rng = random.Random(seed)
    space = SearchSpace(blocks=3, separate_reduction=separate, output=output)
    first = space.sample(rng)
    second = next(iter(space.neighbours(first))) if related else space.sample(rng)
    parent, child = network(first, seed=0), network(second, seed=1)
    before = snapshot(child)
    result = inherit(child, as_parent(parent))
    ledger, state = result.ledger, child.state_dict()

    assert set(result.kinds) == set(state)
    counts = (ledger.tensors_kept, ledger.tensors_sliced, ledger.tensors_new)
    assert counts == tuple(len(names(result, kind)) for kind in ("kept", "sliced", "new"))
    parameters = ledger.parameters_kept + ledger.parameters_sliced + ledger.parameters_new
    assert parameters == cost(child.plan, auxiliary=True).parameters
    learned = dict(child.named_parameters())
    kept = sum(state[name].numel() for name in names(result, "kept") if name in learned)
    assert ledger.parameters_kept == kept

    theirs = parent.state_dict()
    for name, kind in result.kinds.items():
        if kind == "new":
            assert torch.equal(state[name], before[name])
        elif state[name].shape == theirs[name].shape and kind == "kept":
            assert torch.equal(state[name], theirs[name])
        else:  # what is not as it was before is in the parent's tensor
            assert torch.isin(state[name][state[name] != before[name]], theirs[name]).all()
    own = sum(int((state[name] == before[name]).sum()) for name in learned)
    assert own >= ledger.parameters_new
    if first == second:
        assert ledger.share == 1.0


@pytest.mark.parametrize("block", range(5))
def test_a_mutated_operation_of_renasnet_costs_just_that_operation(block):
    # Left side of the block to max_pool_3x3 (token 4), which has no weights: nothing is new.
    child = apply_all(RENASNET, [Mutation(block=block, slot=2, value=4)])
    result = inherit(network(child, seed=1), as_parent(network(RENASNET)))
    assert result.ledger.parameters_new == 0
    # And back: the child has no weights for the operation, so all of it is new.
    result = inherit(network(RENASNET, seed=1), as_parent(network(child)))
    assert names(result, "new") == {name for name in result.kinds if f".blocks.{block}.0." in name}
