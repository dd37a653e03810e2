"""Local search: hill climbing over neighbours, with restarts (White et al. 2021).

*Exploring the Loss Landscape in Neural Architecture Search*, UAI 2021: in small spaces it is the
strongest of the simple searches. Two genotypes are neighbours if they differ in one slot.
"""

import random
from typing import Generic, Literal, get_args

from renas_controller.population import Individual
from renas_controller.state import State, names_in, reading_state
from renas_controller.strategies.best_kept import Idea
from renas_controller.strategies.book import Draw
from renas_controller.strategies.records import Records
from renas_space import InputError, Mutation, Space
from renas_space.interface import G

Improvement = Literal["first", "best"]
"""Whether the first better neighbour is gone on from, or the best of all."""

_PATIENCE = 200
"""Steps without anything new to ask: beginnings, and climbs that end where they began."""


class LocalSearch(Generic[G]):
    """Hill climbing: a better neighbour is gone on from, the first of them or the best of all.

    Where all neighbours have been told and none was better, it begins anew, at a random genotype or
    at the best of several, the founders. What has been told or has failed is not asked again. With
    several proposals out, neighbours of one place are evaluated together; when all of them are out,
    so is the next beginning. It implements `Proposer`.
    """

    policy = None
    """Nothing is learned."""

    def __init__(
        self, space: Space[G], improvement: Improvement = "first", founders: int = 1
    ) -> None:
        """Start with nothing told.

        Args:
            space: What is searched.
            improvement: Whether to go on from the first better neighbour, or from the best of all.
            founders: How many random genotypes are asked for before each climb.

        Raises:
            InputError: the kind of improvement is unknown, or there are no founders.
        """
        if improvement not in get_args(Improvement):
            raise InputError(f"improvement is {improvement!r}: give first or best")
        if founders < 1:
            raise InputError(f"founders is {founders}: give 1 or more")
        self._space = space
        self._improvement = improvement
        self._founders = founders
        self._records = Records(space)
        self._told: dict[str, Individual[G]] = {}  # by digest
        self._out: list[str] = []  # digests of what is being evaluated
        self._failed: list[str] = []  # digests
        self._place: Individual[G] | None = None
        self._untried: list[Mutation] = []
        self._beginnings: list[Individual[G]] = []  # told, and not climbed from yet
        self._better: Individual[G] | None = None  # the best neighbour, where all are waited for

    @property
    def parents(self) -> tuple[Individual[G], ...]:
        """All that has been told: a climb may lead back to any of them."""
        here = (each for each in (self._place, self._better) if each is not None)
        return (*here, *self._beginnings, *self._told.values())

    def propose(self, rng: random.Random) -> Idea[G]:
        """Return a neighbour of the present place, or a random genotype to begin at.

        Where all that it comes to is known already, a random genotype is asked for once more.
        """
        for _ in range(_PATIENCE):
            idea = self._neighbour(rng)
            if idea is None and self._place is not None and not self._out:
                self._leave()
                continue
            idea = idea or Idea(genotype=self._space.sample(rng))
            digest = self._space.digest(idea.genotype)
            known = self._told.get(digest)
            if known is None and digest not in self._failed:
                return idea
            if known is not None and self._place is None:
                self._begin(known)
        return Idea(genotype=self._space.sample(rng))

    def hear(self, genotype: G) -> None:
        """Write down that a genotype is out."""
        self._out.append(self._space.digest(genotype))

    def _neighbour(self, rng: random.Random) -> Idea[G] | None:
        """Return a neighbour that is not known; climb to one that is known and better."""
        while self._place is not None and self._untried:
            mutation = self._untried.pop(rng.randrange(len(self._untried)))
            genotype = self._space.mutate(self._place.genotype, (mutation,))
            digest = self._space.digest(genotype)
            known = self._told.get(digest)
            if known is None and digest not in (*self._out, *self._failed):
                return Idea(genotype=genotype, parent=self._place, draw=Draw((mutation,)))
            if known is not None and known.fitness > self._place.fitness:
                self._improve(known)
        return None

    def _improve(self, individual: Individual[G]) -> None:
        """Climb to a better neighbour, or remember it until all have been told."""
        if self._improvement == "first":
            self._climb(individual)
        elif self._better is None or individual.fitness > self._better.fitness:
            self._better = individual

    def _leave(self) -> None:
        """Go on from the best neighbour, or leave a summit."""
        if self._better is not None:
            self._climb(self._better)
        else:
            self._place = None
            self._begin_at_best()

    def learn(self, individual: Individual[G], proposed: G) -> None:  # noqa: ARG002 (isomorphic)
        """Go on from an individual that is better, or keep it to begin at."""
        digest = self._space.digest(individual.genotype)
        if digest in self._out:
            self._out.remove(digest)
        self._told.setdefault(digest, individual)
        if self._place is None or individual.parent_id is None:
            self._begin(individual)
        elif individual.fitness > self._place.fitness:
            self._improve(individual)

    def forget(self, genotype: G) -> None:
        """Leave a genotype that failed, and do not try it again."""
        digest = self._space.digest(genotype)
        self._failed.append(digest)
        if digest in self._out:
            self._out.remove(digest)

    def _begin(self, individual: Individual[G]) -> None:
        """Keep an individual to begin at; begin, unless another place is climbed from."""
        self._beginnings.append(individual)
        if self._place is None:
            self._begin_at_best()

    def _begin_at_best(self) -> None:
        """Go on from the best beginning once there are as many as founders; the worst are left."""
        if len(self._beginnings) >= self._founders:
            best, *others = sorted(self._beginnings, key=lambda each: (-each.fitness, each.id))
            self._beginnings = others[: len(others) + 1 - self._founders]
            self._climb(best)

    def _climb(self, individual: Individual[G]) -> None:
        """Make an individual the present place."""
        self._place, self._better = individual, None
        tokens = self._space.slot_tokens(individual.genotype)
        self._untried = [
            Mutation(block, position, value)
            for block, layout in enumerate(self._space.layout)
            for position, slot in enumerate(layout.slots)
            for value in slot.values
            if value != tokens[block][position]
        ]

    def state_dict(self) -> State:
        """Return where it stands, as JSON values."""
        write = self._records.individual
        return {
            "told": {digest: write(each) for digest, each in self._told.items()},
            "out": list(self._out),
            "failed": list(self._failed),
            "place": write(self._place) if self._place else None,
            "better": write(self._better) if self._better else None,
            "untried": [[m.block, m.slot, m.value] for m in self._untried],
            "beginnings": [write(each) for each in self._beginnings],
        }

    def load_state_dict(self, state: State) -> None:
        """Go on from a state; nothing has changed if it does not fit.

        Raises:
            InputError: it does not.
        """
        read = self._records.read_individual
        with reading_state():
            told = {str(digest): read(each) for digest, each in state["told"].items()}
            out, failed = names_in(state["out"]), names_in(state["failed"])
            place = None if state["place"] is None else read(state["place"])
            better = None if state["better"] is None else read(state["better"])
            untried = [Mutation(*map(int, mutation)) for mutation in state["untried"]]
            beginnings = [read(each) for each in state["beginnings"]]
        self._told, self._out, self._failed = told, out, failed
        self._place, self._better = place, better
        self._untried, self._beginnings = untried, beginnings
