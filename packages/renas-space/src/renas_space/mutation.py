"""Mutations: what turns one genotype into another, one token at a time (section 4.2)."""

from collections.abc import Iterable
from dataclasses import dataclass

from renas_space.errors import InputError
from renas_space.genotype import TOKENS_PER_BLOCK, Genotype
from renas_space.operations import OPERATIONS

SLOTS = ("i1", "i2", "o1", "o2")
"""The parts of a block that a mutation may change, in the order of Algorithm 2."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One slot of one block gets a new token."""

    block: int
    """Which block, from 0; those of a separate reduction cell follow those of the normal cell."""
    slot: int
    """Which part of it: 0 to 3 are i1, i2, o1, o2."""
    value: int
    """The new token: an input's index, or an operation's position in `OPERATIONS`."""

    def apply(self, genotype: Genotype) -> Genotype:
        """Return the genotype with this one change.

        Raises:
            InputError: the genotype has no such block or slot, or the token is not legal there.
        """
        return apply_all(genotype, (self,))

    def describe(self, genotype: Genotype) -> str:
        """Say in words what this mutation does to ``genotype``, blocks counted from 1.

        Raises:
            InputError: as `apply`.
        """
        self.apply(genotype)  # to check it
        before = genotype.tokens[_position(self, len(genotype.tokens))]
        name = SLOTS[self.slot]
        if name.startswith("o"):
            return (
                f"block {self.block + 1}: {name} {OPERATIONS[before]} -> {OPERATIONS[self.value]}"
            )
        return f"block {self.block + 1}: {name} {before} -> {self.value}"


def apply_all(genotype: Genotype, mutations: Iterable[Mutation]) -> Genotype:
    """Return the genotype with all the changes, made together.

    Raises:
        InputError: as `Mutation.apply`; also where the result is not a valid genotype.
    """
    tokens = list(genotype.tokens)
    for mutation in mutations:
        tokens[_position(mutation, len(tokens))] = mutation.value
    return _with_rules_of(genotype, tokens)


def difference(before: Genotype, after: Genotype) -> tuple[Mutation, ...]:
    """Return the mutations that turn ``before`` into ``after``, fewest and in order.

    A mutation of a shared cell changes both of its uses, so no mutations lead from a genotype with
    a shared cell to one with two; a `SearchSpace` of two cells compares those by `slot_tokens`.

    Raises:
        InputError: the genotypes differ in the number of blocks, in their output rules, or in
            whether they have a separate reduction cell.
    """
    first, second = before.tokens, after.tokens
    if len(first) != len(second) or (before.reduction is None) != (after.reduction is None):
        raise InputError(
            f"no mutations lead from {before.label} to {after.label}: "
            "they differ in the number of blocks or in having a separate reduction cell"
        )
    if _rules(before) != _rules(after):
        raise InputError(
            f"no mutations lead from {before.label} to {after.label}: their output rules differ"
        )
    return tuple(
        Mutation(*divmod(position, TOKENS_PER_BLOCK), new)
        for position, (old, new) in enumerate(zip(first, second, strict=True))
        if old != new
    )


def _position(mutation: Mutation, length: int) -> int:
    """Return where in ``length`` tokens the mutated one stands."""
    blocks = length // TOKENS_PER_BLOCK
    if not 0 <= mutation.block < blocks:
        raise InputError(f"there is no block {mutation.block}: the genotype has 0 to {blocks - 1}")
    if not 0 <= mutation.slot < len(SLOTS):
        raise InputError(
            f"there is no slot {mutation.slot}: a block has 0 to 3, {', '.join(SLOTS)}"
        )
    return mutation.block * TOKENS_PER_BLOCK + mutation.slot


def _rules(genotype: Genotype) -> tuple[str, str]:
    """Return the output rules of the normal and the reduction cell."""
    return genotype.normal.output, genotype.reduction_cell.output


def _with_rules_of(genotype: Genotype, tokens: list[int]) -> Genotype:
    """Return the genotype of these tokens that has the output rules of another one."""
    if genotype.reduction is None:
        return Genotype.from_tokens(tokens, output=genotype.normal.output)
    half = len(genotype.normal.blocks) * TOKENS_PER_BLOCK
    normal = Genotype.from_tokens(tokens[:half], output=genotype.normal.output).normal
    reduction = Genotype.from_tokens(tokens[half:], output=genotype.reduction.output).normal
    return Genotype(normal, reduction)
