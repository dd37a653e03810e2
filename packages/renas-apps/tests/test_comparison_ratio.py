"""Which ratios are bounds, and how they are written."""

from renas_apps.comparison.effort import Effort, ratio
from renas_apps.comparison.tables import ratio_rows


def test_an_end_of_an_interval_that_hangs_on_the_budget_is_a_lower_bound():
    # Half of the trials of the rival find nothing, so some of the medians drawn anew do not either.
    rival = Effort(contestant="rival", evaluations=(6,) * 21 + (21,) * 19, budget=20)
    own = Effort(contestant="own", evaluations=(3,) * 40, budget=20)
    assert ratio(rival, own)[:4] == (2.0, 2.0, 7.0, (False, False, True))
    assert ratio_rows([own, rival], "own")[1] == ["rival", "2.00", "2.00 to > 7.00"]
    assert ratio(own, own).at_least == (False, False, False)


def test_a_ratio_to_a_contestant_that_is_beyond_the_budget_is_an_upper_bound():
    rival = Effort(contestant="rival", evaluations=(7,) * 40, budget=20)
    own = Effort(contestant="own", evaluations=(21,) * 40, budget=20)
    assert ratio_rows([own, rival], "own")[1] == ["rival", "< 0.33", "< 0.33 to < 0.33"]


def test_of_two_that_are_beyond_the_budget_no_ratio_is_known():
    rival, own = (
        Effort(contestant=name, evaluations=(21,) * 40, budget=20) for name in ("rival", "own")
    )
    assert ratio_rows([own, rival], "own")[1] == ["rival", "?", "? to ?"]
