"""The weights a network starts with: the documented distributions, from the generator alone."""

import math

import torch
from torch import nn

from renas_space import RENASNET, plan_network
from renas_trainer.initialisation import CLASSIFIER_STD, initialise
from renas_trainer.network import CellNetwork

PLAN = plan_network(RENASNET, cells=1, filters=8, image_size=16)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_same_generator_gives_the_same_weights():
    first, again, other = (
        CellNetwork(PLAN, generator=generator(seed)).state_dict() for seed in (1, 1, 2)
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["stem.conv.weight"], other["stem.conv.weight"])


def test_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    CellNetwork(PLAN, generator=generator(), auxiliary=True)
    assert torch.equal(torch.get_rng_state(), before)


def test_without_a_generator_torchs_own_decides():
    torch.manual_seed(3)
    first = CellNetwork(PLAN).classifier.weight
    torch.manual_seed(3)
    assert torch.equal(CellNetwork(PLAN).classifier.weight, first)


def test_convolutions_have_the_variance_of_he_by_fan_out():
    # He et al. 2015, equation 14: std = sqrt(2 / (k^2 * outputs)); one output a group, depthwise.
    for conv, fan_out in (
        (nn.Conv2d(64, 128, 3, bias=False), 9 * 128),
        (nn.Conv2d(128, 128, 7, groups=128, bias=False), 49),
        (nn.Conv2d(256, 32, (1, 7), bias=False), 7 * 32),
    ):
        initialise(conv, generator())
        weight = conv.weight.detach()
        expected = math.sqrt(2 / fan_out)
        # The deviation of n numbers is right within 1 / sqrt(2 n), its relative standard error.
        assert abs(float(weight.std()) / expected - 1) < 4 / math.sqrt(2 * weight.numel())
        assert abs(float(weight.mean())) < 4 * expected / math.sqrt(weight.numel())


def test_linear_layers_are_small_and_unbiased():
    linear = nn.Linear(1000, 100)
    initialise(linear, generator())
    assert abs(float(linear.weight.detach().std()) / CLASSIFIER_STD - 1) < 0.01
    assert CLASSIFIER_STD == 0.01
    assert not linear.bias.any()


def test_batch_normalisation_starts_as_the_identity():
    network = CellNetwork(PLAN, generator=generator())
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            assert (norm.weight == 1).all()
            assert not norm.bias.any()
            assert not norm.running_mean.any()
            assert (norm.running_var == 1).all()
            assert int(norm.num_batches_tracked) == 0


def test_on_the_meta_device_there_is_nothing_to_draw():
    with torch.device("meta"):
        network = CellNetwork(PLAN)
    assert all(parameter.is_meta for parameter in network.parameters())
