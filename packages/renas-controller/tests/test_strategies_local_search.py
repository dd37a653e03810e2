"""Local search: where it goes, when it begins anew, and how many evaluations it needs."""

import random

import pytest

from renas_controller import make_strategy
from renas_space import BlockLayout, InputError, Slot
from renas_space.nasbench201 import NasBench201Space

SPACE = NasBench201Space()


def slope(cell):
    """Rise towards all convolutions 3x3: no summit but one."""
    return sum(token == 3 for node in cell.edges for token in node) / 6


def two_hills(cell):
    """Have a summit of 0.5 at all zeros, and one of 1 at all threes."""
    tokens = [token for node in cell.edges for token in node]
    return max(0.5 * tokens.count(0), tokens.count(3)) / 6


def climb(fitness, *, seed=0, most=2000, founders=1):
    strategy = make_strategy("local-search", SPACE, population_size=5, seed=seed, founders=founders)
    told = []
    while not told or max(told) < 1:
        assert len(told) < most
        proposal = strategy.ask()
        told.append(fitness(proposal.genotype))
        strategy.tell(proposal, told[-1])
    return strategy, told


def test_each_neighbour_of_a_place_is_asked_for_until_one_is_better():
    strategy = make_strategy("local-search", SPACE, population_size=5, seed=0)
    place = strategy.ask()
    assert place.parent_id is None
    strategy.tell(place, 0.5)
    asked = [strategy.ask() for _ in range(24)]  # out together
    assert {proposal.genotype for proposal in asked} == set(SPACE.neighbours(place.genotype))
    assert {proposal.parent_id for proposal in asked} == {place.id}
    assert all(
        SPACE.mutate(place.genotype, proposal.mutations) == proposal.genotype for proposal in asked
    )
    beginning = strategy.ask()  # all neighbours are out
    assert beginning.parent_id is None
    strategy.tell(asked[3], 0.4)
    strategy.tell(asked[4], 0.6)
    assert strategy.ask().parent_id == asked[4].id


def test_a_summit_is_left_for_a_new_beginning():
    strategy = make_strategy("local-search", SPACE, population_size=5, seed=0)
    strategy.tell(strategy.ask(), 0.5)
    for _ in range(24):
        strategy.tell(strategy.ask(), 0.1)
    assert strategy.ask().parent_id is None


def test_what_was_told_while_another_place_was_climbed_is_begun_at():
    strategy = make_strategy("local-search", SPACE, population_size=1, seed=0)
    strategy.tell(strategy.ask(), 0.5)
    asked = [strategy.ask() for _ in range(25)]
    strategy.tell(asked[24], 0.3)  # a beginning
    assert asked[24].id in strategy.needed_weights
    assert strategy.individual(asked[24].id).fitness == 0.3
    for proposal in asked[:24]:
        strategy.tell(proposal, 0.1)
    assert strategy.ask().parent_id == asked[24].id


def test_a_slope_is_climbed_without_a_restart_and_nothing_is_asked_twice():
    for seed in range(20):
        strategy, told = climb(slope, seed=seed)
        assert len(told) <= 1 + 6 * 24
        assert len(strategy.population) == min(5, len(told))


def test_restarts_find_the_higher_of_two_hills():
    counts = [len(climb(two_hills, seed=seed)[1]) for seed in range(20)]
    assert max(counts) > 60  # some had to begin anew
    assert sorted(counts)[10] < 60


def test_what_failed_is_not_asked_again():
    strategy = make_strategy("local-search", SPACE, population_size=5, seed=0)
    strategy.tell(strategy.ask(), 0.5)
    failed = strategy.ask().genotype
    again = make_strategy("local-search", SPACE, population_size=5, seed=0)
    again.tell(again.ask(), 0.5)
    again.fail(again.ask(), "out of memory")
    resumed = make_strategy("local-search", SPACE, population_size=5, seed=0)
    resumed.load_state_dict(again.state_dict())
    for number in range(1000):  # a twelfth of all pairs of cells are neighbours of neighbours
        proposal = resumed.ask()
        assert proposal.genotype != failed
        resumed.tell(proposal, number / 1000)


def test_a_failed_neighbour_is_not_waited_for():
    strategy = make_strategy("local-search", SPACE, population_size=5, seed=0)
    strategy.tell(strategy.ask(), 0.5)
    for _ in range(24):
        strategy.fail(strategy.ask(), "bad luck")
    assert strategy.ask().parent_id is None


class Tiny:
    """Two genotypes."""

    layout = (
        BlockLayout(slots=(Slot(name="x", kind="operation", values=(0, 1)),), combination=False),
    )
    vocabulary = 2

    def slot_tokens(self, genotype):
        return genotype

    def from_slot_tokens(self, tokens):
        return tuple(tuple(block) for block in tokens)

    def encoder_ids(self, genotype):
        return genotype[0]

    def sample(self, rng):
        return ((rng.randrange(2),),)

    def mutate(self, genotype, mutations):
        return ((mutations[-1].value if mutations else genotype[0][0],),)

    def digest(self, genotype):
        return repr(genotype)


@pytest.mark.parametrize("founders", [1, 3])
def test_a_space_that_is_known_whole_is_asked_for_again(founders):
    strategy = make_strategy("local-search", Tiny(), population_size=5, seed=0, founders=founders)
    for _ in range(6):
        proposal = strategy.ask()
        strategy.tell(proposal, proposal.genotype[0][0] / 2)
    assert strategy.best.fitness == 0.5


@pytest.mark.parametrize("out", [1, 4])
def test_several_out_at_once_find_it_too(out):
    strategy, rng = (
        make_strategy("local-search", SPACE, population_size=5, seed=2),
        random.Random(0),
    )
    pending, told = [], 0
    while strategy.best is None or strategy.best.fitness < 1:
        pending += [strategy.ask() for _ in range(out - len(pending))]
        proposal = pending.pop(rng.randrange(len(pending)))
        strategy.tell(proposal, slope(proposal.genotype))
        told += 1
        assert told < 400


def test_the_best_neighbour_is_gone_on_from_where_asked():
    strategy = make_strategy("local-search", SPACE, seed=0, improvement="best")
    strategy.tell(strategy.ask(), 0.5)
    asked = [strategy.ask() for _ in range(24)]
    for number, proposal in enumerate(asked):
        strategy.tell(proposal, {3: 0.6, 7: 0.7}.get(number, 0.1))
        assert number < 7 or asked[7].id in strategy.needed_weights
    assert strategy.ask().parent_id == asked[7].id


def test_each_climb_begins_at_the_best_of_its_founders():
    strategy = make_strategy("local-search", SPACE, seed=0, founders=3)
    founders = [strategy.ask() for _ in range(3)]
    assert [proposal.parent_id for proposal in founders] == [None] * 3
    for proposal, fitness in zip(founders, (0.2, 0.5, 0.3), strict=True):
        strategy.tell(proposal, fitness)
    climb = [strategy.ask() for _ in range(24)]
    assert {proposal.parent_id for proposal in climb} == {founders[1].id}
    for proposal in climb:
        strategy.tell(proposal, 0.1)
    others = [strategy.ask() for _ in range(3)]  # a summit: neither of the others is returned to
    assert [proposal.parent_id for proposal in others] == [None] * 3
    strategy.fail(others[0], "bad luck")
    for proposal in others[1:]:
        strategy.tell(proposal, 0.2)
    assert strategy.ask().parent_id is None  # in place of the one that failed


def test_founders_told_too_late_are_the_next_climbs():
    strategy = make_strategy("local-search", SPACE, seed=0, founders=2)
    founders = [strategy.ask() for _ in range(5)]
    for proposal, fitness in zip(founders, (0.2, 0.5, 0.3, 0.4, 0.1), strict=True):
        strategy.tell(proposal, fitness)
    for place in (founders[1], founders[3]):
        climb = [strategy.ask() for _ in range(24)]
        assert {proposal.parent_id for proposal in climb} == {place.id}
        for proposal in climb:
            strategy.tell(proposal, 0.05)
    assert strategy.ask().parent_id is None


def test_founders_find_the_highest_hill_sooner():
    """White et al.'s code begins at the best of ten, which is worth it where summits are many."""
    alone, founded = (
        sum(len(climb(two_hills, seed=seed, founders=founders)[1]) for seed in range(40))
        for founders in (1, 10)
    )
    assert founded < alone


def test_a_climb_without_founders_is_refused():
    with pytest.raises(InputError, match="founders is 0: give 1 or more"):
        make_strategy("local-search", SPACE, founders=0)


def test_an_unknown_improvement_is_refused():
    with pytest.raises(InputError, match="improvement is 'last': give first or best"):
        make_strategy("local-search", SPACE, improvement="last")
