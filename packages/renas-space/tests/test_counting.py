"""Costs in both conventions, against the published figures."""

import pytest

from renas_space import Genotype, cost, plan_network

RENASNET = Genotype.from_string("0110.1150.0003.1010.2250")


def test_renasnet_in_the_mobile_setting() -> None:
    # The authors' checkpoint has 5,677,268 learned numbers without its auxiliary head; the paper's
    # Table 2 says 5.36M and 580M, of which the units are 2^20.
    counted = cost(plan_network(RENASNET, skeleton="imagenet", cells=4, filters=44))
    assert counted.parameters == 5_677_268
    assert counted.multiply_adds == 608_200_896
    assert counted.paper_parameters == pytest.approx(5.3666, abs=5e-5)
    assert counted.paper_multiply_adds == pytest.approx(580.03, abs=5e-3)


def test_renasnet_on_cifar() -> None:
    # Table 1 says 3.5M.
    counted = cost(plan_network(RENASNET, skeleton="cifar", cells=6, filters=32))
    assert counted.parameters == 3_737_578
    assert counted.weights == 3_688_224
    assert counted.paper_parameters == pytest.approx(3.5174, abs=5e-5)


def test_the_auxiliary_head_costs_extra() -> None:
    plan = plan_network(RENASNET, skeleton="imagenet", cells=4, filters=44)
    extra = cost(plan, auxiliary=True).parameters - cost(plan).parameters
    # 1x1 to 128 and BN, 4x4 to 768 and BN, linear.
    assert extra == 440 * 128 + 256 + 128 * 768 * 16 + 1536 + 768 * 1000 + 1000


def test_the_memory_of_a_small_network_by_hand() -> None:
    # One block, both sides skip: normal cells of 1x1 image, every map has one pixel.
    plan = plan_network(Genotype.from_string("0155"), cells=1, filters=1, image_size=1)
    normal = (2 * 2 + 1 + 2, 2 * 2 * 2 + 2 + 4, 2 * 4 * 2 + 4 + 8)  # inputs twice, sum, output
    # Reductions pool both sides; after them c-2 is split in halves, which have F channels together.
    reduction = (2 * 2 * 2 + 2 * 2 + 2 + 2, 2 * 2 * 4 + 2 * 4 + 4 + 4)
    stem, classifier = 2 * 3, 10
    assert cost(plan).activation_bytes == 4 * (stem + classifier + sum(normal) + sum(reduction))
