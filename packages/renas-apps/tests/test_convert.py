"""The command renas-convert: the authors' arrays become a model, or a list of what is wrong."""

import struct
from pathlib import Path

import numpy as np
import pytest

from renas_apps.convert import main
from renas_space import RENASNET, plan_network
from renas_trainer.checkpoint import load_model
from renas_trainer.mxnet import counterparts

PLAN = plan_network(RENASNET, skeleton="imagenet", cells=4, filters=44)


def write_params(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write MXNet's format: dmlc's list of NDArrays of version 2, then their names."""
    with path.open("wb") as file:
        file.write(struct.pack("<QQQ", 0x112, 0, len(arrays)))
        for array in arrays.values():
            file.write(struct.pack("<IiI", 0xF993FAC9, 0, array.ndim))
            file.write(struct.pack(f"<{array.ndim}q", *array.shape))
            file.write(struct.pack("<iii", 1, 0, 0) + array.astype("<f4").tobytes())
        file.write(struct.pack("<Q", len(arrays)))
        for name in arrays:
            file.write(struct.pack("<Q", len(name)) + name.encode())


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {each.official: rng.random(each.shape, dtype=np.float32) for each in counterparts(PLAN)}


def test_the_authors_arrays_become_a_model(arrays, tmp_path, capsys) -> None:
    write_params(tmp_path / "a.params", arrays)
    out = tmp_path / "a.safetensors"
    assert main(["mxnet", str(tmp_path / "a.params"), "--out", str(out)]) == 0
    # 5,677,268 and the auxiliary head of 2,399,976 (see renas_space.cost).
    assert capsys.readouterr().out == f"{out}: 8,077,244 parameters\n"
    network, metadata = load_model(out, auxiliary=True)
    first = next(each for each in counterparts(PLAN) if each.name == "stem.conv.weight")
    np.testing.assert_array_equal(network.state_dict()[first.name].numpy(), arrays[first.official])
    assert metadata.mean == pytest.approx((123.68, 116.78, 103.94))
    assert metadata.std == pytest.approx((1 / 0.017,) * 3)
    assert main(["mxnet", str(tmp_path / "a.params"), "--out", str(out)]) == 2


def test_what_does_not_fit_is_listed_and_nothing_is_written(arrays, tmp_path, capsys) -> None:
    changed = dict(arrays)
    removed = next(iter(changed))
    del changed[removed]
    changed["arg:of_another_network"] = np.zeros(1, dtype=np.float32)
    write_params(tmp_path / "a.params", changed)
    out = tmp_path / "a.safetensors"
    assert main(["mxnet", str(tmp_path / "a.params"), "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert f"missing: {removed}\n" in said
    assert "left over: arg:of_another_network\n" in said
    assert not out.exists()


def test_a_file_of_another_kind_is_refused(tmp_path, capsys) -> None:
    path = tmp_path / "a.params"
    path.write_text("# not arrays, but a text of some length")
    assert main(["mxnet", str(path), "--out", str(tmp_path / "out.safetensors")]) == 2
    assert "give a .params file that MXNet wrote" in capsys.readouterr().err
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.params"]
