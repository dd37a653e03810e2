"""What ``renas-train --dry-run`` says of the learning rate and of the optimizer."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch

from renas_trainer.recipes import Recipe
from renas_trainer.schedule import make_schedule


def schedule_lines(recipe: Recipe, steps_per_epoch: int) -> Iterator[str]:
    """Say how the learning rate goes, and what it is at some epochs."""
    total = recipe.epochs * steps_per_epoch
    yield (
        f"{recipe.epochs} epochs of {steps_per_epoch:,} steps: "
        f"{total:,} steps of {recipe.batch_size} images"
    )
    first, last = recipe.learning_rate, recipe.learning_rate_end
    if recipe.schedule == "polynomial":
        yield f"polynomial of power {recipe.power:g}, from {first:g} to {last:g}"
        shown = [recipe.epochs * part // 4 for part in range(5)]
    else:
        ends = recipe.cycle_ends
        lengths = [end - start for start, end in zip((0, *ends), ends, strict=False)]
        yield f"cosines of {' + '.join(map(str, lengths))} epochs, each from {first:g} to {last:g}"
        if ends[-1] > recipe.epochs:
            yield f"the last is cut off after epoch {recipe.epochs}: the rate has not fallen then"
        shown = [0, *(end for end in ends if end < recipe.epochs), recipe.epochs]
    if recipe.warmup_epochs:
        yield f"after a rise from 0 in {recipe.warmup_epochs} epochs"
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=first)
    schedule = make_schedule(recipe, optimizer, steps_per_epoch)
    rates: list[str] = []
    for epoch in shown:
        schedule.step_update(min(epoch * steps_per_epoch, total - 1))
        name = "last step" if epoch == recipe.epochs else f"epoch {epoch + 1}"
        rates.append(f"{name} {optimizer.param_groups[0]['lr']:.6g}")
    yield "learning rate at " + ", ".join(rates)


def optimizer_lines(groups: Mapping[str, Mapping[str, Any]], recipe: Recipe) -> Iterator[str]:
    """Say what decays how, and how fast it learns.

    Args:
        groups: of the optimizer, by name.
        recipe: of the training.
    """
    yield f"SGD, momentum {recipe.momentum:g}"
    for name, group in groups.items():
        count = sum(one.numel() for one in group["params"])
        decay, share = group["weight_decay"], group["lr_scale"]
        rate = "" if share == 1 else f", {share:g} of the learning rate"
        yield (
            f"{name}: {len(group['params'])} tensors, {count:,} numbers, "
            f"weight decay {decay:g}{rate}"
        )
    clip = recipe.clip
    yield "gradients not clipped" if clip is None else f"gradients clipped to a norm of {clip:g}"
    if recipe.ema_decay is not None:
        yield f"moving average of the weights, decay {recipe.ema_decay:g}"
