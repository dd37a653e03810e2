"""A genotype as text."""

from hypothesis import given
from hypothesis import strategies as st

from renas_space import NASNET_A, PNASNET_5, RENASNET, SearchSpace, draw_text

SPACE = SearchSpace()


def test_renasnet_to_the_letter() -> None:
    assert (
        draw_text(RENASNET)
        == """\
normal and reduction cell

  block 1 = sep_conv_5x5(c-2)     + sep_conv_3x3(c-1)      -> block 5
  block 2 = skip_connect(c-1)     + sep_conv_3x3(c-1)      -> output
  block 3 = sep_conv_3x3(c-2)     + avg_pool_3x3(c-2)      -> output
  block 4 = sep_conv_5x5(c-1)     + sep_conv_3x3(c-2)      -> output
  block 5 = skip_connect(block 1) + sep_conv_3x3(block 1)  -> output
  output  = block 2, block 3, block 4, block 5, c-2
  (c-2 is not in the output of the reduction cell)"""
    )


def test_a_separate_reduction_cell_follows() -> None:
    normal, reduction = draw_text(NASNET_A).split("\n\nreduction cell\n\n")
    assert normal.startswith("normal cell\n\n  block 1 = sep_conv_5x5(c-1) + sep_conv_3x3(c-2)")
    assert normal.endswith("block 5, c-2")
    assert reduction.endswith("  output  = block 3, block 4, block 5")


def test_a_block_may_go_to_a_block_and_the_output() -> None:
    third = draw_text(PNASNET_5).splitlines()[4]
    assert third.endswith("-> block 4, output")


def test_columns_are_aligned_with_ten_blocks_and_more() -> None:
    space = SearchSpace(blocks=12)
    lines = draw_text(space.at(space.size - 1)).splitlines()[2:-2]
    assert len({line.index("=") for line in lines}) == 1
    assert len({line.index("->") for line in lines}) == 1
    assert len({line.index("+") for line in lines}) == 1


@given(st.integers(0, SPACE.size - 1))
def test_it_is_plain_ascii_without_trailing_blanks(index: int) -> None:
    drawing = draw_text(SPACE.at(index))
    assert drawing.isascii()
    assert all(line == line.rstrip() for line in drawing.splitlines())
    assert not drawing.endswith("\n")
