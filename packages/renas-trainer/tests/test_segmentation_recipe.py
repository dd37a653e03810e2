"""The recipe of DeepLabv3."""

import pytest
import torch

from renas_space import InputError
from renas_trainer.schedule import make_schedule
from renas_trainer.segmentation.recipe import VocRecipe


def test_the_defaults_are_deeplabv3s():
    recipe = VocRecipe()
    assert (recipe.batch_size, recipe.learning_rate, recipe.crop_size) == (16, 0.007, 513)
    assert (recipe.scale_least, recipe.scale_most, recipe.momentum) == (0.5, 2.0, 0.9)
    assert recipe.weight_decay == 4e-5
    # Chen et al. 2017, 4.1: 30,000 iterations of batch 16 on 10,582 images.
    assert recipe.epochs * (10_582 // 16) == pytest.approx(30_000, rel=0.015)


def test_the_rate_falls_by_the_power_of_0_9_and_a_group_has_its_share():
    recipe = VocRecipe(epochs=10)
    groups = [{"params": [torch.zeros(1)], "lr_scale": share} for share in (1.0, 0.1)]
    optimizer = torch.optim.SGD(groups, lr=recipe.learning_rate)
    schedule = make_schedule(recipe, optimizer, 100)
    for step in (0, 1, 500, 999):
        schedule.step_update(step)
        expected = 0.007 * (1 - step / 1000) ** 0.9
        rates = [group["lr"] for group in optimizer.param_groups]
        assert rates == pytest.approx([expected, 0.1 * expected], rel=1e-9)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"crop_size": 8}, "crop_size is 8: give 16 to 8,192 pixels"),
        ({"scale_least": 0.0}, "scale_least is 0.0: give 0.05 to 20.0"),
        ({"encoder_rate": -1.0}, "encoder_rate is -1.0: give a number from 0"),
        (
            {"scale_least": 3.0},
            "scales go from 3.0 to 2.0: give a least that is not above the most",
        ),
        ({"epochs": 0}, "epochs is 0: give at least 1"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(InputError) as error:
        VocRecipe(**settings)
    assert str(error.value) == message
