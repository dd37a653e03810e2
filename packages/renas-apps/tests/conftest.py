"""What the tests of several commands share."""

import pytest
import torch

from renas_space import RENASNET, plan_network
from renas_trainer.checkpoint import ModelMetadata, save_model
from renas_trainer.network import CellNetwork


@pytest.fixture(scope="session")
def digits_model(tmp_path_factory):
    """The file of a network for digits that has seen noise alone."""
    plan = plan_network(RENASNET, cells=1, filters=4, image_size=8, channels=1)
    network = CellNetwork(plan, generator=torch.Generator().manual_seed(0)).train()
    for _ in range(10):
        network(torch.randn(16, 1, 8, 8))
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    names = tuple("0123456789")
    save_model(
        path, network, ModelMetadata(classes=names, mean=(78.0,), std=(96.0,), data="digits")
    )
    return path
