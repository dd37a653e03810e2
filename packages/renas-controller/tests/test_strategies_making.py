import copy
import pickle
import random

import numpy as np
import pytest
import torch

from renas_controller import (
    STRATEGIES,
    ControllerSettings,
    ImaginationSettings,
    dumps,
    loads,
    make_strategy,
)
from renas_space import InputError, SearchSpace

SPACE = SearchSpace(blocks=3)
SMALL = ControllerSettings(hidden=8)


MUTATING = {"renas", "renas-nonbi", "evolution", "regularized-evolution"}
OWNERS = {
    "sample_size": MUTATING,
    "feasible": {"renas-plus", "bananas"},
    "controller": {"renas", "renas-nonbi", "renas-plus", "reinforcement"},
    "mutations": {*MUTATING, "renas-plus"},
    "allow_idle": MUTATING,
    "improvement": {"local-search"},
    "founders": {"renas-plus", "bananas", "local-search"},
    "imagination": {"renas-plus"},
}


def make(name, seed=0, space=SPACE, **settings):
    own = {"sample_size": 3, "controller": SMALL}
    usual = {setting: value for setting, value in own.items() if name in OWNERS[setting]}
    return make_strategy(name, space, seed=seed, **{"population_size": 6, **usual, **settings})


def fitness(proposal):
    """Deterministic, and different for nearly every genotype."""
    if proposal.known_fitness is not None:
        return proposal.known_fitness
    return random.Random(repr(proposal.genotype)).random()


def play(strategy, rng, steps):
    """Ask, tell and fail at random with up to four proposals out; return what was asked."""
    asked = []
    for _ in range(steps):
        pending = strategy.pending
        if not pending or (len(pending) < 4 and rng.random() < 0.55):
            asked.append(strategy.ask())
        elif rng.random() < 0.1:
            strategy.fail(rng.choice(pending), "bad luck")
        else:
            proposal = rng.choice(pending)
            strategy.tell(proposal, fitness(proposal))
    return asked


@pytest.fixture(params=STRATEGIES)
def name(request):
    return request.param


def test_the_same_seed_gives_the_same_search(name):
    first, second, other = (
        [p.genotype for p in play(make(name, seed), random.Random(0), 60)] for seed in (0, 0, 1)
    )
    assert first == second != other


@pytest.mark.parametrize("settings", [{}, {"mutations": 2, "allow_idle": False, "replay": True}])
def test_a_saved_state_resumes_to_the_same_future(name, settings):
    settings = {
        key: value for key, value in settings.items() if name in OWNERS.get(key, STRATEGIES)
    }
    strategy, rng = make(name, **settings), random.Random(9)
    moments = sorted(random.Random(name).sample(range(60), 4))
    saved = []
    for step in range(60):
        if step in moments:
            saved.append((step, dumps(strategy.state_dict()), copy.deepcopy(rng), strategy.pending))
        play(strategy, rng, 1)
    future = play(strategy, rng, 30)
    assert any(len(pending) > 1 for *_, pending in saved)
    for step, data, then, pending in saved:
        resumed = make(name, seed=99, **settings)
        resumed.load_state_dict(loads(data))
        assert resumed.pending == pending
        assert dumps(resumed.state_dict()) == data
        play(resumed, then, 60 - step)
        assert play(resumed, then, 30) == future
        assert resumed.population == strategy.population
        assert resumed.best == strategy.best
        assert resumed.needed_weights == strategy.needed_weights
        assert dumps(resumed.state_dict()) == dumps(strategy.state_dict())


def test_initial_genotypes_that_are_not_yet_out_are_part_of_the_state(name):
    given = [SPACE.at(n) for n in (3, 4, 5)]
    strategy = make(name, initial=given)
    strategy.tell(strategy.ask(), 0.5)
    resumed = make(name)
    resumed.load_state_dict(loads(dumps(strategy.state_dict())))
    assert [resumed.ask().genotype for _ in range(2)] == given[1:]


def test_a_state_is_a_copy(name):
    strategy = make(name)
    play(strategy, random.Random(0), 40)
    state = strategy.state_dict()
    before = dumps(state)
    play(strategy, random.Random(1), 40)
    assert dumps(state) == before


def test_global_random_generators_are_not_touched(name):
    before = random.getstate(), torch.get_rng_state()
    play(make(name), random.Random(0), 60)
    assert before[0] == random.getstate()
    assert torch.equal(before[1], torch.get_rng_state())


def test_strategies_of_one_seed_start_alike():
    names = set(STRATEGIES) - {"reinforcement"}  # which writes its own
    starts = [[strategy.ask().genotype for _ in range(6)] for strategy in map(make, names)]
    assert all(start == starts[0] for start in starts)


def test_a_space_of_edges_is_searched_too(name, edges):
    strategy = make(name, space=edges)
    for _ in range(20):
        proposal = strategy.ask()
        strategy.tell(proposal, sum(slot for (slot,) in proposal.genotype) / 24)
    assert strategy.best.fitness > 0.5


@pytest.mark.parametrize(
    ("saved", "present", "what"),
    [
        (
            {"name": "evolution"},
            {"name": "renas"},
            "strategy 'evolution', this strategy has 'renas'",
        ),
        ({"population_size": 8}, {}, "population_size 8, this strategy has 6"),
        ({"sample_size": 4}, {}, "sample_size 4, this strategy has 3"),
        ({"mutations": 1}, {}, "mutations 1, this strategy has None"),
        ({"allow_idle": False}, {}, "allow_idle False, this strategy has True"),
        ({"replay": True}, {}, "replay True, this strategy has False"),
    ],
)
def test_a_state_of_other_settings_is_refused(saved, present, what):
    state = make(**{"name": "renas", **saved}).state_dict()
    strategy = make(**{"name": "renas", **present})
    before = dumps(strategy.state_dict())
    with pytest.raises(InputError) as error:
        strategy.load_state_dict(state)
    assert str(error.value) == (
        f"the state was saved with {what}: resume with the settings of the state"
    )
    assert dumps(strategy.state_dict()) == before


def test_a_state_of_another_space_or_controller_is_refused():
    strategy = make("renas")
    for other in (
        make("renas", space=SearchSpace(blocks=2)),
        make("renas", space=SearchSpace(blocks=3, output="all")),
    ):
        with pytest.raises(InputError, match="^the state was saved with space '"):
            strategy.load_state_dict(other.state_dict())
    other = make("renas", controller=ControllerSettings(hidden=8, baseline="parent"))
    with pytest.raises(InputError, match="^the state was saved with controller "):
        strategy.load_state_dict(other.state_dict())


def test_a_damaged_state_is_refused_in_one_sentence_and_changes_nothing(name):
    strategy = make(name)
    play(strategy, random.Random(0), 40)
    state, before = strategy.state_dict(), dumps(strategy.state_dict())
    for key in state.keys() - {"settings"}:
        for damaged in (None, 3, "x", {"y": 1}):
            with pytest.raises(InputError) as error:
                strategy.load_state_dict({**state, key: damaged})
            assert str(error.value).startswith("the state is damaged (")
            assert dumps(strategy.state_dict()) == before
    for damaged in ({}, {"settings": state["settings"]}):
        with pytest.raises(InputError, match="^the state is damaged "):
            strategy.load_state_dict(damaged)


MANY = (("book", "evaluated"), ("proposer", "told"))
"""Individuals by digest, of which nobody misses one."""


def keys_of(value, path=()):
    """Yield the path to every key of nested dicts; where there are many alike, to the first's."""
    if isinstance(value, dict):
        for key, item in list(value.items())[: 1 if path in MANY else None]:
            yield (*path, key)
            yield from keys_of(item, (*path, key))
    elif isinstance(value, list) and value:
        yield from keys_of(value[0], (*path, 0))


def with_change(value, path, change):
    """Return a state in which something has happened to one key; the given one is left alone."""
    key, *rest = path
    copied = value.copy()
    if rest:
        copied[key] = with_change(value[key], rest, change)
    else:
        change(copied, key)
    return copied


def remove(values, key):
    del values[key]


def spoil(values, key):
    values[key] = {"y": 1}


def may_be_missing(state, path):
    """Whether a key is that of one of many, or of a setting that is None."""
    *above, key = path
    return state["settings"][key] is None if above == ["settings"] else tuple(above) in MANY


def test_a_state_that_is_damaged_anywhere_is_refused_and_the_future_stays_the_same(name):
    strategy, twin = make(name, replay=True), make(name, replay=True)
    for each in (strategy, twin):
        play(each, random.Random(0), 60)
    other = make(name, seed=1, replay=True)  # whose weights and generators are others
    play(other, random.Random(1), 60)
    state, before = other.state_dict(), dumps(strategy.state_dict())
    damages = [
        (path, change)
        for path in keys_of(state)
        for change in (remove, spoil)
        if change is spoil or not may_be_missing(state, path)
    ]
    assert len(damages) > 60
    for path, change in damages:
        with pytest.raises(InputError, match="^the state('s tensor| is damaged | was saved with )"):
            strategy.load_state_dict(with_change(state, path, change))
        assert dumps(strategy.state_dict()) == before
    assert play(strategy, random.Random(2), 40) == play(twin, random.Random(2), 40)
    assert dumps(strategy.state_dict()) == dumps(twin.state_dict())


@pytest.mark.parametrize("name", ["renas", "renas-nonbi", "renas-plus", "reinforcement"])
def test_a_generator_of_torch_in_no_state_at_all_is_refused_and_changes_nothing(name):
    strategy, other = make(name), make(name, seed=1)
    play(other, random.Random(0), 60)
    before = dumps(strategy.state_dict())
    state = other.state_dict()
    (path,) = [path for path in keys_of(state) if path[-1] == "generator"]
    generator = torch.full((5056,), 255, dtype=torch.uint8)

    def scramble(values, key):
        assert values[key].shape == generator.shape
        values[key] = generator

    with pytest.raises(InputError, match="^the state is damaged \\(RuntimeError: "):
        strategy.load_state_dict(with_change(state, path, scramble))
    assert dumps(strategy.state_dict()) == before


def test_an_unknown_strategy_is_refused():
    with pytest.raises(InputError) as error:
        make("anneal")
    assert str(error.value) == (
        "unknown strategy 'anneal': known are renas, renas-nonbi, renas-plus, "
        "evolution, reinforcement, regularized-evolution, local-search, bananas, random"
    )


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("sample_size", 4),
        ("feasible", lambda _: True),
        ("controller", ControllerSettings(hidden=4)),
        ("mutations", 2),
        ("allow_idle", True),
        ("allow_idle", False),
        ("improvement", "best"),
        ("founders", 3),
        ("imagination", ImaginationSettings(rounds=1)),
    ],
)
def test_a_setting_of_other_strategies_is_refused(name, setting, value):
    if name in OWNERS[setting]:
        make(name, **{setting: value})
        return
    with pytest.raises(InputError, match=f"^{setting} is a setting of .*, not of {name}: leave it"):
        make(name, **{setting: value})


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        (
            {"allow_idle": False},
            "allow_idle is a setting of renas, renas-nonbi, evolution and regularized-evolution, "
            "not of random: leave it out",
        ),
        (
            {"improvement": "best"},
            "improvement is a setting of local-search, not of random: leave it out",
        ),
    ],
)
def test_whose_setting_it_is_is_said_in_words(setting, sentence):
    with pytest.raises(InputError) as error:
        make("random", **setting)
    assert str(error.value) == sentence


def test_reinforcement_has_no_parents_to_compare_with():
    with pytest.raises(InputError) as error:
        make("reinforcement", controller=ControllerSettings(hidden=8, baseline="parent"))
    assert str(error.value) == (
        "baseline is 'parent', but reinforcement writes cells without parents: give average"
    )


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_that_torch_cannot_take_is_refused(name, seed):
    with pytest.raises(InputError) as error:
        make(name, seed=seed)
    assert str(error.value) == (
        f"seed is {seed}: give a whole number from 0 to 18446744073709551615"
    )
    make(name, seed=2**64 - 1)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("seed", 1.5),
        ("seed", np.int64(3)),  # a state could not hold it
        ("population_size", 2.5),
        ("mutations", 1.5),
        ("sample_size", "4"),
    ],
)
def test_what_is_no_whole_number_is_refused(setting, value):
    with pytest.raises(InputError) as error:
        make("renas", **{setting: value})
    assert str(error.value) == f"{setting} is {value!r}: give an int"


def test_all_of_a_small_population_take_part_in_a_tournament():
    strategy = make_strategy("evolution", SearchSpace(blocks=2), population_size=3)
    assert strategy.state_dict()["settings"]["sample_size"] == 3


def test_the_controller_of_renas_plus_has_no_settings_but_its_size():
    make("renas-plus", controller=ControllerSettings(hidden=4))
    with pytest.raises(InputError) as error:
        make("renas-plus", controller=ControllerSettings(hidden=8, learning_rate=1.0))
    assert str(error.value) == (
        "renas-plus has no setting of the controller but hidden: leave the others out"
    )


def test_a_space_that_breaks_a_rule_is_refused(name):
    class Spoilt(SearchSpace):
        vocabulary = 3

    with pytest.raises(InputError, match="or a larger vocabulary$"):
        make_strategy(name, Spoilt(blocks=2))


def test_a_strategy_is_copied_by_pickle_in_little_space(name):
    strategy = make(name)
    for _ in range(12):
        proposal = strategy.ask()
        strategy.tell(proposal, len(set(proposal.genotype.tokens)) / 25)
    copy = pickle.dumps(strategy)
    assert len(copy) < 3e6
    assert pickle.loads(copy).ask() == strategy.ask()  # noqa: S301 (made here)


def helpful(strategy, children):
    """Return how many of the mutations asked for bring a 5x5 separable convolution."""
    count = 0
    for _ in range(children):
        proposal = strategy.ask()
        count += sum(m.slot >= 2 and m.value == 1 for m in proposal.mutations)
        names = [n for block in proposal.genotype.normal.blocks for n in block.operations]
        strategy.tell(proposal, 0.8 * names.count("sep_conv_5x5") / len(names))
    return count


@pytest.mark.parametrize("variant", ["renas", "renas-nonbi"])
def test_the_controller_learns_what_helps(variant):
    strategy = make_strategy(variant, SearchSpace(blocks=5), seed=1)
    helpful(strategy, 20)
    start = strategy.ask().entropy
    first = helpful(strategy, 50) / 50
    helpful(strategy, 400)
    last = helpful(strategy, 50) / 50
    # Of five mutations a child, chance makes 5 / 12 helpful.
    assert first < 1.0
    assert last > 2.0
    assert strategy.ask().entropy < start - 1


def test_chance_does_not_learn():
    strategy = make_strategy("evolution", SearchSpace(blocks=5), seed=1)
    helpful(strategy, 470)
    assert helpful(strategy, 200) / 200 == pytest.approx(5 / 12, abs=0.15)


def test_who_mutates_by_what_it_learned_says_how(name):
    strategy = make(name)
    play(strategy, random.Random(0), 40)
    if not name.startswith("renas"):
        assert strategy.policy is None
        return
    parents = [SPACE.sample(random.Random(seed)) for seed in range(3)]
    distribution = strategy.policy(parents)
    assert distribution.router.shape == (3, 3, 4)
    assert not distribution.router.requires_grad
    assert (distribution.entropy() < distribution.by_chance().entropy() + 1e-3).all()


def test_asking_for_the_policy_changes_nothing(name):
    def played(asking):
        strategy = make(name)
        for _ in range(30):
            proposal = strategy.ask()
            strategy.tell(proposal, fitness(proposal))
            if asking and strategy.policy:
                strategy.policy([proposal.genotype])
        return dumps(strategy.state_dict())

    assert played(asking=True) == played(asking=False)


def test_the_policy_is_the_one_that_draws():
    strategy = make("renas")
    for _ in range(30):
        proposal = strategy.ask()
        strategy.tell(proposal, fitness(proposal))
    proposal = strategy.ask()
    parent = strategy.individual(proposal.parent_id).genotype
    log_prob = strategy.policy([parent]).log_prob([proposal.mutations])
    assert log_prob.item() == pytest.approx(proposal.log_prob)
