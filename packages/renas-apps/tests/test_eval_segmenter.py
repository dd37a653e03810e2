"""renas-eval on segmentation networks: scores, pictures, predictions, and bad input."""

import csv

import numpy as np
import pytest
from PIL import Image

from renas_apps.eval import main
from renas_apps.export import main as export
from renas_trainer.segmentation.masks import voc_palette


@pytest.fixture(scope="module")
def onnx(segmenter_model, tmp_path_factory):
    path = tmp_path_factory.mktemp("onnx") / "m.onnx"
    assert export([str(segmenter_model), f"--out={path}", "--opset=13", "--images=2"]) == 0
    return path


def read(path):
    return np.asarray(Image.open(path))


def test_scores_agree_with_a_plain_count_over_the_written_masks(
    segmenter_model, voc, tmp_path, capsys
):
    out = tmp_path / "masks"
    images = [str(voc / f"JPEGImages/v{number}.png") for number in range(3)]
    assert main([str(segmenter_model), f"--out={out}", "--predict", *images]) == 0
    capsys.readouterr()
    confusion = np.zeros((3, 3), dtype=np.int64)
    for number in range(3):
        mask, truth = read(out / f"v{number}.png"), read(voc / f"SegmentationClass/v{number}.png")
        seen = truth != 255
        np.add.at(confusion, (truth[seen], mask[seen]), 1)
    either = confusion.sum(0) + confusion.sum(1) - np.diag(confusion)
    ious = np.diag(confusion) / either
    table = tmp_path / "confusion.csv"
    assert main([str(segmenter_model), f"--data-dir={voc}", f"--confusion={table}"]) == 0
    rows = list(csv.reader(table.open()))
    assert rows[0] == ["mask", "sky", "road", "car"]
    assert [[int(value) for value in row[1:]] for row in rows[1:]] == confusion.tolist()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        f"{segmenter_model}: mIOU {ious.mean():.2%}, "
        f"pixels {np.diag(confusion).sum() / confusion.sum():.2%} of 3 images (val)"
    )
    assert [line.split() for line in lines[1:]] == [
        [name, f"{iou:.2%}"] for name, iou in zip(("sky", "road", "car"), ious, strict=True)
    ]


def test_an_onnx_file_scores_and_predicts_the_same(segmenter_model, onnx, voc, tmp_path, capsys):
    said = []
    for number, model in enumerate((segmenter_model, onnx)):
        assert main([str(model), f"--data-dir={voc}", "--split=train"]) == 0
        said.append(capsys.readouterr().out.partition(": ")[2])
        given = ["--predict", str(voc / "JPEGImages"), f"--out={tmp_path / str(number)}"]
        assert main([str(model), *given]) == 0
        assert "9 masks, and images with their masks, in " in capsys.readouterr().out
    assert said[0] == said[1]
    assert "of 6 images (train)" in said[0]
    for name in ("t0.png", "v1.png"):
        assert (read(tmp_path / "0" / name) == read(tmp_path / "1" / name)).all()


def test_pictures_show_image_prediction_and_truth(segmenter_model, voc, tmp_path):
    pictures = tmp_path / "pictures"
    assert main([str(segmenter_model), f"--data-dir={voc}", f"--pictures={pictures}"]) == 0
    assert sorted(path.name for path in pictures.iterdir()) == ["v0.png", "v1.png", "v2.png"]
    drawn = read(pictures / "v1.png")
    assert drawn.shape == (40, 3 * 51, 3)
    assert (drawn[:, :51] == read(voc / "JPEGImages/v1.png")).all()
    assert (drawn[:, 102:] == voc_palette()[read(voc / "SegmentationClass/v1.png")]).all()


def test_a_predicted_mask_has_the_images_size_and_vocs_palette(segmenter_model, tmp_path):
    out = tmp_path / "masks"
    Image.new("RGB", (77, 33), (9, 9, 9)).save(tmp_path / "any.jpg")
    given = ["--predict", str(tmp_path / "any.jpg"), f"--out={out}"]
    assert main([str(segmenter_model), *given]) == 0
    with Image.open(out / "any.png") as mask:
        assert (mask.mode, mask.size) == ("P", (77, 33))
        assert mask.getpalette()[3:6] == [128, 0, 0]
    assert read(out / "any.overlay.png").shape == (33, 77, 3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "--data voc needs images: say where with --data-dir"),
        (["--data=digits"], "--data is digits: a segmentation network is scored on voc"),
        (["--data-dir={voc}", "--split=all"], "there is no list {voc}/ImageSets/Segmentation/all"),
        (["--data-dir={voc}", "--images=0"], "the number of images is 0: give at least 1"),
        (["--data-dir={voc}", "--pictures={there}"], "{there}/v0.png is there already: give ano"),
        (["--data-dir={voc}", "--pictures={there}/a/b"], "there is no directory {there}/a: make"),
        (["--data-dir={voc}", "--confusion={there}"], "{there} is a directory: give the name of"),
        (["--predict=x.jpg"], "--predict writes masks: name a directory for them with --out"),
        (["--predict=x.jpg", "--out={new}"], "there is no image x.jpg: check the path"),
        (["--predict={there}", "--out={there}", "--force"], "{there}/v0.png is what is read: giv"),
        (["--predict={there}", "--out={new}", "--pictures=x"], "--pictures is for scoring, and -"),
        (["--predict={there}", "--out={new}", "--split=x"], "--split is for scoring, and --predi"),
        (["--data-dir={voc}", "--split=../x"], "the list '../x' is a path: give the bare name of"),
        (["--out={new}"], "--out is for masks that are predicted: name images with --predict"),
        (
            ["--predict", "{there}/v0.png", "{voc}/JPEGImages/v0.png", "--out={new}"],
            "two files would be {new}/v0.png: make them one after the other",
        ),
    ],
)
def test_bad_settings_are_refused(segmenter_model, voc, tmp_path, capsys, given, message):
    there = tmp_path / "there"
    there.mkdir()
    Image.new("RGB", (20, 20)).save(there / "v0.png")
    places = {"{voc}": str(voc), "{there}": str(there), "{new}": str(tmp_path / "new")}
    for name, place in places.items():
        given = [one.replace(name, place) for one in given]
        message = message.replace(name, place)
    assert main([str(segmenter_model), *given]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"renas-eval: {message}")
    assert said.count("\n") == 1
    assert not (tmp_path / "new").exists()
    assert len(list(there.iterdir())) == 1


def test_images_of_other_classes_are_refused(segmenter_model, voc, tmp_path, capsys):
    (tmp_path / "voc").mkdir()
    for folder in ("JPEGImages", "SegmentationClass", "ImageSets"):
        (tmp_path / "voc" / folder).symlink_to(voc / folder)
    assert main([str(segmenter_model), f"--data-dir={tmp_path / 'voc'}"]) == 2
    assert capsys.readouterr().err == (
        f"renas-eval: {tmp_path / 'voc'} has 21 classes (background, aeroplane, bicycle, ...) and "
        "the network 3 (sky, road, car, ...): give images of its classes\n"
    )


def test_a_classifier_takes_no_flag_of_segmentation(digits_model, capsys):
    assert main([str(digits_model), "--pictures=x"]) == 2
    assert capsys.readouterr().err == (
        f"renas-eval: --pictures is for segmentation networks, and {digits_model} is a "
        "classifier: leave it out\n"
    )
    assert main([str(digits_model), "--split=foo"]) == 2
    assert capsys.readouterr().err == (
        "renas-eval: --split is foo: give one of test, val, train, all\n"
    )
    assert main([str(digits_model), "--data=voc"]) == 2
    assert capsys.readouterr().err == (
        f"renas-eval: --data voc has masks, and {digits_model} is a classifier: name images\n"
    )


def test_a_damaged_image_leaves_no_mask(segmenter_model, voc, tmp_path, capsys):
    (tmp_path / "z.jpg").write_bytes(b"no image")
    given = ["--predict", str(voc / "JPEGImages/v0.png"), str(tmp_path / "z.jpg")]
    assert main([str(segmenter_model), *given, f"--out={tmp_path / 'masks'}"]) == 2
    assert capsys.readouterr().err.startswith(f"renas-eval: the image {tmp_path / 'z.jpg'} cannot")
    assert not (tmp_path / "masks").exists()
