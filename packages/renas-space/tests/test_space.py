"""The search space: size, numbers, samples, neighbours, and what a controller reads."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renas_space import Genotype, InputError, Mutation, SearchSpace

SPACE = SearchSpace()
TWO_CELLS = SearchSpace(
    blocks=3, separate_reduction=True, operations=("skip_connect", "max_pool_3x3")
)
RENASNET = Genotype.from_string("0110.1150.0003.1010.2250")


def test_the_size_is_that_of_the_paper() -> None:
    # Section 3.1: (6^5 * 6!)^2 = 3.1e13.
    assert SPACE.size == (6**5 * 720) ** 2 == 31_345_665_638_400


@pytest.mark.parametrize("space", [SPACE, TWO_CELLS])
@given(data=st.data())
def test_numbers_and_genotypes_are_a_bijection(space: SearchSpace, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, space.size - 1))
    genotype = space.at(index)
    assert space.contains(genotype)
    assert space.index(genotype) == index
    assert space.from_slot_tokens(space.slot_tokens(genotype)) == genotype


def test_the_first_token_is_the_most_significant() -> None:
    assert str(SPACE.at(0)) == "0000.0000.0000.0000.0000"
    assert str(SPACE.at(1)) == "0000.0000.0000.0000.0001"
    assert str(SPACE.at(SPACE.size // 2)) == "1000.0000.0000.0000.0000"
    assert str(SPACE.at(SPACE.size - 1)) == "1155.2255.3355.4455.5555"


@pytest.mark.parametrize("index", [-1, SPACE.size])
def test_there_is_no_cell_out_of_range(index: int) -> None:
    with pytest.raises(InputError) as error:
        SPACE.at(index)
    assert str(error.value) == f"there is no cell {index}: this space has 0 to {SPACE.size - 1}"


def test_samples_are_uniform_and_repeatable() -> None:
    space = SearchSpace(blocks=1, operations=("skip_connect", "max_pool_3x3"))  # 16 cells
    rng = random.Random(0)
    drawn = [space.index(space.sample(rng)) for _ in range(16_000)]
    counts = Counter(drawn)
    # Chi-squared with 15 degrees of freedom is above 37.7 once in a thousand times.
    assert sum((counts[i] - 1000) ** 2 / 1000 for i in range(16)) < 37.7
    again = random.Random(0)
    assert [space.index(space.sample(again)) for _ in range(16_000)] == drawn


def test_neighbours_differ_in_one_token_and_are_all() -> None:
    neighbours = list(SPACE.neighbours(RENASNET))
    # Inputs: block b (from 1) has b others for each side; operations: five others for each side.
    assert len(neighbours) == 2 * (1 + 2 + 3 + 4 + 5) + 5 * 2 * 5 == len(set(neighbours))
    for neighbour in neighbours:
        assert sum(a != b for a, b in zip(neighbour.tokens, RENASNET.tokens, strict=True)) == 1


def test_the_layout_says_what_each_slot_may_hold() -> None:
    third = SPACE.layout[2]
    assert [slot.name for slot in third.slots] == ["i1", "i2", "o1", "o2"]
    assert third.slots[0].values == (0, 1, 2, 3)
    assert third.slots[0].sources == (-2, -1, 0, 1)
    assert third.slots[2].values == (0, 1, 2, 3, 4, 5)
    assert third.combination


def test_blocks_of_a_reduction_cell_read_blocks_of_that_cell() -> None:
    assert len(TWO_CELLS.layout) == 6
    assert TWO_CELLS.layout[3].slots[0].sources == (-2, -1)
    assert TWO_CELLS.layout[5].slots[0].sources == (-2, -1, 3, 4)


def test_the_encoder_reads_five_ids_a_block() -> None:
    ids = SPACE.encoder_ids(RENASNET)
    # Inputs 0 to 5, operations from 6, addition last.
    assert ids[:5] == (0, 1, 7, 6, SPACE.vocabulary - 1)
    assert len(ids) == 25
    assert max(ids) < SPACE.vocabulary


def test_inputs_and_operations_never_share_an_id() -> None:
    rng = random.Random(1)
    inputs, operations = set[int](), set[int]()
    for _ in range(200):
        ids = SPACE.encoder_ids(SPACE.sample(rng))
        inputs.update(ids[0::5], ids[1::5])
        operations.update(ids[2::5], ids[3::5])
    assert inputs == set(range(6))
    assert operations == set(range(6, 12))


def test_a_mutation_of_one_use_separates_equal_cells() -> None:
    genotype = Genotype.from_string("0155.0155.0155")
    assert TWO_CELLS.contains(genotype)
    child = TWO_CELLS.mutate(genotype, (Mutation(3, 0, 1),))
    assert str(child) == "0155.0155.0155/1155.0155.0155"


@pytest.mark.parametrize(
    ("mutation", "message"),
    [
        (Mutation(0, 0, 2),
         "Mutation(block=0, slot=0, value=2) puts a token where it is not legal"),
        (Mutation(0, 2, 6),
         "Mutation(block=0, slot=2, value=6) puts a token where it is not legal"),
        (Mutation(5, 0, 0),
         "Mutation(block=5, slot=0, value=0) names no slot: this space has 5 blocks of 4"),
    ],
)  # fmt: skip
def test_a_mutation_out_of_the_space_is_refused(mutation: Mutation, message: str) -> None:
    with pytest.raises(InputError) as error:
        SPACE.mutate(RENASNET, (mutation,))
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0110", "a cell has 1 blocks, those of this space 5"),
        ("0110.1150.0003.1010.2250/0110.1150.0003.1010.2251",
         "0110.1150.0003.1010.2250/0110.1150.0003.1010.2251 has a reduction cell of its own, this "
         "space has none"),
        ("0110.1150.0003.1010.2250@all",
         "a cell has the output rule 'all', this space 'loose+c-2'"),
        ("0110.1150.0003.1010.2256", "operation 'dil_conv_3x3' is none of this space: "
         "['sep_conv_3x3', 'sep_conv_5x5', 'sep_conv_7x7', 'avg_pool_3x3', 'max_pool_3x3', "
         "'skip_connect']"),
    ],
)  # fmt: skip
def test_foreign_genotypes_are_refused(text: str, message: str) -> None:
    genotype = Genotype.from_string(text)
    assert not SPACE.contains(genotype)
    with pytest.raises(InputError) as error:
        SPACE.check(genotype)
    assert str(error.value) == message
    with pytest.raises(InputError) as error:
        SPACE.mutate(genotype, (Mutation(0, 0, 0),))
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"blocks": 0}, "a cell of 0 blocks: use 1 to 34"),
        ({"operations": ()}, "the operations are []: give at least one, each once"),
        ({"operations": ("skip_connect",) * 2},
         "the operations are ['skip_connect', 'skip_connect']: give at least one, each once"),
        ({"output": "loos"}, "unknown output rule 'loos': use one of loose+c-2, loose, all"),
    ],
)  # fmt: skip
def test_bad_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as error:
        SearchSpace(**settings)  # type: ignore[arg-type]
    assert str(error.value) == message


def test_operations_may_be_given_as_a_list() -> None:
    names = ["skip_connect", "max_pool_3x3"]
    space = SearchSpace(blocks=1, operations=names)  # type: ignore[arg-type]
    assert space == SearchSpace(blocks=1, operations=tuple(names))
    assert hash(space)


@pytest.mark.parametrize("index", [1.0, "3", -1, 16])
def test_a_number_that_no_cell_has_is_refused(index: int) -> None:
    space = SearchSpace(blocks=1, operations=("skip_connect", "max_pool_3x3"))
    with pytest.raises(InputError) as error:
        space.at(index)
    assert str(error.value) == f"there is no cell {index!r}: this space has 0 to 15"


def test_the_graph_of_renasnet():
    (graph,) = SearchSpace(blocks=5).graphs(RENASNET)
    assert graph.inputs == 2
    assert graph.nodes[4] == ((2, 5), (2, 0))  # the last block: skip and sep3 of the first
    assert graph.outputs == (3, 4, 5, 6, 0)  # blocks that none reads, then c-2


def test_a_reduction_cell_of_its_own_is_a_graph_without_c_minus_2():
    space = SearchSpace(blocks=1, separate_reduction=True)
    normal, reduction = space.graphs(space.at(3))
    assert (normal.outputs, reduction.outputs) == ((2, 0), (2,))


def test_operations_say_what_they_do():
    effects = SearchSpace(operations=("skip_connect", "max_pool_3x3", "dil_conv_3x3")).effects
    assert effects == {5: "identity", 4: "pooling", 6: "convolution"}
