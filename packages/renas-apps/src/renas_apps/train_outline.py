"""What ``renas-train --dry-run`` prints: all that a training would do, and what it would cost."""

from collections.abc import Iterator

import torch

from renas_apps.train_config import ImageNetConfig, TrainConfig
from renas_apps.train_images import material, recipe_of
from renas_space import NetworkPlan, cost, plan_network, read_genotype
from renas_trainer.distributed import Shards
from renas_trainer.network import CellNetwork
from renas_trainer.recipes import Cifar10Recipe, ImageNetRecipe
from renas_trainer.schedule import make_schedule
from renas_trainer.training import parameter_groups
from renas_trainer.training_images import check_batch_size

_PUBLISHED_COUNTS = {"cifar": 50_000, "imagenet": 1_281_167}
"""Training images of CIFAR-10 and ImageNet, where no directory is given."""

Recipe = Cifar10Recipe | ImageNetRecipe


def outline(config: TrainConfig) -> str:
    """Return what the settings come to, for people.

    Raises:
        InputError: a setting or a file is of no use.
    """
    recipe = recipe_of(config)
    plan, count, source = _network(config)
    Shards(batch_size=config.batch_size, processes=config.devices, accumulate=config.accumulate)
    check_batch_size(count, config.batch_size)
    steps = count // config.batch_size
    sections = {
        "network": _cost(plan, recipe),
        "images": [source, *_augmentation(recipe, plan)],
        "schedule": _schedule(recipe, steps),
        "optimizer": _groups(plan, recipe),
        "loss": _loss(recipe, plan),
    }
    lines: list[str] = []
    for name, content in sections.items():
        lines += [name, *(f"  {line}" for line in content)]
    return "\n".join(lines) + "\n"


def _network(config: TrainConfig) -> tuple[NetworkPlan, int, str]:
    """Return the plan, the number of training images and where they are from."""
    skeleton = "imagenet" if isinstance(config, ImageNetConfig) else "cifar"
    if config.data_dir is not None or getattr(config, "data", None) == "digits":
        taken = material(config, "cpu")
        images = taken.images
        count = images.train_count
        return taken.plan, count, f"{count:,} to train on, {images.evaluation_count:,} to score on"
    plan = plan_network(
        read_genotype(config.genotype),
        skeleton=skeleton,
        cells=config.cells,
        filters=config.filters,
        image_size=getattr(config, "crop_size" if skeleton == "imagenet" else "image_size"),
    )
    count = config.train_images or _PUBLISHED_COUNTS[skeleton]
    return plan, count, f"{count:,} to train on, as published: no --data-dir is given"


def _cost(plan: NetworkPlan, recipe: Recipe) -> Iterator[str]:
    """Say which network it is and what it costs."""
    alone = cost(plan)
    yield f"{plan.genotype}, N = {plan.cells_per_stage}, F = {plan.filters}"
    yield f"{plan.image_size}x{plan.image_size} pixels, {plan.classes} classes"
    yield f"{alone.parameters:,} parameters, {alone.multiply_adds:,} multiply-adds"
    yield (
        f"as the paper counts: {alone.paper_parameters:.2f}M parameters, "
        f"{alone.paper_multiply_adds:.0f}M multiply-adds"
    )
    if recipe.auxiliary_weight and plan.auxiliary is not None:
        more = cost(plan, auxiliary=True).parameters - alone.parameters
        yield f"{more:,} more parameters in the auxiliary head, while it trains"


def _augmentation(recipe: Recipe, plan: NetworkPlan) -> Iterator[str]:
    """Say what is done to training images."""
    if isinstance(recipe, Cifar10Recipe):
        size = plan.image_size
        side = round(recipe.cutout * size / 32)
        yield f"padded by {(size + 4) // 8}, cropped to {size}x{size}; mirrored, but for digits"
        yield f"cutout of {side}x{side}"
        yield "whitened by channel"
        return
    crop, plain = recipe.crop_size, min(recipe.plain_epochs, recipe.epochs)
    least, most = recipe.in_pixels(recipe.scale_least), recipe.in_pixels(recipe.scale_most)
    shorter = recipe.evaluation_side
    colour = ", AlexNet's colours" if recipe.colour else ""
    if plain < recipe.epochs:
        yield (
            f"epochs 1 to {recipe.epochs - plain}: shorter side from {least} to {most}, "
            f"{crop}x{crop} cropped anywhere, mirrored{colour}"
        )
    if plain:
        yield (
            f"epochs {recipe.epochs - plain + 1} to {recipe.epochs}: shorter side {shorter}, "
            f"{crop}x{crop} cropped anywhere, mirrored"
        )
    yield f"scored: shorter side {shorter}, {crop}x{crop} from the middle"
    yield "mean (123.68, 116.78, 103.94) taken off, times 0.017"


def _schedule(recipe: Recipe, steps_per_epoch: int) -> Iterator[str]:
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


def _groups(plan: NetworkPlan, recipe: Recipe) -> Iterator[str]:
    """Say what decays how."""
    yield f"SGD, momentum {recipe.momentum:g}"
    with torch.device("meta"):
        network = CellNetwork(plan, auxiliary=recipe.auxiliary_weight > 0)
    names = ("weights of convolutions and classifiers", "batch normalisation and biases")
    for name, group in zip(names, parameter_groups(network, recipe), strict=True):
        count = sum(one.numel() for one in group["params"])
        decay = group["weight_decay"]
        yield f"{name}: {len(group['params'])} tensors, {count:,} numbers, weight decay {decay:g}"
    clip = recipe.clip
    yield "gradients not clipped" if clip is None else f"gradients clipped to a norm of {clip:g}"
    if recipe.ema_decay is not None:
        yield f"moving average of the weights, decay {recipe.ema_decay:g}"


def _loss(recipe: Recipe, plan: NetworkPlan) -> Iterator[str]:
    """Say what is minimised."""
    smooth = recipe.label_smoothing
    right = f", {1 - smooth:g} for the right class and {smooth:g}/{plan.classes - 1} for each other"
    yield f"cross entropy{right if smooth else ''}"
    if recipe.auxiliary_weight and plan.auxiliary is not None:
        yield f"plus {recipe.auxiliary_weight:g} times that of the auxiliary head, not smoothed"
    elif recipe.auxiliary_weight:
        yield "no auxiliary head: its map would be below 5x5"
    yield f"dropout {recipe.dropout:g}, drop path up to {recipe.drop_path:g}"
