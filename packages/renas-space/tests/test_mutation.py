"""Mutations and differences undo each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renas_space import Genotype, InputError, Mutation, SearchSpace, apply_all, difference

SPACE = SearchSpace()
RENASNET = Genotype.from_string("0110.1150.0003.1010.2250")
genotypes = st.integers(0, SPACE.size - 1).map(SPACE.at)


@given(genotypes, genotypes)
def test_the_difference_leads_from_one_to_the_other(one: Genotype, other: Genotype) -> None:
    mutations = difference(one, other)
    assert apply_all(one, mutations) == other
    assert len(mutations) == sum(a != b for a, b in zip(one.tokens, other.tokens, strict=True))


@given(genotypes, genotypes, genotypes, genotypes)
def test_it_does_so_for_two_cells(a: Genotype, b: Genotype, c: Genotype, d: Genotype) -> None:
    one, other = Genotype(a.normal, b.normal), Genotype(c.normal, d.normal)
    if (one.reduction is None) == (other.reduction is None):
        assert apply_all(one, difference(one, other)) == other


@given(genotypes)
def test_there_is_no_difference_to_itself(genotype: Genotype) -> None:
    assert difference(genotype, genotype) == ()


def test_one_mutation_changes_one_token() -> None:
    child = Mutation(block=2, slot=3, value=5).apply(RENASNET)
    assert str(child) == "0110.1150.0005.1010.2250"


def test_the_output_rule_is_kept() -> None:
    parent = Genotype.from_string("0100@all/0110@loose")
    assert str(Mutation(1, 0, 1).apply(parent)) == "0100@all/1110@loose"


def test_mutations_describe_themselves() -> None:
    assert Mutation(2, 3, 5).describe(RENASNET) == "block 3: o2 avg_pool_3x3 -> skip_connect"
    assert Mutation(4, 0, 3).describe(RENASNET) == "block 5: i1 2 -> 3"


@pytest.mark.parametrize(
    ("mutation", "message"),
    [
        (Mutation(5, 0, 0), "there is no block 5: the genotype has 0 to 4"),
        (Mutation(-1, 0, 0), "there is no block -1: the genotype has 0 to 4"),
        (Mutation(0, 4, 0), "there is no slot 4: a block has 0 to 3, i1, i2, o1, o2"),
        (Mutation(0, 0, 2), "block 1 reads input 2, which is not there yet: it may read 0 to 1 "
         "(0 is c-2, 1 is c-1, 2 is block 1)"),
        (Mutation(0, 2, 9), "operation token 9 is out of range: use 0 to 8"),
    ],
)  # fmt: skip
def test_a_mutation_that_does_not_fit_is_refused(mutation: Mutation, message: str) -> None:
    for use in (mutation.apply, mutation.describe):
        with pytest.raises(InputError) as error:
            use(RENASNET)
        assert str(error.value) == message


def test_genotypes_of_other_sizes_have_no_difference() -> None:
    with pytest.raises(InputError) as error:
        difference(RENASNET, Genotype.from_string("0100"))
    assert str(error.value) == (
        f"no mutations lead from {RENASNET} to 0100: "
        "they differ in the number of blocks or in having a separate reduction cell"
    )


def test_genotypes_of_other_rules_have_no_difference() -> None:
    with pytest.raises(InputError) as error:
        difference(Genotype.from_string("0100"), Genotype.from_string("0100@all"))
    assert str(error.value) == "no mutations lead from 0100 to 0100@all: their output rules differ"
