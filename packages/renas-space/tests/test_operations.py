"""The operations and their names."""

import pytest

from renas_space import OPERATIONS, RENAS_OPERATIONS, InputError, operation


def test_the_first_six_are_those_of_the_paper_in_its_order() -> None:
    # Section 3.1 of the paper lists them so; a token is a position in this list.
    assert RENAS_OPERATIONS == (
        "sep_conv_3x3",
        "sep_conv_5x5",
        "sep_conv_7x7",
        "avg_pool_3x3",
        "max_pool_3x3",
        "skip_connect",
    )
    assert OPERATIONS[:6] == RENAS_OPERATIONS


def test_every_name_finds_its_operation() -> None:
    assert [operation(name).name for name in OPERATIONS] == list(OPERATIONS)
    assert operation("sep_conv_7x7").kernel == 7
    assert len({operation(name).short for name in OPERATIONS}) == len(OPERATIONS)


def test_a_misspelt_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(InputError) as error:
        operation("sep_conv_3x4")
    assert str(error.value) == "unknown operation 'sep_conv_3x4': did you mean 'sep_conv_3x3'?"


def test_a_name_like_no_other_is_refused_with_the_list() -> None:
    with pytest.raises(InputError) as error:
        operation("")
    assert str(error.value) == f"unknown operation '': known are {', '.join(OPERATIONS)}"
