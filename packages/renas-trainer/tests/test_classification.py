"""The task of a classifier."""

import pytest
import torch

from renas_space import RENASNET, Genotype, plan_network
from renas_trainer.classification import Classification
from renas_trainer.network import CellNetwork
from renas_trainer.objective import training_loss
from renas_trainer.recipes import Cifar10Recipe

RECIPE = Cifar10Recipe(drop_path=0.4, decay_norms=False)
PLAN = plan_network(RENASNET, cells=1, filters=4, image_size=24, classes=3)


@pytest.fixture
def network():
    return CellNetwork(PLAN, generator=torch.Generator().manual_seed(0), auxiliary=True)


def test_the_loss_is_that_of_both_heads(network):
    task, labels = Classification(RECIPE), torch.tensor([0, 2])
    x = torch.randn(2, 3, 24, 24, generator=torch.Generator().manual_seed(0))
    outputs = task.for_training(network.eval())(x)
    main, auxiliary = network.forward_with_auxiliary(x)
    expected = training_loss(main, auxiliary, labels, RECIPE)
    torch.testing.assert_close(task.loss(outputs, labels), expected)
    assert auxiliary is not None


def test_what_no_output_depends_on_is_frozen():
    # No block reads c-1: of the cells only the last and every second before it are read.
    genotype = Genotype.from_string("0005.0003.2003.0003.0003")
    plan = plan_network(genotype, cells=1, filters=4, image_size=24, classes=3)
    network = CellNetwork(plan, generator=torch.Generator().manual_seed(0), auxiliary=True)
    Classification(RECIPE).for_training(network)
    learning = {
        name.split(".")[1]: parameter.requires_grad
        for name, parameter in network.named_parameters()
        if name.startswith("cells.")
    }
    assert learning == {"0": True, "1": False, "2": True, "3": False, "4": True}
    assert all(parameter.requires_grad for parameter in network.auxiliary.parameters())
    assert all(parameter.grad is None for parameter in network.parameters())


def test_all_is_trained_where_all_is_read(network):
    Classification(RECIPE).for_training(network)
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_drop_path_grows_with_the_epochs(network):
    Classification(RECIPE).start_epoch(network, 0.5)
    assert network.cells[-1].drop_path == pytest.approx(0.2)


def test_all_parameters_learn_at_one_rate_and_decay_in_two_groups(network):
    weights, others = Classification(RECIPE).parameter_groups(network)
    assert (weights["lr_scale"], others["lr_scale"]) == (1.0, 1.0)
    assert (weights["weight_decay"], others["weight_decay"]) == (3e-4, 0.0)
    count = len(weights["params"]) + len(others["params"])
    assert count == len(list(network.parameters()))


def test_figures_are_those_of_its_scores():
    assert Classification(RECIPE).figures == ("top1", "top5")
