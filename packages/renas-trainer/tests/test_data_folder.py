"""The user's own images."""

import numpy as np
import pytest
import torch
from PIL import Image

from renas_space import InputError
from renas_trainer.data import load_data


def write(directory, count, size=(20, 16), mode="RGB", suffix="png"):
    """Write images whose grey level is ten times their number, modulo 250."""
    directory.mkdir(parents=True)
    for number in range(count):
        pixels = np.full((size[1], size[0], 3), 10 * number % 250, dtype=np.uint8)
        Image.fromarray(pixels).convert(mode).save(directory / f"{number:02}.{suffix}")


def load(directory, **settings):
    return load_data("folder", directory=directory, **{"seed": 0, **settings})


def sizes(data):
    return [len(split) if split else None for split in (data.train, data.validation, data.test)]


def test_class_folders_alone_give_a_tenth_to_validation(tmp_path):
    write(tmp_path / "cat", 20, suffix="jpg")
    write(tmp_path / "dog", 40)
    data = load(tmp_path)
    assert sizes(data) == [54, 6, None]
    assert torch.bincount(data.validation.labels).tolist() == [2, 4]
    assert (data.name, data.classes, data.flip) == ("folder", ("cat", "dog"), True)
    assert (data.image_size, data.channels) == (16, 3)


@pytest.mark.parametrize("name", ["val", "valid", "validation"])
def test_folders_of_splits_are_found(tmp_path, name):
    for split, count in (("train", 6), (name, 4), ("test", 2)):
        write(tmp_path / split / "cat", count)
        write(tmp_path / split / "dog", count)
    data = load(tmp_path)
    assert sizes(data) == [12, 8, 4]
    assert data.test.images[:, 0, 0, 0].tolist() == [0, 10, 0, 10]
    assert sizes(load(tmp_path, validation_images=4, train_images=2)) == [2, 4, 4]


def test_without_a_validation_folder_some_training_images_are_held_out(tmp_path):
    for split, count in (("train", 10), ("test", 2)):
        write(tmp_path / split / "cat", count)
        write(tmp_path / split / "dog", count)
    assert sizes(load(tmp_path)) == [18, 2, 4]
    assert sizes(load(tmp_path, validation_images=8)) == [12, 8, 4]


def test_a_class_may_be_called_train(tmp_path):
    write(tmp_path / "train", 10)
    write(tmp_path / "bus", 10)
    assert load(tmp_path).classes == ("bus", "train")


def test_the_seed_decides_who_is_held_out(tmp_path):
    write(tmp_path / "cat", 20)
    write(tmp_path / "dog", 20)
    held_out = [
        load(tmp_path, seed=seed).validation.images[:, 0, 0, 0].tolist() for seed in (0, 0, 1)
    ]
    assert held_out[0] == held_out[1] != held_out[2]


def test_validation_images_do_not_depend_on_training_images(tmp_path):
    write(tmp_path / "cat", 20)
    write(tmp_path / "dog", 20)
    whole, part = load(tmp_path), load(tmp_path, train_images=7)
    assert torch.equal(whole.validation.images, part.validation.images)
    assert torch.bincount(part.train.labels).tolist() == [4, 3]


def test_images_below_and_in_other_formats_count_and_hidden_ones_do_not(tmp_path):
    write(tmp_path / "cat" / "old", 5, suffix="bmp")
    write(tmp_path / "cat" / "new", 5, suffix="webp")
    write(tmp_path / "dog", 10, suffix="JPEG")
    write(tmp_path / ".thumbnails", 3)
    write(tmp_path / "cat" / ".ipynb_checkpoints", 3)
    (tmp_path / "dog" / "._00.JPEG").write_text("a file of macOS")
    (tmp_path / "dog" / "notes.txt").write_text("no image")
    assert sizes(load(tmp_path)) == [18, 2, None]


def test_grey_images_have_one_channel(tmp_path):
    write(tmp_path / "cat", 10, mode="L")
    write(tmp_path / "dog", 10, mode="L", suffix="jpg")
    assert load(tmp_path).channels == 1


def test_grey_images_among_coloured_ones_become_coloured(tmp_path):
    write(tmp_path / "cat", 10, mode="L")
    write(tmp_path / "dog", 10)
    data = load(tmp_path)
    assert data.channels == 3
    assert torch.equal(data.train.images[:, 0], data.train.images[:, 2])


def test_the_size_is_the_median_of_shorter_sides_and_64_at_most(tmp_path):
    for number, side in enumerate((10, 30, 50)):
        write(tmp_path / "cat" / str(number), 4, size=(side, 60))
        write(tmp_path / "dog" / str(number), 4, size=(70, side))
    assert load(tmp_path).image_size == 30
    assert load(tmp_path, image_size=12).image_size == 12
    write(tmp_path / "dog" / "large", 30, size=(200, 100))
    assert load(tmp_path).image_size == 64


def test_a_truncated_image_is_said_by_name(tmp_path):
    write(tmp_path / "cat", 10)
    write(tmp_path / "dog", 10)
    path = tmp_path / "dog" / "03.png"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InputError) as error:
        load(tmp_path)
    assert str(error.value).startswith(f"the image {path} cannot be read (")
    assert str(error.value).endswith("): replace or remove it")


def test_one_image_a_class_leaves_none_to_validate_on(tmp_path):
    write(tmp_path / "cat", 1)
    write(tmp_path / "dog", 1)
    with pytest.raises(InputError) as error:
        load(tmp_path)
    assert str(error.value) == (
        "no class has an image to spare for validation: add images, or give validation images of "
        "their own"
    )


def test_a_missing_directory_is_said(tmp_path):
    with pytest.raises(InputError) as error:
        load(tmp_path / "photos")
    assert str(error.value) == (
        f"{tmp_path / 'photos'} is no directory: give the folder that holds the images"
    )


@pytest.mark.parametrize(("classes", "found"), [([], "none"), (["cat"], "only 'cat'")])
def test_fewer_than_two_classes_are_refused(tmp_path, classes, found):
    for name in classes:
        write(tmp_path / name, 3)
    with pytest.raises(InputError) as error:
        load(tmp_path)
    assert str(error.value) == (
        f"{tmp_path} must have at least two class folders and has {found}: "
        "put the images of each class into a folder of its own"
    )


def test_a_class_without_images_is_refused(tmp_path):
    write(tmp_path / "cat", 3)
    (tmp_path / "dog").mkdir()
    with pytest.raises(InputError) as error:
        load(tmp_path)
    assert str(error.value) == (
        f"the class folder {tmp_path / 'dog'} has no images: add some or remove the folder "
        "(known are .bmp, .jpeg, .jpg, .pgm, .png, .ppm, .tif, .tiff, .webp)"
    )


def test_a_validation_class_that_is_not_trained_is_refused(tmp_path):
    for name in ("cat", "dog"):
        write(tmp_path / "train" / name, 3)
    write(tmp_path / "val" / "cow", 3)
    with pytest.raises(InputError) as error:
        load(tmp_path)
    assert str(error.value) == (
        f"{tmp_path / 'val' / 'cow'} is a class that the training images do not have: "
        "add training images of it or remove the folder"
    )


def test_more_images_than_there_are_is_refused(tmp_path):
    write(tmp_path / "cat", 10)
    write(tmp_path / "dog", 10)
    with pytest.raises(InputError) as error:
        load(tmp_path, train_images=19)
    assert str(error.value) == (
        "19 training images are asked for: give a number from 1 to 18, which is what is left to "
        "train on"
    )


def test_real_photographs_are_read(real_data):
    data = load(real_data("imagenette"), image_size=32, train_images=200)
    assert sizes(data) == [200, 500, None]
    assert (data.channels, len(data.classes)) == (3, 10)
    assert torch.bincount(data.train.labels).tolist() == [20] * 10
    assert 100 < float(data.mean.mean()) < 135
