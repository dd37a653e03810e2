"""Every array of the authors' file has one counterpart in our network, of the same shape."""

import csv
import hashlib

import pytest

from renas_space import Genotype, InputError, layers, plan_network
from renas_trainer.mxnet import counterparts

RENASNET = Genotype.from_string("0110.1150.0003.1010.2250")
OFFICIAL = plan_network(RENASNET, skeleton="imagenet", cells=4, filters=44)


def published_rows():
    """Return name, kind and shape of each of our counterparts, as the authors' list has them."""
    for one in counterparts(OFFICIAL):
        kind, name = one.official.split(":", 1)
        yield name, kind, "x".join(map(str, one.shape))


def test_names_kinds_and_shapes_are_those_of_the_official_checkpoint():
    rows = sorted(",".join(row) for row in published_rows())
    assert len(rows) == 1527
    # SHA-256 of the sorted lines "name,kind,shape" of all arrays of the authors' checkpoint
    digest = "cca74d64280a4ba3684e899913659ca6e84ede60f2d8d7c3a979088716cd2f03"
    assert hashlib.sha256("\n".join(rows).encode()).hexdigest() == digest


def test_names_kinds_and_shapes_are_those_of_the_official_list(real_data):
    with real_data("renasnet/official-parameters.csv").open(newline="") as file:
        official = {(row["name"], row["kind"], row["shape"]) for row in csv.DictReader(file)}
    assert set(published_rows()) == official


@pytest.mark.parametrize(
    ("official", "name", "shape"),
    [
        ("arg:nasnet_conv0_weight", "stem.conv.weight", (32, 3, 3, 3)),
        ("aux:nasnet_conv0_bn_moving_var", "stem.norm.running_var", (32,)),
        (
            "arg:nasnet_stem0_data_pre_data_pre_sequeeze_channels_conv_weight",
            "cells.0.inputs.0.conv.weight",
            (11, 32, 1, 1),
        ),
        (
            "arg:nasnet_stem1_data_pre_factorized_data_p2_conv_weight",
            "cells.1.inputs.0.odd.weight",
            (11, 32, 1, 1),
        ),
        (
            "arg:-1(04)_sep1_conv_conv2d_depthwise_weight",
            "cells.0.blocks.1.1.sep_conv_3x3.depthwise1.weight",
            (11, 1, 3, 3),
        ),
        ("arg:0(10)_sep2_bn_beta", "cells.1.blocks.4.1.sep_conv_3x3.norm2.bias", (22,)),
        (
            "aux:nomcell_stage2_0_data_pre_factorized_data_out_bn_moving_mean",
            "cells.7.inputs.0.norm.running_mean",
            (88,),
        ),
        (
            "arg:redcell_stage2_data_cur_sequeeze_channels_conv_weight",
            "cells.11.inputs.1.conv.weight",
            (176, 440, 1, 1),
        ),
        (
            "arg:14(07)_sep2_conv_conv2d_pointwise_weight",
            "cells.15.blocks.3.0.sep_conv_5x5.pointwise2.weight",
            (176, 176, 1, 1),
        ),
        (
            "arg:nasnet_auxiliary_head_au_head_conv_output_weight",
            "auxiliary.conv.weight",
            (768, 128, 4, 4),
        ),
        ("arg:fc_aux_head_bias", "auxiliary.classifier.bias", (1000,)),
        ("arg:fc_backbone_weight", "classifier.weight", (1000, 880)),
    ],
)
def test_an_array_has_its_counterpart(official, name, shape):
    (found,) = [one for one in counterparts(OFFICIAL) if one.official == official]
    assert (found.name, found.shape) == (name, shape)


def test_names_are_unique_on_both_sides():
    found = counterparts(OFFICIAL)
    assert len({one.official for one in found}) == len({one.name for one in found}) == len(found)


def test_learned_numbers_are_those_of_the_plan():
    numbers = 0
    for one in counterparts(OFFICIAL):
        if one.official.startswith("arg:"):
            size = 1
            for side in one.shape:
                size *= side
            numbers += size
    assert numbers == sum(layer.parameters for layer in layers(OFFICIAL, auxiliary=True))


def test_a_network_too_small_for_an_auxiliary_head_has_none():
    plan = plan_network(RENASNET, skeleton="imagenet", cells=1, filters=4, image_size=32)
    assert not any("aux_head" in one.official for one in counterparts(plan))


def test_a_cifar_network_is_refused():
    with pytest.raises(InputError) as caught:
        counterparts(plan_network(RENASNET, cells=1, filters=4))
    assert str(caught.value) == (
        "the plan is for the cifar skeleton and the authors published the ImageNet network: plan "
        'it with skeleton="imagenet"'
    )


def test_an_operation_that_the_authors_network_has_not_is_refused():
    genotype = Genotype.from_json(
        '{"format": "renas.genotype", "version": 1, "reduction": null, '
        '"normal": [[0, 1, "dil_conv_3x3", "sep_conv_3x3"]]}'
    )
    with pytest.raises(InputError) as caught:
        counterparts(plan_network(genotype, skeleton="imagenet", cells=1, filters=4))
    assert str(caught.value) == (
        "the genotype has a dil_conv_3x3, which the authors' network has not: give one of "
        "separable convolutions, poolings and skip connections, such as RENASNET"
    )
