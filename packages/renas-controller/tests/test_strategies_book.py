import logging
import math

import pytest

from renas_controller import make_strategy
from renas_space import Block, Cell, Genotype, InputError, SearchSpace

SPACE = SearchSpace(blocks=2)


def cell(*blocks):
    return Genotype(Cell(tuple(Block(inputs, operations) for inputs, operations in blocks)))


FIRST = ((0, 1), ("sep_conv_3x3", "skip_connect"))
SECOND = ((1, 1), ("avg_pool_3x3", "sep_conv_5x5"))
ONE, SAME = cell(FIRST, SECOND), cell(SECOND, FIRST)
OTHER = cell(FIRST, FIRST)


@pytest.fixture(params=["evolution", "random"])
def make(request):
    def build(*initial, replay=False):
        sample = 2 if request.param == "evolution" else None
        settings = {"population_size": 3, "sample_size": sample}
        return make_strategy(request.param, SPACE, initial=initial, replay=replay, **settings)

    return build


def sentence(call, *arguments):
    with pytest.raises(InputError) as error:
        call(*arguments)
    return str(error.value)


def test_the_two_cells_of_these_tests_compute_the_same():
    assert ONE != SAME
    assert ONE.digest() == SAME.digest() != OTHER.digest()


@pytest.mark.parametrize("fitness", [-0.01, 1.01, math.nan, math.inf, None, "0.5"])
def test_what_is_no_fitness_is_refused_and_the_proposal_stays_out(make, fitness):
    strategy = make()
    proposal = strategy.ask()
    assert sentence(strategy.tell, proposal, fitness) == (
        f"the fitness of proposal 0 is {fitness!r}: give a number from 0 to 1, or call fail"
    )
    assert strategy.pending == (proposal,)
    strategy.tell(proposal, 1)
    assert strategy.best.fitness == 1.0


def test_a_proposal_is_told_or_fails_once(make):
    strategy = make()
    told, failed = strategy.ask(), strategy.ask()
    strategy.tell(told, 0.5)
    strategy.fail(failed, "loss is not finite")
    for number, proposal in enumerate((told, failed)):
        message = f"proposal {number} has been told or has failed already: tell each once"
        assert sentence(strategy.tell, proposal, 0.5) == message
        assert sentence(strategy.fail, proposal, "again") == message


def test_a_proposal_that_was_never_asked_is_refused(make):
    strategy, other = make(), make(ONE)
    other.ask()
    unknown = other.ask()
    assert sentence(strategy.tell, unknown, 0.5) == (
        "there is no proposal 1: tell what this strategy has asked"
    )
    assert sentence(strategy.tell, 0, 0.5) == "0 is no proposal: tell what this strategy has asked"
    strategy.ask()
    foreign = make(ONE).ask()
    assert sentence(strategy.tell, foreign, 0.5) == (
        "proposal 0 has another genotype than the one that was asked: "
        "tell what this strategy has asked"
    )


def test_the_reason_of_a_failure_is_logged(make, caplog):
    strategy = make()
    with caplog.at_level(logging.INFO):
        strategy.fail(strategy.ask(), "loss is not finite")
    assert caplog.messages == ["proposal 0 failed: loss is not finite"]


def test_a_duplicate_replays_the_original_and_gets_its_genotype_and_weights(make):
    strategy = make(ONE, SAME, replay=True)
    strategy.tell(strategy.ask(), 0.5)
    again = strategy.ask()
    assert again.genotype == SAME
    assert (again.replays, again.known_fitness) == (0, 0.5)
    strategy.tell(again, again.known_fitness)
    individual = strategy.individual(1)
    assert individual.genotype == ONE
    assert (individual.id, individual.weights_id, individual.fitness) == (1, 0, 0.5)
    assert strategy.needed_weights == {0}


def test_a_duplicate_has_the_known_fitness(make):
    strategy = make(ONE, SAME, replay=True)
    strategy.tell(strategy.ask(), 0.5)
    again = strategy.ask()
    assert sentence(strategy.tell, again, 0.6) == (
        "the fitness of proposal 1 is 0.6, but it replays 0: tell its known_fitness 0.5"
    )


def test_a_duplicate_of_a_duplicate_replays_the_one_that_was_evaluated(make):
    strategy = make(ONE, SAME, SAME, replay=True)
    for replays in (None, 0, 0):
        proposal = strategy.ask()
        assert proposal.replays == replays
        strategy.tell(proposal, 0.5)


def test_two_that_are_out_together_are_both_evaluated(make):
    strategy = make(ONE, SAME, SAME, replay=True)
    first, second = strategy.ask(), strategy.ask()
    strategy.tell(second, 0.6)
    strategy.tell(first, 0.5)
    assert {each.id: each.weights_id for each in strategy.population} == {0: 0, 1: 1}
    third = strategy.ask()
    assert (third.replays, third.known_fitness) == (1, 0.6)  # the first that was told


def test_other_cells_and_failed_ones_are_not_replayed(make):
    strategy = make(ONE, OTHER, SAME, replay=True)
    strategy.fail(strategy.ask(), "loss is not finite")
    strategy.tell(strategy.ask(), 0.5)
    assert strategy.ask().replays is None


def test_nothing_is_replayed_unless_asked_for(make):
    strategy = make(ONE, SAME)
    strategy.tell(strategy.ask(), 0.5)
    assert strategy.ask().replays is None


def test_what_may_be_replayed_keeps_its_weights():
    strategy = make_strategy("evolution", SPACE, population_size=2, sample_size=2, replay=True)
    evaluated = set()
    for _ in range(30):
        proposal = strategy.ask()
        if proposal.replays is None:
            evaluated.add(proposal.id)
            strategy.tell(proposal, 0.5)
        else:
            assert proposal.replays in strategy.needed_weights
            strategy.tell(proposal, proposal.known_fitness)
    assert strategy.needed_weights == evaluated
