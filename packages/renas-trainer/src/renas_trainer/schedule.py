"""The learning rate of each step, by timm's schedulers."""

import torch
from timm.scheduler.cosine_lr import CosineLRScheduler
from timm.scheduler.poly_lr import PolyLRScheduler
from timm.scheduler.scheduler import Scheduler

from renas_trainer.recipes import Recipe


def make_schedule(
    recipe: Recipe, optimizer: torch.optim.Optimizer, steps_per_epoch: int
) -> Scheduler:
    """Return the schedule of a recipe, which has set the learning rate of the first step.

    After step s, `step_update(s)` sets the rate of the next. It depends on s alone, so a resumed
    training needs nothing else.

    Args:
        recipe: says how the rate falls.
        optimizer: whose groups have the learning rate at the start as ``lr``.
        steps_per_epoch: steps of the optimizer in a pass over the images.
    """
    end, warmup = recipe.learning_rate_end, recipe.warmup_epochs * steps_per_epoch
    if recipe.schedule == "polynomial":  # 5.3
        return PolyLRScheduler(
            optimizer,
            t_initial=recipe.epochs * steps_per_epoch,
            power=recipe.power,
            lr_min=end,
            warmup_t=warmup,
            t_in_epochs=False,
        )
    ends = recipe.cycle_ends  # 5.2
    return CosineLRScheduler(
        optimizer,
        t_initial=ends[0] * steps_per_epoch,
        lr_min=end,
        cycle_mul=float(recipe.cycle_growth),
        cycle_limit=len(ends),
        warmup_t=warmup,
        t_in_epochs=False,
    )
