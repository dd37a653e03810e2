import random
from collections import Counter

import pytest
import torch

from renas_controller import ControllerSettings, Individual
from renas_controller.strategies.mutators import LearnedMutator, RandomMutator
from renas_space import BlockLayout, InputError, SearchSpace, Slot

SPACE = SearchSpace(blocks=3)
SMALL = ControllerSettings(hidden=8)


def test_chance_draws_a_uniform_slot_and_a_uniform_value():
    mutator = RandomMutator(SPACE, rng=random.Random(0))
    parent = SPACE.sample(random.Random(1))
    drawn = Counter(mutator.draw(parent, [0]).mutations[0] for _ in range(12_000))
    of_slot = Counter()
    for mutation, count in drawn.items():
        of_slot[mutation.slot] += count
    assert all(2800 < of_slot[slot] < 3200 for slot in range(4))
    inputs = [count for mutation, count in drawn.items() if mutation.slot < 2]
    operations = [count for mutation, count in drawn.items() if mutation.slot >= 2]
    assert len(inputs) == 4
    assert all(1350 < count < 1650 for count in inputs)
    assert len(operations) == 12
    assert all(400 < count < 600 for count in operations)


def test_chance_without_idle_choices_always_changes(uneven, rng):
    mutator = RandomMutator(uneven, rng=rng, allow_idle=False)
    slots = set()
    for _ in range(200):
        parent = uneven.sample(rng)
        for mutation in mutator.draw(parent, [0, 1]).mutations:
            assert parent[mutation.block][mutation.slot] != mutation.value
            slots.add((mutation.block, mutation.slot))
    assert slots == {(0, 0), (0, 1), (1, 0), (1, 2)}  # (1, 1) has one value


def test_chance_knows_no_probabilities(rng):
    draw = RandomMutator(SPACE, rng=rng).draw(SPACE.sample(rng), [2, 0])
    assert [mutation.block for mutation in draw.mutations] == [2, 0]
    assert (draw.log_prob, draw.entropy) == (None, None)


def test_where_nothing_can_change_idle_mutations_are_needed(uneven, rng):
    fixed = Slot(name="o", kind="operation", values=(0,))
    space = type(uneven)([BlockLayout(slots=(fixed,), combination=False)])
    with pytest.raises(InputError, match="^block 0 has no slot with two values, "):
        RandomMutator(space, rng=rng, allow_idle=False)


def test_the_controller_tells_log_probability_and_entropy_of_what_it_drew(rng, generator):
    mutator = LearnedMutator(SPACE, SMALL, generator=generator)
    parent = SPACE.sample(rng)
    draw = mutator.draw(parent, [0, 2])
    assert [mutation.block for mutation in draw.mutations] == [0, 2]
    distribution = mutator._controller.distribution([parent])
    assert draw.log_prob == pytest.approx(distribution.log_prob([draw.mutations]).item())
    assert draw.entropy == pytest.approx(distribution.entropy([[0, 2]]).item())


@pytest.mark.parametrize("kind", ["learned", "chance"])
def test_a_state_leads_to_the_same_draws(kind):
    def make(seed):
        if kind == "chance":
            return RandomMutator(SPACE, rng=random.Random(seed))
        return LearnedMutator(SPACE, SMALL, generator=torch.Generator().manual_seed(seed))

    def live(mutator, steps):
        draws = []
        for fitness in steps:
            draws.append(mutator.draw(genotype, [0, 1, 2]))
            mutator.learn(parent, draws[-1].mutations, fitness)
        return draws

    genotype = SPACE.sample(random.Random(2))
    parent = Individual(id=0, genotype=genotype, fitness=0.5, parent_id=None, weights_id=0)
    first, second = make(0), make(1)
    live(first, [0.2, 0.9, 0.4])
    second.load_state_dict(first.state_dict())
    assert live(first, [0.5] * 5) == live(second, [0.5] * 5)


def test_a_state_that_does_not_fit_changes_nothing(generator):
    mutator = LearnedMutator(SPACE, SMALL, generator=generator)
    state = mutator.state_dict()
    with pytest.raises(InputError, match="^the state's tensor 'generator' does not fit: "):
        mutator.load_state_dict({**state, "generator": torch.zeros(3, dtype=torch.uint8)})
    assert torch.equal(mutator.state_dict()["generator"], state["generator"])
