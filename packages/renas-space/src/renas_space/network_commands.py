"""What `renas-space cost` and `renas-space fit` print."""

import json
from argparse import Namespace
from collections.abc import Iterator

from renas_space.counting import PAPER_UNIT, Cost
from renas_space.counting import cost as count
from renas_space.errors import InputError
from renas_space.fitting import DEFAULT_CELLS, Candidate, parse_quantity
from renas_space.fitting import fit as find_largest
from renas_space.layer import Layer, layers
from renas_space.plan import NetworkPlan, Shape
from renas_space.reading import read_argument
from renas_space.skeleton import plan_network

PAPER_SIZES = {"cifar": (6, 32), "imagenet": (4, 44)}
"""(N, F) of RENASNet on each skeleton (section 5), for who names none."""


def cost(arguments: Namespace) -> None:
    """Print what a network costs, in both conventions."""
    cells, filters = PAPER_SIZES[arguments.skeleton]
    plan = plan_network(
        read_argument(arguments.genotype),
        skeleton=arguments.skeleton,
        cells=cells if arguments.cells is None else arguments.cells,
        filters=filters if arguments.filters is None else arguments.filters,
        image_size=arguments.image_size,
        classes=arguments.classes,
        output_stride=arguments.output_stride,
    )
    auxiliary = arguments.auxiliary and plan.auxiliary is not None
    counted = count(plan, auxiliary=auxiliary)
    listed = layers(plan, auxiliary=auxiliary) if arguments.layers else ()
    if arguments.json:
        print(json.dumps(_cost_document(plan, counted, listed, auxiliary=auxiliary)))
        return
    with_or_without = "with" if auxiliary else "without"
    print(
        f"{plan.genotype.label}, {plan.skeleton}, N = {plan.cells_per_stage}, F = {plan.filters}, "
        f"{plan.image_size}x{plan.image_size} pixels, {plan.classes} classes, "
        f"{with_or_without} the auxiliary head"
    )
    print("\nstandard convention (all parameters, decimal units)")
    print(f"  parameters    {counted.parameters:>15,}")
    print(f"  multiply-adds {counted.multiply_adds:>15,}")
    print("paper's convention (weights of convolutions and linear layers, units of 2^20)")
    print(f"  parameters    {counted.paper_parameters:>15.4f}")
    print(f"  multiply-adds {counted.paper_multiply_adds:>15.2f}")
    print("activation memory of one image (float32)")
    print(f"  bytes         {counted.activation_bytes:>15,}")
    if listed:
        print()
        print("\n".join(_table(_layer_rows(listed))))


def _cost_document(
    plan: NetworkPlan, counted: Cost, listed: tuple[Layer, ...], *, auxiliary: bool
) -> dict[str, object]:
    """Return what `cost` prints, as JSON; each number stands under its convention."""
    document: dict[str, object] = {
        "genotype": plan.genotype.label,
        "digest": plan.genotype.digest(),
        "skeleton": plan.skeleton,
        "cells": plan.cells_per_stage,
        "filters": plan.filters,
        "image_size": plan.image_size,
        "classes": plan.classes,
        "output_stride": plan.output_stride,
        "auxiliary": auxiliary,
        "standard": {"parameters": counted.parameters, "multiply_adds": counted.multiply_adds},
        "paper": {
            "unit": PAPER_UNIT,
            "parameters": round(counted.paper_parameters, 4),
            "multiply_adds": round(counted.paper_multiply_adds, 2),
        },
        "activation_bytes": counted.activation_bytes,
    }
    if listed:
        document["layers"] = [
            {
                "name": layer.name,
                "kind": layer.kind,
                "kernel": layer.kernel,
                "groups": layer.groups,
                "shape_in": layer.shape_in,
                "shape_out": layer.shape_out,
                "parameters": layer.parameters,
                "multiply_adds": layer.multiply_adds,
            }
            for layer in listed
        ]
    return document


def _layer_rows(listed: tuple[Layer, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the table of layers."""
    yield "layer", "kind", "kernel", "groups", "in", "out", "parameters", "multiply-adds"
    for layer in listed:
        yield (
            layer.name,
            layer.kind,
            "x".join(map(str, layer.kernel)),
            str(layer.groups),
            _shape(layer.shape_in),
            _shape(layer.shape_out),
            f"{layer.parameters:,}",
            f"{layer.multiply_adds:,}",
        )


def _shape(shape: Shape) -> str:
    """Return channels x height x width."""
    return "x".join(map(str, shape))


def _table(rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a table: the first column to the left, the others to the right."""
    kept = list(rows)
    widths = [max(map(len, column)) for column in zip(*kept, strict=True)]
    for first, *others in kept:
        cells = [f"{text:>{width}}" for text, width in zip(others, widths[1:], strict=True)]
        yield "  ".join([f"{first:<{widths[0]}}", *cells])


def fit(arguments: Namespace) -> None:
    """Print the largest network within a budget for each N, and the one nearest below it."""
    if arguments.max_madds is None and arguments.max_params is None:
        raise InputError("no budget was given: give --max-madds, --max-params or both")
    genotype = read_argument(arguments.genotype)
    limits = {
        name: None if text is None else parse_quantity(text, f"--{name.replace('_', '-')}")
        for name, text in (("max_madds", arguments.max_madds), ("max_params", arguments.max_params))
    }
    found = find_largest(
        genotype,
        skeleton=arguments.skeleton,
        cells=DEFAULT_CELLS if arguments.cells is None else (arguments.cells,),
        image_size=arguments.image_size,
        classes=arguments.classes,
        **limits,
    )
    if arguments.json:
        document = {
            "genotype": genotype.label,
            "skeleton": arguments.skeleton,
            "convention": "standard",
            **limits,
            "best": _candidate_document(found.best),
            "candidates": [_candidate_document(one) for one in found.candidates],
        }
        print(json.dumps(document))
        return
    of_what = f"{genotype.label}, {arguments.skeleton}"
    print(f"{of_what}: the largest F for each N, a multiple of 4; * is nearest the budget")
    print("standard convention (all parameters, decimal units), without the auxiliary head\n")
    print("\n".join(_table(_candidate_rows(found.candidates, found.best))))


def _candidate_document(candidate: Candidate) -> dict[str, object]:
    """Return a candidate as JSON."""
    return {
        "cells": candidate.cells,
        "filters": candidate.filters,
        "parameters": candidate.cost.parameters,
        "multiply_adds": candidate.cost.multiply_adds,
        "used": round(candidate.used, 4),
    }


def _candidate_rows(
    candidates: tuple[Candidate, ...], best: Candidate
) -> Iterator[tuple[str, ...]]:
    """Yield the table of candidates."""
    yield "", "N", "F", "parameters", "multiply-adds", "used"
    for one in candidates:
        yield (
            "*" if one is best else "",
            str(one.cells),
            str(one.filters),
            f"{one.cost.parameters:,}",
            f"{one.cost.multiply_adds:,}",
            f"{one.used:.1%}",
        )
