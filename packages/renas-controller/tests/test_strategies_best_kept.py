import random

import pytest

from renas_controller import make_strategy
from renas_space import InputError, Mutation, SearchSpace

SPACE = SearchSpace(blocks=2)


def test_its_population_is_the_best_that_were_told():
    strategy = make_strategy("random", SPACE, population_size=3)
    for fitness in [0.1, 0.5, 0.3, 0.5, 0.2, 0.5, 0.5]:
        strategy.tell(strategy.ask(), fitness)
    assert [each.id for each in strategy.population] == [1, 3, 5]  # the first of equals
    assert strategy.best.id == 1
    assert strategy.needed_weights == {1, 3, 5}
    assert strategy.individual(3).fitness == 0.5
    with pytest.raises(KeyError):
        strategy.individual(0)


def test_a_failed_proposal_is_forgotten():
    strategy = make_strategy("random", SPACE, population_size=3)
    strategy.fail(strategy.ask(), "loss is not finite")
    assert strategy.population == strategy.pending == ()
    assert strategy.best is None


def test_it_needs_no_tournament_but_a_place():
    make_strategy("random", SPACE, population_size=1)
    with pytest.raises(InputError) as error:
        make_strategy("random", SPACE, population_size=0)
    assert str(error.value) == "population_size is 0: give 1 or more"


@pytest.mark.parametrize("name", ["local-search", "bananas", "renas-plus"])
def test_initial_cells_that_are_out_are_not_proposed_again(name):
    # Neighbours of the first, which a search would come to at once: others found them already.
    first = SPACE.sample(random.Random(0))
    initial = [first, *neighbours(first)]
    settings = {} if name == "local-search" else {"founders": 1}
    strategy = make_strategy(name, SPACE, seed=1, initial=initial, **settings)
    proposals = [strategy.ask() for _ in initial]
    strategy.tell(proposals[0], 0.5)
    known = {SPACE.digest(genotype) for genotype in initial}
    assert all(SPACE.digest(strategy.ask().genotype) not in known for _ in range(10))


def neighbours(genotype):
    """Return all cells that differ in the operation on the first edge."""
    present = SPACE.slot_tokens(genotype)[0][2]
    values = SPACE.layout[0].slots[2].values
    return [
        SPACE.mutate(genotype, (Mutation(0, 2, value),)) for value in values if value != present
    ]
