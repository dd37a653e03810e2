import random

import numpy as np
import pytest

from renas_apps.comparison import effects as module
from renas_apps.comparison.choices import Choices
from renas_apps.comparison.effects import Effects, changes


def measure(benchmark, seed=0):
    choices = Choices.of(benchmark)
    return choices, Effects.of(benchmark, choices, rng=random.Random(seed))


def test_all_cells_of_a_small_space_give_the_effects_by_hand(additive):
    _, found = measure(additive(1))  # i1, i2, o1, o2 of two values each: 16 cells
    assert (found.genotypes, found.best) == (16, 1)
    of_sources, of_operations = [-0.01, 0.01] * 2, [0.025, -0.025] * 2
    assert found.overall == pytest.approx([*of_sources, *of_operations])
    assert found.importance == pytest.approx([0.01, 0.01, 0.025, 0.025])
    # The best cell has c-1 and convolutions throughout.
    assert found.near_top == pytest.approx([-0.02, 0, -0.02, 0, 0, -0.05, 0, -0.05])
    assert found.change == pytest.approx([-0.01, -0.01, -0.025, -0.025])


def test_a_source_among_three_counts_against_the_mean_of_all(additive):
    choices, found = measure(additive(2))
    assert found.genotypes == 16 * 36
    here = [number for number, value in enumerate(choices.values) if value.place == 4]
    assert found.overall[here] == pytest.approx([-0.02 / 3, 0.04 / 3, -0.02 / 3])
    assert found.importance[4] == pytest.approx(0.02 * np.sqrt(2) / 3)


def test_near_the_top_is_the_best_hundredth(additive):
    choices, found = measure(additive(2))
    assert found.best == 5
    operations = [n for n, value in enumerate(choices.values) if value.name == "skip_connect"]
    # The best cell has four convolutions, and so have the next, which read c-1 once less.
    assert found.near_top[operations] == pytest.approx([-0.05] * 4)


def test_of_a_large_space_uniform_cells_are_looked_at(additive, monkeypatch):
    _, exact = measure(additive(2))
    monkeypatch.setattr(module, "MOST", 500)
    _, found = measure(additive(2))
    assert found.genotypes == 5_000
    assert found.overall != pytest.approx(exact.overall, abs=1e-9)
    assert found.overall == pytest.approx(exact.overall, abs=0.005)
    _, again = measure(additive(2))
    _, other = measure(additive(2), seed=1)
    assert (found.overall == again.overall).all()
    assert (found.overall != other.overall).any()


def test_a_value_that_is_there_changes_nothing(additive):
    benchmark = additive(1)
    genotype = benchmark.space.from_slot_tokens([(1, 0, 5, 0)])
    found = changes(benchmark, Choices.of(benchmark), genotype)
    assert found == pytest.approx([-0.02, 0, 0, 0.02, 0.05, 0, 0, -0.05])
