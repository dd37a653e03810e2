import math

import pytest
import torch

from renas_controller import Controller, ControllerSettings
from renas_controller.controller import bounded
from renas_space import BlockLayout, InputError, SearchSpace, Slot

SMALL = ControllerSettings(hidden=8)


def algorithm_2(controller, space, genotype):
    """Algorithm 2 with loops and concatenations, as the paper writes it.

    Yields for each block log p(ID) as a list and log p(value | ID) as a list of lists.
    """
    begin_2, begin_1, *states = controller.encoder(torch.tensor([space.encoder_ids(genotype)]))[0]
    # One layer over (H_source, H_ID), not a sum of two.
    weight = torch.cat(
        (controller.input_mutator_source.weight, controller.input_mutator_slot.weight), dim=1
    )
    known = sorted(
        {
            value
            for block in space.layout
            for slot in block.slots
            if slot.kind == "operation"
            for value in slot.values
        }
    )
    sources = {-2: begin_2, -1: begin_1}
    for number, block in enumerate(space.layout):
        own = [states.pop(0) for _ in block.slots]
        if block.combination:
            sources[number] = states.pop(0)
        router = torch.stack([controller.router(state)[0] for state in own])
        choices = []
        for state, slot in zip(own, block.slots, strict=True):
            if slot.kind == "source":
                pairs = torch.stack([torch.cat((sources[k], state)) for k in slot.sources])
                logits = (pairs @ weight.T)[:, 0] + controller.input_mutator_source.bias
            else:
                logits = controller.operation_mutator(state)[[known.index(v) for v in slot.values]]
            choices.append((2.5 * torch.tanh(logits / 5)).log_softmax(0))
        yield (2.5 * torch.tanh(router / 5)).log_softmax(0), choices


@pytest.mark.parametrize("bidirectional", [True, False])
def test_it_is_algorithm_2(space, rng, generator, lively, bidirectional):
    controller = lively(Controller(space, SMALL, generator=generator, bidirectional=bidirectional))
    parents = [space.sample(rng) for _ in range(3)]
    distribution = controller.distribution(parents)
    for row, parent in enumerate(parents):
        for block, (router, choices) in enumerate(algorithm_2(controller, space, parent)):
            slots = len(choices)
            torch.testing.assert_close(distribution.router[row, block, :slots], router)
            assert distribution.router[row, block, slots:].exp().sum() == 0
            for slot, choice in enumerate(choices):
                values = len(choice)
                found = distribution.choice[row, block, slot]
                torch.testing.assert_close(found[:values], choice)
                assert found[values:].exp().sum() == 0


def test_its_sizes_are_the_papers(generator):
    controller = Controller(SearchSpace(), generator=generator)
    assert controller.encoder.embedding.embedding_dim == 100
    assert (controller.encoder.lstm.hidden_size, controller.encoder.lstm.bidirectional) == (
        50,
        True,
    )
    assert controller.encoder(torch.zeros(1, 25, dtype=torch.long)).shape == (1, 2 + 25, 100)
    assert controller.operation_mutator.out_features == 6


def test_weights_start_normal_with_standard_deviation_001_and_biases_at_zero(generator):
    controller = Controller(SearchSpace(), generator=generator)
    named = dict(controller.named_parameters())
    biases = {name for name in named if "bias" in name}
    assert all(not named[name].any() for name in biases)
    weights = torch.cat([named[name].flatten() for name in named.keys() - biases])
    assert len(weights) > 60_000
    assert weights.std().item() == pytest.approx(0.01, rel=0.02)
    assert weights.mean().item() == pytest.approx(0, abs=1e-4)
    assert len({named[name].std().item() for name in named.keys() - biases}) > 5


def test_it_starts_nearly_uniform(rng, generator):
    distribution = Controller(SearchSpace(), generator=generator).distribution(
        [SearchSpace().sample(rng)]
    )
    uniform = 5 * math.log(4) + sum(
        (math.log(sources) + math.log(6)) / 2 for sources in range(2, 7)
    )
    assert distribution.entropy().item() == pytest.approx(uniform, abs=1e-4)


def test_the_same_generator_gives_the_same_weights_and_torch_s_own_is_not_touched():
    before = torch.get_rng_state()
    first, second = (
        Controller(SearchSpace(), SMALL, generator=torch.Generator().manual_seed(3)).state_dict()
        for _ in range(2)
    )
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert torch.equal(before, torch.get_rng_state())


def test_the_encoder_runs_once_however_much_is_sampled(space, rng, generator):
    controller = Controller(space, SMALL, generator=generator)
    runs = []
    controller.encoder.register_forward_hook(lambda *_: runs.append(1))
    distribution = controller.distribution([space.sample(rng)])
    blocks = range(len(space.layout))
    mutations = distribution.sample(generator, [blocks])
    distribution.log_prob(mutations)
    distribution.entropy()
    assert runs == [1]


@pytest.mark.parametrize("allow_idle", [True, False])
def test_parents_in_a_batch_get_what_each_gets_alone(space, rng, generator, lively, allow_idle):
    controller = lively(Controller(space, SMALL, generator=generator, allow_idle=allow_idle))
    parents = [space.sample(rng) for _ in range(4)]
    together = controller.distribution(parents)
    for row, parent in enumerate(parents):
        alone = controller.distribution([parent])
        torch.testing.assert_close(alone.router[0], together.router[row])
        torch.testing.assert_close(alone.choice[0].exp(), together.choice[row].exp())


def test_without_idle_choices_what_is_there_has_no_chance(space, rng, generator, lively):
    controller = lively(Controller(space, SMALL, generator=generator, allow_idle=False))
    parent = space.sample(rng)
    distribution = controller.distribution([parent])
    for block, row in enumerate(space.slot_tokens(parent)):
        for slot, token in enumerate(row):
            position = controller.index.position(block, slot, token)
            one_value = len(space.layout[block].slots[slot].values) == 1
            if one_value:
                assert distribution.router[0, block, slot].exp() == 0
            else:
                assert distribution.choice[0, block, slot, position].exp() == 0


def test_logits_are_bounded_at_2_5():
    logits = torch.tensor([-1e6, -5.0, 0.0, 5.0, 1e6])
    expected = torch.tensor([-2.5, -2.5 * math.tanh(1), 0.0, 2.5 * math.tanh(1), 2.5])
    torch.testing.assert_close(bounded(logits), expected)


def test_which_source_does_not_depend_on_the_slot_but_for_the_bend(
    rng, generator, lively, monkeypatch
):
    space = SearchSpace(blocks=3)
    controller = lively(Controller(space, SMALL, generator=generator))
    parent = space.sample(rng)
    first, second = controller.distribution([parent]).choice[0, :, :2].unbind(1)  # i1 and i2
    assert not torch.allclose(first.exp(), second.exp(), atol=1e-3)
    monkeypatch.setattr("renas_controller.controller.bounded", lambda logits: logits)
    first, second = controller.distribution([parent]).choice[0, :, :2].unbind(1)
    torch.testing.assert_close(first.exp(), second.exp())


def test_sources_alone_make_a_space(generator, uneven):
    slot = Slot(name="i", kind="source", values=(0, 1), sources=(-2, -1))
    only = type(uneven)([BlockLayout(slots=(slot,), combination=False)])
    distribution = Controller(only, SMALL, generator=generator).distribution([((0,),)])
    assert distribution.entropy().item() == pytest.approx(math.log(2), abs=1e-4)


def test_a_genotype_of_another_space_is_refused(generator, rng):
    controller = Controller(SearchSpace(blocks=2), SMALL, generator=generator)
    other = SearchSpace(blocks=1).sample(rng)
    with pytest.raises(InputError) as error:
        controller.distribution([other])
    assert str(error.value) == (
        f"the encoder would read 5 ids of {other}, its layout has 10: "
        "give a genotype of the controller's space"
    )


def test_a_space_where_nothing_can_change_needs_idle_mutations(generator, uneven):
    slot = Slot(name="o", kind="operation", values=(0,))
    fixed = type(uneven)([BlockLayout(slots=(slot,), combination=False)])
    Controller(fixed, SMALL, generator=generator)
    with pytest.raises(InputError, match="^block 0 has no slot with two values, "):
        Controller(fixed, SMALL, generator=generator, allow_idle=False)
