"""The policy that writes whole cells: its distribution, and what it learns."""

import itertools
import math
import random

import pytest
import torch

from renas_controller import ControllerSettings, make_strategy
from renas_controller.writer import Writer
from renas_space import SearchSpace
from renas_space.nasbench201 import NasBench201Space

SPACE = SearchSpace(blocks=2)


def writer(space=SPACE, seed=0, scale=1.0):
    made = Writer(space, hidden=8, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.mul_(scale)
    return made


def every_genotype(space):
    """All genotypes of a small space."""
    choices = [itertools.product(*(slot.values for slot in block.slots)) for block in space.layout]
    return [space.from_slot_tokens(tokens) for tokens in itertools.product(*choices)]


@pytest.mark.parametrize("kind", ["cells", "uneven"])
def test_probabilities_of_all_genotypes_of_a_space_sum_to_1(kind, uneven):
    cells = SearchSpace(blocks=2, operations=("sep_conv_3x3", "skip_connect"))
    space = {"cells": cells, "uneven": uneven}[kind]
    made, genotypes = writer(space, scale=100), every_genotype(space)
    with torch.no_grad():
        chances = torch.stack([made.log_prob(genotype)[0] for genotype in genotypes]).exp()
    assert len(set(genotypes)) == len(genotypes) == {"cells": 576, "uneven": 48}[kind]
    assert chances.sum().item() == pytest.approx(1, abs=1e-5)
    assert chances.max() > 5 * chances.min()  # far from uniform


def test_a_genotype_of_another_space_is_an_error():
    made = writer(SearchSpace(blocks=2, operations=("sep_conv_3x3", "skip_connect")))
    with pytest.raises(ValueError, match="not in tuple"):
        made.log_probs(SPACE.from_slot_tokens(((0, 1, 2, 0), (0, 1, 0, 0))))


def test_what_is_written_has_the_probability_and_entropy_that_are_said():
    made, generator = writer(scale=100), torch.Generator().manual_seed(3)
    for _ in range(10):
        genotype, log_prob, entropy = made.write(generator)
        with torch.no_grad():
            again, of_all = made.log_prob(genotype)
        assert log_prob == pytest.approx(float(again), abs=1e-4)
        assert entropy == pytest.approx(float(of_all), abs=1e-4)


@pytest.mark.parametrize("place", range(7))
def test_a_slot_sees_what_was_written_before_it_and_nothing_after(place):
    made = writer(scale=100)
    tokens = [[0, 1, 2, 3], [0, 1, 2, 3]]
    first = SPACE.from_slot_tokens(tokens)
    tokens[place // 4][place % 4] ^= 1  # another value that is legal there
    with torch.no_grad():
        one, two = made.log_probs(first), made.log_probs(SPACE.from_slot_tokens(tokens))
    assert torch.equal(one[: place + 1], two[: place + 1])
    assert not torch.allclose(one[place + 1], two[place + 1])


def test_what_is_read_of_a_value_is_its_id_in_every_block():
    made = writer(SearchSpace(blocks=3))
    # `SearchSpace.encoder_ids`: inputs are 0 to 3 (c-2, c-1, blocks 1 and 2), operations 4 to 9.
    operations = [4, 5, 6, 7, 8, 9]
    expected = [
        *([0, 1], [0, 1], operations, operations),
        *([0, 1, 2], [0, 1, 2], operations, operations),
        *([0, 1, 2, 3], [0, 1, 2, 3], operations, operations),
    ]
    rows = zip(made.ids, made.legal, strict=True)
    assert [ids[legal].tolist() for ids, legal in rows] == expected


def test_illegal_values_have_no_probability_and_a_new_policy_is_nearly_uniform():
    made = writer()
    with torch.no_grad():
        tables = made.log_probs(SPACE.sample(random.Random(0))).exp()
    legal = [2, 2, 6, 6, 3, 3, 6, 6]  # sources of blocks 1 and 2, and operations
    for row, count in zip(tables, legal, strict=True):
        assert row[:count] == pytest.approx([1 / count] * count, abs=1e-3)
        assert float(row[count:].sum()) == 0
    expected = sum(map(math.log, legal))
    with torch.no_grad():
        entropy = made.log_prob(SPACE.sample(random.Random(1)))[1]
    assert float(entropy) == pytest.approx(expected, 1e-3)


def test_samples_follow_the_distribution():
    made, generator = writer(scale=150), torch.Generator().manual_seed(0)
    counts = torch.zeros(2)
    for _ in range(1000):
        counts[SPACE.slot_tokens(made.write(generator)[0])[0][0]] += 1
    with torch.no_grad():
        expected = made.log_probs(SPACE.sample(random.Random(0)))[0, :2].exp()
    assert counts / 1000 == pytest.approx(expected, abs=0.05)


def test_it_learns_what_helps():
    space = NasBench201Space()
    settings = ControllerSettings(learning_rate=5e-3, entropy_weight=0.0)
    strategy = make_strategy("reinforcement", space, seed=0, controller=settings)
    told = []
    for _ in range(200):
        proposal = strategy.ask()
        assert proposal.entropy is not None
        assert proposal.parent_id is None
        tokens = [token for node in proposal.genotype.edges for token in node]
        told.append(0.8 * tokens.count(3) / 6)
        strategy.tell(proposal, told[-1])
    first, last = (sum(part) / 20 for part in (told[:20], told[-20:]))
    assert first < 0.35  # chance: 0.16
    assert last > 0.7
