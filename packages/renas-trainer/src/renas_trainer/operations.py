"""The operations of a cell as torch modules, each built from the edge of a plan."""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from renas_space import operation
from renas_space.plan import EdgePlan

BATCH_NORM_EPS = 2e-5
"""Authors' code."""

BATCH_NORM_MOMENTUM = 0.1
"""Authors' code: a decay of 0.9, which is 0.1 in torch's terms."""


def batch_norm(channels: int) -> nn.BatchNorm2d:
    """Return a batch normalisation with the authors' constants."""
    return nn.BatchNorm2d(channels, eps=BATCH_NORM_EPS, momentum=BATCH_NORM_MOMENTUM)


def build_operation(edge: EdgePlan) -> nn.Module:
    """Return the module of one side of a block.

    It maps (n, C, H, W) to (n, C, H', W'), H' = ceil(H / stride). Modules that begin with a ReLU
    expect their input to have gone through it already, since several of them may read the same
    state (see `reads_rectified`).
    """
    known = operation(edge.operation)
    match known.family:
        case "separable":
            return _separable_twice(edge, known.kernel)
        case "dilated":
            return _dilated(edge, known.kernel)
        case "factorized":
            return _factorized(edge, known.kernel)
        case "average":
            return _named(pool=_average_pool(edge))
        case "maximum":
            return _named(pool=_max_pool(edge))
        case "identity":
            return _named(pool=_max_pool(edge)) if edge.reduces else nn.Identity()


def reads_rectified(edge: EdgePlan) -> bool:
    """Return whether the operation begins with a ReLU (section 3.1: ReLU-convolution-BN)."""
    return operation(edge.operation).family in ("separable", "dilated", "factorized")


def is_skip(edge: EdgePlan) -> bool:
    """Return whether the operation hands its input on as it is; drop path spares it (NASNet)."""
    return operation(edge.operation).family == "identity" and not edge.reduces


def _named(**modules: nn.Module) -> nn.Sequential:
    """Return modules in a row, under their names."""
    return nn.Sequential(OrderedDict(modules))


def _separable_twice(edge: EdgePlan, kernel: int) -> nn.Sequential:
    """Return depthwise, pointwise, BN, ReLU, and the same again (section 3.1).

    The stride sits in the first depthwise convolution. Nothing stands between depthwise and
    pointwise.
    """
    channels = edge.shape_in.channels
    return _named(
        depthwise1=_depthwise(channels, kernel, edge.stride, edge.dilation),
        pointwise1=nn.Conv2d(channels, channels, 1, bias=False),
        norm1=batch_norm(channels),
        relu=nn.ReLU(inplace=True),
        depthwise2=_depthwise(channels, kernel, 1, edge.dilation_after),
        pointwise2=nn.Conv2d(channels, channels, 1, bias=False),
        norm2=batch_norm(channels),
    )


def _dilated(edge: EdgePlan, kernel: int) -> nn.Sequential:
    """Return a depthwise convolution with dilation 2, a pointwise one, BN (DARTS)."""
    channels = edge.shape_in.channels
    return _named(
        depthwise=_depthwise(channels, kernel, edge.stride, 2 * edge.dilation),
        pointwise=nn.Conv2d(channels, channels, 1, bias=False),
        norm=batch_norm(channels),
    )


def _factorized(edge: EdgePlan, kernel: int) -> nn.Sequential:
    """Return a 1xk convolution, a kx1 one, BN (AmoebaNet); each has the stride of its direction."""
    channels, reach = edge.shape_in.channels, kernel // 2
    return _named(
        conv1=nn.Conv2d(
            channels,
            channels,
            (1, kernel),
            stride=(1, edge.stride),
            padding=(0, reach * edge.dilation),
            dilation=(1, edge.dilation),
            bias=False,
        ),
        conv2=nn.Conv2d(
            channels,
            channels,
            (kernel, 1),
            stride=(edge.stride, 1),
            padding=(reach * edge.dilation, 0),
            dilation=(edge.dilation, 1),
            bias=False,
        ),
        norm=batch_norm(channels),
    )


def _depthwise(channels: int, kernel: int, stride: int, dilation: int) -> nn.Conv2d:
    """Return a convolution of each channel by itself that keeps the size, but for its stride."""
    return nn.Conv2d(
        channels,
        channels,
        kernel,
        stride=stride,
        padding=kernel // 2 * dilation,
        dilation=dilation,
        groups=channels,
        bias=False,
    )


def _average_pool(edge: EdgePlan) -> nn.Module:
    """Return a 3x3 average pooling that counts the padded zeros (authors' code)."""
    if edge.dilation > 1:
        return DilatedAveragePool(
            edge.shape_in.channels, stride=edge.stride, dilation=edge.dilation
        )
    return nn.AvgPool2d(3, stride=edge.stride, padding=1, count_include_pad=True)


def _max_pool(edge: EdgePlan) -> nn.Module:
    """Return a 3x3 max pooling."""
    if edge.dilation > 1:
        return DilatedMaxPool(stride=edge.stride, dilation=edge.dilation)
    return nn.MaxPool2d(3, stride=edge.stride, padding=1)


class DilatedMaxPool(nn.Module):
    """A 3x3 max pooling with dilation, which torch does not pad far enough."""

    def __init__(self, *, stride: int, dilation: int) -> None:
        """Take the stride and the dilation, in pixels."""
        super().__init__()
        self.stride, self.dilation = stride, dilation

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, C, H, W) to (n, C, H', W'), H' = ceil(H / stride)."""
        padded = functional.pad(x, (self.dilation,) * 4, value=float("-inf"))
        return functional.max_pool2d(padded, 3, stride=self.stride, dilation=self.dilation)


class DilatedAveragePool(nn.Module):
    """A 3x3 average pooling with dilation, which torch lacks: a depthwise convolution by 1/9."""

    weight: Tensor

    def __init__(self, channels: int, *, stride: int, dilation: int) -> None:
        """Take the number of channels, the stride and the dilation, in pixels."""
        super().__init__()
        self.stride, self.dilation = stride, dilation
        # A constant, which no checkpoint holds; `initialise` fills it, as it does all others.
        self.register_buffer("weight", torch.full((channels, 1, 3, 3), 1 / 9), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, C, H, W) to (n, C, H', W'), H' = ceil(H / stride)."""
        return functional.conv2d(
            x,
            self.weight,
            stride=self.stride,
            padding=self.dilation,
            dilation=self.dilation,
            groups=len(self.weight),
        )
