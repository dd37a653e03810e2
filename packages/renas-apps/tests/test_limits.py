import pytest

from renas_apps.config import SearchConfig
from renas_apps.limits import Limits
from renas_space import RENASNET, cost, plan_network

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
