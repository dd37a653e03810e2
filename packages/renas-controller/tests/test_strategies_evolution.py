import random

import pytest

from renas_controller import ControllerSettings, make_strategy
from renas_controller.strategies.evolution import EvolutionSettings
from renas_space import InputError, SearchSpace, difference

SPACE = SearchSpace(blocks=3)
SMALL = ControllerSettings(hidden=8)


@pytest.fixture(params=["renas", "renas-nonbi", "evolution"])
def make(request):
    def build(**settings):
        learned = {} if request.param == "evolution" else {"controller": SMALL}
        usual = {"population_size": 4, "sample_size": 2, **learned}
        return make_strategy(request.param, SPACE, **{**usual, **settings})

    return build


def fill(strategy, fitnesses):
    """Tell one founder for each fitness."""
    for fitness in fitnesses:
        strategy.tell(strategy.ask(), fitness)


def ids(individuals):
    return [individual.id for individual in individuals]


def test_the_initial_population_is_random_cells_without_parents(make):
    strategy = make()
    proposals = [strategy.ask() for _ in range(4)]
    rng = random.Random(0)
    assert [p.genotype for p in proposals] == [SPACE.sample(rng) for _ in range(4)]
    assert [p.id for p in proposals] == [0, 1, 2, 3]
    for proposal in proposals:
        assert (proposal.parent_id, proposal.leaver_id, proposal.mutations) == (None, None, ())
        assert (proposal.log_prob, proposal.entropy) == (None, None)
        strategy.tell(proposal, 0.5)
    assert ids(strategy.population) == [0, 1, 2, 3]
    assert all(each.weights_id == each.id for each in strategy.population)


def test_a_child_is_mutated_from_the_best_of_a_sample_and_the_worst_leaves(make):
    strategy = make(sample_size=4)
    fill(strategy, [0.3, 0.6, 0.1, 0.2])
    child = strategy.ask()
    assert (child.parent_id, child.leaver_id) == (1, 2)
    assert child.genotype == SPACE.mutate(strategy.individual(1).genotype, child.mutations)
    assert [mutation.block for mutation in child.mutations] == [0, 1, 2]
    strategy.tell(child, 0.4)
    assert ids(strategy.population) == [0, 1, 3, 4]
    assert strategy.population[-1].parent_id == 1


def test_only_as_many_blocks_mutate_as_asked_for(make):
    strategy = make(mutations=1, allow_idle=False)
    fill(strategy, [0.5] * 4)
    blocks = set()
    for _ in range(60):
        child = strategy.ask()
        parent = strategy.individual(child.parent_id).genotype
        assert difference(parent, child.genotype) == child.mutations
        assert len(child.mutations) == 1
        blocks.add(child.mutations[0].block)
        strategy.tell(child, 0.5)
    assert blocks == {0, 1, 2}


def test_a_failed_random_cell_is_drawn_again(make):
    strategy = make()
    first = strategy.ask()
    strategy.fail(first, "loss is not finite")
    fill(strategy, [0.5] * 4)
    assert ids(strategy.population) == [1, 2, 3, 4]
    assert strategy.ask().parent_id is not None


def test_initial_genotypes_come_first_and_once(make):
    given = [SPACE.at(5), SPACE.at(6)]
    strategy = make(initial=given)
    proposals = [strategy.ask() for _ in range(3)]
    assert [p.genotype for p in proposals[:2]] == given
    assert proposals[2].genotype == SPACE.sample(random.Random(0))
    strategy.fail(proposals[0], "loss is not finite")
    assert strategy.ask().genotype not in given


def test_asked_while_random_cells_are_out_it_mutates_what_has_been_told(make):
    strategy = make()
    founders = [strategy.ask() for _ in range(4)]
    strategy.tell(founders[2], 0.5)
    child = strategy.ask()
    assert child.parent_id == child.leaver_id == 2
    strategy.tell(child, 0.6)
    assert ids(strategy.population) == [4]
    for founder in (founders[0], founders[1], founders[3]):
        strategy.tell(founder, 0.1)
    assert ids(strategy.population) == [4, 0, 1, 3]


def test_asked_before_anything_is_told_it_draws_more_random_cells_and_keeps_its_size(make):
    strategy = make(sample_size=4)
    proposals = [strategy.ask() for _ in range(6)]
    assert all(p.parent_id is None for p in proposals)
    for proposal, fitness in zip(proposals, [0.5, 0.6, 0.1, 0.2, 0.3, 0.4], strict=True):
        strategy.tell(proposal, fitness)
    assert ids(strategy.population) == [0, 1, 4, 5]  # 2, then 3 were the worst


def test_where_the_leaver_is_gone_already_the_worst_of_a_fresh_sample_leaves(make):
    strategy = make(sample_size=4)
    fill(strategy, [0.3, 0.6, 0.1, 0.2])
    first, second = strategy.ask(), strategy.ask()
    assert first.leaver_id == second.leaver_id == 2
    strategy.tell(second, 0.5)
    strategy.tell(first, 0.4)
    assert ids(strategy.population) == [0, 1, 5, 4]


def test_nobody_leaves_when_a_child_fails(make):
    strategy = make()
    fill(strategy, [0.3, 0.6, 0.1, 0.2])
    child = strategy.ask()
    strategy.fail(child, "loss is not finite")
    assert ids(strategy.population) == [0, 1, 2, 3]
    assert strategy.pending == ()


def test_a_parent_that_has_left_is_known_while_its_child_is_out(make):
    strategy = make(population_size=2)
    fill(strategy, [0.5, 0.9])
    best = strategy.best
    late = strategy.ask()
    for _ in range(6):
        strategy.tell(strategy.ask(), 0.9)
    assert 1 not in ids(strategy.population)
    assert strategy.individual(late.parent_id).id == 1
    assert strategy.individual(1) == best  # the first of equals
    assert strategy.needed_weights == {1, *ids(strategy.population)}
    with pytest.raises(KeyError):
        strategy.individual(0)


def test_weights_are_needed_of_the_population_pending_parents_and_the_best(make):
    strategy = make(population_size=2)
    fill(strategy, [0.5, 0.9])
    assert strategy.needed_weights == {0, 1}
    late = strategy.ask()
    strategy.tell(strategy.ask(), 0.95)
    strategy.tell(strategy.ask(), 0.1)
    strategy.tell(strategy.ask(), 0.2)
    alive = set(ids(strategy.population))
    assert strategy.needed_weights == alive | {late.parent_id, 3}
    strategy.fail(late, "stopped")
    assert strategy.needed_weights == alive | {3}


def test_the_best_is_kept_though_it_leaves(make):
    strategy = make(population_size=2)
    fill(strategy, [0.5, 0.7])
    assert strategy.best.id == 1
    for _ in range(8):
        strategy.tell(strategy.ask(), 0.7)
    assert strategy.best.id == 1
    assert strategy.individual(1) is strategy.best


def test_told_in_any_order_the_population_keeps_its_size(make, rng):
    strategy = make(population_size=5, sample_size=3, replay=True)
    told = 0
    while told < 80:
        if len(strategy.pending) < 4:
            strategy.ask()
            continue
        proposal = rng.choice(strategy.pending)
        if rng.random() < 0.1:
            strategy.fail(proposal, "bad luck")
            continue
        fitness = rng.random() if proposal.replays is None else proposal.known_fitness
        strategy.tell(proposal, fitness)
        told += 1
        assert len(strategy.population) <= 5
        for each in strategy.pending:
            if each.parent_id is not None:
                weights = strategy.individual(each.parent_id).weights_id
                assert weights in strategy.needed_weights
    assert len(strategy.population) == 5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"population_size": 1}, "population_size is 1: give 2 or more"),
        ({"sample_size": 1}, "sample_size is 1 of a population of 4: give 2 to 4"),
        ({"sample_size": 5}, "sample_size is 5 of a population of 4: give 2 to 4"),
        ({"mutations": 0}, "mutations is 0: give 1 to 3, or None"),
        ({"mutations": 4}, "mutations is 4: give 1 to 3, or None"),
        (
            {"initial": [SPACE.at(n) for n in range(5)]},
            "there are 5 initial genotypes for a population of 4: "
            "give fewer, or enlarge the population",
        ),
    ],
)
def test_sizes_that_make_no_sense_are_refused(make, settings, message):
    with pytest.raises(InputError) as error:
        make(**settings)
    assert str(error.value) == message


def test_the_population_of_the_paper_has_20_members():
    settings = EvolutionSettings()
    assert (settings.population_size, settings.sample_size) == (20, 5)
    assert settings.mutations is None


def test_in_regularized_evolution_the_oldest_leaves_and_one_block_changes():
    # Real et al. 2019: aging, one mutation, which changes something.
    strategy = make_strategy(
        "regularized-evolution", SearchSpace(blocks=5), population_size=4, sample_size=2, seed=0
    )
    for number in range(30):
        oldest = strategy.population[0].id if number >= 4 else None
        proposal = strategy.ask()
        assert proposal.leaver_id == oldest
        if oldest is not None:
            parent = strategy.individual(proposal.parent_id).genotype
            (changed,) = difference(parent, proposal.genotype)
            assert (changed,) == proposal.mutations
        strategy.tell(proposal, (number * 7 % 10) / 10)
        assert [each.id for each in strategy.population] == list(
            range(max(0, number - 3), number + 1)
        )


def test_where_the_oldest_is_gone_already_the_next_oldest_leaves():
    strategy = make_strategy(
        "regularized-evolution", SearchSpace(blocks=5), population_size=3, sample_size=2, seed=0
    )
    for _ in range(3):
        strategy.tell(strategy.ask(), 0.5)
    first, second = strategy.ask(), strategy.ask()
    assert first.leaver_id == second.leaver_id == 0
    strategy.tell(second, 0.5)
    strategy.tell(first, 0.5)
    assert [each.id for each in strategy.population] == [2, second.id, first.id]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state.update(population=[]), "a child is out, but nobody lives"),
        (lambda state: state["book"].update(next_id=3), "proposal 3 is out before the next, 3"),
        (
            lambda state: state["book"]["pending"][0]["proposal"].update(known_fitness=1.5),
            "a fitness is 1.5",
        ),
    ],
)
def test_a_state_that_contradicts_itself_is_refused(change, message):
    strategy = make_strategy("evolution", SPACE, population_size=3, sample_size=2, seed=0)
    for _ in range(3):
        strategy.tell(strategy.ask(), 0.5)
    child = strategy.ask()
    state = strategy.state_dict()
    change(state)
    with pytest.raises(InputError, match=message):
        strategy.load_state_dict(state)
    strategy.tell(child, 0.5)  # it is as it was
