"""The learning rate of all steps, against closed forms."""

import math

import pytest
import torch

from renas_trainer.recipes import Cifar10Recipe, ImageNetRecipe
from renas_trainer.schedule import make_schedule


def rates(recipe, steps_per_epoch, steps):
    """Return the learning rate of some steps, from 0."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=recipe.learning_rate)
    schedule = make_schedule(recipe, optimizer, steps_per_epoch)
    found = []
    for step in steps:
        schedule.step_update(step)
        found.append(optimizer.param_groups[0]["lr"])
    return found


def cosine(step, steps_per_epoch):
    """0.05 to 0.001 in cosines of 10, 20, 40, ... epochs."""
    start, length = 0, 10 * steps_per_epoch
    while step >= start + length:
        start, length = start + length, 2 * length
    return 0.001 + 0.049 * (1 + math.cos(math.pi * (step - start) / length)) / 2


def test_cifar_10_over_all_630_epochs():
    every = 390  # 50,000 images in batches of 128
    steps = [epoch * every + more for epoch in range(630) for more in (0, 1, 195, 389)]
    expected = [cosine(step, every) for step in steps]
    assert rates(Cifar10Recipe(), every, steps) == pytest.approx(expected, rel=1e-9)


def test_cifar_10_starts_anew_after_10_30_70_150_and_310_epochs():
    every = 390
    for epoch in (0, 10, 30, 70, 150, 310):
        before, at = rates(Cifar10Recipe(), every, [max(epoch * every - 1, 0), epoch * every])
        assert at == 0.05
        assert epoch == 0 or before == pytest.approx(0.001, abs=1e-6)
    halfway = [5, 20, 50, 110, 230, 470]
    found = rates(Cifar10Recipe(), every, [epoch * every for epoch in halfway])
    assert found == pytest.approx([0.0255] * 6)
    assert rates(Cifar10Recipe(), every, [630 * every - 1]) == pytest.approx([0.001], abs=1e-7)


def test_imagenet_over_all_200_epochs():
    every = 5004  # 1,281,167 images in batches of 256
    steps = [epoch * every + more for epoch in range(200) for more in (0, 1, 2502, 5003)]
    expected = [0.1 * (1 - step / (200 * every)) for step in steps]
    assert rates(ImageNetRecipe(), every, steps) == pytest.approx(expected, rel=1e-9)


def test_imagenet_at_some_epochs():
    every = 5004
    found = rates(ImageNetRecipe(), every, [epoch * every for epoch in (0, 50, 100, 180, 200)])
    assert found == pytest.approx([0.1, 0.075, 0.05, 0.01, 0.0])


@pytest.mark.parametrize("kind", [Cifar10Recipe, ImageNetRecipe])
def test_a_warm_up_rises_from_0_and_meets_the_curve(kind):
    recipe, plain = kind(warmup_epochs=5), kind()
    found = rates(recipe, 100, [0, 100, 250, 499])
    top = recipe.learning_rate
    assert found == pytest.approx([0.0, 0.2 * top, 0.5 * top, 0.998 * top])
    later = [500, 777, 5000]
    assert rates(recipe, 100, later) == rates(plain, 100, later)


def test_the_rate_depends_on_the_step_alone():
    recipe = Cifar10Recipe()
    assert rates(recipe, 7, [3, 400]) == rates(recipe, 7, [400, 3])[::-1]
