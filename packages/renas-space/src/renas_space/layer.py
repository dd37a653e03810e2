"""The layers of a plan, one by one, each with its weights and multiply-adds.

The name of a layer is the dotted name of the torch module that renas-trainer builds for it, so the
two can be compared layer by layer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from renas_space.operations import operation
from renas_space.plan import (
    AUXILIARY_CHANNELS,
    AUXILIARY_POOL,
    AuxiliaryPlan,
    CellPlan,
    EdgePlan,
    HeadPlan,
    InputPlan,
    NetworkPlan,
    Shape,
    StemPlan,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer with its shapes for a single image."""

    name: str
    """Dotted name of the torch module."""
    kind: Literal["conv", "norm", "linear", "pool"]
    shape_in: Shape
    """For a linear layer the map has one pixel."""
    shape_out: Shape
    kernel: tuple[int, int] = (1, 1)
    """Height and width in pixels."""
    groups: int = 1
    """Groups of a convolution; its channels for a depthwise one."""

    @property
    def weights(self) -> int:
        """Weights of a convolution or a linear layer, without biases."""
        if self.kind not in ("conv", "linear"):
            return 0
        height, width = self.kernel
        return self.shape_out.channels * (self.shape_in.channels // self.groups) * height * width

    @property
    def parameters(self) -> int:
        """Learned numbers: weights, the linear layer's biases, scale and shift of a BN.

        No convolution has a bias.
        """
        if self.kind == "norm":
            return 2 * self.shape_out.channels
        return self.weights + (self.shape_out.channels if self.kind == "linear" else 0)

    @property
    def multiply_adds(self) -> int:
        """Multiplications (each with an addition) of a convolution or a linear layer, an image."""
        return self.weights * self.shape_out.height * self.shape_out.width


def layers(plan: NetworkPlan, *, auxiliary: bool = False) -> tuple[Layer, ...]:
    """Return every convolution, BN, pooling and linear layer of a network, in order.

    Args:
        plan: the network.
        auxiliary: whether to include the auxiliary head, which only training needs.
    """
    found = [*_stem(plan.stem)]
    for index, cell in enumerate(plan.cells):
        found.extend(_cell(f"cells.{index}", cell))
    if auxiliary and plan.auxiliary is not None:
        found.extend(_auxiliary(plan.auxiliary))
    found.append(_classifier("classifier", plan.head))
    return tuple(found)


def _stem(stem: StemPlan) -> Iterator[Layer]:
    """Yield the layers of the stem."""
    yield _conv("stem.conv", stem.shape_in, stem.shape_out, 3)
    yield _norm("stem.norm", stem.shape_out)


def _cell(name: str, cell: CellPlan) -> Iterator[Layer]:
    """Yield the layers of a cell."""
    for index, taken in enumerate(cell.inputs):
        yield from _input(f"{name}.inputs.{index}", taken)
    for index, block in enumerate(cell.blocks):
        for side, edge in enumerate(block):
            yield from _edge(f"{name}.blocks.{index}.{side}.{edge.operation}", edge)


def _input(name: str, taken: InputPlan) -> Iterator[Layer]:
    """Yield the layers that take an input of a cell."""
    if taken.kind == "pointwise":
        yield _conv(f"{name}.conv", taken.shape_in, taken.shape_out)
        yield _norm(f"{name}.norm", taken.shape_out)
    elif taken.kind == "factorized":
        even = taken.shape_out.channels // 2  # floor(F/2), the rest reads the shifted map
        halves = {"even": even, "odd": taken.shape_out.channels - even}
        for half, channels in halves.items():
            shape = taken.shape_out._replace(channels=channels)
            yield _conv(f"{name}.{half}", taken.shape_in, shape)
        yield _norm(f"{name}.norm", taken.shape_out)


def _edge(name: str, edge: EdgePlan) -> Iterator[Layer]:
    """Yield the layers of one side of a block."""
    known = operation(edge.operation)
    before, after, kernel = edge.shape_in, edge.shape_out, known.kernel
    match known.family:
        case "separable":
            yield from _separable(name, before, after, kernel, "1")
            yield from _separable(name, after, after, kernel, "2")
        case "dilated":
            yield from _separable(name, before, after, kernel, "")
        case "factorized":
            middle = after._replace(height=before.height)  # the stride of the width comes first
            yield _conv(f"{name}.conv1", before, middle, (1, kernel))
            yield _conv(f"{name}.conv2", middle, after, (kernel, 1))
            yield _norm(f"{name}.norm", after)
        case "average" | "maximum":
            yield _pool(f"{name}.pool", before, after, kernel)
        case "identity":
            if edge.reduces:  # a strided skip is a 3x3 max pooling (authors' code)
                yield _pool(f"{name}.pool", before, after, 3)


def _separable(name: str, before: Shape, after: Shape, kernel: int, suffix: str) -> Iterator[Layer]:
    """Yield a depthwise convolution, a pointwise one and a BN."""
    groups = before.channels
    yield _conv(f"{name}.depthwise{suffix}", before, after, kernel, groups=groups)
    yield _conv(f"{name}.pointwise{suffix}", after, after)
    yield _norm(f"{name}.norm{suffix}", after)


def _auxiliary(head: AuxiliaryPlan) -> Iterator[Layer]:
    """Yield the layers of the auxiliary head."""
    narrow, wide = AUXILIARY_CHANNELS
    projected = head.pooled._replace(channels=narrow)
    pixel = Shape(wide, 1, 1)
    yield _pool("auxiliary.pool", head.shape_in, head.pooled, AUXILIARY_POOL)
    yield _conv("auxiliary.project", head.pooled, projected)
    yield _norm("auxiliary.norm1", projected)
    yield _conv("auxiliary.conv", projected, pixel, (head.pooled.height, head.pooled.width))
    yield _norm("auxiliary.norm2", pixel)
    yield _linear("auxiliary.classifier", wide, head.classes)


def _classifier(name: str, head: HeadPlan) -> Layer:
    """Return the last layer."""
    return _linear(name, head.shape_in.channels, head.classes)


def _conv(
    name: str, before: Shape, after: Shape, kernel: int | tuple[int, int] = 1, groups: int = 1
) -> Layer:
    """Return a convolution; one number stands for a square kernel."""
    sides = (kernel, kernel) if isinstance(kernel, int) else kernel
    return Layer(
        name=name, kind="conv", shape_in=before, shape_out=after, kernel=sides, groups=groups
    )


def _norm(name: str, shape: Shape) -> Layer:
    """Return a batch normalisation."""
    return Layer(name=name, kind="norm", shape_in=shape, shape_out=shape)


def _pool(name: str, before: Shape, after: Shape, kernel: int) -> Layer:
    """Return a pooling with a square kernel."""
    return Layer(name=name, kind="pool", shape_in=before, shape_out=after, kernel=(kernel, kernel))


def _linear(name: str, before: int, after: int) -> Layer:
    """Return a fully connected layer."""
    return Layer(
        name=name, kind="linear", shape_in=Shape(before, 1, 1), shape_out=Shape(after, 1, 1)
    )
