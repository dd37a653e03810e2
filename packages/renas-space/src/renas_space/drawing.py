"""What the drawings have in common: names, colours, and which cells there are to draw."""

from typing import NamedTuple

from renas_space.genotype import Cell, Genotype
from renas_space.operations import operation


class Panel(NamedTuple):
    """One cell to draw."""

    title: str
    cell: Cell
    concatenated: tuple[int, ...]
    """Input indices of what forms the output."""
    normal_only: tuple[int, ...]
    """Those of them that are left out where the cell serves as reduction cell."""


def panels(genotype: Genotype) -> tuple[Panel, ...]:
    """Return the cells of a genotype: one if it serves as both, else two."""
    normal, reduction = genotype.normal, genotype.reduction
    concatenated = normal.concatenated(reduction=False)
    if reduction is None:
        both = normal.concatenated(reduction=True)
        only = tuple(index for index in concatenated if index not in both)
        return (Panel("normal and reduction cell", normal, concatenated, only),)
    return (
        Panel("normal cell", normal, concatenated, ()),
        Panel("reduction cell", reduction, reduction.concatenated(reduction=True), ()),
    )


def state_name(index: int) -> str:
    """Return what an input index is called: c-2, c-1, block 1 and so on."""
    return ("c-2", "c-1")[index] if index < 2 else f"block {index - 1}"


_SEPARABLE = {3: "#3574b5", 5: "#245691", 7: "#163a68"}
_FAMILIES = {
    "average": "#2c7a4b",
    "maximum": "#a8500f",
    "identity": "#5f6773",
    "dilated": "#7440b8",
    "factorized": "#b02a64",
}


def colour(name: str) -> str:
    """Return the colour of an operation: dark enough for white letters on any page."""
    known = operation(name)
    if known.family == "separable":
        return _SEPARABLE[known.kernel]
    return _FAMILIES[known.family]
