"""One door to all data sets."""

import pytest
from PIL import Image

from renas_space import InputError
from renas_trainer.data import load_data


def test_an_unknown_data_set_is_refused():
    with pytest.raises(InputError) as error:
        load_data("mnist", seed=0)
    assert str(error.value) == "unknown data set 'mnist': use digits, folder, cifar10"


@pytest.mark.parametrize("name", ["folder", "cifar10"])
def test_a_directory_is_needed_where_images_lie_in_one(name):
    with pytest.raises(InputError) as error:
        load_data(name, seed=0)
    assert str(error.value) == f"the data set {name} needs a directory: give the one it is in"


def test_images_of_no_size_are_refused():
    with pytest.raises(InputError) as error:
        load_data("digits", image_size=0, seed=0)
    assert str(error.value) == "image_size is 0: give at least 1"


def test_images_are_mirrored_unless_that_is_turned_off_and_digits_never(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        for number in range(4):
            Image.new("L", (8, 8)).save(tmp_path / name / f"{number}.png")
    for name, flip, flips in (
        ("folder", True, True),
        ("folder", False, False),
        ("digits", True, False),
    ):
        directory = tmp_path if name == "folder" else None
        assert load_data(name, directory=directory, flip=flip, seed=0).flip is flips
