"""renas-export on segmentation networks: any size, checked on three, or not there at all."""

import re

import numpy as np
import onnxruntime
import pytest
import torch

from renas_apps.export import main
from renas_trainer.segmentation.model_file import load_segmenter


@pytest.mark.parametrize("opset", [13, 18])
def test_a_file_is_checked_on_real_images_of_three_sizes(
    segmenter_model, voc, tmp_path, capsys, opset
):
    out = tmp_path / "m.onnx"
    given = ["--data=voc", f"--data-dir={voc}", "--images=3", f"--opset={opset}"]
    assert main([str(segmenter_model), f"--out={out}", *given]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{out}: opset {opset}, images of any size; differs from torch by ")
    assert "on 9 images of 40x50, 30x37, 21x26, in batches of 1, 3, 8\n" in said
    assert float(re.search(r"torch by (\S+) of", said)[1]) < 1e-4
    network, _ = load_segmenter(segmenter_model)
    session = onnxruntime.InferenceSession(out)
    for size in ((2, 3, 77, 33), (1, 3, 16, 64)):  # that were not checked when it was written
        x = torch.randn(size, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            expected = network(x).numpy()
        found = session.run(None, {"images": x.numpy()})[0]
        np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


def test_without_images_noise_is_compared(segmenter_model, tmp_path, capsys):
    given = ["--opset=13", "--images=2"]
    assert main([str(segmenter_model), f"--out={tmp_path / 'm.onnx'}", *given]) == 0
    assert "random inputs (name images with --data) of 360x480, " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--bench", "resnet18"], "--bench is for classifiers, and {model} is a segmentation ne"),
        (["--int8", "--data=voc"], "--int8 is for classifiers, and {model} is a segmentation net"),
        (["--image-size=64"], "--image-size is for classifiers, and {model} is a segmentation n"),
        (["--data=digits"], "--data is digits: a segmentation network is checked on voc"),
        (["--data=voc"], "--data voc needs images: say where with --data-dir"),
        (["--tolerance=0", "--opset=13", "--images=2"], "the ONNX file differs from the network"),
    ],
)
def test_bad_settings_leave_nothing(segmenter_model, tmp_path, capsys, given, message):
    out = tmp_path / "m.onnx"
    assert main([str(segmenter_model), f"--out={out}", *given]) in (1, 2)
    said = capsys.readouterr().err
    assert said.startswith("renas-export: " + message.replace("{model}", str(segmenter_model)))
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
