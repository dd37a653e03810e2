"""Images in parquet files of Hugging Face."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from renas_space import InputError
from renas_trainer.data import load_data

CLASSES = ["ant", "bee", "cow"]


def pixels_of(row):
    return np.random.default_rng(row).integers(0, 256, (32, 32, 3), dtype=np.uint8)


def png(row):
    buffer = io.BytesIO()
    Image.fromarray(pixels_of(row)).save(buffer, "PNG")
    return buffer.getvalue()


def table_of(rows, column="img", names=CLASSES, contents=None):
    contents = [png(row) for row in rows] if contents is None else contents
    images = [{"bytes": content, "path": "image.png"} for content in contents]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.table({column: pa.array(images, kind), "label": [row % 3 for row in rows]})
    if names is None:
        return table
    features = {column: {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": names}}
    described = json.dumps({"info": {"features": features}})
    return table.replace_schema_metadata({"huggingface": described})


def write(folder, **settings):
    folder.mkdir(parents=True, exist_ok=True)
    for part in range(2):
        rows = range(15 * part, 15 * part + 15)
        name = f"train-0000{part}-of-00002.parquet"
        pq.write_table(table_of(rows, **settings), folder / name, row_group_size=4)
    pq.write_table(table_of(range(90, 99), **settings), folder / "test-00000-of-00001.parquet")


def load(directory, **settings):
    return load_data("cifar10", directory=directory, **{"validation_images": 6, **settings}, seed=0)


@pytest.mark.parametrize("column", ["img", "image"])
@pytest.mark.parametrize("folder", [".", "data", "plain_text"])
def test_all_parts_are_found_and_read(tmp_path, folder, column):
    write(tmp_path / folder, column=column)
    data = load(tmp_path)
    assert [len(split) for split in (data.train, data.validation, data.test)] == [24, 6, 9]
    assert data.classes == tuple(CLASSES)
    expected = {(pixels_of(row).tobytes(), row % 3) for row in range(30)}
    images = torch.cat([data.train.images, data.validation.images]).permute(0, 2, 3, 1)
    labels = torch.cat([data.train.labels, data.validation.labels]).tolist()
    read = {(image.tobytes(), label) for image, label in zip(images.numpy(), labels, strict=True)}
    assert read == expected
    assert torch.equal(data.test.images[4].permute(1, 2, 0), torch.from_numpy(pixels_of(94)))


def test_only_what_is_picked_is_decoded(tmp_path):
    write(tmp_path)
    broken = [png(row) if row % 3 else b"" for row in range(15)]
    table = table_of(range(15), contents=broken)
    pq.write_table(table, tmp_path / "train-00001-of-00002.parquet")
    with pytest.raises(InputError, match="cannot identify image file"):
        load(tmp_path)
    loaded = 0
    for seed in range(20):
        try:
            load_data("cifar10", directory=tmp_path, validation_images=3, train_images=3, seed=seed)
            loaded += 1
        except InputError:
            pass
    assert 0 < loaded < 20


def test_validation_images_do_not_depend_on_training_images(tmp_path):
    write(tmp_path)
    whole, part = load(tmp_path), load(tmp_path, train_images=9)
    assert torch.equal(whole.validation.images, part.validation.images)
    assert torch.bincount(part.train.labels).tolist() == [3, 3, 3]


def test_images_can_be_smaller(tmp_path):
    write(tmp_path)
    assert tuple(load(tmp_path, image_size=16).test.images.shape) == (9, 3, 16, 16)


def test_without_names_the_classes_are_those_of_cifar10(tmp_path):
    write(tmp_path, names=None)
    assert load(tmp_path).classes[:2] == ("airplane", "automobile")


def test_a_search_needs_no_test_images(tmp_path):
    write(tmp_path)
    (tmp_path / "test-00000-of-00001.parquet").unlink()
    assert load(tmp_path).test is None


def test_a_missing_part_is_said(tmp_path):
    write(tmp_path)
    (tmp_path / "train-00000-of-00002.parquet").unlink()
    with pytest.raises(InputError) as error:
        load(tmp_path)
    assert str(error.value) == (
        f"{tmp_path} has 1 of 2 files train-*.parquet: download the others too"
    )


@pytest.mark.parametrize("where", ["end", "middle", "whole"])
def test_a_damaged_file_is_said(tmp_path, where):
    write(tmp_path)
    file = tmp_path / "train-00001-of-00002.parquet"
    content = file.read_bytes()
    middle = len(content) // 2
    damaged = {
        "end": content[:-100],
        "middle": content[: middle - 20_000] + b"\xaa" * 40_000 + content[middle + 20_000 :],
        "whole": b"",
    }
    file.write_bytes(damaged[where])
    with pytest.raises(InputError) as error:
        load(tmp_path)
    # Damage in the middle of a page may show as a broken image only.
    sentence = str(error.value)
    assert sentence.startswith((f"{file} is damaged (", "the image in row "))
    assert sentence.endswith(("): download it again", "): replace or remove it"))


def test_an_image_that_cannot_be_decoded_is_said_by_its_row(tmp_path):
    write(tmp_path)
    contents = [*(png(row) for row in range(8)), None]
    pq.write_table(table_of(range(9), contents=contents), tmp_path / "test-00000-of-00001.parquet")
    with pytest.raises(InputError, match=r"^the image in row 8 of .*test-\*.parquet cannot be"):
        load(tmp_path)


def test_other_columns_are_refused(tmp_path):
    write(tmp_path)
    file = tmp_path / "test-00000-of-00001.parquet"
    pq.write_table(pa.table({"picture": [1], "fine_label": [2]}), file)
    with pytest.raises(InputError) as error:
        load(tmp_path)
    assert str(error.value) == (
        f"{file} has the columns picture, fine_label: it must have 'img' or 'image', and 'label'"
    )


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"img": [b""]}, "images of type binary and labels of type int64"),
        ({"label": ["cat"]}, "images of type struct<bytes: binary> and labels of type string"),
    ],
)
def test_other_types_are_refused(tmp_path, changed, found):
    write(tmp_path)
    file = tmp_path / "test-00000-of-00001.parquet"
    pq.write_table(pa.table({"img": [{"bytes": b""}], "label": [0], **changed}), file)
    with pytest.raises(InputError) as error:
        load(tmp_path)
    assert str(error.value) == (
        f"{file} has {found}: they must be struct<bytes: binary, path: string> and whole numbers"
    )


@pytest.mark.parametrize("labels", [[], [None], [-1]])
def test_a_split_without_labels_is_refused(tmp_path, labels):
    write(tmp_path)
    file = tmp_path / "test-00000-of-00001.parquet"
    kind = pa.struct([("bytes", pa.binary())])
    images = pa.array([{"bytes": png(0)}] * len(labels), kind)
    pq.write_table(pa.table({"img": images, "label": pa.array(labels, pa.int64())}), file)
    with pytest.raises(InputError) as error:
        load(tmp_path)
    assert str(error.value) == (
        f"{file} has no images or unlabelled ones: use a split that has labels"
    )


def test_the_order_and_width_of_columns_make_no_difference(tmp_path):
    write(tmp_path)
    expected = load(tmp_path)
    for file in tmp_path.glob("*.parquet"):
        table = pq.read_table(file)
        kind = pa.struct([("path", pa.string()), ("bytes", pa.large_binary())])
        images = pa.array(table["img"].to_pylist(), kind)
        labels = table["label"].cast(pa.int8())
        other = pa.table({"label": labels, "id": labels, "img": images})
        pq.write_table(other.replace_schema_metadata(table.schema.metadata), file)
    assert load(tmp_path).digest == expected.digest


def test_a_label_beyond_the_classes_is_refused(tmp_path):
    write(tmp_path, names=["ant", "bee"])
    with pytest.raises(InputError) as error:
        load(tmp_path)
    assert str(error.value) == "train labels go from 0 to 2: with 2 classes give 0 to 1"
