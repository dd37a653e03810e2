"""The weights that a network starts with (our choice: the paper says nothing)."""

import math

import torch
from torch import nn

from renas_trainer.operations import DilatedAveragePool

CLASSIFIER_STD = 0.01
"""Standard deviation of a linear layer's weights."""


def initialise(network: nn.Module, generator: torch.Generator | None) -> None:
    """Draw the weights of every layer of a network, in the order of its modules.

    Convolutions: normal with the variance 2 / fan-out (He et al. 2015). Linear layers: normal with
    standard deviation 0.01, biases zero. BN: scale 1, shift 0, mean 0, variance 1.

    Args:
        network: of convolutions, BNs and linear layers.
        generator: on the CPU, so that the weights are the same on any device.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            fan_out = module.weight.shape[0] // module.groups * module.weight[0, 0].numel()
            _draw(module.weight, math.sqrt(2 / fan_out), generator)
        elif isinstance(module, nn.Linear):
            _draw(module.weight, CLASSIFIER_STD, generator)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, DilatedAveragePool):
            module.weight.fill_(1 / 9)


@torch.no_grad()
def _draw(weight: torch.Tensor, std: float, generator: torch.Generator | None) -> None:
    """Fill a weight with normal numbers of this standard deviation."""
    drawn = torch.empty(weight.shape, dtype=weight.dtype, device="cpu")
    weight.copy_(drawn.normal_(0.0, std, generator=generator))
