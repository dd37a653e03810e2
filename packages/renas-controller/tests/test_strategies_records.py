import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renas_controller import Individual, Proposal
from renas_controller.strategies.records import Records
from renas_space import InputError, Mutation, SearchSpace

SPACE = SearchSpace(blocks=2, separate_reduction=True)
genotypes = st.integers(0, SPACE.size - 1).map(SPACE.at)
optional_ids = st.none() | st.integers(0)
fitnesses = st.floats(0, 1)


def through_json(state):
    return json.loads(json.dumps(state))


@given(st.integers(0), genotypes, fitnesses, optional_ids)
def test_individuals_come_back(number, genotype, fitness, parent):
    records = Records(SPACE)
    individual = Individual(
        id=number, genotype=genotype, fitness=fitness, parent_id=parent, weights_id=number
    )
    assert records.read_individual(through_json(records.individual(individual))) == individual


@given(genotypes, optional_ids, st.none() | st.floats(-50, 0), st.none() | fitnesses)
def test_proposals_come_back(genotype, parent, log_prob, known):
    records = Records(SPACE)
    proposal = Proposal(
        id=3,
        genotype=genotype,
        parent_id=parent,
        leaver_id=parent,
        mutations=(Mutation(0, 1, 0), Mutation(1, 2, 5)),
        log_prob=log_prob,
        entropy=None,
        replays=None,
        known_fitness=known,
    )
    assert records.read_proposal(through_json(records.proposal(proposal))) == proposal


def test_spaces_that_differ_are_told_apart_and_equal_ones_are_not(edges, uneven):
    spaces = [
        SearchSpace(),
        SearchSpace(blocks=4),
        SearchSpace(output="all"),
        SearchSpace(separate_reduction=True),
        SearchSpace(operations=("sep_conv_3x3", "skip_connect")),
        edges,
        uneven,
    ]
    assert len({Records(space).space_digest() for space in spaces}) == len(spaces)
    assert Records(SearchSpace()).space_digest() == Records(SearchSpace()).space_digest()


@pytest.mark.parametrize("other", [SearchSpace(blocks=2, output="all"), SearchSpace(blocks=3)])
def test_genotypes_of_another_space_are_refused(other):
    records, genotype = Records(SearchSpace(blocks=2)), other.sample(random.Random(0))
    assert records.checked([SearchSpace(blocks=2).at(7)]) == [SearchSpace(blocks=2).at(7)]
    with pytest.raises(InputError):
        records.checked([genotype])
