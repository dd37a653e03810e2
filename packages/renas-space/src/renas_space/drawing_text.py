"""A genotype as text: one line a block, in ASCII, so that any terminal and log shows it."""

from renas_space.drawing import Panel, panels, state_name
from renas_space.genotype import Genotype


def draw_text(genotype: Genotype) -> str:
    """Return one line for each block: what it adds, and where the sum goes.

    The text ends without a line break.
    """
    return "\n\n".join("\n".join(_lines(panel)) for panel in panels(genotype))


def _lines(panel: Panel) -> list[str]:
    """Return the lines of one cell, in columns."""
    blocks = panel.cell.blocks
    rows = [
        [
            f"{operation}({state_name(index)})"
            for index, operation in zip(block.inputs, block.operations, strict=True)
        ]
        for block in blocks
    ]
    left, right = (max(len(row[side]) for row in rows) for side in range(2))
    name = len(state_name(len(blocks) + 1))
    lines = [panel.title, ""]
    for index, row in enumerate(rows, start=2):
        sides = f"{row[0]:<{left}} + {row[1]:<{right}}"
        lines.append(f"  {state_name(index):<{name}} = {sides}  -> {_readers(panel, index)}")
    lines.append(f"  {'output':<{name}} = {', '.join(map(state_name, panel.concatenated))}")
    if panel.normal_only:
        left_out = ", ".join(map(state_name, panel.normal_only))
        lines.append(f"  ({left_out} is not in the output of the reduction cell)")
    return lines


def _readers(panel: Panel, index: int) -> str:
    """Say who reads a block."""
    readers = [
        state_name(reader)
        for reader, block in enumerate(panel.cell.blocks, start=2)
        if index in block.inputs
    ]
    return ", ".join(readers + ["output"] * (index in panel.concatenated))
