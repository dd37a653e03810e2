"""What a module has learned, and what Adam remembers of it, by parameter names: for states."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from renas_controller.state import State, check_tensors, copy_tensors

MOMENTS = ("step", "exp_avg", "exp_avg_sq")
"""Of each parameter."""


def learned_state(module: nn.Module, adam: torch.optim.Adam) -> State:
    """Return the weights of a module and Adam's moments, copied."""
    return {
        "weights": copy_tensors(module.state_dict()),
        "moments": copy_tensors(moments_of(adam, module)),
    }


def load_learned_state(module: nn.Module, adam: torch.optim.Adam, state: State) -> None:
    """Go on from what `learned_state` returned; nothing has changed if it does not fit.

    Raises:
        InputError: tensors do not fit.
        AttributeError: there is something else in the place of tensors by name.
        KeyError: the weights or the moments are missing.
    """
    weights: dict[str, Tensor] = state["weights"]
    moments: dict[str, Tensor] = state["moments"]
    check_tensors(weights, dict(module.named_parameters()))
    check_moments(moments, module)
    module.load_state_dict(weights)  # nothing fails from here on
    restore_moments(adam, module, moments)


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
    if moments != {}:  # nor None, or whatever else a damaged state holds
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
