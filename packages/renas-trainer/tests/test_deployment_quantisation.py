"""int8 files stay near their float32 files, or are not there."""

import onnx
import pytest
import torch

from renas_space import RENASNET, plan_network
from renas_trainer.deployment.onnx_file import compare, export_onnx, read_metadata
from renas_trainer.deployment.onnx_network import OnnxNetwork
from renas_trainer.deployment.quantisation import QuantisationError, quantise
from renas_trainer.network import CellNetwork
from renas_trainer.scoring import ClassificationScore

IMAGES = torch.randn(64, 3, 16, 16, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    made = CellNetwork(plan_network(RENASNET, cells=1, filters=4, image_size=16)).train()
    for _ in range(20):
        made(torch.randn(16, 3, 16, 16))
    return made.eval()


@pytest.fixture
def path(network, tmp_path):
    file = tmp_path / "m.onnx"
    export_onnx(network, file, images=[IMAGES], metadata={"classes": "ten"}, opset=13)
    return file


def constant(share):
    """Return a score that looks at nothing."""
    return lambda _: ClassificationScore(images=100, first=share, among_five=100)


def test_int8_stays_near_and_says_the_same_about_itself(network, path, tmp_path):
    out = tmp_path / "m8.onnx"
    quantise(path, out, images=IMAGES, score=constant(50), most=0.0)
    # Noise, through weights that have learned nothing: the order of the logits mostly holds.
    full, quantised = (OnnxNetwork(file)(IMAGES).argmax(1) for file in (path, out))
    assert (full == quantised).float().mean() > 0.7
    assert compare(network, out, [IMAGES], (8,)).largest > 1e-4
    assert read_metadata(out) == {"classes": "ten"}
    assert {entry.name for entry in tmp_path.iterdir()} == {"m.onnx", "m8.onnx"}
    assert "QuantizeLinear" in {node.op_type for node in onnx.load(out).graph.node}


def test_both_scores_are_returned(path, tmp_path):
    out = tmp_path / "m8.onnx"
    before, after = quantise(
        path,
        out,
        images=IMAGES,
        score=lambda file: constant(50 if file == path else 48)(file),
        most=0.02,
    )
    assert (before.first, after.first) == (50, 48)


def test_an_int8_file_that_is_right_too_seldom_is_not_written(path, tmp_path):
    out = tmp_path / "m8.onnx"
    with pytest.raises(QuantisationError) as error:
        quantise(
            path,
            out,
            images=IMAGES,
            score=lambda file: constant(50 if file == path else 40)(file),
            most=0.02,
        )
    assert str(error.value) == (
        "the int8 file is right on 40.00% of 100 images, the float32 file on 50.00%: calibrate on "
        "more images, or allow a larger loss than 0.02"
    )
    assert {entry.name for entry in tmp_path.iterdir()} == {"m.onnx"}
