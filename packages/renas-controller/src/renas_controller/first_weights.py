"""The first weights of a policy (4.3)."""

import torch
from torch import nn

INITIAL_STD = 0.01
"""Standard deviation of the initial weights (4.3)."""


def fill(module: nn.Module, generator: torch.Generator) -> None:
    """Give every parameter a value: weights by chance, and biases zero (our choice).

    Args:
        module: Laid out on the meta device, so that torch's global generator was not touched.
        generator: Draws the weights.
    """
    for name, parameter in list(module.named_parameters()):
        value = torch.zeros(parameter.shape)
        if "bias" not in name:
            value.normal_(0.0, INITIAL_STD, generator=generator)
        owner, _, last = name.rpartition(".")
        setattr(module.get_submodule(owner), last, nn.Parameter(value))
