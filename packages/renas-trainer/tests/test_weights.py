"""A file of weights is there whole or not at all."""

import errno
import json
import os
import stat
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from renas_space import InputError
from renas_trainer.weights import load_weights, save_weights

STATE = {
    "cells.0.conv.weight": torch.randn(4, 3, 3, 3).to(memory_format=torch.channels_last),
    "norm.num_batches_tracked": torch.tensor(7),
    "norm.bias": torch.arange(4.0, requires_grad=True),
}
METADATA = {"genotype": '{"normal": []}', "name": "Zoë"}


def files(directory):
    return sorted(path.name for path in directory.iterdir())


def test_what_was_written_is_read(tmp_path):
    path = tmp_path / "7.safetensors"
    save_weights(path, STATE, METADATA)
    state, metadata = load_weights(path)
    assert metadata == METADATA
    assert state.keys() == STATE.keys()
    for name, tensor in STATE.items():
        assert torch.equal(state[name], tensor)
        assert state[name].dtype == tensor.dtype
    assert files(tmp_path) == ["7.safetensors"]


def test_no_metadata_is_none(tmp_path):
    path = tmp_path / "other.safetensors"
    save_file({"x": torch.zeros(2)}, path)
    assert load_weights(path)[1] == {}


def test_an_older_file_is_replaced(tmp_path):
    path = tmp_path / "w.safetensors"
    for value in (1.0, 2.0):
        save_weights(path, {"x": torch.full((3,), value)}, {})
    assert load_weights(path)[0]["x"].tolist() == [2.0, 2.0, 2.0]
    assert files(tmp_path) == ["w.safetensors"]


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_whom_the_umask_lets_read_can_read(tmp_path):
    before = os.umask(0o027)
    try:
        save_weights(tmp_path / "w.safetensors", STATE, METADATA)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "w.safetensors").stat().st_mode) == 0o640


def full_disk(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupted(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize("name", ["fsync", "fdopen"])
@pytest.mark.parametrize(
    ("fault", "error"), [(full_disk, OSError), (interrupted, KeyboardInterrupt)]
)
def test_a_full_disk_or_ctrl_c_leaves_no_part_of_a_file(tmp_path, monkeypatch, name, fault, error):
    path = tmp_path / "w.safetensors"
    monkeypatch.setattr(os, name, fault)
    with pytest.raises(error):
        save_weights(path, STATE, METADATA)
    assert files(tmp_path) == []


def test_a_full_disk_leaves_the_older_file(tmp_path, monkeypatch):
    path = tmp_path / "w.safetensors"
    save_weights(path, STATE, METADATA)
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left on device"):
        save_weights(path, {"x": torch.zeros(3)}, {})
    assert path.read_bytes() == before
    assert files(tmp_path) == ["w.safetensors"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's own")
def test_a_write_that_fails_leaves_no_part_of_a_file(tmp_path, monkeypatch):
    descriptor = os.open("/dev/full", os.O_WRONLY)
    real = os.fdopen

    def onto_a_full_disk(handle, mode):
        os.close(handle)
        return real(descriptor, mode)

    monkeypatch.setattr(os, "fdopen", onto_a_full_disk)
    with pytest.raises(OSError, match="No space left on device"):
        save_weights(tmp_path / "w.safetensors", STATE, METADATA)
    assert files(tmp_path) == []


def test_file_and_directory_are_synced_in_this_order(tmp_path, monkeypatch):
    # Only then may a row of the journal name the file.
    path, events = tmp_path / "w.safetensors", []
    real = os.fsync

    def fsync(descriptor):
        events.append(
            ("directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file", path.exists())
        )
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    save_weights(path, STATE, METADATA)
    assert events == [("file", False), ("directory", True)]


def test_a_missing_file_is_one_sentence(tmp_path):
    path = tmp_path / "none.safetensors"
    with pytest.raises(InputError) as error:
        load_weights(path)
    assert str(error.value) == f"there are no weights at {path}: check the path"


def damage(content, how):
    match how:
        case "empty":
            return b""
        case "truncated header":
            return content[:20]
        case "truncated tensors":
            return content[:-1]
        case "longer":
            return content + b"\0"
        case "not ours":
            return b"PK\x03\x04" * 50
        case "edited header":
            length = int.from_bytes(content[:8], "little")
            header = json.loads(content[8 : 8 + length])
            header["norm.bias"]["shape"] = [5]
            edited = json.dumps(header).encode()
            return len(edited).to_bytes(8, "little") + edited + content[8 + length :]


@pytest.mark.parametrize(
    "how",
    [
        "empty",
        "truncated header",
        "truncated tensors",
        "longer",
        "not ours",
        "edited header",
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path, how):
    path = tmp_path / "w.safetensors"
    save_weights(path, STATE, METADATA)
    path.write_bytes(damage(path.read_bytes(), how))
    with pytest.raises(InputError) as error:
        load_weights(path)
    message = str(error.value)
    assert message.startswith(f"the weights at {path} are damaged, or of another")
    assert message.endswith("): restore the file, or give another")
    assert "\n" not in message


def test_a_directory_is_no_file_of_weights(tmp_path):
    with pytest.raises(InputError, match="are damaged"):
        load_weights(tmp_path)
