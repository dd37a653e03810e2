import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renas_controller.reward import reward
from renas_space import InputError


@pytest.mark.parametrize(
    ("fitness", "expected"), [(0.0, 0.0), (0.5, 1.0), (2 / 3, math.sqrt(3)), (0.9, 6.313751514675)]
)
def test_it_is_the_tangent_of_section_4_3(fitness, expected):
    assert reward(fitness, 5000) == pytest.approx(expected)


def test_a_perfect_score_is_clipped_half_an_image_short_of_perfect():
    assert reward(1.0, 5000) == math.tan((1 - 1 / 10_000) * math.pi / 2)
    assert reward(1.0, 5000) == pytest.approx(6366.198, abs=1e-3)


@given(st.integers(1, 10_000), st.data())
def test_more_right_images_give_more_reward(images, data):
    right = data.draw(st.integers(0, images - 1))
    assert reward(right / images, images) < reward((right + 1) / images, images)


@pytest.mark.parametrize("fitness", [-0.1, 1.1, math.nan, math.inf])
def test_what_is_no_fitness_is_refused(fitness):
    with pytest.raises(InputError) as error:
        reward(fitness, 10)
    assert str(error.value) == f"the fitness is {fitness!r}: give a number from 0 to 1"
