"""Cells that papers have published, in this package's terms, with where each was read.

Only the cells are theirs: around them `plan_network` puts the skeleton of RENAS, so parameters
differ from what each paper counts. Differences that all of these share: a strided ``skip_connect``
is a 3x3 max pooling here (authors' code of RENAS), elsewhere a strided 1x1 convolution (NASNet,
PNASNet, AmoebaNet) or a factorized reduction (ENAS, DARTS). The order of a concatenation is ours.

Google's code numbers c-1 as 0 and c-2 as 1, against ours; blocks are 2 and above in both.
The code of tensorflow/models and tensorflow/tpu carries the Apache License 2.0 in each file.
"""

from dataclasses import dataclass

from renas_space.genotype import AUTHORS_OUTPUT, Block, Cell, Genotype, OutputRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A genotype and where it was published."""

    name: str
    """As the paper spells it; lower case in `PUBLISHED`."""
    genotype: Genotype
    source: str
    """Paper and figure."""
    url: str
    """Where the cell can be read, to the file if there is code."""
    note: str = ""
    """What differs between the source and the genotype, if anything does."""


def _cell(*rows: tuple[int, int, str, str], output: OutputRule = AUTHORS_OUTPUT) -> Cell:
    """Return the cell of these blocks: input 1, input 2, operation 1, operation 2."""
    return Cell(tuple(Block((i1, i2), (o1, o2)) for i1, i2, o1, o2 in rows), output)


RENASNET = Genotype(
    _cell(
        (0, 1, "sep_conv_5x5", "sep_conv_3x3"),
        (1, 1, "skip_connect", "sep_conv_3x3"),
        (0, 0, "sep_conv_3x3", "avg_pool_3x3"),
        (1, 0, "sep_conv_5x5", "sep_conv_3x3"),
        (2, 2, "skip_connect", "sep_conv_3x3"),
    )
)
"""RENASNet: one cell, normal and reduction."""

NASNET_A = Genotype(
    _cell(
        (1, 0, "sep_conv_5x5", "sep_conv_3x3"),
        (0, 0, "sep_conv_5x5", "sep_conv_3x3"),
        (1, 0, "avg_pool_3x3", "skip_connect"),
        (0, 0, "avg_pool_3x3", "avg_pool_3x3"),
        (1, 1, "sep_conv_3x3", "skip_connect"),
    ),
    _cell(
        (1, 0, "sep_conv_5x5", "sep_conv_7x7"),
        (1, 0, "max_pool_3x3", "sep_conv_7x7"),
        (1, 0, "avg_pool_3x3", "sep_conv_5x5"),
        (3, 2, "skip_connect", "avg_pool_3x3"),
        (2, 1, "sep_conv_3x3", "max_pool_3x3"),
    ),
)
"""NASNet-A. In a reduction cell the default rule is ``loose``."""

AMOEBANET_A = Genotype(
    _cell(
        (1, 1, "avg_pool_3x3", "max_pool_3x3"),
        (0, 0, "sep_conv_3x3", "skip_connect"),
        (1, 0, "skip_connect", "avg_pool_3x3"),
        (1, 2, "sep_conv_3x3", "sep_conv_5x5"),
        (5, 1, "avg_pool_3x3", "sep_conv_3x3"),
    ),
    _cell(
        (0, 1, "sep_conv_3x3", "avg_pool_3x3"),
        (1, 2, "max_pool_3x3", "sep_conv_7x7"),
        (0, 1, "max_pool_3x3", "max_pool_3x3"),
        (4, 1, "sep_conv_3x3", "conv_7x1_1x7"),
        (0, 1, "avg_pool_3x3", "sep_conv_7x7"),
        output="all",
    ),
)
"""AmoebaNet-A."""

PNASNET_5 = Genotype(
    _cell(
        (0, 0, "sep_conv_5x5", "max_pool_3x3"),
        (1, 1, "sep_conv_7x7", "max_pool_3x3"),
        (1, 1, "sep_conv_5x5", "sep_conv_3x3"),
        (4, 1, "sep_conv_3x3", "max_pool_3x3"),
        (0, 1, "sep_conv_3x3", "skip_connect"),
        output="all",
    )
)
"""PNASNet-5: one cell, normal and reduction."""

ENAS = Genotype(
    _cell(
        (0, 0, "avg_pool_3x3", "sep_conv_3x3"),
        (0, 0, "skip_connect", "sep_conv_5x5"),
        (0, 1, "skip_connect", "sep_conv_5x5"),
        (1, 0, "sep_conv_3x3", "sep_conv_5x5"),
        (0, 1, "avg_pool_3x3", "sep_conv_5x5"),
        output="loose",
    ),
    _cell(
        (1, 1, "sep_conv_3x3", "sep_conv_3x3"),
        (0, 0, "max_pool_3x3", "avg_pool_3x3"),
        (1, 3, "sep_conv_5x5", "sep_conv_5x5"),
        (1, 0, "sep_conv_3x3", "skip_connect"),
        (0, 1, "max_pool_3x3", "sep_conv_5x5"),
        output="loose",
    ),
)
"""The cells of ENAS's micro search space."""

DARTS_V2 = Genotype(
    _cell(
        (0, 1, "sep_conv_3x3", "sep_conv_3x3"),
        (0, 1, "sep_conv_3x3", "sep_conv_3x3"),
        (1, 0, "sep_conv_3x3", "skip_connect"),
        (0, 2, "skip_connect", "dil_conv_3x3"),
        output="all",
    ),
    _cell(
        (0, 1, "max_pool_3x3", "max_pool_3x3"),
        (2, 1, "skip_connect", "max_pool_3x3"),
        (0, 2, "max_pool_3x3", "skip_connect"),
        (2, 1, "skip_connect", "max_pool_3x3"),
        output="all",
    ),
)
"""DARTS, second order."""

PUBLISHED: dict[str, Published] = {
    published.name.lower(): published
    for published in (
        Published(
            name="RENASNet",
            genotype=RENASNET,
            source="Chen et al., RENAS, CVPR 2019, Fig. 5",
            url="https://github.com/yukang2017/RENAS/blob/master/eval/symbol_renasnet.py",
        ),
        Published(
            name="NASNet-A",
            genotype=NASNET_A,
            source="Zoph et al., Learning Transferable Architectures, CVPR 2018, Fig. 4",
            url="https://github.com/tensorflow/models/blob/master/research/slim/nets/nasnet/"
            "nasnet_utils.py",
            note="the reduction cell of the code also concatenates block 2, which block 4 reads; "
            "here it concatenates the loose blocks alone, which is the nearest of our rules",
        ),
        Published(
            name="AmoebaNet-A",
            genotype=AMOEBANET_A,
            source="Real et al., Regularized Evolution, AAAI 2019, Fig. 5 of arXiv:1802.01548v7",
            url="https://github.com/tensorflow/tpu/blob/master/models/official/amoeba_net/"
            "model_specs.py",
            note="earlier versions of the figure were drawn wrongly (tensorflow/tpu issue 312), "
            "and the DARTS repository has yet another transcription; the code has BN and ReLU "
            "between 1x7 and 7x1, here there are none",
        ),
        Published(
            name="PNASNet-5",
            genotype=PNASNET_5,
            source="Liu et al., Progressive Neural Architecture Search, ECCV 2018, Fig. 1",
            url="https://github.com/tensorflow/models/blob/master/research/slim/nets/nasnet/"
            "pnasnet.py",
        ),
        Published(
            name="ENAS",
            genotype=ENAS,
            source="Pham et al., Efficient Neural Architecture Search, ICML 2018, micro search "
            "space, Table 2",
            url="https://github.com/melodyguan/enas/blob/master/scripts/cifar10_micro_final.sh",
        ),
        Published(
            name="DARTS-v2",
            genotype=DARTS_V2,
            source="Liu et al., DARTS, ICLR 2019, second order, Figs 4 and 5",
            url="https://github.com/quark0/darts/blob/master/cnn/genotypes.py",
        ),
    )
}
"""All of them by lower-case name."""
