"""Parameters that nothing depends on: whatever waits for their gradients would wait for ever."""

import torch
from torch import Tensor, nn


def freeze_unused(model: nn.Module, pixels: Tensor) -> None:
    """Take parameters out of the training that no output depends on.

    An encoder may have layers behind its last map. In one cell of 36 no block reads c-1, so that
    every second cell of its network is read by nobody. DDP waits for the gradients of all.

    Args:
        model: maps pixels to a tensor, or to several of which some may be None.
        pixels: (n, C, H, W), of any values; on the model's device.
    """
    training = model.training
    model.eval()
    outputs = model(pixels)
    several = outputs if isinstance(outputs, tuple) else (outputs,)
    torch.stack([output.sum() for output in several if output is not None]).sum().backward()
    for parameter in model.parameters():
        parameter.requires_grad_(parameter.grad is not None)
        parameter.grad = None
    model.train(training)
