import random

import numpy as np
import pytest

from renas_apps.comparison.choices import Choices
from renas_apps.comparison.effects import Effects
from renas_apps.comparison.leaning import Leaning
from renas_apps.comparison.lesson import Lesson, item_effects, spearman
from renas_space.nasbench201 import EDGE_OPERATIONS, NasBench201Space


def lean(choices, effects, sign, *, noise=0.0, rng=None):
    """A controller that prefers what is worth more (sign 1) or less (-1), or does not care (0)."""
    rng = rng or np.random.default_rng(0)

    def ratios(worth, groups):
        likely = np.exp(sign * worth + noise * rng.normal(size=len(worth)))
        means = {group: likely[np.array(groups) == group].mean() for group in groups}
        return tuple(
            round(float(each / means[group]), 9) for each, group in zip(likely, groups, strict=True)
        )

    return Leaning(
        slots=ratios(effects.change, [slot.block for slot in choices.slots]),
        values=ratios(effects.near_top, [value.place for value in choices.values]),
        change=(0.02, -0.01),
        improves=(0.3, 0.1),
    )


@pytest.fixture
def known(additive):
    """The choices of a space of two blocks, and their effects."""
    benchmark = additive(2)
    choices = Choices.of(benchmark)
    return choices, Effects.of(benchmark, choices, rng=random.Random(0))


def test_equals_throughout_have_no_rank_correlation():
    assert spearman(np.zeros(3), np.arange(3.0)) == 0.0
    assert spearman(np.array([1.0, 2.0, 2.0, 3.0]), np.array([2.0, 1.0, 5.0, 5.0])) == (
        pytest.approx(0.5)  # of the ranks 1, 2.5, 2.5, 4 and 2, 1, 3.5, 3.5
    )


def test_who_prefers_what_is_better_agrees_and_who_prefers_the_worse_does_not(known):
    for sign in (1, -1):
        lesson = Lesson.of("c", [lean(*known, sign)] * 3, *known)
        assert [one.kind for one in lesson.agreements] == ["operation", "source", "slot"]
        for one in lesson.agreements:
            assert one.near_top == pytest.approx((sign,) * 3)
        of_operations, _, of_slots = lesson.agreements
        # What is best near the top is best overall; a slot of which much hangs is risky to change.
        assert of_operations.overall[0] == pytest.approx(sign)
        assert of_slots.overall[0] * sign < -0.5


def test_effects_are_compared_within_their_slot(known):
    choices, effects = known
    place = np.array([value.place for value in choices.values])
    # All values of a slot are as likely as by chance, however good its block is.
    flat = Leaning(
        slots=(1.0,) * 8, values=(1.0,) * len(place), change=(0.0, 0.0), improves=(0.0, 0.0)
    )
    shifted = Effects(
        genotypes=1,
        best=1,
        overall=effects.overall + place,
        importance=effects.importance,
        near_top=effects.near_top + 10 * place,
        change=effects.change,
    )
    assert all(one.near_top == (0, 0, 0) for one in Lesson.of("c", [flat] * 2, *known).agreements)
    plain, moved = (
        Lesson.of("c", [lean(choices, effects, 1)] * 2, choices, each)
        for each in (effects, shifted)
    )
    for one, other in zip(plain.agreements, moved.agreements, strict=True):
        assert other.near_top == pytest.approx(one.near_top)
        assert other.overall == pytest.approx(one.overall)


def test_who_knows_nothing_has_a_correlation_of_nothing(known):
    rng, inside = np.random.default_rng(1), 0
    for _ in range(20):
        leanings = [lean(*known, 0, noise=0.01, rng=rng) for _ in range(30)]
        for one in Lesson.of("c", leanings, *known).agreements:
            mean, low, high = one.near_top
            assert abs(mean) < 0.35
            inside += low <= 0 <= high
    assert 50 <= inside <= 60  # 57 expected


def test_a_slot_that_is_alone_in_its_block_is_no_choice(additive):
    benchmark = additive(1)
    benchmark.space, benchmark.operations = NasBench201Space(), EDGE_OPERATIONS
    benchmark.fitness = lambda cell: sum(t for node in cell.edges for t in node) / 24
    choices = Choices.of(benchmark)
    effects = Effects.of(benchmark, choices, rng=random.Random(0))
    found = lean(choices, effects, 1)
    lesson = Lesson.of("c", [found] * 2, choices, effects)
    assert [one.kind for one in lesson.agreements] == ["operation", "slot"]  # no sources
    other = Leaning(
        slots=(9.0, *found.slots[1:]), values=found.values, change=(0.0, 0.0), improves=(0.0, 0.0)
    )
    assert Lesson.of("c", [other] * 2, choices, effects).agreements == lesson.agreements


def test_an_operation_is_as_likely_as_on_average_over_its_slots(known):
    choices, effects = known
    values = tuple(float(value.place) for value in choices.values)
    leaning = Leaning(slots=tuple(range(8)), values=values, change=(0.1, 0.3), improves=(0.2, 0.1))
    lesson = Lesson.of("c", [leaning], choices, effects)
    found = {item.name: ratio for item, ratio in zip(choices.items, lesson.items, strict=True)}
    assert found["skip_connect"][0] == pytest.approx((2 + 3 + 6 + 7) / 4)
    assert found["block 1"][0] == pytest.approx((4 + 5) / 2)
    assert found["block 2 o2"][0] == 7
    worth = {item.name: item_effects(item, effects) for item in choices.items}
    assert worth["skip_connect"] == pytest.approx((-0.025, -0.05))
    assert worth["block 2 o2"] == pytest.approx((0.025, -0.025))


def test_intervals_are_over_trials(known):
    many = [
        Leaning(
            slots=(1.0,) * 8,
            values=(ratio,) * len(known[0].values),
            change=(ratio, 0.5),
            improves=(0.5, ratio),
        )
        for ratio in np.random.default_rng(0).normal(2, 0.5, 100)
    ]
    lesson = Lesson.of("c", many, *known)
    assert lesson.trials == 100
    mean, low, high = lesson.values[0]
    assert 1.8 < low < mean < high < 2.2
    assert lesson.change == pytest.approx((mean, low, high))
    assert lesson.gain == pytest.approx((mean - 0.5, low - 0.5, high - 0.5))
    assert lesson.improves == pytest.approx((0.5, 0.5, 0.5))
    assert lesson.more_likely[0] == pytest.approx(0.5 - mean)
