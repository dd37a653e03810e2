"""Proposers that evaluate what a predictor expects the most of (White et al. 2021, Algorithm 1).

*BANANAS: Bayesian Optimization with Neural Architectures for Neural Architecture Search*, AAAI
2021. The predictor is fitted to all that has been told. Candidates are made from the best that have
been told, by chance (`RandomMutations`, as in the source) or by a policy (`Imagination`).
"""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic

import torch

from renas_controller.distribution import Policy
from renas_controller.population import Individual
from renas_controller.prediction.predictor import Prediction, Predictor
from renas_controller.state import State, names_in, reading_state
from renas_controller.strategies.best_kept import Idea
from renas_controller.strategies.book import Draw
from renas_controller.strategies.candidates import CandidateSource, RandomMutations
from renas_controller.strategies.records import Records
from renas_space import InputError, Mutation, Space
from renas_space.interface import G

_PATIENCE = 100
"""Random genotypes that are looked at for one that is not known and may be evaluated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictingSettings:
    """How a predictor is used."""

    founders: int
    """Random genotypes that are evaluated before the predictor is first used."""
    parents: int
    """Candidates are mutations of this many of the best individuals."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InputError: one is of no use.
        """
        for name, value in (("founders", self.founders), ("parents", self.parents)):
            if value < 1:
                raise InputError(f"{name} is {value}: give 1 or more")


class PredictingProposer(Generic[G]):
    """Proposes the candidate whose expected improvement is the largest. It implements `Proposer`.

    What has been told or is out is not proposed again, and what may not be evaluated not at all, as
    long as there is anything else.
    """

    def __init__(
        self,
        space: Space[G],
        source: CandidateSource[G],
        settings: PredictingSettings,
        feasible: Callable[[G], bool] | None = None,
    ) -> None:
        """Start with nothing told.

        Args:
            space: What is searched.
            source: Who makes candidates.
            settings: How many random genotypes come first, and how many parents there are.
            feasible: Says whether a genotype may be evaluated; None means that any may.
        """
        self._space = space
        self._source = source
        self._feasible = feasible
        self._settings = settings
        self._near = RandomMutations(space)
        self._records = Records(space)
        self._predictor = Predictor(space)
        self._told: dict[str, Individual[G]] = {}  # by digest
        self._out: list[G] = []
        self._failed: list[str] = []  # digests, which are not tried again

    @property
    def policy(self) -> Policy[G] | None:
        """The source's."""
        return self._source.policy

    @property
    def parents(self) -> tuple[Individual[G], ...]:
        """The best that have been told, the fittest first."""
        ranked = sorted(self._told.values(), key=lambda each: (-each.fitness, each.id))
        return tuple(ranked[: self._settings.parents])

    def propose(self, rng: random.Random) -> Idea[G]:
        """Return a random genotype at first, then the most promising candidate."""
        idea: Idea[G] | None = None
        if self._told and len(self._told) + len(self._out) >= self._settings.founders:
            idea = self._promising(rng)
        return idea or Idea(genotype=self._unknown(rng))

    def hear(self, genotype: G) -> None:
        """Remember that a genotype is out."""
        self._out.append(genotype)

    def _promising(self, rng: random.Random) -> Idea[G] | None:
        """Return the candidate of the largest expected improvement; None if none will do."""
        told = list(self._told.values())
        self._predictor.fit([t.genotype for t in told], [t.fitness for t in told], self._out)
        found, entropy = self._source.candidates(self.parents, self._expect, rng)
        known = self._known()
        possible = [each for each in found if each.improvement > -math.inf]
        for candidate in sorted(possible, key=lambda each: -each.improvement):
            if self._space.digest(candidate.genotype) not in known:
                mutations = self._difference(candidate.root.genotype, candidate.genotype)
                draw = Draw(mutations, entropy=entropy)
                return Idea(genotype=candidate.genotype, parent=candidate.root, draw=draw)
        return None

    def _expect(self, genotypes: Sequence[G]) -> Prediction:
        """Return what is expected of m genotypes; of what may not be evaluated, the least.

        Its mean is the lowest of all m, so that a policy turns away from it, and its improvement
        minus infinity.
        """
        prediction = self._predictor(genotypes)
        if self._feasible is None:
            return prediction
        feasible = torch.tensor([self._feasible(each) for each in genotypes], dtype=torch.bool)
        return Prediction(
            prediction.mean.where(feasible, prediction.mean.min()),
            prediction.improvement.where(feasible, -math.inf),
        )

    def _unknown(self, rng: random.Random) -> G:
        """Return a random genotype, one that is not known and may be evaluated if one is found."""
        known = self._known()
        for genotype in self._draws(rng):
            if self._space.digest(genotype) in known:
                continue
            if self._feasible is None or self._feasible(genotype):
                return genotype
        return self._space.sample(rng)

    def _draws(self, rng: random.Random) -> Iterator[G]:
        """Yield random genotypes, then neighbours of told ones where not all may be evaluated.

        Where few may, chance hardly meets one; what was told may, and so may much that is near it.
        """
        for _ in range(_PATIENCE):
            yield self._space.sample(rng)
        if self._feasible is not None and self._told:
            told = list(self._told.values())
            for _ in range(_PATIENCE):
                yield self._near.child(rng.choice(told).genotype, rng)

    def _known(self) -> set[str]:
        """Return the digests of what has been told, is out or has failed."""
        out = map(self._space.digest, self._out)
        return {*self._told, *out, *self._failed}

    def _difference(self, before: G, after: G) -> tuple[Mutation, ...]:
        """Return the mutations that turn one genotype into another."""
        pairs = zip(self._space.slot_tokens(before), self._space.slot_tokens(after), strict=True)
        return tuple(
            Mutation(block, slot, new)
            for block, (olds, news) in enumerate(pairs)
            for slot, (old, new) in enumerate(zip(olds, news, strict=True))
            if old != new
        )

    def learn(self, individual: Individual[G], proposed: G) -> None:  # noqa: ARG002 (isomorphic)
        """Remember an individual; of isomorphic ones the first."""
        self._strike_off(individual.genotype)
        self._told.setdefault(self._space.digest(individual.genotype), individual)

    def forget(self, genotype: G) -> None:
        """Remember that a genotype failed."""
        self._strike_off(genotype)
        self._failed.append(self._space.digest(genotype))

    def _strike_off(self, genotype: G) -> None:
        """Forget that a genotype is out; what another has asked for never was.

        A proposal that replays another is told with the genotype of that one, so genotypes are
        compared by what they compute.
        """
        digests = [self._space.digest(out) for out in self._out]
        digest = self._space.digest(genotype)
        if digest in digests:
            del self._out[digests.index(digest)]

    def state_dict(self) -> State:
        """Return what has been told, what is out, and the state of the source."""
        return {
            "told": [self._records.individual(each) for each in self._told.values()],
            "out": [self._records.genotype(genotype) for genotype in self._out],
            "failed": list(self._failed),
            "source": self._source.state_dict(),
        }

    def load_state_dict(self, state: State) -> None:
        """Go on from a state; nothing has changed if it does not fit.

        Raises:
            InputError: it does not.
        """
        with reading_state():
            read = [self._records.read_individual(each) for each in state["told"]]
            told = {self._space.digest(each.genotype): each for each in read}
            out = [self._records.read_genotype(tokens) for tokens in state["out"]]
            failed = names_in(state["failed"])
            self._source.load_state_dict(state["source"])  # last: it changes at once
        self._told, self._out, self._failed = told, out, failed
