"""The operations of a cell: shapes, order of layers, padding, and dilation in place of strides."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from renas_space import OPERATIONS
from renas_space.plan import EdgePlan, Shape
from renas_trainer.initialisation import initialise
from renas_trainer.operations import build_operation, is_skip, reads_rectified

CHANNELS = 4


def edge(operation, *, size=8, stride=1, reduces=None, dilation=1, dilation_after=1):
    out = -(-size // stride)
    return EdgePlan(
        operation=operation,
        source=0,
        reduces=stride == 2 if reduces is None else reduces,
        stride=stride,
        dilation=dilation,
        dilation_after=dilation_after,
        shape_in=Shape(CHANNELS, size, size),
        shape_out=Shape(CHANNELS, out, out),
    )


def build(plan, seed=0):
    """Return the operation in eval mode, its weights drawn and its BNs unlike the identity."""
    module = build_operation(plan)
    generator = torch.Generator().manual_seed(seed)
    initialise(module, generator)
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.running_mean.normal_(generator=generator)
            norm.running_var.uniform_(0.5, 2.0, generator=generator)
    return module.eval()


def images(size, seed=1):
    return torch.randn(2, CHANNELS, size, size, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("size", [1, 7, 8])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_output_has_the_planned_shape(operation, dilation, stride, size):
    plan = edge(operation, size=size, stride=stride, dilation=dilation, dilation_after=2 * dilation)
    assert build(plan)(images(size)).shape == (2, *plan.shape_out)


@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_separable_convolution_is_depthwise_pointwise_norm_twice_with_one_relu(kernel, stride):
    # Section 5.1 of the paper; the stride sits in the first half (authors' code).
    module = build(edge(f"sep_conv_{kernel}x{kernel}", stride=stride))
    state = module.state_dict()
    x = images(8)
    expected = x
    for half in ("1", "2"):
        if half == "2":
            expected = functional.relu(expected)
        expected = functional.conv2d(
            expected,
            state[f"depthwise{half}.weight"],
            stride=stride if half == "1" else 1,
            padding=kernel // 2,
            groups=CHANNELS,
        )
        expected = functional.conv2d(expected, state[f"pointwise{half}.weight"])
        expected = functional.batch_norm(
            expected,
            state[f"norm{half}.running_mean"],
            state[f"norm{half}.running_var"],
            state[f"norm{half}.weight"],
            state[f"norm{half}.bias"],
            eps=2e-5,
        )
    torch.testing.assert_close(module(x), expected)


def test_batch_normalisation_has_the_authors_constants():
    norm = build_operation(edge("sep_conv_3x3")).norm1
    assert (norm.eps, norm.momentum) == (2e-5, 0.1)


def test_no_convolution_has_a_bias():
    for operation in OPERATIONS:
        for module in build_operation(edge(operation)).modules():
            if isinstance(module, nn.Conv2d):
                assert module.bias is None


def test_average_pooling_counts_the_padded_zeros():
    pooled = build(edge("avg_pool_3x3", size=3))(torch.ones(1, CHANNELS, 3, 3))
    # A corner sees 4 ones of 9, an edge 6, the middle 9.
    expected = torch.tensor([[4.0, 6, 4], [6, 9, 6], [4, 6, 4]]) / 9
    torch.testing.assert_close(pooled[0, 0], expected)


def test_a_dilated_average_pooling_counts_the_padded_zeros():
    pooled = build(edge("avg_pool_3x3", size=3, dilation=2))(torch.ones(1, CHANNELS, 3, 3))
    # Taps two pixels apart: a corner sees itself and the three other corners, the middle itself.
    expected = torch.tensor([[4.0, 2, 4], [2, 1, 2], [4, 2, 4]]) / 9
    torch.testing.assert_close(pooled[0, 0], expected)


@pytest.mark.parametrize("dilation", [1, 2])
def test_max_pooling_never_sees_the_padding(dilation):
    pooled = build(edge("max_pool_3x3", dilation=dilation))(-1 - images(8).abs())
    assert pooled.max() <= -1


@pytest.mark.parametrize("dilation", [1, 2])
def test_a_skip_is_the_identity_where_nothing_is_reduced(dilation):
    x = images(8)
    plan = edge("skip_connect", dilation=dilation)
    assert build(plan)(x) is x
    assert is_skip(plan)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("dilation", [1, 2])
def test_a_skip_that_reduces_is_a_max_pooling_even_where_its_stride_is_dropped(dilation, stride):
    settings = {"stride": stride, "reduces": True, "dilation": dilation}
    skip, pool = edge("skip_connect", **settings), edge("max_pool_3x3", **settings)
    x = images(8)
    assert torch.equal(build(skip)(x), build(pool)(x))
    assert not is_skip(skip)


def test_a_strided_skip_by_hand():
    x = torch.arange(16.0).reshape(1, 1, 4, 4).expand(1, CHANNELS, 4, 4)
    out = build(edge("skip_connect", size=4, stride=2))(x)
    assert out[0, 0].tolist() == [[5, 7], [13, 15]]


def test_only_convolutions_begin_with_a_relu():
    rectified = [name for name in OPERATIONS if reads_rectified(edge(name))]
    assert rectified == [name for name in OPERATIONS if "conv" in name]


@pytest.mark.parametrize("size", [7, 8, 13])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_behind_a_dropped_stride_dilation_computes_the_same_on_every_second_pixel(operation, size):
    x = images(size)
    plain = build(edge(operation, size=-(-size // 2)))
    dilated = build(edge(operation, size=size, dilation=2, dilation_after=2))
    torch.testing.assert_close(dilated(x)[:, :, ::2, ::2], plain(x[:, :, ::2, ::2]))


@pytest.mark.parametrize("size", [7, 8, 13])
@pytest.mark.parametrize("before", [1, 2])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_dropped_stride_computes_the_same_on_every_second_pixel(operation, before, size):
    x = images(size)
    strided = build(edge(operation, size=size, stride=2, dilation=before, dilation_after=before))
    dropped = build(
        edge(operation, size=size, reduces=True, dilation=before, dilation_after=2 * before)
    )
    torch.testing.assert_close(dropped(x)[:, :, ::2, ::2], strided(x))
