"""One door to all data sets."""

import pytest

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
