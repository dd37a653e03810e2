"""The training of a whole network by a recipe (5.2 to 5.4), step after step."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from timm.layers.norm_act import convert_sync_batchnorm
from timm.utils.model_ema import ModelEmaV3
from torch import Tensor, nn

from renas_space import InputError
from renas_trainer.compute import is_fused, scaler_of
from renas_trainer.distributed import Shards, derived_seed, share_buffers, summed
from renas_trainer.loop import DivergedError
from renas_trainer.recipes import Recipe
from renas_trainer.schedule import make_schedule
from renas_trainer.task import Score, Task
from renas_trainer.training_images import TrainingImages, check_batch_size
from renas_trainer.training_observer import Evaluation, Observer, Step
from renas_trainer.training_state import TrainingState

if TYPE_CHECKING:
    from lightning_fabric import Fabric  # takes seconds to import


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How a training is executed: nothing here but ``compile`` changes what a network learns."""

    max_steps: int | None = None
    """Where to stop for now; None for the end of the recipe."""
    evaluate_only: bool = False
    """Whether to make no step, only to score the network as it stands."""
    compile: bool = False
    """Whether to compile the network. Its drop path is then at its full strength from the first
    epoch on, since a network is compiled anew whenever a probability changes."""
    log_every: int = 10
    """Steps between two records of the loss."""
    save_every: int = 500
    """Steps between two checkpoints; there is one after each epoch too."""
    evaluate_every: int = 1
    """Epochs between two evaluations; there is one at the end too."""
    checkpoint: Path | None = None
    """File to go on from, if it is there, and to write to."""
    identity: str = ""
    """Which training it is: a checkpoint of another one is refused."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            InputError: a number is below 1.
        """
        for name in ("max_steps", "log_every", "save_every", "evaluate_every"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name} is {value}: give at least 1")


def train(
    network: nn.Module,
    task: Task,
    images: TrainingImages,
    recipe: Recipe,
    shards: Shards,
    *,
    seed: int,
    fabric: "Fabric",
    execution: Execution,
    observer: Observer,
) -> Evaluation:
    """Train a network, from where its checkpoint stands if there is one.

    Args:
        network: with its first weights; trained in place.
        task: what it learns to do.
        images: what it learns from and is scored on.
        recipe: how it learns.
        shards: how batches are divided among processes.
        seed: of the order of the images, their augmentation, dropout and drop path.
        fabric: device, precision and processes; launched.
        execution: how it is executed.
        observer: is told, in the first process.

    Returns:
        The evaluation at the end.

    Raises:
        InputError: an image cannot be read, the checkpoint is of no use or has no directory, or
            the batch is too large, or not that of the shards.
        DivergedError: the loss is not finite.
        OSError: the checkpoint cannot be written.
    """
    check_batch_size(images.train_count, recipe.batch_size)
    if shards.batch_size != recipe.batch_size:
        raise InputError(
            f"a batch of the shards has {shards.batch_size} images and one of the recipe "
            f"{recipe.batch_size}: give both the same"
        )
    if execution.checkpoint is not None and not execution.checkpoint.parent.is_dir():
        raise InputError(f"there is no directory {execution.checkpoint.parent}: make it first")
    network = network.to(fabric.device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  (torch's overloads lack both at once)
    if fabric.world_size > 1 and fabric.device.type == "cuda":
        network = convert_sync_batchnorm(network)  # timm's, which keeps activations within a BN
    training = _Training(network, task, images, recipe, shards, seed, fabric, execution, observer)
    return training.run()


class _Training:
    """A training under way."""

    def __init__(
        self,
        network: nn.Module,
        task: Task,
        images: TrainingImages,
        recipe: Recipe,
        shards: Shards,
        seed: int,
        fabric: "Fabric",
        execution: Execution,
        observer: Observer,
    ) -> None:
        self.network, self.task, self.images, self.recipe = network, task, images, recipe
        self.shards, self.seed, self.fabric = shards, seed, fabric
        self.execution, self.observer = execution, observer
        self.steps_per_epoch = images.train_count // recipe.batch_size
        self.every_step = recipe.epochs * self.steps_per_epoch
        limit = 0 if execution.evaluate_only else execution.max_steps or self.every_step
        self.last_step = min(self.every_step, limit)

        self.sgd = torch.optim.SGD(
            task.parameter_groups(network),
            lr=recipe.learning_rate,
            momentum=recipe.momentum,
            fused=is_fused(fabric),
        )
        self.schedule = make_schedule(recipe, self.sgd, self.steps_per_epoch)
        decay = recipe.ema_decay
        self.ema = None if decay is None else ModelEmaV3(network, decay, use_warmup=True)
        # Apple's GPUs have no float64.
        exact = torch.float32 if fabric.device.type == "mps" else torch.float64
        self.state = TrainingState(
            network=network,
            optimizer=self.sgd,
            ema=self.ema,
            scaler=scaler_of(fabric),
            loss_sum=torch.zeros((), dtype=exact, device=fabric.device),
        )
        if execution.checkpoint is not None and execution.checkpoint.exists():
            self.state.load(execution.checkpoint, execution.identity)
        model = task.for_training(network)
        if execution.compile:
            model = cast("nn.Module", torch.compile(model))
        self.model, self.optimizer = fabric.setup(model, self.sgd)

    def run(self) -> Evaluation:
        """Make all steps that are left, and evaluate."""
        evaluation = None
        while self.state.step < self.last_step:
            self._train_epoch()
            self._check_loss()  # before a network that diverged is scored and written
            epochs, rest = divmod(self.state.step, self.steps_per_epoch)
            due = rest == 0 and epochs % self.execution.evaluate_every == 0
            due |= self.state.step == self.every_step
            if due or self.state.step == self.last_step:
                evaluation = self._evaluate(may_be_best=due)
            self._save()
        return evaluation or self._evaluate(may_be_best=True)

    def _train_epoch(self) -> None:
        """Make the steps that are left of an epoch."""
        state, size = self.state, self.steps_per_epoch
        epoch, first = divmod(state.step, size)
        self.schedule.step_update(state.step)
        self.model.train()
        growth = 1.0 if self.execution.compile else (epoch + 1) / self.recipe.epochs
        self.task.start_epoch(self.network, growth)
        parts = self.images.shards(epoch, first, self.shards, self.seed)
        clock, clocked = time.perf_counter(), state.step
        for _ in range(first, min(size, self.last_step - epoch * size)):
            rate = self.sgd.param_groups[0]["lr"]
            self._step(parts)
            due = state.step % self.execution.log_every == 0
            if due or state.step == self.last_step:
                seconds = max(time.perf_counter() - clock, 1e-9)
                trained = (state.step - clocked) * self.recipe.batch_size
                self._log(rate, trained / seconds, start_anew=due)
                clock, clocked = time.perf_counter(), state.step
            if state.step % self.execution.save_every == 0 and state.step % size:
                self._check_loss()
                self._save()

    def _step(self, parts: Iterator[tuple[Tensor, Tensor]]) -> None:
        """Make one step of the optimizer, on this process's shards of a batch."""
        fabric, mine = self.fabric, self.shards.mine
        for shard in mine:
            pixels, labels = next(parts)
            torch.manual_seed(derived_seed(self.seed, "dropout", self.state.step, shard))
            # Processes add up their gradients once a step: when the last shard has its own.
            with fabric.no_backward_sync(self.model, enabled=shard != mine[-1]):
                loss = self.task.loss(self.model(pixels), labels)
                fabric.backward(loss / len(mine))
            self.state.loss_sum += loss.detach() / len(mine)
        self.state.losses += 1
        if self.recipe.clip is not None:
            fabric.clip_gradients(
                self.model, self.optimizer, max_norm=self.recipe.clip, error_if_nonfinite=False
            )
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.state.step += 1
        self.schedule.step_update(self.state.step)
        if self.ema is not None:
            self.ema.update(self.network, step=self.state.step)

    def _log(self, rate: float, images_per_second: float, *, start_anew: bool) -> None:
        """Tell the observer of the steps since the last multiple of ``log_every``.

        Raises:
            DivergedError: their loss is not finite.
        """
        state = self.state
        loss = self._mean_loss()
        if start_anew:
            state.loss_sum.zero_()
            state.losses = 0
        if not math.isfinite(loss):
            raise DivergedError(f"the loss is {loss} at step {state.step}: lower the learning rate")
        if self.fabric.is_global_zero:
            self.observer.stepped(
                Step(
                    step=state.step,
                    epoch=state.step / self.steps_per_epoch,
                    learning_rate=rate,
                    loss=loss,
                    images_per_second=images_per_second,
                )
            )

    def _mean_loss(self) -> float:
        """Return the mean of the losses that are summed up, of all processes: NaN if one is."""
        mean = summed(self.state.loss_sum, self.fabric) / self.fabric.world_size
        # Each process goes on from the mean, which is what a checkpoint of the first keeps.
        self.state.loss_sum.copy_(mean)
        return float(mean) / max(self.state.losses, 1)

    def _evaluate(self, *, may_be_best: bool) -> Evaluation:
        """Score the network and its average, and tell the observer.

        Args:
            may_be_best: whether an uninterrupted training would evaluate here too. An evaluation
                that only ``max_steps`` causes must not decide which network is the best.
        """
        ema = None if self.ema is None else self.ema.module
        scores: list[Score] = []
        for network in (self.network, ema):
            if network is not None:
                share_buffers(network, self.fabric)
                batches = self.images.to_score(self.fabric.global_rank, self.fabric.world_size)
                scores.append(self.task.score(network, batches, self.fabric))
        merit = max(one.merit for one in scores)
        evaluation = Evaluation(
            step=self.state.step,
            epoch=self.state.step / self.steps_per_epoch,
            score=scores[0],
            ema_score=None if ema is None else scores[1],
            best=may_be_best and merit > self.state.best,
        )
        if may_be_best:
            self.state.best = max(merit, self.state.best)
        if self.fabric.is_global_zero:
            self.observer.evaluated(evaluation, self.network, ema)
        return evaluation

    def _check_loss(self) -> None:
        """Check the losses since the last record.

        Raises:
            DivergedError: one of them is not finite.
        """
        if not math.isfinite(self._mean_loss()):
            raise DivergedError(
                f"the loss is not finite at step {self.state.step}: lower the learning rate"
            )

    def _save(self) -> None:
        """Write the checkpoint, in the first process, of a training whose loss was checked.

        Raises:
            OSError: it cannot be written.
        """
        path = self.execution.checkpoint
        if path is not None and self.fabric.is_global_zero:
            self.state.save(path, self.execution.identity)
