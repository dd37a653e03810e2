import random
from dataclasses import replace

import pytest

from renas_controller import make_strategy
from renas_controller.population import Individual
from renas_controller.strategies.candidates import Candidate, Candidates, RandomMutations
from renas_controller.strategies.predicting import PredictingProposer, PredictingSettings
from renas_space import InputError, SearchSpace, difference

SPACE = SearchSpace(blocks=3)


def convolutions(genotype):
    return sum(o < 3 for row in genotype.normal.rows for o in row[2:]) / 6


class Listed:
    """A source that always has the same candidates."""

    def __init__(self, genotypes):
        self.genotypes = genotypes

    def candidates(self, best, expect, _):
        improvement = expect(self.genotypes).improvement.tolist()
        found = zip(self.genotypes, [best[0]] * len(improvement), improvement, strict=True)
        return Candidates([Candidate(*each) for each in found], entropy=1.5)


def told(proposer, number, genotype, fitness):
    individual = Individual(
        id=number, genotype=genotype, fitness=fitness, parent_id=None, weights_id=number
    )
    proposer.learn(individual, genotype)
    return individual


def test_founders_come_first_and_are_those_of_random_search():
    bananas = make_strategy("bananas", SPACE, seed=3, founders=4)
    chance = make_strategy("random", SPACE, seed=3)
    for _ in range(4):
        proposal = bananas.ask()
        assert proposal.genotype == chance.ask().genotype
        assert proposal.parent_id is None
        bananas.tell(proposal, convolutions(proposal.genotype))
    assert bananas.ask().parent_id is not None


def test_a_child_differs_from_one_of_the_best_in_one_slot():
    strategy = make_strategy("bananas", SPACE, seed=0)
    for _ in range(25):
        proposal = strategy.ask()
        if proposal.parent_id is not None:
            parent = strategy.individual(proposal.parent_id)
            assert len(proposal.mutations) == 1
            assert SPACE.mutate(parent.genotype, proposal.mutations) == proposal.genotype
        strategy.tell(proposal, convolutions(proposal.genotype))


def test_the_most_promising_unknown_candidate_is_proposed():
    rng = random.Random(0)
    cells = [SPACE.sample(rng) for _ in range(30)]
    proposer = PredictingProposer(SPACE, Listed(cells), PredictingSettings(founders=1, parents=2))
    for number, cell in enumerate(cells[:20]):
        told(proposer, number, cell, convolutions(cell))
    asked = []
    for _ in range(10):
        idea = proposer.propose(rng)
        proposer.hear(idea.genotype)
        assert idea.draw.entropy == 1.5
        assert SPACE.mutate(idea.parent.genotype, idea.draw.mutations) == idea.genotype
        asked.append(idea.genotype)
    assert set(asked) == set(cells[20:])  # each once, and none that is known
    assert convolutions(asked[0]) >= max(convolutions(cell) for cell in asked[5:])
    assert proposer.propose(rng).parent is None  # nothing is left: chance


def test_isomorphic_cells_are_not_evaluated_twice():
    strategy = make_strategy("bananas", SearchSpace(blocks=1), seed=0)
    digests = []
    for _ in range(60):
        proposal = strategy.ask()
        digests.append(proposal.genotype.digest())
        strategy.tell(proposal, convolutions(proposal.genotype))
    assert len(set(digests[10:])) == 50


def test_a_replay_that_is_written_otherwise_is_not_waited_for_once_it_is_told():
    # Sixteen genotypes are ten that differ: soon all are known, and chance proposes them again.
    space = SearchSpace(blocks=1, operations=("sep_conv_3x3", "skip_connect"))
    strategy = make_strategy("bananas", space, seed=0, replay=True)
    told, otherwise = {}, 0
    for _ in range(40):
        proposal = strategy.ask()
        told[proposal.id] = proposal.genotype
        if proposal.replays is None:
            strategy.tell(proposal, convolutions(proposal.genotype))
        else:
            otherwise += proposal.genotype != told[proposal.replays]
            strategy.tell(proposal, proposal.known_fitness)
    assert otherwise > 0
    assert strategy.state_dict()["proposer"]["out"] == []


def test_a_failure_is_not_waited_for():
    strategy = make_strategy("bananas", SPACE, seed=0, founders=2)
    for _ in range(5):
        strategy.fail(strategy.ask(), "bad luck")
    assert strategy.ask().parent_id is None


def test_what_failed_is_not_proposed_again():
    rng = random.Random(0)
    cells = [SPACE.sample(rng) for _ in range(6)]
    proposer = PredictingProposer(SPACE, Listed(cells), PredictingSettings(founders=1, parents=2))
    told(proposer, 0, cells[0], 0.5)
    asked = []
    for _ in range(5):
        asked.append(proposer.propose(rng).genotype)
        proposer.hear(asked[-1])
        proposer.forget(asked[-1])
    assert set(asked) == set(cells[1:])
    assert proposer.propose(rng).genotype not in cells


def test_settings_of_no_use_are_refused():
    with pytest.raises(InputError, match="founders is 0: give 1 or more"):
        PredictingSettings(founders=0, parents=1)
    with pytest.raises(InputError, match="founders is -3: give 1 or more"):
        make_strategy("bananas", SPACE, founders=-3)


def test_random_mutations_have_no_state():
    with pytest.raises(ValueError, match="random mutations have no state"):
        RandomMutations(SPACE).load_state_dict({"something": 1})


def test_where_no_slot_has_a_choice_there_are_no_candidates():
    space = SearchSpace(blocks=1)
    fixed = [replace(slot, values=slot.values[:1]) for slot in space.layout[0].slots]
    object.__setattr__(space, "layout", (replace(space.layout[0], slots=tuple(fixed)),))
    source = RandomMutations(space)
    best = Individual(
        id=0, genotype=space.sample(random.Random(0)), fitness=0.5, parent_id=None, weights_id=0
    )
    assert source.candidates([best], expect=None, rng=random.Random(0)).found == ()


def test_what_may_not_be_evaluated_is_expected_to_be_the_worst_and_not_proposed():
    rng = random.Random(0)
    cells = [SPACE.sample(rng) for _ in range(30)]
    barred = sorted(cells[10:], key=convolutions)[10:]
    source = Listed(cells)
    settings = PredictingSettings(founders=1, parents=2)
    proposer = PredictingProposer(SPACE, source, settings, lambda cell: cell not in barred)
    for number, cell in enumerate(cells[:10]):
        told(proposer, number, cell, convolutions(cell))
    heard = []
    source.candidates = lambda best, expect, _: Listed.candidates(
        source, best, lambda cells: heard.append(expect(cells)) or heard[-1], _
    )
    asked = []
    for _ in range(15):
        asked.append(proposer.propose(rng).genotype)
        proposer.hear(asked[-1])
    assert set(asked[:10]) == set(cells[10:]) - set(barred)
    assert not set(asked) & set(barred)  # the last five were drawn at random
    lowest = heard[0].mean.min()
    assert all((heard[0].mean == lowest)[cells.index(cell)] for cell in barred)


def test_founders_may_be_evaluated_where_few_genotypes_may():
    for name in ("bananas", "renas-plus"):
        strategy = make_strategy(
            name, SPACE, seed=0, founders=6, feasible=lambda cell: convolutions(cell) < 0.2
        )
        for _ in range(12):
            proposal = strategy.ask()
            assert convolutions(proposal.genotype) < 0.2  # a ninth of all is
            strategy.tell(proposal, convolutions(proposal.genotype))


def test_where_few_may_be_evaluated_they_are_looked_for_near_those_that_were():
    first = SPACE.sample(random.Random(0))

    def near(cell):
        return len(difference(first, cell)) <= 2

    assert not any(near(SPACE.sample(random.Random(seed))) for seed in range(1, 200))
    for name in ("bananas", "renas-plus"):
        strategy = make_strategy(name, SPACE, seed=0, founders=5, feasible=near, initial=[first])
        for _ in range(12):
            proposal = strategy.ask()
            assert near(proposal.genotype)
            strategy.tell(proposal, convolutions(proposal.genotype))


def test_a_limit_that_nothing_breaks_changes_nothing():
    free, bound = (
        make_strategy("renas-plus", SPACE, seed=4, feasible=feasible)
        for feasible in (None, lambda _: True)
    )
    for _ in range(10):
        proposal = free.ask()
        assert proposal == bound.ask()
        for strategy in (free, bound):
            strategy.tell(proposal, convolutions(proposal.genotype))
