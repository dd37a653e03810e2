import pytest

from renas_controller.slot_index import SlotIndex, check_every_block_can_change
from renas_space import BlockLayout, InputError, SearchSpace, Slot


def operation(*values):
    return Slot(name="o1", kind="operation", values=values)


def source(*sources):
    return Slot(name="i1", kind="source", values=tuple(range(len(sources))), sources=sources)


def test_states_of_slots_and_sources_are_found_in_the_paper_s_cell():
    index = SlotIndex(SearchSpace(blocks=3).layout)
    # Two begin states, then i1 i2 o1 o2 A of each block.
    assert index.tokens == 15
    assert index.state.tolist() == [[2, 3, 4, 5], [7, 8, 9, 10], [12, 13, 14, 15]]
    # Block 2 reads c-2, c-1, and A of blocks 0 and 1.
    assert index.source[2, 0].tolist() == [0, 1, 6, 11, 0, 0]
    assert index.legal[2, 0].tolist() == [True] * 4 + [False] * 2
    assert index.is_source[2, :, 0].tolist() == [True, True, False, False]
    assert index.operation[2, 3].tolist() == [0, 1, 2, 3, 4, 5]


def test_blocks_of_a_reduction_cell_read_blocks_of_that_cell():
    index = SlotIndex(SearchSpace(blocks=2, separate_reduction=True).layout)
    assert index.source[3, 1].tolist()[:3] == [0, 1, 2 + 2 * 5 + 4]


def test_short_blocks_and_slots_are_padded(uneven):
    index = SlotIndex(uneven.layout)
    assert index.legal.tolist() == [
        [[True, True, False, False], [True, True, True, False], [False] * 4],
        [[True, True, False, False], [True, False, False, False], [True] * 4],
    ]
    assert index.tokens == 6
    assert index.state.tolist() == [[2, 3, 0], [5, 6, 7]]


def test_an_operation_has_the_same_logit_wherever_it_may_stand(uneven):
    index = SlotIndex(uneven.layout)
    # The tokens 3, 4, 5, 9 are logits 0 to 3.
    assert index.operations == 4
    assert index.operation[0, 1, :3].tolist() == [0, 2, 3]
    assert index.operation[1, 1, :1].tolist() == [2]
    assert index.operation[1, 2].tolist() == [3, 1, 0, 2]


def test_tokens_have_positions_among_the_values_of_their_slot(uneven):
    index = SlotIndex(uneven.layout)
    assert index.position(1, 2, 4) == 1
    assert index.positions(((1, 9), (2, 5, 3))) == [[1, 2, 0], [1, 0, 2]]


@pytest.mark.parametrize(("block", "slot", "token"), [(0, 0, 7), (0, 2, 0), (2, 0, 0), (-1, 0, 0)])
def test_a_token_that_is_not_legal_is_refused(uneven, block, slot, token):
    with pytest.raises(InputError) as error:
        SlotIndex(uneven.layout).position(block, slot, token)
    assert str(error.value) == (
        f"block {block} has no slot {slot} that may hold {token}: give a mutation of this space"
    )


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        (
            [],
            "the layout has no blocks or a block without slots: give each one or more",
        ),
        (
            [BlockLayout(slots=(), combination=True)],
            "the layout has no blocks or a block without slots: give each one or more",
        ),
        (
            [BlockLayout(slots=(operation(),), combination=False)],
            "slot 'o1' of block 0 has the values (): give at least one, each once",
        ),
        (
            [BlockLayout(slots=(operation(1, 1),), combination=False)],
            "slot 'o1' of block 0 has the values (1, 1): give at least one, each once",
        ),
        (
            [
                BlockLayout(
                    slots=(Slot(name="i1", kind="source", values=(0, 1), sources=(-2,)),),
                    combination=True,
                )
            ],
            "slot 'i1' of block 0 has 2 values and 1 sources: give a source for each value",
        ),
        (
            [
                BlockLayout(slots=(operation(0, 1),), combination=False),
                BlockLayout(slots=(source(-2, 0),), combination=True),
            ],
            "slot 'i1' of block 1 reads block 0, which has no combination token: "
            "give that block one in the layout",
        ),
    ],
)
def test_a_layout_that_contradicts_itself_is_refused(layout, message):
    with pytest.raises(InputError) as error:
        SlotIndex(layout)
    assert str(error.value) == message


def test_a_block_that_cannot_change_needs_idle_mutations(uneven):
    check_every_block_can_change(uneven.layout)
    with pytest.raises(InputError) as error:
        check_every_block_can_change([BlockLayout(slots=(operation(3),), combination=False)])
    assert str(error.value) == (
        "block 0 has no slot with two values, so every mutation of it is idle: allow idle mutations"
    )
