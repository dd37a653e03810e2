"""Fold every BN of a trained network into the convolution before it."""

import copy

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from renas_trainer.cell import FactorizedReduction
from renas_trainer.network import CellNetwork


@torch.no_grad()
def folded(network: CellNetwork) -> CellNetwork:
    """Return a copy of a network for inference: in evaluation mode, without BN and auxiliary head.

    It computes what the network computes in evaluation mode, up to rounding.

    Args:
        network: any; it is left as it is.
    """
    copied = copy.deepcopy(network).eval()
    copied.auxiliary = None
    for module in copied.modules():
        if isinstance(module, FactorizedReduction):
            _fold_halves(module)
        else:
            _fold_children(module)
    return copied


def _fold_children(module: nn.Module) -> None:
    """Fold each BN among a module's children into the convolution that stands before it."""
    before: nn.Module | None = None
    for name, child in list(module.named_children()):
        if isinstance(child, nn.BatchNorm2d) and isinstance(before, nn.Conv2d):
            _absorb(before, child, slice(None))
            setattr(module, name, nn.Identity())
        before = child


def _fold_halves(reduction: FactorizedReduction) -> None:
    """Fold the BN behind a concatenation into the two convolutions before it, half by half."""
    norm = reduction.norm
    if isinstance(norm, nn.BatchNorm2d):
        middle = reduction.even.out_channels
        _absorb(reduction.even, norm, slice(None, middle))
        _absorb(reduction.odd, norm, slice(middle, None))
        reduction.norm = nn.Identity()


def _absorb(convolution: nn.Conv2d, norm: nn.BatchNorm2d, channels: slice) -> None:
    """Give a convolution the weights and the bias that make some channels of a BN needless."""
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError("a batch normalisation without running statistics cannot be folded")
    weight, bias = fuse_conv_bn_weights(
        convolution.weight,
        convolution.bias,
        norm.running_mean[channels],
        norm.running_var[channels],
        norm.eps,
        norm.weight[channels],
        norm.bias[channels],
    )
    convolution.weight, convolution.bias = weight, bias
