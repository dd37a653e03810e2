"""What strategies rely on of a space, looked at on some of its genotypes: for spaces of your own.

A space that breaks a rule of `renas_space.interface` would else be found out deep inside a
strategy, hours into a search, or never.
"""

import random
import warnings
from collections.abc import Sequence
from typing import Any, get_args

from renas_space.errors import InputError
from renas_space.interface import Effect, Graph, Space
from renas_space.mutation import Mutation

_GENOTYPES = 20
"""How many are looked at."""


def check_space(space: Space[Any], *, graphs: bool = True) -> None:
    """Check the layout, the encodings and the graphs of a space on twenty random genotypes.

    Warns (`UserWarning`) of a slot that shows in no graph: a predictor is blind to it.

    Args:
        space: To check.
        graphs: Whether `Space.effects` and `Space.graphs` are looked at too, which only strategies
            with a predictor need.

    Raises:
        InputError: The space breaks a rule of `Space`; the message says which, and where.
    """
    rng = random.Random(0)
    genotypes = [space.sample(rng) for _ in range(_GENOTYPES)]
    for genotype in genotypes:
        _check_encodings(space, genotype)
        _check_ids(space, space.encoder_ids(genotype))
    if graphs:
        _check_graphs(space, genotypes)
        _warn_of_unseen(space, genotypes)


def _check_encodings(space: Space[Any], genotype: Any) -> None:
    """Check the tokens of a genotype, and that it can be told from others."""
    try:
        hash(genotype)
    except TypeError:
        raise InputError(
            f"the genotype {genotype!r} cannot be hashed: make it of immutable values"
        ) from None
    tokens = space.slot_tokens(genotype)
    if [len(row) for row in tokens] != [len(block.slots) for block in space.layout]:
        raise InputError(f"slot_tokens gives {tokens!r}: give a token for each slot of the layout")
    for block, row in zip(space.layout, tokens, strict=True):
        for slot, token in zip(block.slots, row, strict=True):
            if type(token) is not int or token not in slot.values:
                raise InputError(
                    f"slot_tokens gives {token!r} for {slot.name}: give an int of its values, "
                    f"{', '.join(map(str, slot.values))}"
                )
    if (back := space.from_slot_tokens(tokens)) != genotype:
        raise InputError(
            f"from_slot_tokens makes {back!r} of the tokens of {genotype!r}: give the same genotype"
        )
    if type(space.digest(genotype)) is not str:
        raise InputError(f"digest gives {space.digest(genotype)!r}: give a string")


def _check_ids(space: Space[Any], ids: Sequence[int]) -> None:
    """Check what the encoder reads of a genotype."""
    wanted = sum(len(block.slots) + block.combination for block in space.layout)
    if len(ids) != wanted:
        raise InputError(
            f"encoder_ids gives {len(ids)} ids: give {wanted}, one for each slot and one more for "
            "each block with a combination"
        )
    for token in ids:
        if type(token) is not int or not 0 <= token < space.vocabulary:
            raise InputError(
                f"encoder_ids gives {token!r}: give an int from 0 to {space.vocabulary - 1}, or a "
                "larger vocabulary"
            )


def _check_graphs(space: Space[Any], genotypes: Sequence[Any]) -> None:
    """Check effects, and the graphs of genotypes."""
    for token, effect in space.effects.items():
        if effect not in get_args(Effect):
            known = ", ".join(get_args(Effect))
            raise InputError(f"effects says {effect!r} of operation {token}: give one of {known}")
    first = [graph.inputs for graph in space.graphs(genotypes[0])]
    for genotype in genotypes:
        graphs = space.graphs(genotype)
        if not first or [graph.inputs for graph in graphs] != first:
            raise InputError(
                f"graphs gives {len(graphs)} cells for {genotype!r} and {len(first)} for "
                f"{genotypes[0]!r}: give as many for each genotype, at least one, with as many "
                "inputs"
            )
        for graph in graphs:
            _check_graph(space, graph)


def _check_graph(space: Space[Any], graph: Graph) -> None:
    """Check that a graph reads what is there."""
    for number, edges in enumerate(graph.nodes, start=graph.inputs):
        for read, token in edges:
            if not 0 <= read < number:
                raise InputError(
                    f"node {number} of a graph reads node {read}: give one from 0 to {number - 1}"
                )
            if token not in space.effects:
                raise InputError(f"effects does not say what operation {token!r} does: add it")
    nodes = graph.inputs + len(graph.nodes)
    if not graph.outputs or not all(0 <= node < nodes for node in graph.outputs):
        raise InputError(
            f"the outputs of a graph are {graph.outputs!r}: give at least one node, "
            f"from 0 to {nodes - 1}"
        )


def _warn_of_unseen(space: Space[Any], genotypes: Sequence[Any]) -> None:
    """Warn of slots whose tokens change no graph of any genotype."""
    for number, block in enumerate(space.layout):
        for place, slot in enumerate(block.slots):
            others = (
                (genotype, space.mutate(genotype, [Mutation(number, place, value)]))
                for genotype in genotypes
                for value in slot.values
            )
            if len(slot.values) > 1 and all(
                space.graphs(genotype) == space.graphs(other) for genotype, other in others
            ):
                warnings.warn(
                    f"the slot {slot.name} of block {number} shows in no graph, so that a "
                    "predictor is blind to it: let an edge's token stand for it too",
                    stacklevel=4,
                )
