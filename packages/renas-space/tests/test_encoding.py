"""Compact strings and JSON, both ways, and what is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renas_space import OPERATIONS, Block, Cell, Genotype, InputError, SearchSpace
from renas_space.drawing_dot import draw_dot
from renas_space.drawing_svg import draw_svg

SPACE = SearchSpace(operations=OPERATIONS, separate_reduction=True)
RULES = st.sampled_from(["loose+c-2", "loose", "all"])
RENASNET = "0110.1150.0003.1010.2250"


@st.composite
def genotypes(draw: st.DrawFn) -> Genotype:
    """Genotypes with shared and separate reduction cells, all operations and all rules."""
    drawn = SPACE.at(draw(st.integers(0, SPACE.size - 1)))
    normal = Cell(drawn.normal.blocks, draw(RULES))
    if draw(st.booleans()):
        return Genotype(normal)
    return Genotype(normal, Cell(drawn.reduction_cell.blocks, draw(RULES)))


@given(genotypes())
def test_strings_lead_back(genotype: Genotype) -> None:
    assert Genotype.from_string(str(genotype)) == genotype


@given(genotypes())
def test_json_leads_back(genotype: Genotype) -> None:
    assert Genotype.from_json(genotype.to_json()) == genotype
    assert Genotype.from_json(genotype.to_json(indent=2)) == genotype


def test_the_json_of_renasnet() -> None:
    assert json.loads(Genotype.from_string(RENASNET).to_json()) == {
        "format": "renas.genotype",
        "version": 1,
        "normal": [
            [0, 1, "sep_conv_5x5", "sep_conv_3x3"],
            [1, 1, "skip_connect", "sep_conv_3x3"],
            [0, 0, "sep_conv_3x3", "avg_pool_3x3"],
            [1, 0, "sep_conv_5x5", "sep_conv_3x3"],
            [2, 2, "skip_connect", "sep_conv_3x3"],
        ],
        "reduction": None,
    }


def test_strings_may_be_upper_case_and_padded() -> None:
    assert Genotype.from_string(f" {RENASNET.upper()}\n") == Genotype.from_string(RENASNET)


def test_extra_keys_are_ignored() -> None:
    document = json.loads(Genotype.from_string(RENASNET).to_json()) | {"fitness": 0.9, "run": "r"}
    assert Genotype.from_json(json.dumps(document)) == Genotype.from_string(RENASNET)


def test_an_explicit_equal_reduction_cell_is_the_same_genotype() -> None:
    document = json.loads(Genotype.from_string(RENASNET).to_json())
    document["reduction"] = document["normal"]
    assert Genotype.from_json(json.dumps(document)) == Genotype.from_string(RENASNET)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("011", "'011' in '011' is no block: give four base-36 digits (two inputs, two "
         "operations), as in 0110.1150.0003.1010.2250"),
        ("01!0", "'01!0' in '01!0' is no block: give four base-36 digits (two inputs, two "
         "operations), as in 0110.1150.0003.1010.2250"),
        ("0110/0110/0110",
         "'0110/0110/0110' has 3 cells: give one, or a normal and a reduction cell"),
        ("0110@most", "unknown output rule 'most': use one of loose+c-2, loose, all"),
        ("011z", "operation token 35 is out of range: use 0 to 8"),
    ],
)  # fmt: skip
def test_bad_strings_are_refused(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        Genotype.from_string(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, "the JSON has \"format\" 'other': a genotype has 'renas.genotype'"),
        ({"version": "1"}, "the genotype has \"version\" '1': it must be a whole number from 1"),
        ({"version": 2}, "the genotype is of version 2, this renas-space reads up to 1: install a "
         "newer renas-space"),
        ({"normal": None}, 'the genotype has "normal" None: give a list of blocks'),
        ({"normal": []}, "a cell has blocks (): give a tuple of at least one"),
        ({"normal": [[0, 1, "sep_conv_3x3"]]}, "block 1 of the normal cell is "
         "[0, 1, 'sep_conv_3x3']: give [i1, i2, \"operation 1\", \"operation 2\"]"),
        ({"normal": [[0, 1.0, "sep_conv_3x3", "sep_conv_3x3"]]}, "a block reads input 1.0: give a "
         "whole number, 0 for c-2, 1 for c-1, 2 and above for earlier blocks"),
        ({"normal": [[0, 1, "sep_conv_3x3", ["x"]]]},
         f"unknown operation ['x']: known are {', '.join(OPERATIONS)}"),
        ({"output": 3}, 'the genotype has "output" 3: give a string'),
    ],
)  # fmt: skip
def test_bad_json_is_refused(change: dict[str, object], message: str) -> None:
    document = json.loads(Genotype.from_string(RENASNET).to_json()) | change
    with pytest.raises(InputError) as error:
        Genotype.from_json(json.dumps(document))
    assert str(error.value) == message


def test_truncated_json_is_refused() -> None:
    text = Genotype.from_string(RENASNET).to_json()
    for end in range(len(text)):
        with pytest.raises(InputError, match="is the file whole"):
            Genotype.from_json(text[:end])


@given(st.text())
def test_no_text_does_worse_than_an_input_error(text: str) -> None:
    for parse in (Genotype.from_string, Genotype.from_json):
        try:
            parse(text)
        except InputError:
            continue


def test_a_cell_too_large_for_a_string_says_so() -> None:
    blocks = tuple(Block((i, i + 1), ("skip_connect", "skip_connect")) for i in range(36))
    genotype = Genotype(Cell(blocks))
    with pytest.raises(InputError) as error:
        str(genotype)
    assert str(error.value) == (
        "input 36 does not fit the compact string, which has one base-36 digit for it: "
        "use JSON for cells of more than 34 blocks"
    )
    assert Genotype.from_json(genotype.to_json()) == genotype
    assert genotype.label == genotype.digest()
    assert genotype.digest() in draw_svg(genotype)
    assert genotype.digest() in draw_dot(genotype)
