"""ONNX files compute what the network computes, or are not there."""

from collections import Counter

import numpy as np
import onnx
import pytest
import torch

from renas_space import RENASNET, InputError, plan_network
from renas_trainer.deployment import onnx_file
from renas_trainer.deployment.latency import latencies
from renas_trainer.deployment.onnx_file import (
    ParityError,
    export_onnx,
    open_session,
    read_metadata,
    run,
)
from renas_trainer.network import CellNetwork


@pytest.fixture(scope="module")
def network() -> CellNetwork:
    torch.manual_seed(0)
    plan = plan_network(RENASNET, cells=1, filters=4, image_size=16)
    made = CellNetwork(plan, auxiliary=True).train()
    for _ in range(20):
        made(torch.randn(16, 3, 16, 16))
    return made.eval()


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.randn(64, 3, 16, 16, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("opset", [13, 18])
def test_a_file_agrees_with_torch_in_batches_of_any_size(network, images, opset, tmp_path) -> None:
    path = tmp_path / "model.onnx"
    parity = export_onnx(network, path, images=[images], metadata={"classes": "ten"}, opset=opset)
    assert parity.images == 64
    assert parity.largest < 1e-5
    assert read_metadata(path) == {"classes": "ten"}
    model = onnx.load(path)
    assert model.opset_import[0].version == opset
    kinds = Counter(node.op_type for node in model.graph.node)
    assert "BatchNormalization" not in kinds
    assert "Dropout" not in kinds
    assert [given.name for given in model.graph.input] == ["images"]
    assert run(open_session(path), images[:5].numpy()).shape == (5, 10)
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.onnx"]


def test_a_file_that_differs_is_not_written(network, images, tmp_path) -> None:
    with pytest.raises(ParityError, match="more than 0.0e\\+00: try another opset"):
        export_onnx(
            network, tmp_path / "m.onnx", images=[images], metadata={}, opset=13, tolerance=0.0
        )
    assert list(tmp_path.iterdir()) == []


def test_an_opset_out_of_range_is_refused(network, images, tmp_path) -> None:
    with pytest.raises(InputError) as error:
        export_onnx(network, tmp_path / "m.onnx", images=[images], metadata={}, opset=99)
    assert str(error.value) == "opset 99 is out of range: use 13 to 23"


def test_a_file_that_is_no_onnx_is_refused(tmp_path) -> None:
    path = tmp_path / "m.onnx"
    path.write_text("not a model")
    with pytest.raises(InputError, match="give a file of renas-export"):
        open_session(path)
    with pytest.raises(InputError, match="is no ONNX file"):
        read_metadata(path)


def test_latencies_are_positive_and_named(network, images, tmp_path) -> None:
    path = tmp_path / "m.onnx"
    export_onnx(network, path, images=[images], metadata={}, opset=13)
    measured = latencies({"one": path, "two": path}, (3, 16, 16), threads=1, repeats=3)
    assert set(measured) == {"one", "two"}
    assert all(value > 0 for value in measured.values())


def test_a_file_that_computes_no_numbers_is_not_written(network, images, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_file, "run", lambda _, x: np.full((len(x), 10), np.nan))
    with pytest.raises(ParityError):
        export_onnx(network, tmp_path / "m.onnx", images=[images], metadata={}, opset=13)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tolerance", [float("nan"), -1.0, float("inf")])
def test_a_tolerance_that_is_none_is_refused(network, images, tolerance, tmp_path):
    with pytest.raises(InputError, match="give a number from 0"):
        export_onnx(network, tmp_path / "m.onnx", images=[images], metadata={}, tolerance=tolerance)
