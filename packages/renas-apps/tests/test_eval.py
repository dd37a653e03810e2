"""The command renas-eval: the same score from the network and from its ONNX file."""

import torch

from renas_apps import eval as module
from renas_apps import export
from renas_trainer.checkpoint import load_model
from renas_trainer.data import load_data


def test_network_and_onnx_file_have_the_score_that_is_counted_here(digits_model, tmp_path, capsys):
    path, network = digits_model, load_model(digits_model)[0]
    data = load_data(
        "digits", directory=None, image_size=8, train_images=None, validation_images=None, seed=0
    )
    with torch.inference_mode():
        logits = network((data.test.images - 78.0) / 96.0)
    first = (logits.argmax(1) == data.test.labels).sum().item()
    five = (logits.topk(5).indices == data.test.labels[:, None]).any(1).sum().item()
    expected = f"top-1 {first / 297:.2%}, top-5 {five / 297:.2%} of 297 images (test)"

    assert module.main([str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: {expected}\n"
    onnx = tmp_path / "model.onnx"
    assert export.main([str(path), "--out", str(onnx), "--opset", "13"]) == 0
    capsys.readouterr()
    assert module.main([str(onnx), "--data", "digits"]) == 0
    assert capsys.readouterr().out == f"{onnx}: {expected}\n"


def test_a_part_is_scored_where_asked(digits_model, capsys):
    assert module.main([str(digits_model), "--split", "val", "--images", "30"]) == 0
    assert capsys.readouterr().out.endswith(" of 30 images (val)\n")


def test_bad_input_is_one_sentence(digits_model, tmp_path, capsys):
    def refused(*arguments):
        assert module.main([str(argument) for argument in arguments]) == 2
        return capsys.readouterr().err

    nothing = tmp_path / "nothing"
    assert refused(nothing) == (
        f"renas-eval: there is no file {nothing}: give a model.safetensors or an .onnx\n"
    )
    text = tmp_path / "text.onnx"
    text.write_text("no network")
    message = refused(text)
    assert message.startswith(f"renas-eval: {text} is no ONNX file (")
    assert message.count("\n") == 1
    assert refused(digits_model, "--threads", 0) == (
        "renas-eval: --threads is 0: give a larger number\n"
    )
    assert refused(digits_model, "--data", "nonsense") == (
        "renas-eval: unknown data set 'nonsense': use digits, folder, cifar10, imagenet\n"
    )
    assert refused(digits_model, "--data-dir", tmp_path) == (
        f"renas-eval: --data-dir is {tmp_path}, but digits come with a library: "
        "say with --data what is there, or leave it out\n"
    )


def test_an_onnx_file_of_others_is_refused(tmp_path, capsys):
    path = tmp_path / "other.onnx"
    torch.onnx.export(torch.nn.Linear(2, 2), (torch.zeros(1, 2),), str(path), dynamo=False)
    assert module.main([str(path)]) == 2
    assert capsys.readouterr().err == (
        f"renas-eval: {path} holds no network of this project: give the model.safetensors of "
        "renas-train, or a file of renas-export\n"
    )
