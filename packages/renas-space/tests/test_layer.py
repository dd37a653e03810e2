"""Layers have the names of the torch modules and the weights of their kind."""

from dataclasses import replace

import pytest

from renas_space import Genotype, layers, plan_network
from renas_space.plan import Shape

RENASNET = Genotype.from_string("0110.1150.0003.1010.2250")
SMALL = plan_network(RENASNET, cells=1, filters=4, image_size=16)


def test_names_are_unique_and_say_where_a_layer_stands() -> None:
    names = [layer.name for layer in layers(SMALL, auxiliary=True)]
    assert len(set(names)) == len(names)
    assert names[:4] == ["stem.conv", "stem.norm", "cells.0.inputs.0.conv", "cells.0.inputs.0.norm"]
    assert names[-1] == "classifier"
    assert "cells.0.blocks.0.0.sep_conv_5x5.depthwise1" in names
    assert "cells.1.blocks.1.0.skip_connect.pool" in names  # strided: a max pooling
    assert "cells.0.blocks.1.0.skip_connect.pool" not in names


def test_shapes_follow_one_another_within_an_operation() -> None:
    found = {layer.name: layer for layer in layers(SMALL)}
    name = "cells.1.blocks.0.0.sep_conv_5x5"  # in a reduction cell
    assert found[f"{name}.depthwise1"].shape_in == Shape(8, 16, 16)
    assert found[f"{name}.depthwise1"].shape_out == Shape(8, 8, 8)
    assert found[f"{name}.depthwise2"].shape_in == Shape(8, 8, 8)


@pytest.mark.parametrize(
    ("name", "weights", "parameters", "multiply_adds"),
    [
        ("stem.conv", 12 * 3 * 9, 12 * 3 * 9, 12 * 3 * 9 * 256),
        ("stem.norm", 0, 24, 0),
        ("cells.0.blocks.0.0.sep_conv_5x5.depthwise1", 4 * 25, 4 * 25, 4 * 25 * 256),
        ("cells.0.blocks.0.0.sep_conv_5x5.pointwise1", 16, 16, 16 * 256),
        ("cells.2.inputs.0.even", 4 * 20, 4 * 20, 4 * 20 * 64),
        ("cells.0.blocks.2.1.avg_pool_3x3.pool", 0, 0, 0),
        ("classifier", 80 * 10, 80 * 10 + 10, 80 * 10),
    ],
)
def test_weights_by_hand(name: str, weights: int, parameters: int, multiply_adds: int) -> None:
    layer = next(layer for layer in layers(SMALL) if layer.name == name)
    assert (layer.weights, layer.parameters) == (weights, parameters)
    assert layer.multiply_adds == multiply_adds


def test_the_shifted_half_of_a_factorized_reduction_takes_the_odd_channel() -> None:
    cell = SMALL.cells[2]
    older = replace(cell.inputs[0], shape_out=cell.inputs[0].shape_out._replace(channels=5))
    cells = list(SMALL.cells)
    cells[2] = replace(cell, inputs=(older, *cell.inputs[1:]))
    found = {layer.name: layer for layer in layers(replace(SMALL, cells=tuple(cells)))}
    halves = [found[f"cells.2.inputs.0.{half}"].shape_out.channels for half in ("even", "odd")]
    assert halves == [2, 3]


def test_the_factorized_convolution_strides_its_width_first() -> None:
    genotype = Genotype.from_string("0088")
    plan = plan_network(genotype, cells=1, filters=4, image_size=16)
    found = {layer.name: layer for layer in layers(plan)}
    first, second = (found[f"cells.1.blocks.0.0.conv_7x1_1x7.conv{i}"] for i in (1, 2))
    assert (first.kernel, second.kernel) == ((1, 7), (7, 1))
    assert first.shape_out == Shape(8, 16, 8)
    assert second.shape_out == Shape(8, 8, 8)
