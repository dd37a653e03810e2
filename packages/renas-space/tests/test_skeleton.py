"""The skeleton, to the layer: shapes, inputs, strides and dilation."""

import pytest

from renas_space import Genotype, InputError, plan_like, plan_network
from renas_space.plan import Segment, Shape

RENASNET = Genotype.from_string("0110.1150.0003.1010.2250")
MOBILE = plan_network(RENASNET, skeleton="imagenet", cells=4, filters=44)
CIFAR = plan_network(RENASNET, skeleton="cifar", cells=6, filters=32)


def test_the_imagenet_stem_is_unpadded_and_two_reduction_cells_follow() -> None:
    # Authors' code: 3x3 stride 2 "valid", then cells of F/4 and F/2 filters.
    assert MOBILE.stem.shape_out == Shape(32, 111, 111)
    assert [cell.filters for cell in MOBILE.cells[:3]] == [11, 22, 44]
    assert [cell.shape_out.height for cell in MOBILE.cells[:3]] == [56, 28, 28]


def test_stages_have_n_cells_and_double_the_filters() -> None:
    kinds = ["reduction"] * 2 + (["normal"] * 4 + ["reduction"]) * 2 + ["normal"] * 4
    assert [cell.kind for cell in MOBILE.cells] == kinds
    assert [cell.filters for cell in MOBILE.cells] == [11, 22] + [44] * 4 + [88] * 5 + [176] * 5
    assert MOBILE.cells[-1].shape_out == Shape(880, 7, 7)
    assert [cell.filters for cell in CIFAR.cells] == [32] * 6 + [64] * 7 + [128] * 7
    assert CIFAR.stem.shape_out == Shape(96, 32, 32)
    assert CIFAR.cells[-1].shape_out == Shape(640, 8, 8)


def test_c_2_is_factorized_in_the_cell_right_after_a_reduction_cell_and_only_there() -> None:
    kinds = [cell.inputs[0].kind for cell in MOBILE.cells]
    after = [index + 1 for index, cell in enumerate(MOBILE.cells) if cell.kind == "reduction"]
    assert [index for index, kind in enumerate(kinds) if kind == "factorized"] == after
    assert {cell.inputs[1].kind for cell in MOBILE.cells} == {"pointwise"}


def test_the_second_stem_cell_sees_111_beside_56() -> None:
    older, newer = MOBILE.cells[1].inputs
    assert older.shape_in == Shape(32, 111, 111)
    assert newer.shape_in == Shape(44, 56, 56)
    assert older.shape_out == newer.shape_out == Shape(22, 56, 56)
    assert (older.source, newer.source) == (-1, 0)


def test_the_first_cell_takes_the_stem_as_it_is_where_the_channels_fit() -> None:
    fitting = plan_network(RENASNET, skeleton="imagenet", cells=1, filters=128)  # 128 / 4 = 32
    assert fitting.cells[0].inputs[0].kind == "identity"
    assert fitting.cells[0].inputs[1].kind == "pointwise"
    assert MOBILE.cells[0].inputs[0].kind == "pointwise"


def test_outputs_name_their_segments() -> None:
    loose = ("blocks.1", "blocks.2", "blocks.3", "blocks.4")
    normal, reduction = MOBILE.cells[2], MOBILE.cells[6]
    assert normal.segments == tuple(Segment(label, 44) for label in (*loose, "c-2"))
    assert reduction.segments == tuple(Segment(label, 88) for label in loose)
    assert MOBILE.cells[3].inputs[1].segments == normal.segments
    assert MOBILE.cells[0].inputs[0].segments == (Segment("stem", 32),)


def test_only_edges_to_the_inputs_of_a_reduction_cell_have_a_stride() -> None:
    for cell in MOBILE.cells:
        for edge in (edge for block in cell.blocks for edge in block):
            strided = cell.kind == "reduction" and edge.source < 2
            assert edge.reduces == strided
            assert edge.stride == (2 if strided else 1)
            assert edge.shape_out == cell.shape_out._replace(channels=cell.filters)


def test_the_auxiliary_head_reads_the_last_normal_cell_of_the_second_stage() -> None:
    assert MOBILE.auxiliary is not None
    assert MOBILE.auxiliary.cell == 10
    assert MOBILE.auxiliary.pooled == Shape(440, 4, 4)
    assert CIFAR.auxiliary is not None
    assert CIFAR.auxiliary.cell == 12
    assert CIFAR.auxiliary.pooled == Shape(320, 4, 4)


def test_there_is_no_auxiliary_head_below_five_pixels() -> None:
    for size, there in ((8, False), (9, True)):
        plan = plan_network(RENASNET, cells=1, filters=4, image_size=size)
        assert (plan.auxiliary is not None) == there


@pytest.mark.parametrize(
    ("output_stride", "sizes", "dilations"),
    [(32, [28, 14, 7], [1, 1, 1]), (16, [28, 14, 14], [1, 1, 2]), (8, [28, 28, 28], [1, 2, 4])],
)
def test_a_dropped_stride_becomes_dilation_for_all_that_follows(
    output_stride: int, sizes: list[int], dilations: list[int]
) -> None:
    plan = plan_network(
        RENASNET, skeleton="imagenet", cells=4, filters=44, output_stride=output_stride
    )
    last_of_stage = [plan.cells[5], plan.cells[10], plan.cells[15]]
    assert [cell.shape_out.height for cell in last_of_stage] == sizes
    assert [cell.blocks[0][0].dilation for cell in last_of_stage] == dilations


def test_within_a_reduction_cell_dilation_grows_behind_the_dropped_stride() -> None:
    plan = plan_network(RENASNET, skeleton="imagenet", cells=1, filters=8, output_stride=16)
    reduction = plan.cells[5]
    outer, inner = reduction.blocks[0][0], reduction.blocks[4][0]
    assert (outer.source, outer.stride, outer.dilation, outer.dilation_after) == (0, 1, 1, 2)
    assert (inner.source, inner.dilation, inner.dilation_after) == (2, 2, 2)
    after = plan.cells[6].inputs[0]
    assert (after.kind, after.stride, after.shift) == ("factorized", 1, 1)
    assert plan.cells[5].inputs[0].kind == "pointwise"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cells": 0}, "the number of cells N is 0: give a whole number of at least 1"),
        ({"filters": -4}, "the number of filters F is -4: give a whole number of at least 1"),
        ({"filters": 42}, "the number of filters F is 42: the ImageNet stem has cells of F/4 and "
         "F/2 filters, so give a multiple of 4"),
        ({"image_size": 2}, "the image size is 2: give a whole number of at least 3"),
        ({"classes": 0}, "the number of classes is 0: give a whole number of at least 1"),
        ({"channels": 0}, "the number of channels is 0: give a whole number of at least 1"),
        ({"output_stride": 4}, "the output stride is 4: use one of 8, 16, 32"),
        ({"skeleton": "mnist"}, "unknown skeleton 'mnist': use cifar or imagenet"),
    ],
)  # fmt: skip
def test_bad_settings_are_refused(settings: dict[str, object], message: str) -> None:
    arguments = {"skeleton": "imagenet", "cells": 4, "filters": 44} | settings
    with pytest.raises(InputError) as error:
        plan_network(RENASNET, **arguments)  # type: ignore[arg-type]
    assert str(error.value) == message


def test_odd_filters_and_odd_images_have_a_plan() -> None:
    plan = plan_network(RENASNET, cells=1, filters=5, image_size=9, channels=1, classes=2)
    assert [cell.shape_out.height for cell in plan.cells] == [9, 5, 5, 3, 3]


def test_an_input_that_nothing_reads_is_not_computed() -> None:
    # Both sides of the one block read c-1; c-2 is read by the output of normal cells only.
    plan = plan_network(Genotype.from_string("1100"), cells=1, filters=4)
    kinds = [tuple(taken.kind for taken in cell.inputs) for cell in plan.cells]
    assert kinds[0] == ("pointwise", "pointwise")
    assert kinds[1] == ("unused", "pointwise")  # a reduction cell
    assert kinds[2] == ("factorized", "pointwise")
    plan = plan_network(Genotype.from_string("0000"), cells=1, filters=4)
    assert {cell.inputs[1].kind for cell in plan.cells} == {"unused"}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"cells": 1001}, "the number of cells N is 1001: give 1,000 at most"),
        ({"filters": 1_000_001}, "the number of filters F is 1000001: give 1,000,000 at most"),
    ],
)
def test_a_network_beyond_all_machines_is_refused(setting: dict[str, int], message: str) -> None:
    with pytest.raises(InputError) as error:
        plan_network(RENASNET, **{"cells": 1, "filters": 8, **setting})
    assert str(error.value) == message


def test_the_same_network_for_other_images_or_classes_is_the_one_planned_so() -> None:
    settings = {"skeleton": "imagenet", "cells": 2, "filters": 8, "channels": 1, "output_stride": 8}
    plan = plan_network(RENASNET, **settings, image_size=96, classes=7)
    assert plan_like(plan) == plan
    other = plan_network(RENASNET, **settings, image_size=65, classes=3)
    assert plan_like(plan, image_size=65, classes=3) == other
