import random

import pytest
import torch

from renas_controller import ControllerSettings, make_strategy
from renas_controller.distribution import MutationDistribution
from renas_controller.population import Individual
from renas_controller.prediction.predictor import Prediction
from renas_controller.strategies.imagining import Imagination, ImaginationSettings
from renas_space import InputError, SearchSpace

SPACE = SearchSpace(blocks=3)
SMALL = ControllerSettings(hidden=8)


def convolutions(genotype):
    return sum(o < 3 for row in genotype.normal.rows for o in row[2:]) / 6


def expect(genotypes):
    """A predictor that is always right."""
    value = torch.tensor([convolutions(genotype) for genotype in genotypes]).double()
    return Prediction(value, value)


def imagination(seed=0, size=SMALL, **settings):
    generator = torch.Generator().manual_seed(seed)
    return Imagination(SPACE, size, ImaginationSettings(**settings), generator=generator)


@pytest.fixture
def best(rng):
    return [
        Individual(id=n, genotype=SPACE.sample(rng), fitness=0.5, parent_id=None, weights_id=n)
        for n in range(5)
    ]


def share_of_good(source, best, rounds):
    """Mean fitness of what is imagined in the last of some calls."""
    rng = random.Random(0)
    for _ in range(rounds):
        found = source.candidates(best, expect, rng).found
    return sum(convolutions(each.genotype) for each in found) / len(found)


def test_the_policy_learns_what_the_predictor_expects(best):
    size = ControllerSettings()
    learned = share_of_good(imagination(size=size), best, 40)
    uniform = share_of_good(imagination(size=size, learning=False), best, 40)
    assert learned > uniform + 0.1  # of 1


def test_the_policy_that_it_shows_is_the_one_that_learned(best):
    source, parents = imagination(size=ControllerSettings()), [each.genotype for each in best]
    before = source.policy(parents).choice.exp()[:, :, 2:, :3].sum(-1).mean()
    share_of_good(source, best, 40)
    after = source.policy(parents).choice.exp()[:, :, 2:, :3].sum(-1).mean()
    assert before == pytest.approx(0.5, abs=0.05)  # three of six operations convolve
    assert after > before + 0.1


def imagined_when_certain(monkeypatch, best, **settings):
    """How many distinct children there are of a policy that has made up its mind."""
    source = imagination(rounds=1, learning=False, **settings)
    undecided = source._controller.distribution

    def certain(genotypes):
        known = undecided(genotypes)
        router, choice = 1e7 * known.router, 1e7 * known.choice
        return MutationDistribution(known._index, router, choice, known.allowed)

    monkeypatch.setattr(source._controller, "distribution", certain)
    return len(source.candidates(best, expect, random.Random(0)).found)


def test_some_children_are_mutated_by_chance_whatever_the_policy_prefers(monkeypatch, best):
    alone = imagined_when_certain(monkeypatch, best, children=60, by_chance=0)
    assert alone < 40  # of 180: three parents, seven sets of blocks, and a few ties
    helped = imagined_when_certain(monkeypatch, best, children=60, by_chance=60)
    assert helped > alone + 90  # of 180 more


def test_without_learning_no_weight_moves(best):
    source = imagination(learning=False)
    before = source.state_dict()["weights"]
    source.candidates(best, expect, random.Random(0))
    after = source.state_dict()["weights"]
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_predictor_that_expects_the_same_of_all_teaches_nothing(best):
    source = imagination()
    before = source.state_dict()["weights"]
    source.candidates(
        best, lambda g: Prediction(torch.ones(len(g)), torch.ones(len(g))), random.Random(0)
    )
    after = source.state_dict()["weights"]
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("sign", [1, -1])
def test_an_outlier_counts_as_three_deviations(sign):
    log_prob = torch.zeros(101, requires_grad=True)
    expected = torch.zeros(101).double()
    expected[0] = sign  # ten deviations from the mean, and the others a tenth of one
    imagination()._learn(log_prob, torch.zeros(101, requires_grad=True), expected)
    advantage = -101 * log_prob.grad  # of the mean over the batch
    assert advantage.tolist() == pytest.approx([3 * sign] + [-sign / 10] * 100)


def test_children_have_children_in_later_rounds(best):
    found = imagination(rounds=6).candidates(best, expect, random.Random(0)).found
    once = {
        candidate.genotype
        for root in best
        for candidate in found
        if all(
            sum(a != b for a, b in zip(x, y, strict=True)) <= 1
            for x, y in zip(root.genotype.normal.rows, candidate.genotype.normal.rows, strict=True)
        )
    }
    assert len(once) < len(found)  # some differ in two slots of a block: two mutations there


def test_at_most_so_many_blocks_mutate_in_a_generation(best):
    generator = torch.Generator().manual_seed(0)
    source = Imagination(
        SPACE, SMALL, ImaginationSettings(rounds=1), mutations=1, generator=generator
    )
    for candidate in source.candidates(best, expect, random.Random(0)).found:
        pairs = zip(
            candidate.root.genotype.normal.rows, candidate.genotype.normal.rows, strict=True
        )
        assert sum(before != after for before, after in pairs) <= 1
    for count in (0, 4):
        with pytest.raises(InputError, match=f"mutations is {count}: give 1 to 3, or None"):
            make_strategy("renas-plus", SPACE, mutations=count)


def test_roots_are_individuals_that_were_told(best):
    found = imagination().candidates(best, expect, random.Random(0)).found
    assert {candidate.root.id for candidate in found} <= {each.id for each in best}


def test_each_candidate_is_given_once(best):
    found = imagination().candidates(best, expect, random.Random(0)).found
    assert len({candidate.genotype for candidate in found}) == len(found)


def test_the_proposal_says_how_certain_the_policy_is():
    strategy = make_strategy("renas-plus", SPACE, seed=0, controller=SMALL, founders=2)
    for _ in range(2):
        strategy.tell(strategy.ask(), 0.3)
    proposal = strategy.ask()
    assert proposal.log_prob is None
    assert proposal.entropy > 1
    parent = strategy.individual(proposal.parent_id)
    assert SPACE.mutate(parent.genotype, proposal.mutations) == proposal.genotype


def test_less_than_no_children_by_chance_are_refused():
    with pytest.raises(InputError, match="by_chance is -1: give 0 or more"):
        ImaginationSettings(by_chance=-1)


@pytest.mark.parametrize("name", ["rounds", "parents", "children"])
def test_counts_of_no_use_are_refused(name):
    with pytest.raises(InputError, match=f"{name} is 0: give 1 or more"):
        ImaginationSettings(**{name: 0})


@pytest.mark.parametrize(
    ("name", "value"),
    [("learning_rate", 0.0), ("entropy_weight", -1.0), ("learning_rate", float("nan"))],
)
def test_rates_of_no_use_are_refused(name, value):
    with pytest.raises(InputError, match=f"{name} is {value}: give"):
        ImaginationSettings(**{name: value})
