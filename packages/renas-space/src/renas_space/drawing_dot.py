"""A genotype as a Graphviz document; `dot -Tsvg` lays it out."""

from collections.abc import Iterator

from renas_space.drawing import Panel, colour, panels, state_name
from renas_space.genotype import Genotype
from renas_space.operations import operation


def draw_dot(genotype: Genotype) -> str:
    """Return a directed graph: a node for each state, operation and output.

    A dashed edge is not there where the cell serves as reduction cell.
    """
    lines = [
        f"// {genotype.label}",
        "digraph genotype {",
        "  rankdir=LR;",
        '  node [fontname="sans-serif", fontsize=11];',
        '  edge [color="#808080"];',
    ]
    for number, panel in enumerate(panels(genotype)):
        lines.extend("  " + line for line in _cluster(panel, f"cell{number}"))
    return "\n".join([*lines, "}", ""])


def _cluster(panel: Panel, prefix: str) -> Iterator[str]:
    """Yield the lines of one cell."""

    def state(index: int) -> str:
        return f"{prefix}_state{index}"

    yield f"subgraph cluster_{prefix} {{"
    yield f'  label="{panel.title}"; fontname="sans-serif"; color="#808080";'
    for index in range(len(panel.cell.blocks) + 2):
        shape = "box, style=rounded" if index < 2 else "ellipse"
        yield f'  {state(index)} [label="{state_name(index)}", shape={shape}];'
    yield f"  {prefix}_output [label=output, shape=box, style=rounded];"
    for block_index, block in enumerate(panel.cell.blocks, start=2):
        for side, (index, name) in enumerate(zip(block.inputs, block.operations, strict=True)):
            node = f"{prefix}_operation{block_index}_{side}"
            yield (
                f'  {node} [label="{operation(name).short}", tooltip="{name}", shape=box, '
                f'style="filled,rounded", color="{colour(name)}", fontcolor=white];'
            )
            yield f"  {state(index)} -> {node} -> {state(block_index)};"
    for index in panel.concatenated:
        style = " [style=dashed]" if index in panel.normal_only else ""
        yield f"  {state(index)} -> {prefix}_output{style};"
    yield "}"
