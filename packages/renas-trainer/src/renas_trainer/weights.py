"""Weights on disk: safetensors, complete and synced before their name appears."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

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
    # Permissions follow the user's umask; files of `tempfile` would be private.
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
    with _opened(path) as file:
        state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no dict)
        return state, dict(file.metadata() or {})


def read_strings(path: Path) -> dict[str, str]:
    """Read the metadata of what `save_weights` wrote, and no tensor.

    Raises:
        InputError: there is no such file, or it is damaged.
    """
    with _opened(path) as file:
        return dict(file.metadata() or {})


def check_state(path: Path, network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Check that tensors are those of a network, by name and shape.

    Args:
        path: where they are from, for messages.
        network: which they are to be of; its own may be without memory.
        state: tensors by name.

    Raises:
        InputError: one is missing, needless, of another shape, or has numbers that are not finite.
    """
    expected = {name: tensor.shape for name, tensor in network.state_dict().items()}
    for name in sorted(expected.keys() ^ state.keys()):
        what = "lacks" if name in expected else "has a needless"
        raise InputError(f"the model {path} {what} {name}: it is not the network it says it is")
    for name, shape in expected.items():
        if state[name].shape != shape:
            raise InputError(
                f"the model {path} has {name} of shape {tuple(state[name].shape)} and not "
                f"{tuple(shape)}: it is not the network it says it is"
            )
    for name, tensor in state.items():
        if not tensor.isfinite().all():
            raise InputError(
                f"the model {path} has numbers in {name} that are not finite: restore it, or train "
                "it again"
            )


@contextmanager
def _opened(path: Path) -> Generator[Any]:
    """Open a file of weights; say in one sentence what is wrong with it."""
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except FileNotFoundError:
        raise InputError(f"there are no weights at {path}: check the path") from None
    except (SafetensorError, OSError) as error:
        raise InputError(
            f"the weights at {path} are damaged, or of another format than safetensors ({error}): "
            "restore the file, or give another"
        ) from None


def _sync_directory(directory: Path) -> None:
    """Make the names of a directory's files last."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
