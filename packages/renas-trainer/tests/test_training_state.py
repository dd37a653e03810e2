"""A training's file: what is kept, and files that are of no use."""

import pytest
import torch
from safetensors.torch import save_file
from timm.utils.model_ema import ModelEmaV3
from torch import nn

from renas_space import InputError
from renas_trainer.training_state import TrainingState, step_of
from renas_trainer.weights import load_weights, save_weights


def state(seed=0, *, ema=True):
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    average = ModelEmaV3(network, 0.9) if ema else None
    for _ in range(2):
        network(torch.randn(2, 3, 5, 5)).sum().backward()
        optimizer.step()
        if average is not None:
            average.update(network)
    return TrainingState(
        network=network,
        optimizer=optimizer,
        ema=average,
        loss_sum=torch.tensor(1.0 / 3 + seed, dtype=torch.float64),
        step=7 + seed,
        losses=3 + seed,
        best=0.25,
    )


def test_everything_comes_back_bit_for_bit_and_laid_out_as_before(tmp_path):
    path = tmp_path / "last"
    before, after = state(0), state(1)
    before.save(path, "it")
    after.load(path, "it")
    assert (after.step, after.losses, after.best) == (7, 3, 0.25)
    assert after.loss_sum == before.loss_sum
    for one, two in ((before.network, after.network), (before.ema.module, after.ema.module)):
        values = two.state_dict()
        assert all(torch.equal(values[name], value) for name, value in one.state_dict().items())
    for one, two in zip(before.network.parameters(), after.network.parameters(), strict=True):
        moment = after.optimizer.state[two]["momentum_buffer"]
        assert torch.equal(before.optimizer.state[one]["momentum_buffer"], moment)
        assert moment.stride() == two.stride()
    assert step_of(path) == 7


def test_the_scale_of_16_bit_losses_comes_back(tmp_path):
    class Scaler:
        def __init__(self, scale):
            self.scale = scale

        def state_dict(self):
            return {"scale": self.scale}

        def load_state_dict(self, values):
            self.scale = values["scale"]

    before, after = state(), state()
    before.scaler, after.scaler = Scaler(512.0), Scaler(1.0)
    before.save(tmp_path / "last", "it")
    after.load(tmp_path / "last", "it")
    assert after.scaler.scale == 512.0


def refused(path, **settings):
    with pytest.raises(InputError) as error:
        state(**settings).load(path, "it")
    return str(error.value)


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "last"
    save_file({"x": torch.zeros(1)}, path)
    assert refused(path) == (
        f"the checkpoint {path} is damaged (it is no state of a training): restore it"
    )
    with pytest.raises(InputError) as error:
        step_of(path)
    assert str(error.value) == f"the checkpoint {path} is damaged: restore it"


def test_a_truncated_file_is_refused(tmp_path):
    path = tmp_path / "last"
    state().save(path, "it")
    path.write_bytes(path.read_bytes()[:-10])
    assert refused(path).startswith(f"the weights at {path} are damaged, or of another")


@pytest.mark.parametrize("lost", ["network.0.weight", "ema.1.bias", "loss_sum"])
def test_a_file_that_lacks_a_tensor_is_refused(tmp_path, lost):
    path = tmp_path / "last"
    state().save(path, "it")
    tensors, metadata = load_weights(path)
    del tensors[lost]
    save_weights(path, tensors, metadata)
    assert refused(path).startswith(f"the checkpoint {path} is damaged (")
