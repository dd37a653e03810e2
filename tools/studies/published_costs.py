"""How do our counts of the published cells compare with those of their papers, and why not equal?

Every cell is put into one skeleton, that of RENASNet, at the N and F of its own paper, where that
says them. What its own network has otherwise is counted and added, where a few layers explain it.

Example:
    python tools/studies/published_costs.py
"""

from dataclasses import dataclass

from renas_space import PUBLISHED, NetworkPlan, cost, layers, plan_network


@dataclass(frozen=True, kw_only=True)
class Row:
    """A network of Table 2."""

    name: str
    cells: int
    filters: int
    parameters: float
    """Published, in millions."""
    multiply_adds: float
    """Likewise."""


ROWS = (
    Row(name="renasnet", cells=4, filters=44, parameters=5.36, multiply_adds=580),
    Row(name="nasnet-a", cells=4, filters=44, parameters=5.3, multiply_adds=564),
    Row(name="amoebanet-a", cells=4, filters=48, parameters=5.1, multiply_adds=555),
    Row(name="amoebanet-a", cells=4, filters=52, parameters=5.1, multiply_adds=555),
    Row(name="pnasnet-5", cells=3, filters=52, parameters=5.1, multiply_adds=588),
    Row(name="enas", cells=4, filters=44, parameters=5.1, multiply_adds=523),
    Row(name="darts-v2", cells=4, filters=48, parameters=4.9, multiply_adds=595),
)


def main() -> None:
    """Print the table, then what explains the differences."""
    print("| cell | N, F | parameters: ours | published | ratio | multiply-adds | published |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in ROWS:
        ours = cost(_plan(row.name, row.cells, row.filters))
        print(
            f"| {row.name} | {row.cells}, {row.filters} | {ours.parameters:,} | "
            f"{row.parameters}M | {ours.parameters / row.parameters / 1e6:.3f} | "
            f"{ours.multiply_adds / 1e6:.1f}M | {row.multiply_adds}M |"
        )
    print()
    nasnet = cost(_plan("nasnet-a", 4, 44)).parameters + nasnet_more()
    print(f"nasnet-a, a fourth block concatenated in reduction cells: {nasnet:,}")
    for filters in (48, 52):
        squeezed = f"{_amoebanet(filters):,}"
        print(f"amoebanet-a, F = {filters}, 1x7-7x1 at a quarter of the filters: {squeezed}")
    parameters, multiply_adds = _pnasnet()
    print(f"pnasnet-5, F = 52, nine cells in all: {parameters:,} and {multiply_adds:,}")
    larger = f"{parameters * GROWTH:,.0f} and {multiply_adds * GROWTH:,.0f}"
    print(f"  at F = 54, which our stem cannot have, (54/52)^2 times: {larger}")
    print(f"darts-v2, multiply-adds of the stem and its two cells: {_stem('darts-v2'):,}")
    print(f"  of the three 3x3 convolutions in their place: {_darts_stem():,}")


GROWTH = (54 / 52) ** 2
"""Nearly all weights stand in 1x1 convolutions."""


def _plan(name: str, cells: int, filters: int) -> NetworkPlan:
    """Return the plan of a published cell in the mobile setting."""
    genotype = PUBLISHED[name].genotype
    return plan_network(genotype, skeleton="imagenet", cells=cells, filters=filters)


def nasnet_more() -> int:
    """Count what NASNet-A has more in its code: reduction cells concatenate block 2 too."""
    plan = _plan("nasnet-a", 4, 44)
    more = 0
    for before, reader in enumerate(plan.cells[1:]):
        if plan.cells[before].kind == "reduction":
            wide = plan.cells[before].shape_out.channels // len(plan.cells[before].concatenated)
            more += wide * reader.inputs[1].shape_out.channels  # its 1x1 on c-1
            after = plan.cells[before + 2]
            more += wide * after.inputs[0].shape_out.channels  # the next one's on c-2
    return more


def _amoebanet(filters: int) -> int:
    """Count AmoebaNet-A as its code has it: 1x1 to F/4, 1x7, 7x1, 1x1 to F, each with its BN."""
    plan = _plan("amoebanet-a", 4, filters)
    ours = sum(layer.parameters for layer in layers(plan) if "conv_7x1_1x7" in layer.name)
    theirs = 0
    for cell in plan.cells:
        if cell.kind == "reduction":
            wide = cell.shape_out.channels // len(cell.concatenated)
            few = wide // 4
            theirs += 2 * wide * few + 14 * few * few + 6 * few + 2 * wide
    return cost(plan).parameters - ours + theirs


def _pnasnet() -> tuple[int, int]:
    """Count PNASNet-5 as its code has it: two of the nine cells are the reductions."""
    plan = _plan("pnasnet-5", 3, 52)
    last = [
        number
        for number, cell in enumerate(plan.cells)
        if cell.kind == "normal"
        and (number + 1 == len(plan.cells) or plan.cells[number + 1].kind == "reduction")
    ]
    needless = [
        layer
        for layer in layers(plan)
        if any(layer.name.startswith(f"cells.{number}.") for number in last[1:])
    ]
    whole = cost(plan)
    return (
        whole.parameters - sum(layer.parameters for layer in needless),
        whole.multiply_adds - sum(layer.multiply_adds for layer in needless),
    )


def _stem(name: str) -> int:
    """Count the multiply-adds of the stem's convolution and its two cells."""
    plan = _plan(name, 4, 48)
    mine = ("stem.", "cells.0.", "cells.1.")
    return sum(layer.multiply_adds for layer in layers(plan) if layer.name.startswith(mine))


def _darts_stem() -> int:
    """Count those of DARTS's own: 3x3, stride 2, to 24, to 48, and to 48 filters, from 224x224."""
    sizes = ((3, 24, 112), (24, 48, 56), (48, 48, 28))
    return sum(9 * before * after * side * side for before, after, side in sizes)


if __name__ == "__main__":
    main()
