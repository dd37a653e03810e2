"""Folding leaves a network that computes the same without BN."""

import pytest
import torch
from torch import nn

from renas_space import Genotype, plan_network
from renas_trainer.deployment.folding import folded
from renas_trainer.network import CellNetwork


@pytest.mark.parametrize("skeleton", ["cifar", "imagenet"])
def test_a_folded_network_computes_the_same(skeleton: str) -> None:
    torch.manual_seed(0)
    plan = plan_network(
        Genotype.from_string("0012.1134.0228.1207.2250"),
        skeleton=skeleton,
        cells=1,
        filters=4,
        image_size=35,
        classes=5,
    )
    network = CellNetwork(plan, dropout=0.5, auxiliary=True).train()
    x = torch.randn(8, 3, 35, 35)
    for _ in range(3):  # running statistics that are not those of the start
        network(x)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    plain = folded(network)
    expected = network.eval()(x)
    torch.testing.assert_close(
        plain(x), expected, rtol=1e-4, atol=1e-5 * expected.abs().max().item()
    )
    assert not any(isinstance(module, nn.BatchNorm2d) for module in plain.modules())
    assert plain.auxiliary is None
    for name, tensor in network.state_dict().items():  # the network itself is as it was
        assert torch.equal(tensor, before[name])
