"""One training from its settings to its file."""

import hashlib
import os
import shlex
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import nn

from renas_apps.exit_status import resumable, uninterrupted
from renas_apps.lock import locked
from renas_apps.outputs import check_out
from renas_apps.run_directory import RunDirectory, free_directory
from renas_apps.training.config import MAY_CHANGE, TrainConfig
from renas_apps.training.configs import CONFIGS
from renas_apps.training.directory import TrainingDirectory
from renas_apps.training.log import Sink, forget_tracked_run, sinks
from renas_apps.training.material import Material
from renas_apps.training.preparing import material, recipe_of
from renas_space import InputError
from renas_trainer.compute import make_fabric
from renas_trainer.distributed import Shards, leave, on_first
from renas_trainer.task import Score
from renas_trainer.training import Execution, train
from renas_trainer.training_images import check_batch_size
from renas_trainer.training_observer import Evaluation, Step
from renas_trainer.training_state import step_of


def run_training(config: TrainConfig) -> None:
    """Train, evaluate and write the network.

    Raises:
        InputError: a setting or a file is of no use.
        RunError: the disk cannot be written.
        DivergedError: the loss is not finite.
        KeyboardInterrupt: somebody stops it; the message says how to go on.
    """
    recipe = recipe_of(config)
    _check_out(config)
    fabric = _fabric(config)
    shards = Shards(
        batch_size=config.batch_size,
        rank=fabric.global_rank,
        processes=fabric.world_size,
        accumulate=config.accumulate,
    )
    taken = material(config, fabric.device)
    check_batch_size(taken.images.train_count, config.batch_size)  # before anything is made
    settings = {"recipe": _name(config), **config.settings()}
    if config.resume is None:
        on_first(fabric, taken.check)  # for a resumed one it has been done
    with ExitStack() as stack:
        directory = on_first(fabric, lambda: _directory(config, settings, taken, stack))
        stack.enter_context(resumable(f"renas-train --resume {shlex.quote(str(directory.path))}"))
        recorder = _Recorder(directory, taken)
        if fabric.is_global_zero:
            step = step_of(directory.last) if directory.last.exists() else 0
            print(_describe(config, taken, step), flush=True)
            if not config.evaluate_only:
                recorder.open(config.track, settings, after=step)
                stack.callback(recorder.close)
        evaluation = train(
            taken.network,
            taken.task,
            taken.images,
            recipe,
            shards,
            seed=config.seed,
            fabric=fabric,
            execution=_execution(
                config, directory, identity=_identity(settings, taken.images.digest)
            ),
            observer=_Shown() if config.evaluate_only else recorder,
        )
        if fabric.is_global_zero and not config.evaluate_only:
            recorder.write_model(config.out or directory.model, evaluation)
    leave(fabric)


def _check_out(config: TrainConfig) -> None:
    """Check that the network can be written where it is asked for.

    A resumed training may have written it there before.

    Raises:
        InputError: it cannot, or something would be lost.
    """
    if config.out is None:
        return
    made = {} if config.resume is None else RunDirectory(config.resume).settings()
    own = made.get("out") == str(config.out.absolute())
    check_out(config.out, force=own or None)


class _Shown:
    """Prints what a network scores, and writes nothing. It implements the trainer's `Observer`."""

    def stepped(self, step: Step) -> None:
        """Pass over the figures of some steps."""

    def evaluated(self, evaluation: Evaluation, *_: nn.Module | None) -> None:
        """Print the figures of an evaluation."""
        _print_scores(evaluation)


@dataclass(slots=True)
class _Recorder:
    """Writes down what a training tells. It implements the trainer's `Observer`."""

    directory: TrainingDirectory
    material: Material
    sinks: list[Sink] = field(default_factory=list)
    trained: nn.Module | None = None

    def open(self, tracker: str, settings: dict[str, Any], *, after: int) -> None:
        """Open all that figures are written to; what is later than ``after`` is taken back.

        Raises:
            InputError: the tracker's library is missing.
            OSError: one cannot be written.
        """
        log, figures = self.directory.log, self.material.task.figures
        self.sinks = sinks(
            log, self.directory.events, tracker, settings, figures=figures, after=after
        )

    def stepped(self, step: Step) -> None:
        """Write the figures of some steps."""
        figures = asdict(step)
        self._write(figures.pop("step"), figures)
        print(
            f"step {step.step:,}  epoch {step.epoch:.2f}  loss {step.loss:.4f}  "
            f"learning rate {step.learning_rate:.5f}  {step.images_per_second:.1f} images/s",
            flush=True,
        )

    def evaluated(self, evaluation: Evaluation, network: nn.Module, ema: nn.Module | None) -> None:
        """Write the figures of an evaluation, and the network where it is the best so far."""
        score, averaged = evaluation.score, evaluation.ema_score
        figures: dict[str, float | int] = {
            "epoch": evaluation.epoch,
            "images": score.images,
            **score.figures(),
        }
        if averaged is not None:
            figures |= {f"ema_{name}": value for name, value in averaged.figures().items()}
        self._write(evaluation.step, figures)
        _print_scores(evaluation)
        write = self.material.write
        if ema is not None and averaged is not None:
            write(self.directory.ema, ema, _facts(evaluation, averaged))
        if evaluation.best:
            better, its_score = network, score
            if ema is not None and averaged is not None and averaged.merit > score.merit:
                better, its_score = ema, averaged
            write(self.directory.best, better, _facts(evaluation, its_score))
        self.trained = network if ema is None else ema

    def write_model(self, path: Path, evaluation: Evaluation) -> None:
        """Write the network as it is at the end, and say how good what was written is.

        It is the average of its weights, where there is one.

        Raises:
            OSError: it cannot be written.
        """
        if self.trained is not None:
            score = evaluation.ema_score or evaluation.score
            self.material.write(path, self.trained, _facts(evaluation, score))
            kind = "" if evaluation.ema_score is None else " (averaged weights)"
            print(f"{score}\n  model: {path}{kind}", flush=True)

    def close(self) -> None:
        """Close everything."""
        with uninterrupted():
            for sink in self.sinks:
                sink.close()

    def _write(self, step: int, figures: dict[str, Any]) -> None:
        with uninterrupted():
            for sink in self.sinks:
                sink.write(step, figures)


def _facts(evaluation: Evaluation, score: Score) -> dict[str, Any]:
    """Return what is known of a network that is written, its own score among it."""
    return {
        "step": evaluation.step,
        "epoch": evaluation.epoch,
        "score": score.facts(),
        "averaged": score is evaluation.ema_score,
        "torch": torch.__version__,
    }


def _print_scores(evaluation: Evaluation) -> None:
    """Print what a network scored, and the average of its weights if there is one."""
    step, epoch = evaluation.step, evaluation.epoch
    print(f"step {step:,}  epoch {epoch:.2f}  {evaluation.score}", flush=True)
    if evaluation.ema_score is not None:
        print(f"  with averaged weights: {evaluation.ema_score}", flush=True)


def _execution(config: TrainConfig, directory: TrainingDirectory, *, identity: str) -> Execution:
    """Return how the training is executed."""
    return Execution(
        max_steps=config.max_steps,
        evaluate_only=config.evaluate_only,
        compile=config.compile,
        log_every=config.log_every,
        save_every=config.save_every,
        evaluate_every=config.evaluate_every,
        checkpoint=directory.last,
        identity=identity,
    )


def _fabric(config: TrainConfig) -> Fabric:
    """Return where the training runs; under torchrun that says how many processes there are."""
    here = int(os.environ.get("LOCAL_WORLD_SIZE", config.devices))
    everywhere = int(os.environ.get("WORLD_SIZE", here))
    fabric = make_fabric(
        config.device,
        config.precision,
        threads=config.threads,
        devices=here,
        machines=everywhere // here,
    )
    fabric.launch()
    return fabric


def _name(config: TrainConfig) -> str:
    """Return the name of the recipe."""
    return next(name for name, kind in CONFIGS.items() if isinstance(config, kind))


def _directory(
    config: TrainConfig, settings: dict[str, Any], taken: Material, stack: ExitStack
) -> TrainingDirectory:
    """Make the directory of a new training, or find that of one to go on with.

    It is locked until the stack is closed; but not to evaluate only, which writes nothing.
    """
    if config.resume is not None:
        directory = TrainingDirectory(config.resume)
        if config.evaluate_only:
            if not directory.last.exists():
                raise InputError(f"{config.resume} has no checkpoint yet: resume it first")
            return directory
        directory.last.parent.mkdir(exist_ok=True)
    else:
        name = f"train-{_name(config)}-seed{config.seed}"
        directory = TrainingDirectory.create(config.run_dir or free_directory(name))
    stack.enter_context(locked(directory.path))
    if config.resume is None:
        forget_tracked_run(directory.path)
    # Written before the first checkpoint names the run.
    directory.write_settings(settings)
    if taken.strings is not None:
        directory.write_network(taken.strings)
    return directory


def _identity(settings: dict[str, Any], digest: str) -> str:
    """Return what a checkpoint must have been written by to go on from it."""
    kept = sorted(item for item in settings.items() if item[0] not in MAY_CHANGE)
    return hashlib.sha256(repr((kept, digest)).encode()).hexdigest()


def _describe(config: TrainConfig, taken: Material, step: int) -> str:
    """Say in two lines what is trained on what."""
    images = taken.images
    steps = config.epochs * (images.train_count // config.batch_size)
    begun = f", from step {step:,}" if step else ""
    return (
        f"{taken.description}\n"
        f"{images.train_count:,} images to train on, {images.evaluation_count:,} to score on; "
        f"{taken.sees}; {config.epochs} epochs, {steps:,} steps{begun}"
    )
