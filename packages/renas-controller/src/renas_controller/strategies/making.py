"""Strategies by name."""

import random
from collections.abc import Sequence
from dataclasses import asdict

import torch

from renas_controller.settings import PAPER_SETTINGS, ControllerSettings
from renas_controller.state import State
from renas_controller.strategies.best_kept import BestKeptStrategy, Chance, Proposer
from renas_controller.strategies.climbing import Climber, Improvement
from renas_controller.strategies.evolution import EvolutionSettings, EvolutionStrategy
from renas_controller.strategies.mutators import LearnedMutator, Mutator, RandomMutator
from renas_controller.strategies.protocol import Strategy
from renas_controller.strategies.writing import WritingProposer
from renas_space import InputError, Space
from renas_space.interface import G

STRATEGIES = (
    *("renas", "renas-nonbi", "evolution"),
    *("reinforcement", "regularized-evolution", "local-search", "random"),
)
"""All names: RENAS; its ablation with a one-directional encoder; the same evolution with random
mutations; reinforcement learning, which writes whole cells (all Fig. 4); evolution in which the
oldest leaves (Real et al. 2019); hill climbing (White et al. 2021); random search."""

SEEDS = 2**64
"""How many seeds torch's generators tell apart."""


def make_strategy(
    name: str,
    space: Space[G],
    *,
    population_size: int = 20,
    sample_size: int = 5,
    seed: int = 0,
    mutations: int | None = None,
    allow_idle: bool | None = None,
    improvement: Improvement = "first",
    replay: bool = False,
    initial: Sequence[G] = (),
    controller: ControllerSettings = PAPER_SETTINGS,
) -> Strategy[G]:
    """Return a new strategy.

    All strategies of one seed start with the same random cells (but for reinforcement learning,
    which writes its own), and those with a population hold the same tournaments as long as fitness
    agrees, so that comparisons are paired.

    Args:
        name: One of `STRATEGIES`.
        space: What is searched.
        population_size: P; for ``"random"``, ``"local-search"`` and ``"reinforcement"`` how many of
            the best are kept.
        sample_size: S of the tournament; those three have none.
        seed: Of all randomness, from 0 to 2**64 - 1.
        mutations: How many blocks of a child mutate; None means each one, as in the paper, but
            one for ``"regularized-evolution"``, as in its source.
        allow_idle: Whether a mutation may choose what is there already; None means that it may, as
            in the paper, but not for ``"regularized-evolution"``.
        improvement: Of ``"local-search"``: whether the ``"first"`` better neighbour is gone on
            from, or the ``"best"`` of all.
        replay: Whether a proposal that is isomorphic to an evaluated individual carries the fitness
            of that one, to be told without another evaluation. Its individual then has the genotype
            and the weights of the original.
        initial: Genotypes to start with, before random ones.
        controller: Of ``"renas"``, ``"renas-nonbi"`` and ``"reinforcement"``; the others have none.

    Raises:
        InputError: the name is unknown, a setting makes no sense, or an initial genotype is not of
            this space.
    """
    if name not in STRATEGIES:
        raise InputError(f"unknown strategy {name!r}: known are {', '.join(STRATEGIES)}")
    if not 0 <= seed < SEEDS:
        raise InputError(f"seed is {seed}: give a whole number from 0 to {SEEDS - 1}")
    rng = random.Random(seed)
    if name in ("random", "local-search", "reinforcement"):
        proposer, own_settings = _proposer(name, space, controller, improvement, seed)
        return BestKeptStrategy(
            name,
            space,
            proposer,
            population_size=population_size,
            replay=replay,
            rng=rng,
            initial=initial,
            fixed=own_settings,
        )
    aging = name == "regularized-evolution"
    allow_idle = not aging if allow_idle is None else allow_idle
    settings = EvolutionSettings(
        population_size=population_size,
        sample_size=sample_size,
        mutations=1 if aging and mutations is None else mutations,
        leaver="oldest" if aging else "worst",
        replay=replay,
    )
    fixed: State = {"allow_idle": allow_idle}
    mutator: Mutator[G]
    if name in ("evolution", "regularized-evolution"):
        # A stream of its own: the same seed would repeat what `rng` draws.
        own = random.Random(f"mutations {seed}")
        mutator = RandomMutator(space, rng=own, allow_idle=allow_idle)
    else:
        fixed["controller"] = asdict(controller)
        mutator = LearnedMutator(
            space,
            controller,
            generator=torch.Generator().manual_seed(seed),
            bidirectional=name == "renas",
            allow_idle=allow_idle,
        )
    return EvolutionStrategy(name, space, settings, mutator, rng=rng, initial=initial, fixed=fixed)


def _proposer(
    name: str,
    space: Space[G],
    controller: ControllerSettings,
    improvement: Improvement,
    seed: int,
) -> tuple[Proposer[G], State]:
    """Return who proposes, and the settings that are its own."""
    if name == "random":
        return Chance(space), {}
    if name == "local-search":
        return Climber(space, improvement), {"improvement": improvement}
    generator = torch.Generator().manual_seed(seed)
    writing = WritingProposer(space, controller, generator=generator)
    return writing, {"controller": asdict(controller)}
