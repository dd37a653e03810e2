"""A cell: two inputs, blocks, and the concatenation of its output (section 3.1, Fig. 1)."""

from collections import OrderedDict
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from renas_space.plan import CellPlan, InputPlan
from renas_trainer.operations import batch_norm, build_operation, is_skip, reads_rectified


class Pointwise(nn.Module):
    """A 1x1 convolution and BN; the ReLU before them is the caller's."""

    def __init__(self, plan: InputPlan) -> None:
        """Build it from the plan of a cell's input."""
        super().__init__()
        self.conv = nn.Conv2d(plan.shape_in.channels, plan.shape_out.channels, 1, bias=False)
        self.norm = batch_norm(plan.shape_out.channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, C, H, W) to (n, F, H, W)."""
        return self.norm(self.conv(x))


_NARROW = 16
"""Fewer channels than this make a `_NarrowConv2d`."""


class _NarrowConv2d(nn.Conv2d):
    """A 1x1 convolution with a stride that picks its pixels first, in training.

    oneDNN's gradient of such a convolution writes outside its memory where the input has fewer than
    16 channels, which lie last, and 56x56 pixels or more (torch 2.14.1, AVX-512).
    """

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (as in torch)
        """Map (n, C, H, W) to (n, F, H', W')."""
        if not self.training:
            return super().forward(input)
        return functional.conv2d(functional.avg_pool2d(input, 1, self.stride), self.weight)


class FactorizedReduction(nn.Module):
    """Halve a map with two 1x1 convolutions on every second pixel (authors' code).

    The second reads the map shifted by one pixel, with zeros at the bottom and the right. Where the
    output stride forbids the halving, both read every pixel and the shift is the dilation.
    """

    def __init__(self, plan: InputPlan) -> None:
        """Build it from the plan of a cell's input."""
        super().__init__()
        before, after = plan.shape_in.channels, plan.shape_out.channels
        self.stride, self.shift = plan.stride, plan.shift
        kind = _NarrowConv2d if before < _NARROW else nn.Conv2d
        self.even = kind(before, after // 2, 1, stride=plan.stride, bias=False)
        self.odd = kind(before, after - after // 2, 1, stride=plan.stride, bias=False)
        self.norm: nn.Module = batch_norm(after)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, C, H, W) to (n, F, H', W'), H' = ceil(H / stride)."""
        shift = self.shift
        # Cut off and padded at once: with a slice the backward pass takes twice as long.
        shifted = functional.pad(x, (-shift, shift, -shift, shift))
        return self.norm(torch.cat([self.even(x), self.odd(shifted)], dim=1))


def build_input(plan: InputPlan) -> nn.Module:
    """Return the module that takes one input of a cell; it expects a map that went through ReLU."""
    match plan.kind:
        case "identity" | "unused":
            return nn.Identity()
        case "pointwise":
            return Pointwise(plan)
        case "factorized":
            return FactorizedReduction(plan)


class ConvolutionalCell(nn.Module):
    """One cell of a network."""

    def __init__(self, plan: CellPlan) -> None:
        """Build the cell that is planned."""
        super().__init__()
        self.plan = plan
        self.drop_path = 0.0
        """Probability that one side of a block is dropped for an image, in training."""
        self.inputs = nn.ModuleList(build_input(taken) for taken in plan.inputs)
        # blocks.B.S.operation: the name of a parameter says which operation it belongs to, which
        # is what inheritance goes by.
        self.blocks = nn.ModuleList(
            nn.ModuleList(
                nn.Sequential(OrderedDict({edge.operation: build_operation(edge)}))
                for edge in block
            )
            for block in plan.blocks
        )

    def forward(self, older: Tensor, newer: Tensor) -> Tensor:
        """Compute the cell's output, after the ReLU that all its readers begin with.

        Args:
            older: c-2, rectified, (n, C, H, W); raw where the plan takes it as it is.
            newer: c-1, rectified, (n, C', H', W').

        Returns:
            (n, F * concatenated states, H'', W''), rectified.
        """
        states = [self.inputs[0](older), self.inputs[1](newer)]
        rectified: dict[int, Tensor] = {}  # each state goes through ReLU at most once
        for modules, edges in zip(self.blocks, self.plan.blocks, strict=True):
            sides: list[Tensor] = []
            for module, edge in zip(cast("nn.ModuleList", modules), edges, strict=True):
                state = states[edge.source]
                if reads_rectified(edge):
                    if edge.source not in rectified:
                        rectified[edge.source] = functional.relu(state)
                    state = rectified[edge.source]
                side = module(state)
                if self.drop_path and self.training and not is_skip(edge):
                    side = _drop_path(side, self.drop_path)
                sides.append(side)
            states.append(sides[0] + sides[1])  # the combination A is addition
        output = torch.cat([states[index] for index in self.plan.concatenated], dim=1)
        return functional.relu(output, inplace=True)


def _drop_path(x: Tensor, probability: float) -> Tensor:
    """Set some of the images' maps (n, C, H, W) to zero and scale the others up."""
    keep = functional.dropout(x.new_ones(len(x), 1, 1, 1), probability)
    return x * keep
