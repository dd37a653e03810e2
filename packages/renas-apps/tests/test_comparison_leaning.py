import pytest
import torch

from renas_apps.comparison import CONTESTANTS, run_trial
from renas_apps.comparison.choices import Choices
from renas_apps.comparison.leaning import Leaning
from renas_controller import MutationDistribution
from renas_controller.slot_index import SlotIndex


def policy_of(benchmark, router, choice, *, idle=True):
    """A policy that says the same of every parent: probabilities up to a factor."""
    index = SlotIndex(benchmark.space.layout)

    def policy(parents):
        allowed = index.legal.expand(len(parents), -1, -1, -1).clone()
        for row, parent in enumerate(parents):
            for block, tokens in enumerate(benchmark.space.slot_tokens(parent)):
                for slot, token in enumerate(tokens):
                    allowed[row, block, slot, index.position(block, slot, token)] &= idle
        logits = [
            torch.tensor(each).log().expand(len(parents), *torch.tensor(each).shape)
            for each in (router, choice)
        ]
        return MutationDistribution(index, *logits, allowed)

    return policy


ROUTER = [[4.0, 1.0, 1.0, 2.0]]
CHOICE = [[[1.0, 1.0], [1.0, 1.0], [3.0, 1.0], [1.0, 1.0]]]


def lean(benchmark, parents, **settings):
    parents = [benchmark.space.from_slot_tokens([tokens]) for tokens in parents]
    policy = policy_of(benchmark, ROUTER, CHOICE, **settings)
    return Leaning.of(policy, parents, benchmark, Choices.of(benchmark))


def test_ratios_are_those_of_the_policy_and_of_chance(additive):
    found = lean(additive(1), [(0, 0, 5, 5)])
    assert found.slots == (2.0, 0.5, 0.5, 1.0)
    assert found.values == (1.0, 1.0, 1.0, 1.0, 1.5, 0.5, 1.0, 1.0)


def test_what_comes_of_a_mutation_is_expected_by_hand(additive):
    found = lean(additive(1), [(0, 0, 5, 5)])
    moves = [0.5 * 0.5, 0.125 * 0.5, 0.125 * 0.75, 0.25 * 0.5]  # to c-1 and to convolutions
    change = sum(chance * worth for chance, worth in zip(moves, (2, 2, 5, 5), strict=True)) / 100
    assert found.change == pytest.approx((change, 0.25 * (0.02 + 0.05)), abs=1e-6)
    assert found.improves == pytest.approx((sum(moves), 0.5), abs=1e-6)
    best = lean(additive(1), [(1, 1, 0, 0)])
    assert best.improves == (0.0, 0.0)
    assert best.change[1] == pytest.approx(-0.25 * (0.02 + 0.05), abs=1e-6)


def test_of_several_blocks_a_uniform_one_mutates(additive):
    benchmark = additive(2)
    parent = benchmark.space.from_slot_tokens([(1, 1, 0, 0), (1, 1, 0, 5)])
    policy = policy_of(benchmark, [[1.0] * 4] * 2, [[[1.0] * 3] * 4] * 2)
    found = Leaning.of(policy, [parent], benchmark, Choices.of(benchmark))
    assert found.improves == pytest.approx([0.5 * 0.25 * 0.5] * 2, abs=1e-6)
    assert found.change[0] == found.change[1]


def test_what_is_recorded_is_a_mean_over_parents(additive):
    first, second = (lean(additive(1), [parent]) for parent in ((0, 0, 5, 5), (1, 1, 0, 0)))
    both = lean(additive(1), [(0, 0, 5, 5), (1, 1, 0, 0), (1, 1, 0, 0)])
    for found, one, other in zip(both.change, first.change, second.change, strict=True):
        assert found == pytest.approx((one + 2 * other) / 3, abs=2e-6)


def test_without_idle_choices_chance_has_none_either(additive):
    found = lean(additive(1), [(0, 0, 5, 5)], idle=False)
    # Every slot has one value left: there is nothing to prefer but the slot.
    assert found.values == (1.0,) * 8
    assert found.slots == (2.0, 0.5, 0.5, 1.0)
    assert found.change[1] == pytest.approx(0.5 * (0.02 + 0.05), abs=1e-6)
    assert found.improves == (1.0, 1.0)
    # With another parent that holds the other value there is again.
    mixed = lean(additive(1), [(0, 0, 5, 5), (0, 0, 0, 5)], idle=False)
    assert mixed.values[4:6] == (1.0, 1.0)


@pytest.mark.parametrize("name", ["renas", "renas-nonbi", "renas-plus"])
def test_a_trial_records_where_a_policy_leans_to(additive, name):
    trial = run_trial(additive(2), CONTESTANTS[name], seed=0, evaluations=40)
    assert len(trial.leaning.slots) == 8
    assert len(trial.leaning.values) == 4 + 4 + 6 + 4
    assert set(trial.leaning.values) != {1.0}
    pairs = trial.leaning.values[4:6]
    assert sum(pairs) == pytest.approx(2.0, abs=2e-4)  # two values, each half by chance


@pytest.mark.parametrize("name", ["evolution", "local-search", "bananas", "reinforcement"])
def test_a_trial_without_a_policy_records_none(additive, name):
    assert run_trial(additive(2), CONTESTANTS[name], seed=0, evaluations=20).leaning is None
