import random

import pytest

from renas_controller import Individual, Population, tournament


def individual(number, fitness):
    return Individual(id=number, genotype="", fitness=fitness, parent_id=None, weights_id=number)


def test_the_best_of_a_sample_is_the_parent_and_the_worst_leaves(rng):
    members = [individual(n, fitness) for n, fitness in enumerate([0.3, 0.9, 0.1, 0.5])]
    parent, leaver = tournament(members, 4, rng)
    assert (parent.id, leaver.id) == (1, 2)


def test_among_equals_the_youngest_is_best_and_the_oldest_leaves():
    members = [individual(n, 0.5) for n in (3, 1, 2)]
    for seed in range(10):
        parent, leaver = tournament(members, 3, random.Random(seed))
        assert (parent.id, leaver.id) == (3, 1)


def test_a_sample_is_no_larger_than_the_population(rng):
    only = individual(0, 0.5)
    assert tournament([only], 5, rng) == (only, only)


def test_every_sample_is_equally_likely():
    members = [individual(n, n / 10) for n in range(4)]
    rng = random.Random(0)
    pairs = [tuple(each.id for each in tournament(members, 2, rng)) for _ in range(3000)]
    expected = {(high, low) for high in range(4) for low in range(high)}
    assert set(pairs) == expected
    assert all(400 < pairs.count(pair) < 600 for pair in expected)


def test_individuals_come_and_go():
    population = Population([individual(0, 0.1), individual(1, 0.2)])
    population.push(individual(2, 0.3))
    population.remove(0)
    assert [member.id for member in population.members] == [1, 2]
    assert len(population) == 2
    assert population.get(0) is None
    assert population.get(2).fitness == 0.3
    with pytest.raises(KeyError):
        population.remove(0)
