"""The plan of a network: every cell's inputs, operations and shapes, as data, without torch.

Costs are counted from a plan, and networks are built from one. `renas_space.skeleton` makes it.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from renas_space.genotype import Genotype

SkeletonName = Literal["cifar", "imagenet"]

InputKind = Literal["identity", "pointwise", "factorized", "unused"]

AUXILIARY_POOL, AUXILIARY_POOL_STRIDE = 5, 3
AUXILIARY_CHANNELS = (128, 768)
"""Channels of the auxiliary head: of its 1x1, of its large convolution (authors' code)."""


class Shape(NamedTuple):
    """A feature map: channels, height, width."""

    channels: int
    height: int
    width: int

    @property
    def elements(self) -> int:
        """How many numbers the map holds."""
        return self.channels * self.height * self.width


class Segment(NamedTuple):
    """A slice of a concatenation, named by what it means rather than where it lies."""

    label: str
    """``stem``, ``blocks.K`` (of the cell that is read) or ``c-2`` (likewise)."""
    channels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StemPlan:
    """The first convolution, 3x3, followed by BN and no ReLU."""

    kind: SkeletonName
    """``imagenet``: stride 2, no padding (authors' code). ``cifar``: stride 1, padding 1."""
    stride: int
    padding: int
    shape_in: Shape
    shape_out: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class InputPlan:
    """How a cell takes one of the two states before it."""

    kind: InputKind
    """``pointwise``: ReLU, 1x1, BN. ``factorized``: ReLU, two 1x1 on every second pixel, the second
    on the map shifted by one, concatenated, BN. ``identity``: as it is. ``unused``: nothing in the
    cell reads it, so nothing is computed and no weight is built (our choice). In one cell of 36 no
    block reads c-1; then nothing reads the output of every second cell, which is built and counted
    all the same."""
    source: int
    """Index of the cell that is read; -1 is the stem."""
    segments: tuple[Segment, ...]
    """What the map that is read consists of."""
    stride: int
    """Of a factorized reduction: 2, or 1 where the output stride forbids it; otherwise 1."""
    shift: int
    """By how many pixels the second half of a factorized reduction is shifted; otherwise 0."""
    shape_in: Shape
    shape_out: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgePlan:
    """One side of a block: an operation on one state."""

    operation: str
    source: int
    """What it reads: 0 is c-2, 1 is c-1, 2 and above are blocks of the cell."""
    reduces: bool
    """Whether it is one of those that halve the resolution: it reads an input of a reduction cell.
    A ``skip_connect`` is then a 3x3 max pooling (authors' code)."""
    stride: int
    """2 where it reduces, unless the output stride forbids it; otherwise 1."""
    dilation: int
    """Of what comes before the stride, and of the strided layer itself."""
    dilation_after: int
    """Of what comes after it: the second half of a separable convolution."""
    shape_in: Shape
    shape_out: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPlan:
    """One cell of the network."""

    kind: Literal["normal", "reduction"]
    filters: int
    """Channels of every state within the cell."""
    inputs: tuple[InputPlan, InputPlan]
    """How c-2 and c-1 are taken."""
    blocks: tuple[tuple[EdgePlan, EdgePlan], ...]
    concatenated: tuple[int, ...]
    """Which states form the output, in order, by input index."""
    segments: tuple[Segment, ...]
    """What the output consists of."""
    shape_out: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class AuxiliaryPlan:
    """The auxiliary classifier of training (authors' code).

    ReLU, 5x5 average pooling stride 3, 1x1 to 128, BN, ReLU, a convolution as large as the map to
    768, BN, ReLU, dropout, linear.
    """

    cell: int
    """Index of the cell whose output it reads: the last normal one of the second stage."""
    segments: tuple[Segment, ...]
    shape_in: Shape
    pooled: Shape
    """After the pooling: the size of the large convolution's kernel."""
    classes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadPlan:
    """ReLU, global average, dropout, linear."""

    segments: tuple[Segment, ...]
    shape_in: Shape
    classes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlan:
    """A whole network."""

    genotype: Genotype
    skeleton: SkeletonName
    cells_per_stage: int
    """N."""
    filters: int
    """F, of the first stage."""
    image_size: int
    """Height and width of an image in pixels."""
    channels: int
    """Of an image."""
    classes: int
    output_stride: int
    """By how much the last map is smaller than the image."""
    stem: StemPlan
    cells: tuple[CellPlan, ...]
    """In order; for ImageNet the first two are the stem's reduction cells."""
    auxiliary: AuxiliaryPlan | None
    """None where its map would be below 5x5."""
    head: HeadPlan
