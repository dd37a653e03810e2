import itertools
import math
from collections import Counter

import pytest
import torch

from renas_controller import Controller, ControllerSettings
from renas_space import InputError, Mutation, SearchSpace

SMALL = ControllerSettings(hidden=8)


@pytest.fixture(params=[True, False], ids=["idle", "no-idle"])
def controller(request, space, generator, lively):
    return lively(Controller(space, SMALL, generator=generator, allow_idle=request.param))


def every_mutation(layout, block):
    slots = enumerate(layout[block].slots)
    return [Mutation(block, number, value) for number, slot in slots for value in slot.values]


def every_outcome(layout, blocks):
    """All sequences of one mutation in each of the blocks."""
    return list(itertools.product(*(every_mutation(layout, block) for block in blocks)))


def log_probs(controller, parent, outcomes):
    """The closed form, for one parent and many outcomes."""
    distribution = controller.distribution([parent])
    return torch.cat([distribution.log_prob([outcome]) for outcome in outcomes])


def some_blocks(space):
    """As many blocks as can be enumerated."""
    return [0, len(space.layout) - 1]


def test_probabilities_of_all_outcomes_sum_to_one(controller, space, rng):
    outcomes = every_outcome(space.layout, some_blocks(space))
    total = log_probs(controller, space.sample(rng), outcomes).exp().sum()
    assert total.item() == pytest.approx(1, abs=1e-5)


def test_entropy_is_that_of_all_outcomes(controller, space, rng):
    parent, blocks = space.sample(rng), some_blocks(space)
    logs = log_probs(controller, parent, every_outcome(space.layout, blocks))
    brute_force = -(logs.exp() * logs).sum()
    entropy = controller.distribution([parent]).entropy([blocks])
    torch.testing.assert_close(entropy[0], brute_force)


def test_the_gradient_of_entropy_is_that_of_all_outcomes(controller, space, rng):
    parent, blocks = space.sample(rng), some_blocks(space)
    logs = log_probs(controller, parent, every_outcome(space.layout, blocks))
    parameters = list(controller.parameters())
    expected = torch.autograd.grad(-(logs.exp() * logs).sum(), parameters, allow_unused=True)
    entropy = controller.distribution([parent]).entropy([blocks]).sum()
    found = torch.autograd.grad(entropy, parameters, allow_unused=True)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)


def test_the_expected_gradient_of_log_probability_is_zero(controller, space, rng):
    parent = space.sample(rng)
    logs = log_probs(controller, parent, every_outcome(space.layout, some_blocks(space)))
    expected = (logs.exp().detach() * logs).sum()
    for gradient in torch.autograd.grad(expected, list(controller.parameters())):
        assert gradient.isfinite().all()
        assert gradient.abs().max() < 1e-5


def test_the_gradient_of_log_probability_agrees_with_differences(space, rng, generator, lively):
    controller = lively(Controller(space, SMALL, generator=generator)).double()
    parent = space.sample(rng)
    mutations = controller.distribution([parent]).sample(generator, [some_blocks(space)])

    def log_prob():
        return controller.distribution([parent]).log_prob(mutations).sum()

    for weight in (controller.router.weight, controller.encoder.begin):
        gradient = torch.autograd.grad(log_prob(), weight)[0].flatten()
        for place in range(3):
            values = []
            for shift in (1e-5, -2e-5):
                with torch.no_grad():
                    weight.view(-1)[place] += shift
                values.append(log_prob().item())
            with torch.no_grad():
                weight.view(-1)[place] += 1e-5
            difference = (values[0] - values[1]) / 2e-5
            assert gradient[place].item() == pytest.approx(difference, rel=1e-4, abs=1e-8)


def test_samples_are_as_frequent_as_the_closed_form_says(controller, space, rng, generator):
    parent, block, count = space.sample(rng), 1, 4000
    distribution = controller.distribution([parent] * count)
    drawn = Counter(mutation for (mutation,) in distribution.sample(generator, [[block]] * count))
    outcomes = every_mutation(space.layout, block)
    logs = log_probs(controller, parent, [(mutation,) for mutation in outcomes])
    assert drawn.keys() <= set(outcomes)
    for mutation, chance in zip(outcomes, logs.exp().tolist(), strict=True):
        deviation = math.sqrt(count * chance * (1 - chance))
        assert abs(drawn[mutation] - count * chance) <= 4.5 * deviation


def test_each_parent_gets_mutations_in_its_own_blocks(controller, space, rng, generator):
    blocks = [[0], [1, 0], []]
    parents = [space.sample(rng) for _ in blocks]
    distribution = controller.distribution(parents)
    mutations = distribution.sample(generator, blocks)
    assert [[m.block for m in each] for each in mutations] == blocks
    logs, entropies = distribution.log_prob(mutations), distribution.entropy(blocks)
    for row, parent in enumerate(parents):
        alone = controller.distribution([parent])
        torch.testing.assert_close(logs[row], alone.log_prob([mutations[row]])[0])
        torch.testing.assert_close(entropies[row], alone.entropy([blocks[row]])[0])
    assert logs[2] == entropies[2] == 0


def test_log_probability_and_entropy_of_blocks_add_up(controller, space, rng, generator):
    distribution = controller.distribution([space.sample(rng)])
    every = list(range(len(space.layout)))
    (mutations,) = distribution.sample(generator, [every])
    parts = [distribution.log_prob([[mutation]]) for mutation in mutations]
    torch.testing.assert_close(distribution.log_prob([mutations]), sum(parts))
    torch.testing.assert_close(distribution.entropy(), distribution.entropy([every]))


def test_sampling_follows_the_generator_alone(controller, space, rng):
    distribution = controller.distribution([space.sample(rng)])
    before = torch.get_rng_state()
    first, second = (
        distribution.sample(torch.Generator().manual_seed(7), [[0, 1]]) for _ in range(2)
    )
    assert first == second
    assert torch.equal(before, torch.get_rng_state())


def test_what_is_no_mutation_of_the_space_is_refused(controller, space, rng):
    distribution = controller.distribution([space.sample(rng)])
    last = len(space.layout) - 1
    with pytest.raises(InputError) as error:
        distribution.log_prob([[Mutation(0, 0, 99)]])
    assert str(error.value) == (
        "block 0 has no slot 0 that may hold 99: give a mutation of this space"
    )
    with pytest.raises(InputError) as error:
        distribution.entropy([[0, 0]])
    assert str(error.value) == (
        f"the mutating blocks are [0, 0]: give blocks from 0 to {last}, each once"
    )
    with pytest.raises(InputError) as error:
        distribution.entropy([[last + 1]])
    assert str(error.value) == (
        f"the mutating blocks are [{last + 1}]: give blocks from 0 to {last}, each once"
    )
    with pytest.raises(InputError) as error:
        distribution.entropy([[0], [0]])
    assert str(error.value) == "2 sequences for 1 parents: give one for each"


def test_the_distribution_of_some_parents_is_theirs(generator):
    space = SearchSpace(blocks=2)
    parents = [space.at(n) for n in (5, 77, 900)]
    controller = Controller(space, generator=generator)
    chosen = controller.distribution(parents).of([2, 0, 2])
    again = controller.distribution([parents[2], parents[0], parents[2]])
    torch.testing.assert_close(chosen.router, again.router)
    torch.testing.assert_close(chosen.choice, again.choice)


@pytest.mark.parametrize("idle", [True, False], ids=["idle", "no-idle"])
def test_by_chance_every_allowed_slot_and_value_is_as_likely_as_another(
    uneven, generator, lively, idle
):
    controller = lively(Controller(uneven, SMALL, generator=generator, allow_idle=idle))
    parents = [((0, 5), (2, 5, 3)), ((1, 9), (0, 5, 4))]
    chance = controller.distribution(parents).by_chance()
    values = uneven.layout[1].slots[2].values  # 9, 4, 3, 5
    for row, present in enumerate((3, 4)):
        expected = [float(idle or value != present) for value in values]
        found = chance.choice[row, 1, 2].exp()
        torch.testing.assert_close(found, torch.tensor(expected) / sum(expected))
    # The middle slot has one value, so without idle choices it has none.
    slots = [1 / 3, 1 / 3, 1 / 3] if idle else [1 / 2, 0, 1 / 2]
    torch.testing.assert_close(chance.router[:, 1].exp(), torch.tensor([slots, slots]))
    swapped = controller.distribution(parents).of([1, 0]).by_chance()
    torch.testing.assert_close(swapped.choice, chance.choice.flip(0))
