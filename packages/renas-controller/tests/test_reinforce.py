import math
import random

import pytest
import torch

from renas_controller import Controller, ControllerSettings, Reinforce
from renas_controller.adam import MOMENTS
from renas_controller.reinforce import PolicyGradient
from renas_controller.reward import reward
from renas_space import InputError, Mutation, SearchSpace

SPACE = SearchSpace(blocks=3)
PARENT = SPACE.sample(random.Random(5))
MUTATIONS = (Mutation(0, 2, 1), Mutation(1, 0, 2), Mutation(2, 3, 4))


def learner(seed=0, **settings):
    settings = ControllerSettings(**{"hidden": 16, "learning_rate": 0.01, **settings})
    controller = Controller(SPACE, settings, generator=torch.Generator().manual_seed(seed))
    return controller, Reinforce(controller, settings)


def log_prob(controller):
    return controller.distribution([PARENT]).log_prob([MUTATIONS]).item()


def entropy(controller):
    return controller.distribution([PARENT]).entropy().item()


def test_praised_mutations_become_likelier_and_others_less_so():
    for fitness, better in ((0.8, True), (0.2, False)):
        controller, learning = learner(baseline="parent")
        before = log_prob(controller)
        advantage = learning.step(PARENT, MUTATIONS, fitness=fitness, parent_fitness=0.5)
        assert (advantage > 0) == better
        assert (log_prob(controller) > before) == better


def test_the_gradient_is_that_of_reinforce():
    controller, learning = learner(baseline="parent", entropy_weight=0.0)
    twin, _ = learner()
    learning.step(PARENT, MUTATIONS, fitness=0.8, parent_fitness=0.5)
    advantage = reward(0.8, 5000) - reward(0.5, 5000)
    (-advantage * twin.distribution([PARENT]).log_prob([MUTATIONS])).sum().backward()
    torch.optim.Adam(twin.parameters(), lr=0.01).step()
    for one, other in zip(controller.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_only_the_blocks_that_mutate_count():
    controller, learning = learner(baseline="parent")
    before = controller.distribution([PARENT]).entropy([[1]]).item()
    _, average = learner()
    learning.step(PARENT, MUTATIONS[1:2], fitness=0.8, parent_fitness=0.5)
    average.step(PARENT, MUTATIONS[1:2], fitness=0.8, parent_fitness=0.5)
    expected = reward(0.8, 5000) + 0.1 * before
    assert average.state_dict()["average"] == pytest.approx(expected, rel=1e-4)


def test_the_baseline_is_a_moving_average_of_rewards_that_does_not_know_the_present_one():
    _, learning = learner(entropy_weight=0.0, baseline_decay=0.75)
    advantages = [
        learning.step(PARENT, MUTATIONS, fitness=fitness, parent_fitness=0.0)
        for fitness in (0.5, 0.75, 0.25)
    ]
    first, second, third = (reward(f, 5000) for f in (0.5, 0.75, 0.25))
    after_second = 0.75 * first + 0.25 * second
    assert advantages == pytest.approx([0.0, second - first, third - after_second])
    assert learning.state_dict()["average"] == pytest.approx(0.75 * after_second + 0.25 * third)


def test_entropy_is_added_to_the_reward_as_a_number():
    controller, learning = learner(entropy_weight=0.5)
    expected = reward(0.5, 5000) + 0.5 * entropy(controller)
    learning.step(PARENT, MUTATIONS, fitness=0.5, parent_fitness=0.0)
    assert learning.state_dict()["average"] == pytest.approx(expected, rel=1e-5)


def test_entropy_as_a_gradient_spreads_the_policy():
    settings = {"entropy_weight": 1.0, "entropy_bonus": "gradient", "baseline": "parent"}
    controller, learning = learner(**settings)
    for parameter in controller.parameters():
        torch.nn.init.normal_(parameter, std=0.5, generator=torch.Generator().manual_seed(1))
    before = entropy(controller)
    for _ in range(20):
        advantage = learning.step(PARENT, MUTATIONS, fitness=0.5, parent_fitness=0.5)
        assert advantage == 0.0
    assert entropy(controller) > before + 0.1


def test_the_parent_is_compared_under_the_same_entropy():
    _, learning = learner(baseline="parent", entropy_weight=3.0)
    advantage = learning.step(PARENT, MUTATIONS, fitness=0.75, parent_fitness=0.5)
    assert advantage == pytest.approx(reward(0.75, 5000) - 1.0)


def test_a_perfect_child_has_a_finite_reward_that_knows_the_number_of_images():
    _, learning = learner(baseline="parent", validation_images=100)
    advantage = learning.step(PARENT, MUTATIONS, fitness=1.0, parent_fitness=0.0)
    assert advantage == pytest.approx(math.tan((1 - 1 / 200) * math.pi / 2))


def test_a_state_leads_to_the_same_steps():
    controller, learning = learner()
    twin, other = learner(seed=1)
    learning.step(PARENT, MUTATIONS, fitness=0.5, parent_fitness=0.5)
    learning.step(PARENT, MUTATIONS, fitness=0.8, parent_fitness=0.5)
    state = learning.state_dict()
    other.load_state_dict(state)
    for each in (learning, other):
        each.step(PARENT, MUTATIONS, fitness=0.3, parent_fitness=0.5)
    for one, same in zip(controller.parameters(), twin.parameters(), strict=True):
        assert torch.equal(one, same)
    # The state is a copy: later steps left it as it was.
    third, again = learner(seed=2)
    again.load_state_dict(state)
    again.step(PARENT, MUTATIONS, fitness=0.3, parent_fitness=0.5)
    assert torch.equal(third.router.weight, controller.router.weight)


def test_a_state_from_before_the_first_step_is_restored_too():
    _, learning = learner()
    early = learning.state_dict()
    assert early["moments"] == {}
    learning.step(PARENT, MUTATIONS, fitness=0.8, parent_fitness=0.5)
    assert len(learning.state_dict()["moments"]) == len(MOMENTS) * len(early["weights"])
    learning.load_state_dict(early)
    assert learning.state_dict()["moments"] == {}


@pytest.mark.parametrize("average", ["x", [1.0], {"y": 1}, math.inf])
def test_an_average_that_is_none_is_refused_and_changes_nothing(average):
    controller, learning = learner()
    state = learner(seed=1)[1].state_dict()
    before = controller.router.weight.clone()
    with pytest.raises(InputError, match="^the state is damaged .*: the average is "):
        learning.load_state_dict({**state, "average": average})
    assert torch.equal(controller.router.weight, before)
    del state["average"]
    with pytest.raises(InputError) as error:
        learning.load_state_dict(state)
    assert str(error.value) == (
        "the state is damaged (KeyError: 'average'): resume with another one"
    )
    assert torch.equal(controller.router.weight, before)


def test_what_was_made_from_nothing_is_compared_with_the_average():
    controller, _ = learner()
    settings = ControllerSettings(baseline="parent", entropy_weight=0.0)
    learning = PolicyGradient(controller, settings)
    advantages = []
    for fitness in (0.5, 0.75):
        distribution = controller.distribution([PARENT])
        log_prob, of_all = distribution.log_prob([MUTATIONS]).sum(), distribution.entropy().sum()
        advantages.append(learning.step(log_prob, of_all, fitness=fitness))
    assert advantages == pytest.approx([0.0, reward(0.75, 5000) - reward(0.5, 5000)])


def test_tensors_that_do_not_fit_are_refused_and_change_nothing():
    controller, learning = learner()
    state = learner(seed=1)[1].state_dict()
    state["weights"]["router.weight"] = torch.zeros(1, 3)
    before = controller.router.weight.clone()
    with pytest.raises(InputError) as error:
        learning.load_state_dict(state)
    assert str(error.value) == (
        "the state's tensor 'router.weight' does not fit: "
        "resume with the state of the same strategy, space and settings"
    )
    assert torch.equal(controller.router.weight, before)
