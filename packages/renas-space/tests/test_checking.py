import warnings

import pytest

from renas_space import BlockLayout, Graph, InputError, SearchSpace, Slot, check_space
from renas_space.nasbench201 import NasBench201Space


class Pairs:
    """Two operations one behind the other: a genotype is the pair of their tokens."""

    layout = tuple(
        BlockLayout(slots=(Slot(name="do", kind="operation", values=(0, 1)),), combination=False)
        for _ in range(2)
    )
    vocabulary = 2
    effects = {0: "convolution", 1: "pooling"}  # noqa: RUF012 (as small as it can be)

    def slot_tokens(self, genotype):
        return tuple((token,) for token in genotype)

    def from_slot_tokens(self, tokens):
        return tuple(token for (token,) in tokens)

    def encoder_ids(self, genotype):
        return genotype

    def graphs(self, genotype):
        first, second = genotype
        return (Graph(inputs=1, nodes=(((0, first),), ((1, second),)), outputs=(2,)),)

    def sample(self, rng):
        return rng.randrange(2), rng.randrange(2)

    def mutate(self, genotype, mutations):
        tokens = list(genotype)
        for mutation in mutations:
            tokens[mutation.block] = mutation.value
        return tuple(tokens)

    def digest(self, genotype):
        return str(genotype)


def with_(**members):
    return type("Spoilt", (Pairs,), members)()


def graph(*nodes, outputs=(1,), cells=1):
    return with_(graphs=lambda _, __: (Graph(inputs=1, nodes=nodes, outputs=outputs),) * cells)


@pytest.mark.parametrize(
    "space",
    [
        Pairs(),
        SearchSpace(blocks=2),
        SearchSpace(blocks=5, separate_reduction=True),
        NasBench201Space(),
    ],
    ids=lambda space: type(space).__name__,
)
def test_a_space_that_keeps_the_rules_passes_in_silence(space):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_space(space)


@pytest.mark.parametrize(
    ("space", "sentence"),
    [
        (
            with_(sample=lambda _, rng: [rng.randrange(2), 0]),
            "the genotype [1, 0] cannot be hashed: make it of immutable values",
        ),
        (
            with_(slot_tokens=lambda _, g: (g,)),
            "slot_tokens gives ((1, 1),): give a token for each slot of the layout",
        ),
        (
            with_(slot_tokens=lambda _, g: tuple((float(token),) for token in g)),
            "slot_tokens gives 1.0 for do: give an int of its values, 0, 1",
        ),
        (
            with_(slot_tokens=lambda _, g: tuple((token + 1,) for token in g)),
            "slot_tokens gives 2 for do: give an int of its values, 0, 1",
        ),
        (
            with_(from_slot_tokens=lambda *_: (0, 0)),
            "from_slot_tokens makes (0, 0) of the tokens of (1, 1): give the same genotype",
        ),
        (
            with_(encoder_ids=lambda _, g: g[:1]),
            "encoder_ids gives 1 ids: give 2, one for each slot and one more for each block with a "
            "combination",
        ),
        (
            with_(vocabulary=1),
            "encoder_ids gives 1: give an int from 0 to 0, or a larger vocabulary",
        ),
        (with_(digest=lambda _, g: g), "digest gives (1, 1): give a string"),
        (
            with_(effects={0: "convolution", 1: "pool"}),
            "effects says 'pool' of operation 1: give one of nothing, identity, pooling, "
            "convolution",
        ),
        (with_(effects={0: "pooling"}), "effects does not say what operation 1 does: add it"),
        (
            with_(graphs=lambda _, g: Pairs().graphs(g) * (1 + g[0])),
            "graphs gives 1 cells for (0, 1) and 2 for (1, 1): give as many for each genotype, at "
            "least one, with as many inputs",
        ),
        (
            graph(((2, 0),), ((1, 0),)),
            "node 1 of a graph reads node 2: give one from 0 to 0",
        ),
        (
            graph(((0, 0),), outputs=(9,)),
            "the outputs of a graph are (9,): give at least one node, from 0 to 1",
        ),
        (
            graph(((0, 0),), outputs=()),
            "the outputs of a graph are (): give at least one node, from 0 to 1",
        ),
    ],
)
def test_what_breaks_a_rule_is_named_in_one_sentence(space, sentence):
    with pytest.raises(InputError) as error:
        check_space(space)
    assert str(error.value) == sentence


def test_without_a_predictor_graphs_are_not_looked_at():
    check_space(with_(effects={}, graphs=None), graphs=False)


def test_a_slot_that_no_graph_shows_is_warned_of():
    blind = with_(graphs=lambda _, g: (Graph(inputs=1, nodes=(((0, g[0]),),), outputs=(1,)),))
    message = (
        "^the slot do of block 1 shows in no graph, so that a predictor is blind to it: let an "
        "edge's token stand for it too$"
    )
    with pytest.warns(UserWarning, match=message):
        check_space(blind)
