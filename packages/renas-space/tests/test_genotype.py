"""Blocks, cells and genotypes check themselves and know their outputs."""

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renas_space import Block, Cell, Genotype, InputError, SearchSpace

SPACE = SearchSpace()
RENASNET = "0110.1150.0003.1010.2250"
genotypes = st.integers(0, SPACE.size - 1).map(SPACE.at)

SEP3 = ("sep_conv_3x3", "sep_conv_3x3")


def test_values_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Block((0, 1), SEP3).inputs = (1, 1)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("inputs", "operations", "message"),
    [
        ((0, -1), SEP3, "a block reads input -1: give a whole number, 0 for c-2, 1 for c-1, 2 and "
         "above for earlier blocks"),
        ((0, True), SEP3, "a block reads input True: give a whole number, 0 for c-2, 1 for c-1, 2 "
         "and above for earlier blocks"),
        ((0, 1, 1), SEP3, "a block's inputs are (0, 1, 1): give a tuple of two"),
        ((0, 1), ["skip_connect"] * 2, "a block's operations are ['skip_connect', 'skip_connect']: "
         "give a tuple of two"),
        ((0, 1), ("skip_conect", "max_pool_3x3"),
         "unknown operation 'skip_conect': did you mean 'skip_connect'?"),
    ],
)  # fmt: skip
def test_a_bad_block_is_refused(inputs: object, operations: object, message: str) -> None:
    with pytest.raises(InputError) as error:
        Block(inputs, operations)  # type: ignore[arg-type]
    assert str(error.value) == message


def test_a_block_that_reads_forward_is_refused() -> None:
    with pytest.raises(InputError) as error:
        Cell((Block((0, 1), SEP3), Block((3, 0), SEP3)))
    assert str(error.value) == (
        "block 2 reads input 3, which is not there yet: it may read 0 to 2 "
        "(0 is c-2, 1 is c-1, 2 is block 1)"
    )


def test_a_cell_without_blocks_is_refused() -> None:
    with pytest.raises(InputError) as error:
        Cell(())
    assert str(error.value) == "a cell has blocks (): give a tuple of at least one"


def test_an_unknown_output_rule_is_refused() -> None:
    with pytest.raises(InputError) as error:
        Cell((Block((0, 1), SEP3),), "some")  # type: ignore[arg-type]
    assert str(error.value) == "unknown output rule 'some': use one of loose+c-2, loose, all"


def test_the_output_of_renasnet_is_its_loose_blocks_and_c_2_in_normal_cells() -> None:
    # Blocks 2 to 5 are read by no other block; block 1 (input 2) is read by block 5.
    cell = Genotype.from_string(RENASNET).normal
    assert cell.loose == (3, 4, 5, 6)
    assert cell.concatenated(reduction=False) == (3, 4, 5, 6, 0)
    assert cell.concatenated(reduction=True) == (3, 4, 5, 6)


@pytest.mark.parametrize(("rule", "output"), [("loose", (3, 4, 5, 6)), ("all", (2, 3, 4, 5, 6))])
def test_other_rules_concatenate_blocks_only(rule: str, output: tuple[int, ...]) -> None:
    cell = Genotype.from_string(f"{RENASNET}@{rule}").normal
    assert cell.concatenated(reduction=False) == cell.concatenated(reduction=True) == output


def test_a_reduction_cell_equal_to_the_normal_one_is_none() -> None:
    cell = Genotype.from_string(RENASNET).normal
    explicit = Genotype(cell, cell)
    assert explicit.reduction is None
    assert explicit == Genotype(cell)
    assert hash(explicit) == hash(Genotype(cell))
    assert explicit.reduction_cell == cell


@given(genotypes)
def test_tokens_are_five_a_block_and_lead_back(genotype: Genotype) -> None:
    assert len(genotype.tokens) == 25
    assert set(genotype.tokens[4::5]) == {0}
    assert Genotype.from_tokens(genotype.tokens) == genotype


@given(genotypes, genotypes)
def test_tokens_of_two_cells_lead_back(one: Genotype, other: Genotype) -> None:
    genotype = Genotype(one.normal, other.normal)
    separate = genotype.reduction is not None
    assert len(genotype.tokens) == (50 if separate else 25)
    assert Genotype.from_tokens(genotype.tokens, separate_reduction=separate) == genotype


@pytest.mark.parametrize(
    ("tokens", "separate", "message"),
    [
        ([], False, "0 tokens do not make a genotype: give 5 tokens a block"),
        ([0, 1, 0, 0], False, "4 tokens do not make a genotype: give 5 tokens a block"),
        ([0, 1, 0, 0, 0], True,
         "5 tokens do not make a genotype: give two cells of 5 tokens a block"),
        ([0, 1, 0, 0, 1], False, "the combination tokens are [1]: only 0, addition, is known"),
        ([0, 1, 0, 9, 0], False, "operation token 9 is out of range: use 0 to 8"),
        ([0, 1, 0, -1, 0], False, "operation token -1 is out of range: use 0 to 8"),
        ([0, 2, 0, 0, 0], False, "block 1 reads input 2, which is not there yet: it may read 0 to "
         "1 (0 is c-2, 1 is c-1, 2 is block 1)"),
    ],
)  # fmt: skip
def test_bad_tokens_are_refused(tokens: list[int], separate: bool, message: str) -> None:
    with pytest.raises(InputError) as error:
        Genotype.from_tokens(tokens, separate_reduction=separate)
    assert str(error.value) == message


def test_numbers_that_equal_a_token_are_none_whatever_was_built_before() -> None:
    Genotype.from_tokens([0, 1, 0, 0, 0])
    for false in (0.0, False):
        with pytest.raises(InputError, match="is out of range"):
            Genotype.from_tokens([0, 1, false, 0, 0])


def test_tokens_of_renasnet() -> None:
    # Chen et al., Fig. 5; blocks as (i1, i2, o1, o2, A).
    assert Genotype.from_string(RENASNET).tokens == (
        0, 1, 1, 0, 0,
        1, 1, 5, 0, 0,
        0, 0, 0, 3, 0,
        1, 0, 1, 0, 0,
        2, 2, 5, 0, 0,
    )  # fmt: skip


def test_the_digest_of_renasnet_does_not_change() -> None:
    # Pinned: digests stand in journals and in other people's files.
    assert Genotype.from_string(RENASNET).digest() == "v1:8cae0d60b4e4e44d82ebdea75d3d2045"
