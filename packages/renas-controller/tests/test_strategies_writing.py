"""The proposer that writes cells: how its settings enter what it learns."""

import random

import pytest
import torch

from renas_controller import ControllerSettings
from renas_controller.population import Individual
from renas_controller.reward import reward
from renas_controller.strategies.writing import WritingProposer
from renas_space import InputError, SearchSpace

SPACE = SearchSpace(blocks=2)


def proposer(**settings):
    settings = ControllerSettings(**{"hidden": 8, "learning_rate": 0.01, **settings})
    return WritingProposer(SPACE, settings, generator=torch.Generator().manual_seed(0))


def learn(writing, fitness, number=0):
    """Let it take in a cell; return the entropy on the way to it, before and after."""
    genotype = SPACE.sample(random.Random(number))
    individual = Individual(
        id=number, genotype=genotype, fitness=fitness, parent_id=None, weights_id=number
    )
    before = writing._writer.log_prob(genotype)[1].item()
    writing.learn(individual, genotype)
    return before, writing._writer.log_prob(genotype)[1].item()


def test_entropy_is_added_to_the_reward_as_a_number():
    writing = proposer(entropy_weight=0.5)
    entropy, _ = learn(writing, 0.5)
    expected = reward(0.5, 5000) + 0.5 * entropy
    assert writing.state_dict()["average"] == pytest.approx(expected, rel=1e-5)


def test_entropy_as_a_gradient_spreads_the_policy_and_is_no_part_of_the_reward():
    writing = proposer(entropy_weight=1.0, entropy_bonus="gradient")
    with torch.no_grad():
        for parameter in writing._writer.parameters():
            parameter.mul_(100)
    before, after = learn(writing, 0.5)
    for _ in range(20):  # always of the same reward: it has no advantage
        after = learn(writing, 0.5)[1]
    assert after > before + 0.1
    assert writing.state_dict()["average"] == pytest.approx(reward(0.5, 5000))


def test_without_its_gradient_a_reward_that_is_always_the_same_teaches_nothing():
    writing = proposer(entropy_weight=0.0)
    before = writing.state_dict()["weights"]
    learn(writing, 0.5)
    after = writing.state_dict()["weights"]
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_what_was_written_is_learned_not_the_isomorphic_cell_that_was_evaluated():
    evaluated, written = map(SPACE.from_slot_tokens, ([[0, 1, 0, 1]] * 2, [[1, 0, 1, 0]] * 2))
    assert evaluated.digest() == written.digest()
    individual = Individual(id=1, genotype=evaluated, fitness=0.9, parent_id=None, weights_id=0)
    writing = proposer(entropy_weight=0.0)
    learn(writing, 0.1)
    before = writing._writer.log_prob(written)[0].item()
    writing.learn(individual, written)
    assert writing._writer.log_prob(written)[0].item() > before


def test_the_baseline_is_a_moving_average():
    writing = proposer(entropy_weight=0.0, baseline_decay=0.75)
    for number, fitness in enumerate((0.5, 0.75)):
        learn(writing, fitness, number)
    expected = 0.75 * reward(0.5, 5000) + 0.25 * reward(0.75, 5000)
    assert writing.state_dict()["average"] == pytest.approx(expected)


def test_there_is_no_parent_to_compare_with():
    with pytest.raises(InputError) as error:
        proposer(baseline="parent")
    assert str(error.value) == (
        "baseline is 'parent', but reinforcement writes cells without parents: give average"
    )
