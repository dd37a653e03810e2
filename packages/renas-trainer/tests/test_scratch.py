"""Training from scratch: the cosine, the curve, and the scores."""

import math
from dataclasses import replace

import pytest
import torch

from renas_space import RENASNET, InputError, plan_network
from renas_trainer import scratch as module
from renas_trainer.augment import AugmentPolicy
from renas_trainer.compute import make_fabric
from renas_trainer.data import load_data
from renas_trainer.loop import DivergedError, accuracy, steps_of_epoch
from renas_trainer.network import CellNetwork
from renas_trainer.scratch import ScratchRecipe, train_from_scratch

PLAN = plan_network(RENASNET, cells=1, filters=4, image_size=8, channels=1)


@pytest.fixture(scope="module")
def data():
    return load_data("digits", train_images=129, validation_images=100, seed=0)


@pytest.fixture(scope="module")
def fabric():
    return make_fabric()


@pytest.fixture(scope="module")
def result(data, fabric):
    return train_from_scratch(PLAN, data, ScratchRecipe(epochs=2), seed=0, fabric=fabric)


def test_the_curve_has_a_point_for_each_pass_and_ends_at_the_accuracy(result):
    assert len(result.curve) == 2
    assert result.curve[-1] == result.accuracy
    assert math.isfinite(result.loss)
    assert result.seconds > 0


def test_both_accuracies_are_those_of_the_returned_weights(result, data):
    network = CellNetwork(PLAN).to(memory_format=torch.channels_last)
    network.load_state_dict(result.state)
    assert result.accuracy == accuracy(network, data.validation, data)
    assert result.test_accuracy == accuracy(network, data.test, data)


def test_the_same_seed_gives_the_same_weights(result, data, fabric):
    again = train_from_scratch(PLAN, data, ScratchRecipe(epochs=2), seed=0, fabric=fabric)
    assert all(torch.equal(result.state[name], again.state[name]) for name in result.state)
    assert (again.curve, again.loss) == (result.curve, result.loss)


def spied(monkeypatch, data, recipe, fabric):
    """Train nothing; return the learning rate of each step and the augmentation."""
    rates, policies = [], []

    def no_training(_network, optimizer, data, policy, *, batch_size, after_step, **_):
        policies.append(policy)
        for _ in range(steps_of_epoch(len(data.train), batch_size)):
            (group,) = optimizer.param_groups
            assert (group["momentum"], group["weight_decay"]) == (0.9, 3e-4)
            rates.append(group["lr"])
            optimizer.step()
            after_step()
        rates.append(optimizer.param_groups[0]["lr"])
        return 0.0

    monkeypatch.setattr(module, "train_epoch", no_training)
    train_from_scratch(PLAN, data, recipe, seed=0, fabric=fabric)
    return rates, policies


def test_the_learning_rate_falls_by_half_a_cosine_to_its_end(monkeypatch, data, fabric):
    # 129 images in batches of 64 are two steps: the last image is left out.
    recipe = ScratchRecipe(epochs=2)
    rates, _ = spied(monkeypatch, data, recipe, fabric)
    cosine = [0.001 + 0.049 * (1 + math.cos(math.pi * step / 4)) / 2 for step in range(5)]
    # After each pass the rate is recorded once more.
    assert rates == pytest.approx([*cosine[:3], *cosine[2:]])
    assert rates[-1] == pytest.approx(0.001)


def test_images_are_cropped_and_cut_out_as_the_recipe_says(monkeypatch, data, fabric):
    for cutout in (0, 4):
        recipe = ScratchRecipe(epochs=1, cutout=cutout)
        _, policies = spied(monkeypatch, data, recipe, fabric)
        assert policies == [AugmentPolicy.for_data(data, cutout=cutout)]


def test_digits_are_learned(fabric):
    plan = plan_network(RENASNET, cells=1, filters=8, image_size=8, channels=1)
    data = load_data("digits", seed=0)
    result = train_from_scratch(plan, data, ScratchRecipe(epochs=3), seed=0, fabric=fabric)
    assert result.accuracy > 0.35  # chance is 0.1
    assert result.test_accuracy > 0.35
    assert result.curve[0] < result.curve[-1]


def test_without_test_images_there_is_no_accuracy_on_them(data, fabric):
    untested = replace(data, test=None)
    result = train_from_scratch(PLAN, untested, ScratchRecipe(epochs=1), seed=0, fabric=fabric)
    assert result.test_accuracy is None


def test_a_learning_rate_that_is_far_too_high_diverges(data, fabric):
    recipe = ScratchRecipe(epochs=1, learning_rate=1e6, batch_size=8)
    with pytest.raises(DivergedError):
        train_from_scratch(PLAN, data, recipe, seed=0, fabric=fabric)


RATES = "the learning rate goes from {} to {}: give a number above 0 and one between 0 and it"
LENGTH = "a network is trained for {} epochs in batches of {}: give at least 1 epoch and 2 images"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, LENGTH.format(0, 64)),
        ({"epochs": 1, "batch_size": 1}, LENGTH.format(1, 1)),
        ({"epochs": 1, "learning_rate": 0.0, "learning_rate_end": 0.0}, RATES.format(0.0, 0.0)),
        ({"epochs": 1, "learning_rate_end": 0.1}, RATES.format(0.05, 0.1)),
        ({"epochs": 1, "learning_rate": float("nan")}, RATES.format("nan", 0.001)),
        ({"epochs": 1, "learning_rate": float("inf")}, RATES.format("inf", 0.001)),
        ({"epochs": 1, "momentum": 1.0}, "momentum is 1.0: give a number from 0 and below 1"),
        ({"epochs": 1, "weight_decay": -1.0}, "weight_decay is -1.0: give a number from 0"),
    ],
)
def test_a_recipe_out_of_range_is_refused(settings, message):
    with pytest.raises(InputError) as error:
        ScratchRecipe(**settings)
    assert str(error.value) == message


def test_a_plan_for_other_images_is_refused(data, fabric):
    other = plan_network(RENASNET, cells=1, filters=4, image_size=16, channels=1)
    with pytest.raises(InputError, match="an image size of 8 and the network 16"):
        train_from_scratch(other, data, ScratchRecipe(epochs=1), seed=0, fabric=fabric)
