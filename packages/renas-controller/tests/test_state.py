import random

import pytest
import torch

from renas_controller.state import (
    check_settings,
    check_tensors,
    copy_tensors,
    names_in,
    random_state,
    reading_state,
    restored_generator,
    restored_random,
)
from renas_space import InputError


def test_a_restored_generator_goes_on():
    rng = random.Random(3)
    rng.gauss(0, 1)  # leaves a second value behind
    restored = restored_random(random_state(rng))
    assert [restored.gauss(0, 1) for _ in range(3)] == [rng.gauss(0, 1) for _ in range(3)]
    assert restored.random() == rng.random()


def test_copies_do_not_follow():
    weight = torch.ones(2, requires_grad=True)
    copy = copy_tensors({"w": weight})["w"]
    with torch.no_grad():
        weight += 1
    assert copy.tolist() == [1, 1]
    assert not copy.requires_grad


@pytest.mark.parametrize(
    "saved",
    [
        {},
        {"a": torch.zeros(3)},
        {"a": torch.zeros(2).double()},
        {"a": torch.zeros(2), "b": torch.ones(1)},
        {"a": [0, 0]},
    ],
)
def test_tensors_must_have_the_same_names_shapes_and_types(saved):
    check_tensors({"a": torch.ones(2)}, {"a": torch.zeros(2)})
    name = "b" if "b" in saved else "a"
    with pytest.raises(InputError) as error:
        check_tensors(saved, {"a": torch.zeros(2)})
    assert str(error.value) == (
        f"the state's tensor {name!r} does not fit: "
        "resume with the state of the same strategy, space and settings"
    )


def test_a_restored_generator_of_torch_goes_on():
    generator = torch.Generator().manual_seed(3)
    torch.randn(3, generator=generator)
    restored = restored_generator(generator.get_state())
    assert torch.equal(torch.randn(9, generator=restored), torch.randn(9, generator=generator))


def test_what_no_generator_of_torch_has_been_in_is_refused():
    with pytest.raises(InputError, match="^the state's tensor 'generator' does not fit: "):
        restored_generator(torch.zeros(5056))
    with pytest.raises(RuntimeError, match="Invalid mt19937 state"):
        restored_generator(torch.full((5056,), 255, dtype=torch.uint8))


def test_names_are_a_list_of_strings():
    assert names_in(["a", "b"]) == ["a", "b"]
    for damaged, message in (
        ({"a": 1}, "dict in the place of a list"),
        ("ab", "str in the place of a list"),
        (["a", 1], "something else in a list of strings"),
    ):
        with pytest.raises(TypeError, match=message):
            names_in(damaged)


def test_the_first_setting_that_differs_is_named():
    check_settings({"a": 1, "b": [1]}, {"a": 1, "b": [1]})
    with pytest.raises(InputError) as error:
        check_settings({"a": 1, "b": 2}, {"a": 1, "b": 3})
    assert str(error.value) == (
        "the state was saved with b 2, this strategy has 3: resume with the settings of the state"
    )
    with pytest.raises(InputError, match="^the state was saved with b None, this strategy has 3"):
        check_settings({"a": 1}, {"a": 1, "b": 3})
    with pytest.raises(InputError, match="^the state was saved with b 2, this strategy has None"):
        check_settings({"a": 1, "b": 2}, {"a": 1})


def test_what_goes_wrong_while_reading_becomes_one_sentence():
    with pytest.raises(InputError) as error, reading_state():
        {}["rng"]
    assert str(error.value) == ("the state is damaged (KeyError: 'rng'): resume with another one")
    with pytest.raises(InputError) as error, reading_state():
        raise InputError("2 tokens do not make a genotype")
    assert str(error.value) == (
        "the state is damaged (InputError: 2 tokens do not make a genotype): "
        "resume with another one"
    )


def test_a_sentence_about_a_state_is_not_wrapped_in_another():
    once = "^the state is damaged \\(KeyError: 'rng'\\): resume with another one$"
    with pytest.raises(InputError, match=once), reading_state(), reading_state():
        {}["rng"]
    with pytest.raises(InputError, match="^the state's tensor 'a' does not fit: "), reading_state():
        check_tensors({}, {"a": torch.zeros(2)})


def test_numbers_that_are_too_large_are_damage_too():
    version, words, gauss = random_state(random.Random(0))
    with pytest.raises(InputError, match="^the state is damaged "), reading_state():
        restored_random([version, [-1, *words[1:]], gauss])
