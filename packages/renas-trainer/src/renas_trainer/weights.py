"""Weights on disk: safetensors, complete and synced before their name appears."""

import os
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from renas_space import InputError


def save_weights(path: Path, state: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write a state dict so that the file is there whole or not at all, whatever happens.

    Args:
        path: of the file; one that is there is replaced.
        state: tensors by name, on any device.
        metadata: strings that go with them.

    Raises:
        OSError: the disk is full or cannot be written; no part of a file stays behind.
    """
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    content = safetensors.torch.save(whole, metadata=dict(metadata))
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    # Readable by whom the user's umask lets read, unlike the files of `tempfile`.
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def load_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read what `save_weights` wrote: the tensors, on the CPU, and the metadata.

    Raises:
        InputError: there is no such file, or it is damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no dict)
            return state, dict(file.metadata() or {})
    except FileNotFoundError:
        raise InputError(f"there are no weights at {path}: check the path") from None
    except (SafetensorError, OSError) as error:
        raise InputError(f"the weights at {path} are damaged ({error}): restore the file") from None


def _sync_directory(directory: Path) -> None:
    """Make the names of a directory's files last."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
