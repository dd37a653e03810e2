"""Genotypes, individuals and proposals as JSON values, for states."""

import hashlib
import random
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, Generic

from renas_controller.population import Individual
from renas_controller.proposal import Proposal
from renas_controller.state import State
from renas_space import InputError, Mutation, Space
from renas_space.interface import G


class Records(Generic[G]):
    """Writes and reads values of one space; genotypes are written as the tokens of their slots."""

    def __init__(self, space: Space[G]) -> None:
        """Write and read values of this space."""
        self._space = space

    def space_digest(self) -> str:
        """Return a string that tells spaces apart, equal in every process.

        A layout does not say all (two spaces may differ in the output rule of their cells), so a
        genotype is looked at too.
        """
        probe = self._space.digest(self._space.sample(random.Random(0)))
        text = repr((self._space.layout, self._space.vocabulary, probe))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def checked(self, genotypes: Iterable[G]) -> list[G]:
        """Return the genotypes.

        Raises:
            InputError: one is not of this space.
        """
        checked = list(genotypes)
        for genotype in checked:
            if self.read_genotype(self.genotype(genotype)) != genotype:
                raise InputError(f"the genotype {genotype} is not of this space: give one that is")
        return checked

    def genotype(self, genotype: G) -> list[list[int]]:
        """Write a genotype."""
        return [list(block) for block in self._space.slot_tokens(genotype)]

    def read_genotype(self, tokens: Sequence[Sequence[int]]) -> G:
        """Read a genotype."""
        return self._space.from_slot_tokens(tokens)

    def individual(self, individual: Individual[G]) -> State:
        """Write an individual."""
        values: State = {f.name: getattr(individual, f.name) for f in fields(individual)}
        return {**values, "genotype": self.genotype(individual.genotype)}

    def read_individual(self, state: State) -> Individual[G]:
        """Read an individual.

        Raises:
            InputError: its genotype is not of this space.
            KeyError: a field is missing.
            TypeError: a field is of another kind, or there are further ones.
        """
        _check_kinds(Individual, state)
        values: State = {**state, "genotype": self.read_genotype(state["genotype"])}
        return Individual(**values)

    def proposal(self, proposal: Proposal[G]) -> State:
        """Write a proposal."""
        values: State = {f.name: getattr(proposal, f.name) for f in fields(proposal)}
        mutations = [[m.block, m.slot, m.value] for m in proposal.mutations]
        return {**values, "genotype": self.genotype(proposal.genotype), "mutations": mutations}

    def read_proposal(self, state: State) -> Proposal[G]:
        """Read a proposal.

        Raises:
            InputError, KeyError, TypeError: as `read_individual`.
        """
        _check_kinds(Proposal, state)
        values: State = {
            **state,
            "genotype": self.read_genotype(state["genotype"]),
            "mutations": tuple(Mutation(*map(int, mutation)) for mutation in state["mutations"]),
        }
        return Proposal(**values)


_READ = ("genotype", "mutations")
"""Fields that are checked as they are read."""


def _check_kinds(record: type[Any], state: State) -> None:
    """Check that the fields of a record are numbers, or None where that may be.

    Raises:
        KeyError: one is missing.
        TypeError: one is of another kind.
    """
    for field in fields(record):
        kind: Any = field.type
        if field.name not in _READ and not isinstance(state[field.name], kind):
            raise TypeError(f"{field.name} is {state[field.name]!r}")
