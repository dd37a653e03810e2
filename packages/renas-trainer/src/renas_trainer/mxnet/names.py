"""What the authors called each array of their ImageNet network, and what we call it.

Their cells are ``nasnet_stem0``, ``nasnet_stem1``, ``nomcell_stage1_0`` and so on; their operations
``K(NN)_...``: K the number of the cell, -1 and 0 for the stem's and then 1, 2, ..., NN the place of
the operation in the cell, 01 to 10, two to a block. "sequeeze" is their spelling. (authors' code)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from renas_space import InputError, Layer, NetworkPlan, layers

_CLASSIFIER = "fc_backbone"
_STEM = {"conv": "nasnet_conv0", "norm": "nasnet_conv0_bn"}
_INPUT = {
    "conv": "sequeeze_channels_conv",
    "norm": "sequeeze_channels_bn",
    "even": "factorized_data_p1_conv",
    "odd": "factorized_data_p2_conv",
}
_FACTORIZED_NORM = "factorized_data_out_bn"
_SEPARABLE = {
    "depthwise": "conv_conv2d_depthwise",
    "pointwise": "conv_conv2d_pointwise",
    "norm": "bn",
}
_AUXILIARY = {
    "project": "nasnet_auxiliary_head_au_head_conv1x1",
    "norm1": "nasnet_auxiliary_head_au_head_conv1x1_bn",
    "conv": "nasnet_auxiliary_head_au_head_conv_output",
    "norm2": "nasnet_auxiliary_head_au_head_conv_output_bn",
    "classifier": "fc_aux_head",
}
_TENSORS = {
    "conv": {"weight": "arg:{}_weight"},
    "linear": {"weight": "arg:{}_weight", "bias": "arg:{}_bias"},
    "norm": {
        "weight": "arg:{}_gamma",
        "bias": "arg:{}_beta",
        "running_mean": "aux:{}_moving_mean",
        "running_var": "aux:{}_moving_var",
    },
    "pool": {},
}
"""For each kind of layer its tensors in torch, and the key in a file of MXNet's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """One tensor under its two names."""

    official: str
    """Key in the authors' file, such as ``arg:nasnet_conv0_weight``."""
    name: str
    """Key in the network's state dict, such as ``stem.conv.weight``."""
    shape: tuple[int, ...]
    """The same in both: output channels, input channels of a group, height, width."""


def counterparts(plan: NetworkPlan) -> tuple[Counterpart, ...]:
    """Return every array that the authors' file of a network holds, auxiliary head included.

    Args:
        plan: an ImageNet network of separable convolutions, poolings and skip connections.

    Raises:
        InputError: the authors' code has no such network.
    """
    if plan.skeleton != "imagenet":
        raise InputError(
            f"the plan is for the {plan.skeleton} skeleton and the authors published the ImageNet "
            'network: plan it with skeleton="imagenet"'
        )
    return tuple(found for layer in layers(plan, auxiliary=True) for found in _layer(plan, layer))


def _layer(plan: NetworkPlan, layer: Layer) -> Iterator[Counterpart]:
    """Yield the tensors of a layer."""
    for tensor, key in _TENSORS[layer.kind].items():
        yield Counterpart(
            official=key.format(_official(plan, layer.name)),
            name=f"{layer.name}.{tensor}",
            shape=_weight_shape(layer) if tensor == "weight" else (layer.shape_out.channels,),
        )


def _weight_shape(layer: Layer) -> tuple[int, ...]:
    """Return the shape of what torch calls the weight of a layer."""
    outputs = layer.shape_out.channels
    match layer.kind:
        case "conv":
            return outputs, layer.shape_in.channels // layer.groups, *layer.kernel
        case "linear":
            return outputs, layer.shape_in.channels
        case _:
            return (outputs,)


def _official(plan: NetworkPlan, name: str) -> str:
    """Return the authors' name of a layer, without the suffix for a tensor."""
    match name.split("."):
        case ["stem", part]:
            return _STEM[part]
        case ["cells", cell, "inputs", index, part]:
            return _input(plan, int(cell), int(index), part)
        case ["cells", cell, "blocks", block, side, operation, part]:
            place = 2 * int(block) + int(side) + 1
            return f"{int(cell) - 1}({place:02})_{_separable(operation, part)}"
        case ["auxiliary", part]:
            return _AUXILIARY[part]
        case _:
            return _CLASSIFIER


def _input(plan: NetworkPlan, cell: int, index: int, part: str) -> str:
    """Return the name of a layer that takes an input of a cell."""
    side = ("pre", "cur")[index]  # c-2, c-1
    if plan.cells[cell].inputs[index].kind == "factorized" and part == "norm":
        return f"{_cell(plan, cell)}_data_{side}_{_FACTORIZED_NORM}"
    if (cell, index) == (0, 0):  # the first cell alone has the word twice
        side = "pre_data_pre"
    return f"{_cell(plan, cell)}_data_{side}_{_INPUT[part]}"


def _cell(plan: NetworkPlan, cell: int) -> str:
    """Return the name of a cell."""
    if cell < 2:
        return f"nasnet_stem{cell}"
    # a stage is N normal cells and the reduction cell behind them
    stage, index = divmod(cell - 2, plan.cells_per_stage + 1)
    if index == plan.cells_per_stage:
        return f"redcell_stage{stage + 1}"
    return f"nomcell_stage{stage + 1}_{index}"


def _separable(operation: str, part: str) -> str:
    """Return the end of the name of a separable convolution's layer, which comes twice.

    Raises:
        InputError: the layer is of another operation.
    """
    known = re.fullmatch(r"(depthwise|pointwise|norm)([12])", part)
    if known is None:
        raise InputError(
            f"the genotype has a {operation}, which the authors' network has not: give one of "
            "separable convolutions, poolings and skip connections, such as RENASNET"
        )
    layer, turn = known.groups()
    return f"sep{turn}_{_SEPARABLE[layer]}"
