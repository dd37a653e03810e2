"""Fitness to reward: the one place where what evolution compares becomes what the policy learns."""

import math

from renas_space import InputError


def reward(fitness: float, validation_images: int) -> float:
    """Return tan(f pi / 2), which stretches differences between good children (section 4.3).

    It is infinite at f = 1, which small data sets reach. So f is clipped to 1 - 1/(2n), half an
    image short of perfect (our choice): above every imperfect score on n images.

    Args:
        fitness: Validation accuracy f, 0 to 1.
        validation_images: The number of images n that it was measured on.

    Raises:
        InputError: the fitness is not from 0 to 1.
    """
    if not 0.0 <= fitness <= 1.0:  # also refuses NaN
        raise InputError(f"the fitness is {fitness!r}: give a number from 0 to 1")
    highest = 1.0 - 1.0 / (2 * validation_images)
    return math.tan(min(fitness, highest) * math.pi / 2)  # 4.3
