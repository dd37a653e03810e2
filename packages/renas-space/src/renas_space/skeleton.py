"""The skeleton: how cells follow one another and what each reads, decided here and nowhere else.

From the paper's section 3.1, and from the authors' published network for what the paper leaves out.
"""

from typing import Literal, NamedTuple

from renas_space.errors import InputError
from renas_space.genotype import Cell, Genotype
from renas_space.plan import (
    AUXILIARY_POOL,
    AUXILIARY_POOL_STRIDE,
    AuxiliaryPlan,
    CellPlan,
    EdgePlan,
    HeadPlan,
    InputKind,
    InputPlan,
    NetworkPlan,
    Segment,
    Shape,
    SkeletonName,
    StemPlan,
)

STAGES = 3
"""Stages of normal cells, with a reduction cell between two stages (section 3.1)."""

IMAGENET_STEM_FILTERS = 32
"""Filters of the first convolution for ImageNet (authors' code)."""

CIFAR_STEM_MULTIPLE = 3
"""The CIFAR stem has this many times F filters."""

MOST_CELLS, MOST_FILTERS = 1000, 1_000_000
"""Largest N and F. No machine trains such a network; a damaged file may ask for a larger one."""

_DEFAULTS: dict[str, tuple[int, int]] = {"cifar": (32, 10), "imagenet": (224, 1000)}
"""Image size and number of classes of each skeleton."""


class _State(NamedTuple):
    """The output of the stem or of a cell, as the next cells see it."""

    source: int
    shape: Shape
    segments: tuple[Segment, ...]


def plan_network(
    genotype: Genotype,
    *,
    skeleton: SkeletonName = "cifar",
    cells: int,
    filters: int,
    image_size: int | None = None,
    classes: int | None = None,
    channels: int = 3,
    output_stride: int | None = None,
) -> NetworkPlan:
    """Lay out the network of a genotype (section 3.1; authors' code for the details).

    Args:
        genotype: its cells.
        skeleton: ``cifar`` or ``imagenet``: which stem, and which defaults.
        cells: N, normal cells in each of the three stages.
        filters: F, filters of the first stage; each reduction between stages doubles them.
        image_size: height and width of an image in pixels; by default 32 or 224.
        classes: by default 10 or 1000.
        channels: of an image.
        output_stride: how much smaller than the image the last map may be; strides beyond it become
            dilation. By default all strides are kept: 4 for CIFAR, 32 for ImageNet.

    Raises:
        InputError: a setting is out of range.
    """
    if skeleton not in _DEFAULTS:
        raise InputError(f"unknown skeleton {skeleton!r}: use cifar or imagenet")
    default_size, default_classes = _DEFAULTS[skeleton]
    image_size = default_size if image_size is None else image_size
    classes = default_classes if classes is None else classes
    imagenet = skeleton == "imagenet"
    _check_settings(cells, filters, image_size, classes, channels, imagenet=imagenet)
    limit = _check_output_stride(output_stride, imagenet=imagenet)

    stem = _plan_stem(skeleton, filters, Shape(channels, image_size, image_size))
    planner = _Planner(stem.shape_out, stride=stem.stride, output_stride=limit)
    if imagenet:
        planner.reduction(genotype.reduction_cell, filters // 4)
        planner.reduction(genotype.reduction_cell, filters // 2)
    auxiliary_cell = -1
    for stage in range(STAGES):
        if stage:
            planner.reduction(genotype.reduction_cell, filters * 2**stage)
        for _ in range(cells):
            planner.normal(genotype.normal, filters * 2**stage)
        if stage == STAGES - 2:
            auxiliary_cell = len(planner.cells) - 1

    last = planner.cells[-1]
    return NetworkPlan(
        genotype=genotype,
        skeleton=skeleton,
        cells_per_stage=cells,
        filters=filters,
        image_size=image_size,
        channels=channels,
        classes=classes,
        output_stride=limit,
        stem=stem,
        cells=tuple(planner.cells),
        auxiliary=_plan_auxiliary(auxiliary_cell, planner.cells[auxiliary_cell], classes),
        head=HeadPlan(segments=last.segments, shape_in=last.shape_out, classes=classes),
    )


def plan_like(
    plan: NetworkPlan, *, image_size: int | None = None, classes: int | None = None
) -> NetworkPlan:
    """Lay out the same network for images of another size, or for other classes.

    Args:
        plan: of the network.
        image_size: height and width in pixels; None for what it has.
        classes: None for as many as it has.

    Raises:
        InputError: a setting is out of range.
    """
    return plan_network(
        plan.genotype,
        skeleton=plan.skeleton,
        cells=plan.cells_per_stage,
        filters=plan.filters,
        image_size=plan.image_size if image_size is None else image_size,
        classes=plan.classes if classes is None else classes,
        channels=plan.channels,
        output_stride=plan.output_stride,
    )


def _check_settings(
    cells: int, filters: int, image_size: int, classes: int, channels: int, *, imagenet: bool
) -> None:
    """Check the whole numbers of `plan_network`."""
    for name, value, least, most in (
        ("number of cells N", cells, 1, MOST_CELLS),
        ("number of filters F", filters, 1, MOST_FILTERS),
        ("image size", image_size, 3 if imagenet else 1, None),
        ("number of classes", classes, 1, None),
        ("number of channels", channels, 1, None),
    ):
        if type(value) is not int or value < least:
            raise InputError(f"the {name} is {value!r}: give a whole number of at least {least}")
        if most is not None and value > most:
            raise InputError(f"the {name} is {value}: give {most:,} at most")
    if imagenet and filters % 4:
        raise InputError(
            f"the number of filters F is {filters}: the ImageNet stem has cells of F/4 and F/2 "
            "filters, so give a multiple of 4"
        )


def _check_output_stride(output_stride: int | None, *, imagenet: bool) -> int:
    """Return the output stride that is asked for, or the natural one."""
    allowed = (8, 16, 32) if imagenet else (1, 2, 4)
    if output_stride is None:
        return allowed[-1]
    if output_stride not in allowed:
        raise InputError(
            f"the output stride is {output_stride!r}: use one of {', '.join(map(str, allowed))}"
        )
    return output_stride


def _plan_stem(skeleton: SkeletonName, filters: int, image: Shape) -> StemPlan:
    """Plan the first convolution."""
    if skeleton == "imagenet":
        size = (image.height - 3) // 2 + 1
        out = Shape(IMAGENET_STEM_FILTERS, size, size)
        return StemPlan(kind=skeleton, stride=2, padding=0, shape_in=image, shape_out=out)
    out = image._replace(channels=CIFAR_STEM_MULTIPLE * filters)
    return StemPlan(kind=skeleton, stride=1, padding=1, shape_in=image, shape_out=out)


def _plan_auxiliary(index: int, cell: CellPlan, classes: int) -> AuxiliaryPlan | None:
    """Plan the auxiliary head, if its map is large enough."""
    channels, height, width = cell.shape_out
    if min(height, width) < AUXILIARY_POOL:
        return None
    pooled = Shape(
        channels,
        (height - AUXILIARY_POOL) // AUXILIARY_POOL_STRIDE + 1,
        (width - AUXILIARY_POOL) // AUXILIARY_POOL_STRIDE + 1,
    )
    return AuxiliaryPlan(
        cell=index, segments=cell.segments, shape_in=cell.shape_out, pooled=pooled, classes=classes
    )


class _Planner:
    """Appends cells one after the other and keeps track of the two states before the next one."""

    def __init__(self, stem: Shape, *, stride: int, output_stride: int) -> None:
        """Start behind a stem whose output has shape ``stem`` and is ``stride`` times smaller."""
        self.cells: list[CellPlan] = []
        first = _State(-1, stem, (Segment("stem", stem.channels),))
        self._previous_previous = self._previous = first
        self._stride, self._output_stride = stride, output_stride
        self._dilation = 1  # of the last state
        self._reduced: tuple[int, int] | None = None  # stride and shift, if the last cell reduced

    def normal(self, cell: Cell, filters: int) -> None:
        """Append a normal cell."""
        dilation = self._dilation
        inputs = self._inputs(cell, filters, reduction=False)
        self._append("normal", cell, filters, inputs, stride=1, after=dilation)
        self._reduced = None

    def reduction(self, cell: Cell, filters: int) -> None:
        """Append a reduction cell; beyond the output stride it dilates what follows instead."""
        before = self._dilation
        inputs = self._inputs(cell, filters, reduction=True)
        stride = 2 if self._stride < self._output_stride else 1
        self._append("reduction", cell, filters, inputs, stride=stride, after=before * (3 - stride))
        self._reduced = (stride, before)
        self._stride *= stride
        self._dilation = before * (3 - stride)

    def _inputs(self, cell: Cell, filters: int, *, reduction: bool) -> tuple[InputPlan, InputPlan]:
        """Plan how the next cell takes c-2 and c-1."""
        older, newer = self._previous_previous, self._previous
        within = newer.shape._replace(channels=filters)
        read = {index for block in cell.blocks for index in block.inputs}
        read.update(cell.concatenated(reduction=reduction))
        if 0 not in read:
            first = _input("unused", older, within)
        elif not self.cells and older.shape.channels == filters:
            first = _input("identity", older, older.shape)
        elif self._reduced is None:
            first = _input("pointwise", older, older.shape._replace(channels=filters))
        else:  # the map before the last one is larger, or would be if strides were kept
            first = _input("factorized", older, within, *self._reduced)
        return first, _input("pointwise" if 1 in read else "unused", newer, within)

    def _append(
        self,
        kind: Literal["normal", "reduction"],
        cell: Cell,
        filters: int,
        inputs: tuple[InputPlan, InputPlan],
        *,
        stride: int,
        after: int,
    ) -> None:
        """Append a cell whose edges to its inputs have a stride and whose others a dilation."""
        inner = inputs[1].shape_out
        reduced = Shape(filters, -(-inner.height // stride), -(-inner.width // stride))

        def edge(source: int, operation: str) -> EdgePlan:
            outer = source < 2  # reads c-2 or c-1
            return EdgePlan(
                operation=operation,
                source=source,
                reduces=outer and kind == "reduction",
                stride=stride if outer else 1,
                dilation=self._dilation if outer else after,
                dilation_after=after,
                shape_in=inner if outer else reduced,
                shape_out=reduced,
            )

        blocks = tuple(
            (edge(block.inputs[0], block.operations[0]), edge(block.inputs[1], block.operations[1]))
            for block in cell.blocks
        )
        concatenated = cell.concatenated(reduction=kind == "reduction")
        segments = tuple(
            Segment("c-2" if index == 0 else f"blocks.{index - 2}", filters)
            for index in concatenated
        )
        shape = reduced._replace(channels=filters * len(segments))
        self.cells.append(
            CellPlan(
                kind=kind,
                filters=filters,
                inputs=inputs,
                blocks=blocks,
                concatenated=concatenated,
                segments=segments,
                shape_out=shape,
            )
        )
        self._previous_previous = self._previous
        self._previous = _State(len(self.cells) - 1, shape, segments)


def _input(
    kind: InputKind,
    state: _State,
    shape_out: Shape,
    stride: int = 1,
    shift: int = 0,
) -> InputPlan:
    """Plan how a cell takes a state."""
    return InputPlan(
        kind=kind,
        source=state.source,
        segments=state.segments,
        stride=stride,
        shift=shift,
        shape_in=state.shape,
        shape_out=shape_out,
    )
