"""A genotype as a self-contained SVG picture, laid out in layers from left to right.

Each block is a card with its two operations one above the other; a line leads from each state to
the operations that read it, and to the output that concatenates it. Where a line passes a column of
cards it has a lane of its own between them, so none runs behind a card.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from renas_space.drawing import Panel, colour, panels, state_name
from renas_space.genotype import Genotype

_PILL_WIDTH, _PILL_HEIGHT = 104, 22
_CARD_WIDTH, _CARD_HEIGHT = 136, 84
_INPUT_WIDTH, _INPUT_HEIGHT = 56, 32
_OUTPUT_WIDTH, _PORT_STEP = 70, 20
_LANE_HEIGHT = 6
_ROW_GAP, _COLUMN_GAP, _MARGIN, _TITLE = 18, 72, 20, 48

# Colours follow the viewer's scheme, and so does the paper they stand on: the picture can be read
# on any page. Names start with `renas-` because a style sheet in a page holds for all of the page.
_STYLE = """
.renas-paper{fill:#ffffff} .renas-card{fill:#f4f5f7;stroke:#9aa1ab} .renas-text{fill:#24292f}
.renas-line{fill:none;stroke:#7c8591;stroke-width:1.6} .renas-dashed{stroke-dasharray:5 4}
.renas-pill{fill:#ffffff}
@media (prefers-color-scheme:dark){
.renas-paper{fill:#16181d} .renas-card{fill:#23272e;stroke:#59616d} .renas-text{fill:#e4e7eb}
}
"""


@dataclass(slots=True)
class _Item:
    """A card, or a lane that lets a line pass, in a column."""

    state: int
    """Input index of what the card makes or the lane carries; -1 is the output."""
    width: int
    height: int
    lane: bool = False
    x: float = 0
    y: float = 0
    """Upper left corner."""

    @property
    def middle(self) -> float:
        """Height of its middle, where lines leave it."""
        return self.y + self.height / 2


_OUTPUT = -1


@dataclass(slots=True)
class _Layout:
    """Where everything of one cell is."""

    columns: list[list[_Item]]
    """Inputs first, output last."""
    cards: dict[int, _Item] = field(default_factory=dict[int, _Item])
    """The card of each state, and of the output."""
    lanes: dict[tuple[int, int], _Item] = field(default_factory=dict[tuple[int, int], _Item])
    """The lane of a state in a column."""
    column_of: dict[int, int] = field(default_factory=dict[int, int])
    width: float = 0
    height: float = 0


def draw_svg(genotype: Genotype) -> str:
    """Return the picture of a genotype: its cell, or its normal cell above its reduction cell.

    A dashed line is not there where the cell serves as reduction cell.
    """
    drawn = panels(genotype)
    layouts = [_lay_out(panel) for panel in drawn]
    width = max(layout.width for layout in layouts)
    body: list[str] = []
    top = 0.0
    for panel, layout in zip(drawn, layouts, strict=True):
        body.append(f'<g transform="translate(0 {top:g})">')
        body.extend(_paint(panel, layout))
        body.append("</g>")
        top += layout.height
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {top:g}" '
        f'width="{width:g}" height="{top:g}" role="img" font-family="sans-serif" font-size="12">'
    )
    return "\n".join(
        [
            start,
            f"<title>genotype {genotype.label}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect class="renas-paper" width="{width:g}" height="{top:g}"/>',
            *body,
            "</svg>",
            "",
        ]
    )


def _lay_out(panel: Panel) -> _Layout:
    """Put the states of a cell in columns by depth, and place them."""
    layout = _Layout(_columns(panel))
    for number, column in enumerate(layout.columns):
        for item in column:
            layout.cards[item.state] = item
            layout.column_of[item.state] = number
    _add_lanes(panel, layout)
    _place(panel, layout)
    return layout


def _columns(panel: Panel) -> list[list[_Item]]:
    """Return the cards in columns: a block stands right of everything that it reads."""
    depth = {0: 0, 1: 0}
    for index, block in enumerate(panel.cell.blocks, start=2):
        depth[index] = 1 + max(depth[source] for source in block.inputs)
    columns: list[list[_Item]] = [[] for _ in range(max(depth.values()) + 1)]
    for index, column in depth.items():
        size = (_INPUT_WIDTH, _INPUT_HEIGHT) if index < 2 else (_CARD_WIDTH, _CARD_HEIGHT)
        columns[column].append(_Item(index, *size))
    height = _PORT_STEP * (len(panel.concatenated) + 1)
    return [*columns, [_Item(_OUTPUT, _OUTPUT_WIDTH, height)]]


def _lines(panel: Panel) -> Iterator[tuple[int, int, int]]:
    """Yield (source, reader, port) of each line; a port is the side of a block, or -1."""
    for index, block in enumerate(panel.cell.blocks, start=2):
        for side, source in enumerate(block.inputs):
            yield source, index, side
    for source in panel.concatenated:
        yield source, _OUTPUT, -1


def _add_lanes(panel: Panel, layout: _Layout) -> None:
    """Add a lane wherever a line passes a column."""
    for source, reader, _ in _lines(panel):
        for column in range(layout.column_of[source] + 1, layout.column_of[reader]):
            if (source, column) not in layout.lanes:
                width = _CARD_WIDTH
                lane = _Item(source, width, _LANE_HEIGHT, lane=True)
                layout.lanes[source, column] = lane
                layout.columns[column].append(lane)


def _place(panel: Panel, layout: _Layout) -> None:
    """Give every item its place: ordered by the height of what it reads, columns centred."""
    reads: dict[int, list[int]] = {}
    for source, reader, _ in _lines(panel):
        reads.setdefault(reader, []).append(source)

    def wanted(item: _Item, column: int) -> float:
        sources = [item.state] if item.lane else reads.get(item.state, [])
        before = [layout.lanes.get((s, column - 1), layout.cards[s]).middle for s in sources]
        return sum(before) / len(before) if before else 0

    tall = max(
        sum(item.height for item in column) + _ROW_GAP * (len(column) - 1)
        for column in layout.columns
    )
    x = float(_MARGIN)
    for number, column in enumerate(layout.columns):
        if number:
            column.sort(key=lambda item, number=number: wanted(item, number))
        free = tall - sum(item.height for item in column)
        gap = free / (len(column) + 1) if number == 0 else _ROW_GAP
        y = _TITLE + (gap if number == 0 else (free - _ROW_GAP * (len(column) - 1)) / 2)
        for item in column:
            item.x, item.y = x, y
            y += item.height + gap
        x += max(item.width for item in column) + _COLUMN_GAP
    layout.width = x - _COLUMN_GAP + _MARGIN
    layout.height = _TITLE + tall + _MARGIN


def _paint(panel: Panel, layout: _Layout) -> Iterator[str]:
    """Yield the elements of one cell: lines first, cards over their ends."""
    yield _text(_MARGIN, 22, panel.title, weight="bold")
    if panel.normal_only:
        yield _text(_MARGIN, 38, "dashed: not in the reduction cell")
    ports = _output_ports(panel, layout)
    for source, reader, port in _lines(panel):
        card = layout.cards[reader]
        end = (card.x, ports[source]) if reader == _OUTPUT else _pill_port(card, port)
        dashed = reader == _OUTPUT and source in panel.normal_only
        yield _line(layout, source, reader, end, dashed=dashed)
    for state, card in layout.cards.items():
        yield (
            f'<rect class="renas-card" x="{card.x:g}" y="{card.y:g}" width="{card.width}" '
            f'height="{card.height}" rx="8"/>'
        )
        if state >= 2:
            yield from _block(card, panel.cell.blocks[state - 2].operations)
        else:
            name = "output" if state == _OUTPUT else state_name(state)
            yield _text(card.x + card.width / 2, card.middle + 4, name, anchor="middle")


def _output_ports(panel: Panel, layout: _Layout) -> dict[int, float]:
    """Return the height at which each state enters the output: in the order in which they come."""
    output = layout.cards[_OUTPUT]
    last = layout.column_of[_OUTPUT] - 1
    comes = {s: layout.lanes.get((s, last), layout.cards[s]).middle for s in panel.concatenated}
    ordered = sorted(panel.concatenated, key=comes.__getitem__)
    return {s: output.y + _PORT_STEP * place for place, s in enumerate(ordered, start=1)}


def _pill_port(card: _Item, side: int) -> tuple[float, float]:
    """Return where a line enters an operation."""
    return card.x + 8, card.y + 28 + side * 26 + _PILL_HEIGHT / 2


def _block(card: _Item, operations: tuple[str, str]) -> Iterator[str]:
    """Yield the inside of a block's card."""
    yield _text(card.x + 10, card.y + 18, state_name(card.state))
    yield _text(card.x + card.width - 14, card.y + 58, "+", anchor="middle", weight="bold")
    for side, name in enumerate(operations):
        x, middle = _pill_port(card, side)
        yield (
            f'<rect x="{x:g}" y="{middle - _PILL_HEIGHT / 2:g}" width="{_PILL_WIDTH}" '
            f'height="{_PILL_HEIGHT}" rx="6" fill="{colour(name)}"/>'
        )
        yield (
            f'<text class="renas-pill" x="{x + _PILL_WIDTH / 2:g}" y="{middle + 4:g}" '
            f'text-anchor="middle">{name}</text>'
        )


def _line(
    layout: _Layout, source: int, reader: int, end: tuple[float, float], *, dashed: bool
) -> str:
    """Return the line from a state to a reader, through its lanes on the way."""
    start = layout.cards[source]
    x, y = start.x + start.width, start.middle
    path = [f"M{x:g} {y:g}"]
    columns = range(layout.column_of[source] + 1, layout.column_of[reader])
    for lane in (layout.lanes[source, column] for column in columns):
        path.append(_curve((x, y), (lane.x, lane.middle)))
        x, y = lane.x + lane.width, lane.middle
        path.append(f"H{x:g}")
    path.append(_curve((x, y), end))
    style = "renas-line renas-dashed" if dashed else "renas-line"
    return f'<path class="{style}" d="{"".join(path)}"/>'


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Return a curve that leaves and arrives level."""
    half = (end[0] - start[0]) / 2
    return f"C{start[0] + half:g} {start[1]:g} {end[0] - half:g} {end[1]:g} {end[0]:g} {end[1]:g}"


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    """Return a line of text in the colour of the scheme."""
    return (
        f'<text class="renas-text" x="{x:g}" y="{y:g}" text-anchor="{anchor}" '
        f'font-weight="{weight}">{text}</text>'
    )
