from renas_apps.comparison.choices import Choices
from renas_space.nasbench201 import EDGE_OPERATIONS, NasBench201Space


def test_slots_and_values_are_in_the_order_of_the_layout(additive):
    choices = Choices.of(additive(2))
    assert [slot.name for slot in choices.slots] == [
        *("block 1 i1", "block 1 i2", "block 1 o1", "block 1 o2"),
        *("block 2 i1", "block 2 i2", "block 2 o1", "block 2 o2"),
    ]
    assert [(slot.block, slot.slot) for slot in choices.slots[3:5]] == [(0, 3), (1, 0)]
    of_fourth = [(v.position, v.token, v.kind, v.name) for v in choices.values if v.place == 4]
    assert of_fourth == [
        (0, 0, "source", "c-2"),
        (1, 1, "source", "c-1"),
        (2, 2, "source", "block 1"),
    ]
    last = choices.values[-1]
    assert (last.place, last.position, last.token) == (7, 1, 5)  # a token is no position
    assert (last.kind, last.name) == ("operation", "skip_connect")


def test_an_item_is_an_operation_or_a_source_wherever_it_stands_or_a_slot(additive):
    choices = Choices.of(additive(2))
    found = {item.name: item for item in choices.items}
    assert list(found)[:5] == ["sep_conv_3x3", "skip_connect", "c-2", "c-1", "block 1"]
    assert len(found) == 2 + 3 + 8
    assert [choices.values[n].place for n in found["skip_connect"].members] == [2, 3, 6, 7]
    assert [choices.values[n].place for n in found["block 1"].members] == [4, 5]
    assert {choices.values[n].name for n in found["c-1"].members} == {"c-1"}
    assert (found["block 2 o1"].kind, found["block 2 o1"].members) == ("slot", (6,))


def test_a_space_of_operations_has_no_sources(additive):
    benchmark = additive(1)
    benchmark.space, benchmark.operations = NasBench201Space(), EDGE_OPERATIONS
    items = Choices.of(benchmark).items
    assert [item.name for item in items if item.kind == "operation"] == list(EDGE_OPERATIONS)
    assert [item.name for item in items if item.kind == "slot"][:2] == ["block 1 e0", "block 2 e0"]
    assert not any(item.kind == "source" for item in items)
