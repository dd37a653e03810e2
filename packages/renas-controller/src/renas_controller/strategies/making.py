"""Strategies by name."""

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import torch

from renas_controller.isolation import isolated
from renas_controller.prediction.predictor import predictor_settings
from renas_controller.settings import PAPER_SETTINGS, ControllerSettings
from renas_controller.state import State
from renas_controller.strategies.best_kept import BestKeptStrategy, Proposer
from renas_controller.strategies.candidates import CANDIDATES, RandomMutations
from renas_controller.strategies.evolution import EvolutionSettings, EvolutionStrategy
from renas_controller.strategies.imagining import (
    IMAGINATION,
    Imagination,
    ImaginationSettings,
)
from renas_controller.strategies.local_search import Improvement, LocalSearch
from renas_controller.strategies.mutators import LearnedMutator, Mutator, RandomMutator
from renas_controller.strategies.predicting import PredictingProposer, PredictingSettings
from renas_controller.strategies.protocol import Strategy
from renas_controller.strategies.random_search import RandomSearch
from renas_controller.strategies.writing import WritingProposer
from renas_space import InputError, Space, check_space
from renas_space.interface import G

STRATEGIES = (
    *("renas", "renas-nonbi", "renas-plus", "evolution"),
    *("reinforcement", "regularized-evolution", "local-search", "bananas", "random"),
)
"""All names: RENAS; its ablation with a one-directional encoder (both Fig. 4); reinforced mutation
in imagination; evolution with random mutations; reinforcement learning, which writes whole cells
(both Fig. 4); evolution in which the oldest leaves (Real et al. 2019); hill climbing (White et al.
2021); candidates by random mutation, of which a predictor chooses (White et al. 2021); random
search."""

_EVOLUTIONS = ("renas", "renas-nonbi", "evolution", "regularized-evolution")
"""Those that hold tournaments; the population of all others is the best that have been told."""

_PREDICTING = ("renas-plus", "bananas")
"""Those that have a predictor, and so a need of `Space.graphs`."""

_OWNERS = {
    "sample_size": _EVOLUTIONS,
    "mutations": (*_EVOLUTIONS, "renas-plus"),
    "allow_idle": _EVOLUTIONS,
    "improvement": ("local-search",),
    "founders": ("renas-plus", "bananas", "local-search"),
    "imagination": ("renas-plus",),
    "feasible": _PREDICTING,
    "controller": ("renas", "renas-nonbi", "renas-plus", "reinforcement"),
}
"""Which strategies have a setting, where others would have to ignore it."""

_FOUNDERS = {"renas-plus": 4, "bananas": 10, "local-search": 1}
"""How many random genotypes come first where nothing else is asked for."""

SEEDS = 2**64
"""How many seeds torch's generators tell apart."""


@isolated
def make_strategy(
    name: str,
    space: Space[G],
    *,
    population_size: int = 20,
    sample_size: int | None = None,
    seed: int = 0,
    mutations: int | None = None,
    allow_idle: bool | None = None,
    improvement: Improvement = "first",
    founders: int | None = None,
    imagination: ImaginationSettings = IMAGINATION,
    replay: bool = False,
    initial: Sequence[G] = (),
    feasible: Callable[[G], bool] | None = None,
    controller: ControllerSettings | None = None,
) -> Strategy[G]:
    """Return a new strategy.

    All strategies of one seed start with the same random cells, so that comparisons are paired;
    but for reinforcement learning, which writes its own, and, where random cells repeat or may not
    be evaluated, those with a predictor, which pass over them.

    Args:
        name: One of `STRATEGIES`.
        space: What is searched.
        population_size: P of the evolutions; for all others how many of the best are kept.
        sample_size: S of the evolutions' tournament; None means 5, or all where there are fewer.
        seed: Of all randomness, from 0 to 2**64 - 1.
        mutations: Of the evolutions: how many blocks of a child mutate; None means each one, as in
            the paper, but one for ``"regularized-evolution"``, as in its source. Of
            ``"renas-plus"``: at most so many of an imagined child.
        allow_idle: Of the evolutions: whether a mutation may choose what is there already; None
            means that it may, as in the paper, but not for ``"regularized-evolution"``.
        improvement: Of ``"local-search"``: whether the ``"first"`` better neighbour is gone on
            from, or the ``"best"`` of all.
        founders: How many random genotypes come first: of ``"renas-plus"`` and ``"bananas"``
            before the predictor is used, of ``"local-search"`` before each climb, which begins at
            the best of them. None means 4, 10 (as in its source) and 1 (as in its paper, whose code
            has 10).
        imagination: Of ``"renas-plus"``.
        replay: Whether a proposal that is isomorphic to an evaluated individual carries the fitness
            of that one, to be told without another evaluation. Its individual then has the genotype
            and the weights of the original.
        initial: Genotypes to start with, before random ones.
        feasible: Of ``"renas-plus"`` and ``"bananas"``: says whether a genotype may be evaluated,
            for example within a limit on its cost; None allows all. They avoid what may not, since
            a predictor would propose the same one again; the other strategies simply draw another
            after `Strategy.fail`.
        controller: Of ``"renas"``, ``"renas-nonbi"`` and ``"reinforcement"``, whose cells have no
            parents to be a baseline; of ``"renas-plus"`` the size of its states alone, the rest
            must be the paper's. None means the paper's.

    Raises:
        InputError: the name is unknown, a setting makes no sense or is that of other strategies,
            or an initial genotype is not of this space.
    """
    if name not in STRATEGIES:
        raise InputError(f"unknown strategy {name!r}: known are {', '.join(STRATEGIES)}")
    _check_own(
        name,
        sample_size=sample_size is not None,
        mutations=mutations is not None,
        allow_idle=allow_idle is not None,
        improvement=improvement != "first",
        founders=founders is not None,
        imagination=imagination != IMAGINATION,
        feasible=feasible is not None,
        controller=controller is not None,
    )
    controller = controller or PAPER_SETTINGS
    _check_whole(
        population_size=population_size,
        sample_size=sample_size,
        mutations=mutations,
        founders=founders,
        seed=seed,
    )
    if not 0 <= seed < SEEDS:
        raise InputError(f"seed is {seed!r}: give a whole number from 0 to {SEEDS - 1}")
    check_space(space, graphs=name in _PREDICTING)
    rng = random.Random(seed)
    if name not in _EVOLUTIONS:
        proposer, fixed = _proposer(
            name,
            space,
            controller=controller,
            improvement=improvement,
            founders=founders,
            imagination=imagination,
            mutations=mutations,
            feasible=feasible,
            seed=seed,
        )
        return BestKeptStrategy(
            name,
            space,
            proposer,
            population_size=population_size,
            replay=replay,
            rng=rng,
            initial=initial,
            fixed=fixed,
        )
    aging = name == "regularized-evolution"
    settings = EvolutionSettings(
        population_size=population_size,
        sample_size=min(5, population_size) if sample_size is None else sample_size,
        mutations=1 if aging and mutations is None else mutations,
        leaver="oldest" if aging else "worst",
        replay=replay,
    )
    allow_idle = not aging if allow_idle is None else allow_idle
    mutator, fixed = _mutator(name, space, controller, seed, allow_idle=allow_idle)
    return EvolutionStrategy(name, space, settings, mutator, rng=rng, initial=initial, fixed=fixed)


def _check_whole(**numbers: int | None) -> None:
    """Check that what is given is counted in Python's own whole numbers, which a state can hold.

    Raises:
        InputError: it is not.
    """
    for setting, number in numbers.items():
        if number is not None and type(number) is not int:
            raise InputError(f"{setting} is {number!r}: give an int")


def _check_own(name: str, **given: bool) -> None:
    """Check that a strategy has the settings that it was given.

    Raises:
        InputError: it does not.
    """
    for setting, is_given in given.items():
        owners = _OWNERS[setting]
        if is_given and name not in owners:
            *others, last = owners
            named = f"{', '.join(others)} and {last}" if others else last
            raise InputError(f"{setting} is a setting of {named}, not of {name}: leave it out")


def _mutator(
    name: str, space: Space[G], controller: ControllerSettings, seed: int, *, allow_idle: bool
) -> tuple[Mutator[G], State]:
    """Return who mutates, and the settings that are its own."""
    if name in ("evolution", "regularized-evolution"):
        # A stream of its own: the same seed would repeat what the strategy's `rng` draws.
        own = random.Random(f"mutations {seed}")
        return RandomMutator(space, rng=own, allow_idle=allow_idle), {"allow_idle": allow_idle}
    learned = LearnedMutator(
        space,
        controller,
        generator=torch.Generator().manual_seed(seed),
        bidirectional=name == "renas",
        allow_idle=allow_idle,
    )
    return learned, {"allow_idle": allow_idle, "controller": asdict(controller)}


def _proposer(
    name: str,
    space: Space[G],
    *,
    controller: ControllerSettings,
    improvement: Improvement,
    founders: int | None,
    imagination: ImaginationSettings,
    mutations: int | None,
    feasible: Callable[[G], bool] | None,
    seed: int,
) -> tuple[Proposer[G], State]:
    """Return who proposes, and the settings that are its own."""
    generator = torch.Generator().manual_seed(seed)
    first = _FOUNDERS.get(name, 0) if founders is None else founders
    predictor, learning = predictor_settings(), asdict(controller)
    match name:
        case "random":
            return RandomSearch(space), {}
        case "reinforcement":
            writing = WritingProposer(space, controller, generator=generator)
            return writing, {"controller": learning}
        case "local-search":
            climber = LocalSearch(space, improvement, first)
            return climber, {"improvement": improvement, "founders": first}
        case "bananas":
            settings = PredictingSettings(founders=first, parents=10)
            by_chance = PredictingProposer(space, RandomMutations(space), settings, feasible)
            own = {"candidates": CANDIDATES, "predictor": predictor}
            return by_chance, {**asdict(settings), **own}
        case "renas-plus":
            if controller != replace(PAPER_SETTINGS, hidden=controller.hidden):
                raise InputError(
                    "renas-plus has no setting of the controller but hidden: leave the others out"
                )
            settings = PredictingSettings(founders=first, parents=imagination.parents)
            source = Imagination(
                space, controller, imagination, mutations=mutations, generator=generator
            )
            fixed: State = {**asdict(settings), "predictor": predictor, "controller": learning}
            fixed |= {"imagination": asdict(imagination), "mutations": mutations}
            return PredictingProposer(space, source, settings, feasible), fixed
        case _:
            raise ValueError(f"{name} evolves a population")
