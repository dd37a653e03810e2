import pytest

from renas_controller import ControllerSettings
from renas_space import InputError


def test_the_defaults_are_the_papers_and_our_choices():
    settings = ControllerSettings()
    assert (settings.hidden, settings.learning_rate, settings.entropy_weight) == (100, 1e-3, 0.1)
    assert (settings.entropy_bonus, settings.baseline) == ("reward", "average")
    assert settings.baseline_decay == 0.9
    assert settings.validation_images == 5000


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("hidden", 99, "hidden is 99: give an even number, 2 or more"),
        ("hidden", 0, "hidden is 0: give an even number, 2 or more"),
        ("learning_rate", 0.0, "learning_rate is 0.0: give a number above 0"),
        ("learning_rate", float("nan"), "learning_rate is nan: give a number above 0"),
        ("entropy_weight", -1.0, "entropy_weight is -1.0: give 0 or more"),
        ("baseline_decay", 1.0, "baseline_decay is 1.0: give a number from 0 to below 1"),
        ("validation_images", 0, "validation_images is 0: give 1 or more"),
        ("entropy_bonus", "none", "entropy_bonus is 'none': give one of reward, gradient"),
        ("baseline", "zero", "baseline is 'zero': give one of average, parent"),
    ],
)
def test_a_value_of_no_use_is_refused(name, value, message):
    with pytest.raises(InputError) as error:
        ControllerSettings(**{name: value})
    assert str(error.value) == message
