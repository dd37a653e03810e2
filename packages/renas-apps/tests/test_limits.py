import math
import random

import pytest

from renas_apps.config import SearchConfig
from renas_apps.limits import Limits, lean_cells
from renas_space import RENASNET, InputError, SearchSpace, cost, plan_network

COUNTED = cost(plan_network(RENASNET, cells=1, filters=4, image_size=8))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({}, None),
        ({"max_params": "1G"}, None),
        ({"max_params": f"{COUNTED.parameters}"}, None),
        ({"max_params": "1K"}, f"{COUNTED.parameters:,} parameters are above 1,000"),
        ({"max_madds": "1K"}, f"{COUNTED.multiply_adds:,} multiply-adds are above 1,000"),
    ],
)
def test_what_is_beyond_a_limit_says_why(settings, reason):
    limits = Limits.of(SearchConfig(**settings))
    assert bool(limits) == bool(settings)
    assert limits.beyond(COUNTED) == reason


def counted(genotype):
    return cost(plan_network(genotype, cells=1, filters=4, image_size=8))


@pytest.mark.parametrize(
    "space", [SearchSpace(blocks=2), SearchSpace(blocks=2, separate_reduction=True)]
)
@pytest.mark.parametrize("figure", ["parameters", "multiply_adds"])
def test_no_descent_from_cell_to_neighbour_goes_below_the_lean_ones(space, figure):
    least = min(getattr(counted(cell), figure) for cell in lean_cells(space))
    rng = random.Random(0)
    for _ in range(5):
        size, below = math.inf, getattr(counted(cell := space.sample(rng)), figure)
        while below < size:
            size = below
            sizes = {near: getattr(counted(near), figure) for near in space.neighbours(cell)}
            cell = min(sizes, key=sizes.__getitem__)
            below = sizes[cell]
        assert size >= least


def test_limits_that_no_cell_keeps_are_refused():
    space = SearchSpace(blocks=2)
    least = min(counted(cell).parameters for cell in lean_cells(space))
    Limits(least, None).check_possible(space, counted)
    Limits(None, None).check_possible(space, counted)
    with pytest.raises(InputError) as error:
        Limits(least - 1, 10**9).check_possible(space, counted)
    assert str(error.value) == (
        f"--max-params is {least - 1:,} and the smallest cell's network has {least:,} parameters: "
        "give as many or more, or lower --filters or --cells"
    )
    with pytest.raises(InputError, match="^--max-madds is 10 and the smallest cell's network has"):
        Limits(None, 10).check_possible(space, counted)
