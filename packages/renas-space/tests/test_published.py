"""The published cells, against the notation of the code that they come from."""

import pytest

from renas_space import (
    AMOEBANET_A,
    DARTS_V2,
    ENAS,
    NASNET_A,
    PNASNET_5,
    PUBLISHED,
    RENASNET,
    Block,
    Cell,
    SearchSpace,
)

GOOGLE = {
    "separable_3x3_2": "sep_conv_3x3",
    "separable_5x5_2": "sep_conv_5x5",
    "separable_7x7_2": "sep_conv_7x7",
    "avg_pool_3x3": "avg_pool_3x3",
    "max_pool_3x3": "max_pool_3x3",
    "none": "skip_connect",
    "1x7_7x1": "conv_7x1_1x7",
}


def google_cell(operations: str, indices: list[int], output: str) -> Cell:
    """A cell in the notation of NASNet's code, where 0 is c-1 and 1 is c-2."""
    names = [GOOGLE[name] for name in operations.split()]
    ours = [{0: 1, 1: 0}.get(index, index) for index in indices]
    blocks = zip(ours[::2], ours[1::2], names[::2], names[1::2], strict=True)
    return Cell(tuple(Block((i1, i2), (o1, o2)) for i1, i2, o1, o2 in blocks), output)


def enas_cell(arc: str) -> Cell:
    """A cell in the notation of ENAS's code: input, operation, input, operation of each block."""
    names = ["sep_conv_3x3", "sep_conv_5x5", "avg_pool_3x3", "max_pool_3x3", "skip_connect"]
    numbers = list(map(int, arc.split()))
    blocks = zip(*(numbers[start::4] for start in range(4)), strict=True)
    return Cell(
        tuple(Block((x, y), (names[x_op], names[y_op])) for x, x_op, y, y_op in blocks), "loose"
    )


def darts_cell(pairs: list[tuple[str, int]]) -> Cell:
    """A cell in the notation of DARTS's code: operation and input of each side."""
    sides = zip(pairs[::2], pairs[1::2], strict=True)
    return Cell(tuple(Block((i1, i2), (o1, o2)) for (o1, i1), (o2, i2) in sides), "all")


def test_names_are_the_keys_and_lower_case() -> None:
    assert list(PUBLISHED) == [
        "renasnet",
        "nasnet-a",
        "amoebanet-a",
        "pnasnet-5",
        "enas",
        "darts-v2",
    ]
    assert all(published.name.lower() == name for name, published in PUBLISHED.items())


@pytest.mark.parametrize("name", PUBLISHED)
def test_each_says_where_it_comes_from(name: str) -> None:
    published = PUBLISHED[name]
    assert published.url.startswith("https://github.com/")
    assert " 20" in published.source
    assert not published.note.endswith(".")


def test_renasnet_is_the_cell_of_the_authors_code() -> None:
    # symbol_renasnet.py: [operation, input] of each side; 7 is the identity there.
    code = [[1, 0], [0, 1], [7, 1], [0, 1], [0, 0], [3, 0], [1, 1], [0, 0], [7, 2], [0, 2]]
    names = {0: "sep_conv_3x3", 1: "sep_conv_5x5", 3: "avg_pool_3x3", 7: "skip_connect"}
    blocks = zip(code[::2], code[1::2], strict=True)
    assert RENASNET.normal.blocks == tuple(
        Block((left[1], right[1]), (names[left[0]], names[right[0]])) for left, right in blocks
    )
    assert RENASNET.reduction is None
    assert RENASNET.normal.concatenated(reduction=False) == (3, 4, 5, 6, 0)
    assert RENASNET.normal.concatenated(reduction=True) == (3, 4, 5, 6)


def test_nasnet_a_is_the_cell_of_slim() -> None:
    assert NASNET_A.normal == google_cell(
        "separable_5x5_2 separable_3x3_2 separable_5x5_2 separable_3x3_2 avg_pool_3x3 none "
        "avg_pool_3x3 avg_pool_3x3 separable_3x3_2 none",
        [0, 1, 1, 1, 0, 1, 1, 1, 0, 0],
        "loose+c-2",
    )
    assert NASNET_A.reduction == google_cell(
        "separable_5x5_2 separable_7x7_2 max_pool_3x3 separable_7x7_2 avg_pool_3x3 "
        "separable_5x5_2 none avg_pool_3x3 separable_3x3_2 max_pool_3x3",
        [0, 1, 0, 1, 0, 1, 3, 2, 2, 0],
        "loose+c-2",
    )
    # used_hiddenstates: slim leaves out c-1 in the normal cell, and c-2, c-1 and block 1 in the
    # reduction cell; ours leaves out block 2 there too.
    assert set(NASNET_A.normal.concatenated(reduction=False)) == {0, 2, 3, 4, 5, 6}
    assert NASNET_A.reduction_cell.concatenated(reduction=True) == (4, 5, 6)


def test_amoebanet_a_is_the_cell_of_the_tpu_models() -> None:
    assert AMOEBANET_A.normal == google_cell(
        "avg_pool_3x3 max_pool_3x3 separable_3x3_2 none none avg_pool_3x3 separable_3x3_2 "
        "separable_5x5_2 avg_pool_3x3 separable_3x3_2",
        [0, 0, 1, 1, 0, 1, 0, 2, 5, 0],
        "loose+c-2",
    )
    assert AMOEBANET_A.reduction == google_cell(
        "separable_3x3_2 avg_pool_3x3 max_pool_3x3 separable_7x7_2 max_pool_3x3 max_pool_3x3 "
        "separable_3x3_2 1x7_7x1 avg_pool_3x3 separable_7x7_2",
        [1, 0, 0, 2, 1, 0, 4, 0, 1, 0],
        "all",
    )
    # used_hiddenstates = [1, 0, 1, 0, 0, 1, 0], of (c-1, c-2, blocks).
    assert set(AMOEBANET_A.normal.concatenated(reduction=False)) == {0, 3, 4, 6}


def test_pnasnet_5_is_the_cell_of_slim() -> None:
    assert PNASNET_5.reduction is None
    assert PNASNET_5.normal == google_cell(
        "separable_5x5_2 max_pool_3x3 separable_7x7_2 max_pool_3x3 separable_5x5_2 "
        "separable_3x3_2 separable_3x3_2 max_pool_3x3 separable_3x3_2 none",
        [1, 1, 0, 0, 0, 0, 4, 0, 1, 0],
        "all",
    )


def test_enas_is_the_arc_of_its_script() -> None:
    assert ENAS.normal == enas_cell("0 2 0 0 0 4 0 1 0 4 1 1 1 0 0 1 0 2 1 1")
    assert ENAS.reduction == enas_cell("1 0 1 0 0 3 0 2 1 1 3 1 1 0 0 4 0 3 1 1")


def test_darts_v2_is_the_genotype_of_its_code() -> None:
    sep, skip, largest = "sep_conv_3x3", "skip_connect", "max_pool_3x3"
    normal = [(sep, 0), (sep, 1), (sep, 0), (sep, 1), (sep, 1), (skip, 0), (skip, 0)]
    assert DARTS_V2.normal == darts_cell([*normal, ("dil_conv_3x3", 2)])
    first = [(largest, 0), (largest, 1), (skip, 2), (largest, 1)]
    last = [(largest, 0), (skip, 2), (skip, 2), (largest, 1)]
    assert DARTS_V2.reduction == darts_cell([*first, *last])


def test_renasnet_and_nasnet_a_are_members_of_the_search_space() -> None:
    assert SearchSpace().contains(RENASNET)
    assert SearchSpace(separate_reduction=True).contains(NASNET_A)
