"""The largest network within a budget, against trying every number of filters."""

import math
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renas_space import (
    RENASNET,
    Genotype,
    InputError,
    cost,
    fit,
    fitting,
    parse_quantity,
    plan_network,
)
from renas_space.plan import SkeletonName

BARE = Genotype.from_string("0155@loose")
"""The cheapest cell: two identities."""


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("600M", 600_000_000),
        ("5.3M", 5_300_000),
        ("1.2G", 1_200_000_000),
        ("500k", 500_000),
        (" 12345 ", 12_345),
        (".5K", 500),
        (".5M", 500_000),
        ("5.M", 5_000_000),
        ("5 M", 5_000_000),
        ("1B", 1_000_000_000),
        (" 2 b ", 2_000_000_000),
    ],
)
def test_quantities_have_decimal_units(text: str, number: int) -> None:
    assert parse_quantity(text) == number


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "M", ".", ".M", "-5M", "0", "0.0K", "0.1", "5MB", "5T", "5 000", "1e6", "five"),
        *("nan", "inf", "²", "9" * 400),
    ],
)
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(InputError) as error:
        parse_quantity(text, "--max-params")
    assert str(error.value) == (
        f"--max-params is {text!r}: give a count such as 500000, 500K, 5.3M or 1.2G"
    )


def test_a_quantity_without_a_name_is_refused_too() -> None:
    with pytest.raises(InputError) as error:
        parse_quantity("few")
    assert str(error.value) == (
        "the quantity is 'few': give a count such as 500000, 500K, 5.3M or 1.2G"
    )


@given(st.integers(1, 10**12))
def test_every_whole_number_is_a_quantity(number: int) -> None:
    assert parse_quantity(str(number)) == number


@pytest.mark.parametrize(
    ("genotype", "skeleton", "limits"),
    [
        (RENASNET, "imagenet", {"max_madds": 608_200_896}),
        (RENASNET, "cifar", {"max_params": 3_737_578}),
        (RENASNET, "cifar", {"max_params": 3_737_577}),
        (RENASNET, "imagenet", {"max_madds": 600_000_000, "max_params": 5_000_000}),
        # The one step that costs less: the stem's 32 filters fit the first cell where F is 128.
        (BARE, "imagenet", {"max_madds": 175_000_000}),
    ],
)
def test_no_larger_number_of_filters_fits(
    genotype: Genotype, skeleton: SkeletonName, limits: dict[str, int]
) -> None:
    def within(n: int, f: int) -> bool:
        counted = cost(plan_network(genotype, skeleton=skeleton, cells=n, filters=f))
        return counted.multiply_adds <= limits.get(
            "max_madds", counted.multiply_adds
        ) and counted.parameters <= limits.get("max_params", counted.parameters)

    found = fit(genotype, skeleton=skeleton, cells=range(1, 5), **limits)
    assert [one.cells for one in found.candidates] == [1, 2, 3, 4]
    for one in found.candidates:
        fitting = [f for f in range(4, 200, 4) if within(one.cells, f)]
        assert one.filters == max(fitting)


def test_the_papers_own_size_fills_its_own_budget() -> None:
    found = fit(RENASNET, skeleton="imagenet", max_madds=608_200_896)
    assert (found.best.cells, found.best.filters, found.best.used) == (4, 44, 1.0)
    assert len(found.candidates) == 12


def test_the_best_is_nearest_below_the_budget_by_the_nearer_limit() -> None:
    found = fit(RENASNET, skeleton="imagenet", max_madds=600_000_000, max_params=5_000_000)
    assert found.best.used == max(one.used for one in found.candidates) <= 1
    for one in found.candidates:
        shares = (one.cost.multiply_adds / 600_000_000, one.cost.parameters / 5_000_000)
        assert one.used == max(shares)


def test_image_size_and_classes_count() -> None:
    small = fit(RENASNET, max_params=1_000_000, cells=[2], classes=10).best
    many = fit(RENASNET, max_params=1_000_000, cells=[2], classes=1000).best
    assert many.filters < small.filters
    tiny = fit(RENASNET, max_madds=10_000_000, cells=[1], image_size=16).best
    large = fit(RENASNET, max_madds=10_000_000, cells=[1], image_size=32).best
    assert large.filters < tiny.filters


def test_more_cells_than_fit_are_left_out() -> None:
    smallest = cost(plan_network(RENASNET, cells=2, filters=4)).multiply_adds
    found = fit(RENASNET, max_madds=smallest)
    assert [one.cells for one in found.candidates] == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "no budget was given: limit the multiply-adds, the parameters or both"),
        ({"max_madds": 0}, "the limit of multiply-adds is 0: give at least 1"),
        ({"max_params": -3}, "the limit of parameters is -3: give at least 1"),
        ({"max_params": 5, "cells": []}, "no number of cells N was given: give at least one"),
        (
            {"max_params": 100, "max_madds": 10**9},
            "not even N = 1, F = 4 is within the budget, since it has 4,293,408 multiply-adds "
            "(limit 1,000,000,000) and 25,470 parameters (limit 100): "
            "raise the limit or take smaller images",
        ),
        (
            {"max_params": 10**6, "cells": [0]},
            "the number of cells N is 0: give a whole number of at least 1",
        ),
    ],
)
def test_errors(arguments: dict[str, int], told: str) -> None:
    with pytest.raises(InputError) as error:
        fit(RENASNET, **arguments)
    assert str(error.value) == told


def test_few_networks_are_laid_out_even_for_a_huge_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out = Mock(wraps=plan_network)
    monkeypatch.setattr(fitting, "plan_network", laid_out)
    found = fit(RENASNET, skeleton="imagenet", max_madds=10**15)
    # Doubled up to twice the filters that fit, then bisected down to steps of four.
    steps = sum(2 * math.log2(one.filters) for one in found.candidates)
    assert len(found.candidates) == 12
    assert laid_out.call_count < steps < 12 * 40
