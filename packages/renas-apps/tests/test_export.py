"""The command renas-export: a checked ONNX file, or one sentence and no file."""

import re

import onnx
import pytest
from PIL import Image

from renas_apps import latency_table
from renas_apps.__about__ import __version__
from renas_apps.eval import main as evaluate
from renas_apps.export import main
from renas_space import RENASNET, InputError
from renas_trainer.deployment import quantisation
from renas_trainer.weights import load_weights, save_weights


def test_a_model_becomes_onnx_that_is_compared_on_real_images(
    digits_model, tmp_path, capsys
) -> None:
    out = tmp_path / "model.onnx"
    # Weights that have learned nothing: which class is first changes with every rounding.
    given = ("--opset", "13", "--data", "digits", "--int8", "--int8-loss", "0.5")
    arguments = [str(digits_model), "--out", str(out), *given]
    assert main(arguments) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"{out}: opset 13; differs from torch by ")
    assert said[0].endswith("on 64 images in batches of 1, 3, 8")
    assert re.fullmatch(r"float32: top-1 .* of 297 images \(test\); [\d,]+ bytes", said[1])
    assert re.fullmatch(r"int8: top-1 .* \(test\); [\d,]+ bytes in .*/model.int8.onnx", said[2])
    for file in (out, tmp_path / "model.int8.onnx"):
        metadata = {entry.key: entry.value for entry in onnx.load(file).metadata_props}
        assert metadata["classes"] == '["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]'
        assert metadata["mean"] == "[78.0]"
        assert metadata["genotype"] == RENASNET.to_json()
        assert metadata["renas"] == __version__
    assert main(arguments) == 2
    assert "is there already" in capsys.readouterr().err


def test_the_size_of_images_is_chosen(digits_model, tmp_path, capsys) -> None:
    out = tmp_path / "model.onnx"
    given = ["--out", str(out), "--opset", "13", "--image-size", "11", "--data", "digits"]
    assert main([str(digits_model), *given]) == 0
    shape = onnx.load(out).graph.input[0].type.tensor_type.shape
    assert [size.dim_value for size in shape.dim][1:] == [1, 11, 11]
    assert evaluate([str(out), "--images", "10"]) == 0
    assert main(["renasnet", "--out", str(tmp_path / "o.onnx"), "--image-size", "2"]) == 2
    assert "give a whole number of at least 3" in capsys.readouterr().err


def test_a_file_is_timed_beside_models_of_timm(digits_model, tmp_path, capsys) -> None:
    out = tmp_path / "model.onnx"
    rivals = ("resnet10t", "mobilenetv3_small_050")
    assert main([str(digits_model), "--out", str(out), "--opset", "13", "--bench", *rivals]) == 0
    said = capsys.readouterr().out.splitlines()[1:]
    assert said[0] == "one image of 8x8, 1 thread(s), median:"
    assert [line.split(":")[0].strip() for line in said[1:]] == ["model.onnx", *rivals]
    assert "1.00 of resnet10t" in said[2]
    assert main([str(digits_model), "--out", str(tmp_path / "o.onnx"), "--bench", "nonsense"]) == 2
    assert "timm knows no model 'nonsense': see timm.list_models()" in capsys.readouterr().err
    assert not (tmp_path / "o.onnx").exists()


def test_a_model_that_refuses_the_size_without_a_word_is_one_sentence(
    digits_model, tmp_path, monkeypatch, capsys
) -> None:
    def refuse(*_, **__):
        raise AssertionError  # as timm's halo attention does

    monkeypatch.setattr(latency_table.timm, "create_model", refuse)
    given = ("--out", str(tmp_path / "m.onnx"), "--opset", "13", "--bench", "resnet10t")
    assert main([str(digits_model), *given]) == 2
    assert (
        "resnet10t cannot be timed on images of 8x8 (AssertionError): name another model"
    ) in capsys.readouterr().err
    assert not (tmp_path / "m.onnx").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["resnet18"],
            "resnet18 is no file and no model of this project: check the path, or give one of "
            "renasnet, renasnet_4_44, renasnet_6_32",
        ),
        (["renasnet", "--int8-loss", "2"], "--int8-loss is 2.0: give a number from 0 to 1"),
        (["renasnet", "--images", "1"], "--images is 1: give at least 2"),
        (["renasnet", "--data-dir", "d"], "--data-dir is d: say with --data what is there"),
        (["renasnet", "--int8"], "--int8 needs images to calibrate on: name them with --data"),
        (
            ["renasnet", "--int8", "--data", "digits", "--images", "99"],
            "--images is 99: give at least 100, as --int8 is calibrated on them",
        ),
    ],
)
def test_bad_input_is_one_sentence(arguments, message, tmp_path, capsys) -> None:
    assert main([*arguments, "--out", str(tmp_path / "m.onnx")]) == 2
    assert capsys.readouterr().err == f"renas-export: {message}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("images", "used"), [([], 256), (["--images", "100"], 100)])
def test_int8_is_calibrated_on_more_images_than_are_compared(
    images, used, digits_model, tmp_path, monkeypatch, capsys
) -> None:
    taken = []

    def calibrate(*_, images, **__):
        taken.append(len(images))
        raise InputError("enough")

    monkeypatch.setattr(quantisation, "quantise", calibrate)
    given = ["--out", str(tmp_path / "m.onnx"), "--opset", "13", "--data", "digits", "--int8"]
    assert main([str(digits_model), *given, *images]) == 2
    assert taken == [used]
    assert "on 64 images" in capsys.readouterr().out


def write_folder(directory, mode, colour) -> None:
    """Write two classes of 12 images each."""
    for name in ("a", "b"):
        (directory / name).mkdir(parents=True)
        for number in range(12):
            Image.new(mode, (8, 8), colour(number)).save(directory / name / f"{number}.png")


def test_a_data_set_too_small_to_calibrate_on_is_refused(digits_model, tmp_path, capsys) -> None:
    write_folder(tmp_path / "images", "L", lambda number: 20 * number)
    state, strings = load_weights(digits_model)
    model, out = tmp_path / "model.safetensors", tmp_path / "m.onnx"
    kept = {"classifier.weight", "classifier.bias"}
    two = {name: value[:2] if name in kept else value for name, value in state.items()}
    save_weights(model, two, {**strings, "classes": '["a", "b"]'})
    given = ["--out", str(out), "--data", "folder", "--data-dir", str(tmp_path / "images")]
    assert main([str(model), *given, "--int8"]) == 2
    assert capsys.readouterr().err == (
        "renas-export: there are 22 images to calibrate on: --int8 needs 100, name a larger data "
        "set with --data\n"
    )
    assert not out.exists()


def test_images_of_other_channels_are_refused(digits_model, tmp_path, capsys) -> None:
    colour = tmp_path / "images"
    write_folder(colour, "RGB", lambda number: (number, 9 * number, 99))
    out = tmp_path / "m.onnx"
    arguments = ["--out", str(out), "--data", "folder", "--data-dir", str(colour)]
    assert main([str(digits_model), *arguments]) == 2
    assert capsys.readouterr().err == (
        "renas-export: folder has images of 3 channels, the network takes 1: "
        "name images of its kind\n"
    )
    assert not out.exists()
