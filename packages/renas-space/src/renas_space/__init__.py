"""RENAS's search space: cells as values, with their encodings, shapes and costs.

Standard library only. See `Genotype` for the values, `SearchSpace` for the set of them,
`plan_network` and `cost` for what a network of them looks like and costs.
"""

from renas_space.__about__ import __version__
from renas_space.checking import check_space
from renas_space.counting import Cost, cost
from renas_space.drawing_dot import draw_dot
from renas_space.drawing_svg import draw_svg
from renas_space.drawing_text import draw_text
from renas_space.errors import InputError
from renas_space.fitting import Candidate, Fit, fit, parse_quantity
from renas_space.genotype import Block, Cell, Genotype, OutputRule
from renas_space.interface import BlockLayout, Effect, Graph, Slot, Space
from renas_space.layer import Layer, layers
from renas_space.mutation import Mutation, apply_all, difference
from renas_space.operations import OPERATIONS, RENAS_OPERATIONS, Operation, operation
from renas_space.plan import NetworkPlan
from renas_space.published import (
    AMOEBANET_A,
    DARTS_V2,
    ENAS,
    NASNET_A,
    PNASNET_5,
    PUBLISHED,
    RENASNET,
    Published,
)
from renas_space.reading import read_genotype
from renas_space.skeleton import plan_like, plan_network
from renas_space.space import SearchSpace

__all__ = [
    "AMOEBANET_A",
    "DARTS_V2",
    "ENAS",
    "NASNET_A",
    "OPERATIONS",
    "PNASNET_5",
    "PUBLISHED",
    "RENASNET",
    "RENAS_OPERATIONS",
    "Block",
    "BlockLayout",
    "Candidate",
    "Cell",
    "Cost",
    "Effect",
    "Fit",
    "Genotype",
    "Graph",
    "InputError",
    "Layer",
    "Mutation",
    "NetworkPlan",
    "Operation",
    "OutputRule",
    "Published",
    "SearchSpace",
    "Slot",
    "Space",
    "__version__",
    "apply_all",
    "check_space",
    "cost",
    "difference",
    "draw_dot",
    "draw_svg",
    "draw_text",
    "fit",
    "layers",
    "operation",
    "parse_quantity",
    "plan_like",
    "plan_network",
    "read_genotype",
]
