"""Turns the arrays of the authors' MXNet file into the state dict of our network.

Both lay out every tensor alike, so a conversion is names and checks. Images must be normalised as
the authors did: (pixel - (123.68, 116.78, 103.94)) * 0.017, red first.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from renas_space import InputError, NetworkPlan, layers
from renas_trainer.mxnet.names import Counterpart, counterparts

_SHOWN = 5
"""So many names a message quotes of each list."""


class MismatchError(InputError):
    """A file's arrays are not those of the network."""

    def __init__(
        self, *, missing: tuple[str, ...], left_over: tuple[str, ...], misfits: tuple[str, ...]
    ) -> None:
        """Say what is wrong; the message quotes the first few names of each list."""
        faults = [
            *_fault(missing, "missing"),
            *_fault(left_over, "left over"),
            *_fault(misfits, "of another shape or type"),
        ]
        super().__init__(
            f"the arrays are not those of the network: {'; '.join(faults)}; give the file of a "
            "network with this genotype, N, F, image size and number of classes"
        )
        self.missing = missing
        """Keys that the file lacks."""
        self.left_over = left_over
        """Keys that the network has no place for."""
        self.misfits = misfits
        """For each array of another shape or type its key, what it is and what it should be."""


def convert(arrays: Mapping[str, NDArray[Any]], plan: NetworkPlan) -> dict[str, Tensor]:
    """Return the state dict of a network with the weights of the authors' file.

    Args:
        arrays: as `read_arrays` returns them; of any floating-point type.
        plan: of the network; the auxiliary head is included if it has one.

    Returns:
        float32 copies under the names of a `CellNetwork` with ``auxiliary=True``, all of its keys.

    Raises:
        MismatchError: an array is missing, left over, or of another shape or type.
        InputError: the authors' code has no such network, or an array has numbers that no training
            leaves.
    """
    known = counterparts(plan)
    keys = {one.official for one in known}
    missing = tuple(one.official for one in known if one.official not in arrays)
    left_over = tuple(key for key in arrays if key not in keys)
    misfits = tuple(_misfits(arrays, known))
    if missing or left_over or misfits:
        raise MismatchError(missing=missing, left_over=left_over, misfits=misfits)
    state = {one.name: _tensor(arrays[one.official], one) for one in known}
    for layer in layers(plan, auxiliary=True):
        if layer.kind == "norm":  # MXNet does not count batches; with a momentum nothing reads it
            state[f"{layer.name}.num_batches_tracked"] = torch.tensor(0)
    return state


def _tensor(array: NDArray[Any], one: Counterpart) -> Tensor:
    """Return an array as a float32 tensor, copied.

    Raises:
        InputError: a number of it is not finite in float32, or a variance below zero.
    """
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
        tensor = torch.tensor(array.astype("float32"))
    if not tensor.isfinite().all():
        raise InputError(f"{one.official} has numbers that are not finite: fetch the file again")
    if one.official.endswith("_moving_var") and (tensor < 0).any():
        raise InputError(f"{one.official} has variances below zero: fetch the file again")
    return tensor


def _misfits(arrays: Mapping[str, NDArray[Any]], known: Iterable[Counterpart]) -> Iterable[str]:
    """Yield a phrase for each array of another shape or type."""
    for one in known:
        array = arrays.get(one.official)
        if array is None:
            continue
        if array.shape != one.shape:
            yield f"{one.official} is {_size(array.shape)} and not {_size(one.shape)}"
        elif array.dtype.kind != "f":
            yield f"{one.official} is {array.dtype} and not float32"


def _size(shape: tuple[int, ...]) -> str:
    """Return a shape as text, such as 32x3x3x3."""
    return "x".join(map(str, shape)) or "a scalar"


def _fault(names: tuple[str, ...], what: str) -> Iterable[str]:
    """Yield what is wrong with some arrays, if there are any."""
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        yield f"{len(names)} {what} ({', '.join(names[:_SHOWN])}{more})"
