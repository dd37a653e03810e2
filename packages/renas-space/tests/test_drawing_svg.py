"""A genotype as SVG: well formed, self-contained, and nothing runs behind a card."""

import random
import re
from xml.etree import ElementTree as ET

import pytest

from renas_space import NASNET_A, OPERATIONS, PUBLISHED, RENASNET, Genotype, SearchSpace, draw_svg
from renas_space.drawing import colour

SVG = "{http://www.w3.org/2000/svg}"
SPACE = SearchSpace(blocks=7, operations=OPERATIONS, separate_reduction=True)
RNG = random.Random(0)
GENOTYPES = [p.genotype for p in PUBLISHED.values()] + [SPACE.sample(RNG) for _ in range(40)]


def parsed(genotype: Genotype) -> ET.Element:
    return ET.fromstring(draw_svg(genotype))  # noqa: S314  (we drew it ourselves)


def panels(genotype: Genotype) -> list[ET.Element]:
    return parsed(genotype).findall(f"{SVG}g")


def boxes(panel: ET.Element) -> list[tuple[float, float, float, float]]:
    """Left, top, right, bottom of each card."""
    found = []
    for rect in panel.findall(f"{SVG}rect[@class='renas-card']"):
        x, y, width, height = (float(rect.get(key, "")) for key in ("x", "y", "width", "height"))
        found.append((x, y, x + width, y + height))
    return found


def points(path: str) -> list[tuple[float, float]]:
    """Points along a path of M, C and H, the ends of its lines included."""
    found: list[tuple[float, float]] = []
    for command, text in re.findall(r"([MCH])([^MCH]*)", path):
        numbers = list(map(float, text.split()))
        if command == "M":
            found.append((numbers[0], numbers[1]))
        elif command == "H":
            x, y = found[-1]
            found += [(x + (numbers[0] - x) * step / 10, y) for step in range(1, 11)]
        else:
            start = found[-1]
            a, b, end = (tuple(numbers[i : i + 2]) for i in (0, 2, 4))
            for step in range(1, 21):
                t = step / 20
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                found.append(
                    tuple(
                        sum(w * p[axis] for w, p in zip(weights, (start, a, b, end), strict=True))
                        for axis in range(2)
                    )
                )
    return found


def test_it_names_the_genotype_and_needs_nothing_from_outside() -> None:
    drawing = draw_svg(RENASNET)
    assert "<title>genotype 0110.1150.0003.1010.2250</title>" in drawing
    assert drawing.count("http") == 1  # the name space
    assert "prefers-color-scheme:dark" in drawing


def test_a_shared_cell_is_one_picture_with_what_the_reduction_leaves_out_dashed() -> None:
    (panel,) = panels(RENASNET)
    texts = [text.text for text in panel.findall(f"{SVG}text")]
    assert texts[:2] == ["normal and reduction cell", "dashed: not in the reduction cell"]
    dashed = [p for p in panel.findall(f"{SVG}path") if "dashed" in p.get("class", "")]
    assert len(dashed) == 1


def test_a_separate_reduction_cell_is_drawn_below() -> None:
    normal, reduction = panels(NASNET_A)
    assert normal.findtext(f"{SVG}text") == "normal cell"
    assert reduction.findtext(f"{SVG}text") == "reduction cell"
    assert "dashed" not in "".join(p.get("class", "") for p in reduction.findall(f"{SVG}path"))


@pytest.mark.parametrize("genotype", GENOTYPES, ids=str)
def test_every_side_and_every_part_of_the_output_has_its_line(genotype: Genotype) -> None:
    cells = [genotype.normal, genotype.reduction] if genotype.reduction else [genotype.normal]
    for number, (panel, cell) in enumerate(zip(panels(genotype), cells, strict=True)):
        joined = cell.concatenated(reduction=number == 1)
        assert len(panel.findall(f"{SVG}path")) == 2 * len(cell.blocks) + len(joined)
        names = [text.text for text in panel.findall(f"{SVG}text[@class='renas-pill']")]
        assert sorted(names) == sorted(name for b in cell.blocks for name in b.operations)


@pytest.mark.parametrize("genotype", GENOTYPES, ids=str)
def test_cards_do_not_overlap_and_no_line_runs_behind_one(genotype: Genotype) -> None:
    drawing = parsed(genotype)
    width = float(drawing.get("width", ""))
    for panel in drawing.findall(f"{SVG}g"):
        cards = boxes(panel)
        assert all(left >= 0 and right <= width for left, _, right, _ in cards)
        for i, (left, top, right, bottom) in enumerate(cards):
            for other in cards[:i]:
                apart = right <= other[0] or other[2] <= left or bottom <= other[1]
                assert apart or other[3] <= top
        for path in panel.findall(f"{SVG}path"):
            for x, y in points(path.get("d", ""))[1:-1]:
                inside = [c for c in cards if c[0] < x < c[2] and c[1] < y < c[3]]
                # The end of a line lies in the card of its reader, at an operation.
                assert all(x <= card[0] + 8.01 for card in inside)


@pytest.mark.parametrize("name", OPERATIONS)
def test_white_letters_can_be_read_on_every_colour(name: str) -> None:
    # WCAG 2.1: a contrast of at least 4.5 for small text.
    channels = [int(colour(name)[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    assert 1.05 / (luminance + 0.05) >= 4.5
