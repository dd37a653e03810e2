"""What is asked for is checked, and can be asked for again."""

import shlex
from pathlib import Path

import pytest

from renas_apps.retraining.asked import Asked
from renas_space import InputError

RUN = Path("runs/my run")


def test_the_defaults_are_the_papers():
    asked = Asked(run=RUN)
    assert (asked.every, asked.epochs) == (500, 20)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"every": 0}, "--every is 0: give a number of at least 1"),
        ({"epochs": -2}, "--epochs is -2: give a number of at least 1"),
        ({"seed": -1}, "--seed is -1: give a number of at least 0"),
        ({"threads": 0}, "--threads is 0: give a number of at least 1"),
    ],
)
def test_a_number_out_of_range_is_refused(given, sentence):
    with pytest.raises(InputError) as caught:
        Asked(run=RUN, **given)
    assert str(caught.value) == sentence


def test_the_command_asks_for_the_same():
    asked = Asked(run=RUN, every=5, epochs=2, seed=0, data_dir=Path("d'e"), threads=2)
    assert shlex.split(asked.command) == [
        *("renas-report", "retrain", "runs/my run", "--every", "5", "--epochs", "2"),
        *("--seed", "0", "--data-dir", "d'e", "--threads", "2"),
    ]
    assert Asked(run=Path("r")).command == "renas-report retrain r --every 500 --epochs 20"
