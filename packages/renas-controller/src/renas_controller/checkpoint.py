"""States as bytes: safetensors with the JSON values in its metadata. Nothing is ever unpickled."""

import json
from typing import Any, cast

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from renas_controller.state import State
from renas_space import InputError

METADATA = "renas.state"
"""The metadata key of the JSON document."""
VERSION = 1
"""Of the layout of that document."""
TENSOR = "$tensor"
"""In the document, ``{"$tensor": name}`` stands for a tensor; keys of others that begin with a $
have one more there."""


def dumps(state: State) -> bytes:
    """Return a state as bytes; equal states give equal bytes.

    Args:
        state: JSON values and tensors, nested in dicts with string keys and lists.

    Raises:
        TypeError: a value is neither.
        ValueError: a number is not finite, which JSON cannot hold.
    """
    tensors: dict[str, Tensor] = {}
    document = {"version": VERSION, "state": _without_tensors(state, "state", tensors)}
    text = json.dumps(document, allow_nan=False, separators=(",", ":"))
    return safetensors.torch.save(tensors, metadata={METADATA: text})


def loads(data: bytes) -> State:
    """Return the state that `dumps` wrote.

    Raises:
        InputError: the bytes are damaged, not a strategy's state, or of a newer version.
    """
    try:
        tensors = safetensors.torch.load(data)
        # Its format: eight bytes with the length of a JSON header, the header, the tensors.
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        document = json.loads(header["__metadata__"][METADATA])
        version, state = int(document["version"]), _with_tensors(document["state"], tensors)
        if not isinstance(state, dict):
            raise TypeError(f"the state is a {type(state).__name__}")
    except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"the bytes are no state of a strategy ({type(error).__name__}: {error}): "
            "they are damaged, or something else than renas_controller.dumps wrote them"
        ) from error
    if version > VERSION:
        raise InputError(
            f"the state has version {version}, this program reads up to {VERSION}: update it"
        )
    return cast("State", state)


def _without_tensors(value: Any, path: str, tensors: dict[str, Tensor]) -> Any:
    """Move the tensors of a value to ``tensors``, by number and path; return what stays."""
    if isinstance(value, Tensor):
        name = f"{len(tensors)}:{path}"
        tensors[name] = value.contiguous()
        return {TENSOR: name}
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {
            _escaped(key): _without_tensors(item, f"{path}/{key}", tensors) for key, item in items
        }
    if isinstance(value, list):
        numbered = enumerate(cast("list[Any]", value))
        return [_without_tensors(item, f"{path}/{place}", tensors) for place, item in numbered]
    return value


def _escaped(key: str) -> str:
    """Return a key as it stands in the document, where `TENSOR` is none of a state's own."""
    return f"${key}" if key.startswith("$") else key


def _with_tensors(value: Any, tensors: dict[str, Tensor]) -> Any:
    """Put the tensors back."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value)
        if TENSOR in items:
            return tensors[items[TENSOR]]
        return {key.removeprefix("$"): _with_tensors(item, tensors) for key, item in items.items()}
    if isinstance(value, list):
        return [_with_tensors(item, tensors) for item in cast("list[Any]", value)]
    return value
