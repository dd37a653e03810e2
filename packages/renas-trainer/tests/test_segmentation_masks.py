"""Masks: VOC's palette, what is read, and what is refused."""

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from renas_space import InputError
from renas_trainer.segmentation.masks import VOID, read_mask, voc_palette, write_mask


def test_the_palette_is_that_of_vocs_development_kit():
    # The first colours and void's, as the kit's VOClabelcolormap.m returns them.
    expected = {0: (0, 0, 0), 1: (128, 0, 0), 2: (0, 128, 0), 3: (128, 128, 0), 4: (0, 0, 128)}
    expected |= {8: (64, 0, 0), 15: (192, 128, 128), 20: (0, 64, 128), 255: (224, 224, 192)}
    palette = voc_palette()
    assert {number: tuple(palette[number].tolist()) for number in expected} == expected
    assert len({tuple(colour) for colour in palette.tolist()}) == 256


def test_a_mask_is_read_as_it_was_written(tmp_path):
    mask = np.array([[0, 1, 2], [20, VOID, 3]], dtype=np.uint8)
    write_mask(tmp_path / "m.png", mask)
    assert (read_mask(tmp_path / "m.png", 21) == mask).all()
    with Image.open(tmp_path / "m.png") as image:
        assert (np.asarray(image.convert("RGB")) == voc_palette()[mask]).all()


def test_sbds_files_are_read(tmp_path):
    # As SBD's own: a struct GTcls of one element, whose field Segmentation is the matrix.
    mask = np.array([[0, 15, 15], [0, 0, 9]], dtype=np.uint8)
    savemat(tmp_path / "m.mat", {"GTcls": {"Segmentation": mask, "CategoriesPresent": [9, 15]}})
    assert (read_mask(tmp_path / "m.mat", 21) == mask).all()


def test_a_class_out_of_range_is_refused(tmp_path):
    path = tmp_path / "m.png"
    write_mask(path, np.array([[0, 21, VOID]], dtype=np.uint8))
    with pytest.raises(InputError) as error:
        read_mask(path, 21)
    assert str(error.value) == (
        f"the mask {path} has a pixel of class 21, and the classes are 0 to 20 and 255 for void: "
        "mend the mask, or name all classes in classes.txt"
    )
    assert read_mask(path, 22).tolist() == [[0, 21, VOID]]


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "1"])
def test_a_mask_without_a_palette_is_refused(tmp_path, mode):
    path = tmp_path / "m.png"
    Image.new(mode, (4, 3)).save(path)
    with pytest.raises(InputError) as error:
        read_mask(path, 21)
    assert str(error.value) == (
        f"the mask {path} has no palette (its mode is {mode}): save it as a PNG file with a "
        "palette, where the index of a pixel is its class"
    )


@pytest.mark.parametrize("name", ["m.png", "m.mat"])
def test_a_damaged_mask_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"no mask")
    with pytest.raises(InputError, match=rf"the mask {path} cannot be read .*: replace or remove"):
        read_mask(path, 21)


def test_a_mat_file_of_something_else_is_refused(tmp_path):
    savemat(tmp_path / "m.mat", {"GTinst": 1})
    with pytest.raises(InputError, match="m.mat cannot be read"):
        read_mask(tmp_path / "m.mat", 21)


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (np.full((2, 3), 257, dtype=np.uint16), "its classes go from 257 to 257"),
        (np.full((2, 3), -1, dtype=np.int16), "its classes go from -1 to -1"),
        (np.zeros((2, 3, 4), dtype=np.uint8), "its mask is uint8 of 3 dimensions"),
        (np.zeros((2, 3)), "its mask is float64 of 2 dimensions"),
    ],
)
def test_a_matrix_that_is_no_mask_is_refused(tmp_path, mask, reason):
    savemat(tmp_path / "m.mat", {"GTcls": {"Segmentation": mask}})
    with pytest.raises(InputError) as error:
        read_mask(tmp_path / "m.mat", 21)
    assert str(error.value) == (
        f"the mask {tmp_path / 'm.mat'} cannot be read ({reason}): replace or remove it"
    )
