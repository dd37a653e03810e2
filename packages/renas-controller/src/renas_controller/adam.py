"""What Adam remembers of a module, by the names of its parameters: for states."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from renas_controller.state import check_tensors

MOMENTS = ("step", "exp_avg", "exp_avg_sq")
"""Of each parameter."""


def moments_of(adam: torch.optim.Adam, module: nn.Module) -> dict[str, Tensor]:
    """Return what Adam remembers of each parameter, as it is."""
    return {
        f"{name}/{moment}": adam.state[parameter][moment]
        for name, parameter in module.named_parameters()
        if parameter in adam.state
        for moment in MOMENTS
    }


def check_moments(moments: Mapping[str, Tensor], module: nn.Module) -> None:
    """Check that moments are those of a module, or that there are none yet.

    Raises:
        InputError: tensors do not fit.
    """
    if moments:
        expected = {
            f"{name}/{moment}": torch.zeros(()) if moment == "step" else parameter
            for name, parameter in module.named_parameters()
            for moment in MOMENTS
        }
        check_tensors(moments, expected)


def restore_moments(
    adam: torch.optim.Adam, module: nn.Module, moments: Mapping[str, Tensor]
) -> None:
    """Let Adam remember what `moments_of` returned."""
    adam.state.clear()
    for name, parameter in module.named_parameters() if moments else ():
        adam.state[parameter] = {moment: moments[f"{name}/{moment}"].clone() for moment in MOMENTS}
