"""A whole training: what it learns, what it tells, and that a stop changes nothing."""

import math
from dataclasses import replace

import pytest
import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins import MixedPrecision

from renas_space import RENASNET, InputError, plan_network
from renas_trainer import training
from renas_trainer.augment import AugmentPolicy
from renas_trainer.classification import Classification
from renas_trainer.compute import make_fabric
from renas_trainer.data import load_data
from renas_trainer.distributed import Shards
from renas_trainer.loop import DivergedError
from renas_trainer.network import CellNetwork
from renas_trainer.recipes import Cifar10Recipe
from renas_trainer.scoring import score
from renas_trainer.training import Execution, train
from renas_trainer.training_images import MemoryImages
from renas_trainer.training_state import TrainingState, step_of

PLAN = plan_network(RENASNET, cells=1, filters=4, image_size=8, channels=1)
# Everything that chance has a part in, and all that is kept between steps.
RECIPE = Cifar10Recipe(epochs=3, batch_size=32, ema_decay=0.9, clip=1.0, warmup_epochs=1)
SHARDS = Shards(batch_size=32)


class Notes:
    def __init__(self):
        self.steps, self.evaluations = [], []

    def stepped(self, step):
        self.steps.append(step)

    def evaluated(self, evaluation, *_):
        self.evaluations.append(evaluation)

    @property
    def losses(self):
        return [(step.step, step.learning_rate, step.loss) for step in self.steps]


@pytest.fixture(scope="module")
def images():
    data = load_data("digits", train_images=170, validation_images=60, seed=0)
    return MemoryImages.of(data, cutout=2, hold_out=True, device="cpu")


def network(seed=0):
    return CellNetwork(PLAN, generator=torch.Generator().manual_seed(seed), dropout=0.5)


def run(images, recipe=RECIPE, shards=SHARDS, net=None, notes=None, **execution):
    net, notes = net or network(), notes or Notes()
    fabric = execution.pop("fabric", None)
    precision = execution.pop("precision", "32-true")
    execution = Execution(**{"log_every": 1, **execution})
    evaluation = train(
        net,
        Classification(recipe),
        images,
        recipe,
        shards,
        seed=0,
        fabric=fabric or make_fabric(precision=precision),
        execution=execution,
        observer=notes,
    )
    return net, notes, evaluation


@pytest.fixture(scope="module")
def whole(images):
    return run(images)


def test_an_epoch_has_as_many_steps_as_there_are_full_batches(whole):
    _, notes, _ = whole
    assert [step.step for step in notes.steps] == list(range(1, 16))
    assert [evaluation.epoch for evaluation in notes.evaluations] == [1.0, 2.0, 3.0]
    assert notes.steps[0].learning_rate == 0.0  # the warm-up begins
    assert all(math.isfinite(step.loss) for step in notes.steps)


def test_the_last_evaluation_is_that_of_the_network_as_it_is(whole, images):
    net, notes, evaluation = whole
    assert evaluation == notes.evaluations[-1]
    assert score(net, images.to_score(0, 1), make_fabric()) == evaluation.score
    assert evaluation.score.images == 60


def test_where_a_training_stops_for_now_no_network_is_the_best(images, whole, tmp_path):
    path = tmp_path / "last.safetensors"
    _, first, _ = run(images, checkpoint=path, max_steps=7)
    assert [(one.step, one.best) for one in first.evaluations] == [(5, True), (7, False)]
    _, second, _ = run(images, checkpoint=path)
    best = [(one.step, one.best) for one in whole[1].evaluations]
    assert [(5, True), *((one.step, one.best) for one in second.evaluations)] == best


def test_the_best_evaluation_is_the_first_of_the_highest(whole):
    _, notes, _ = whole
    best = -1.0
    for evaluation in notes.evaluations:
        assert evaluation.best == (evaluation.merit > best)
        best = max(best, evaluation.merit)


@pytest.mark.parametrize("stop", [1, 4, 5, 7, 14])
def test_a_stopped_training_goes_on_to_the_same_losses_and_weights(whole, images, tmp_path, stop):
    net, notes, evaluation = whole
    path = tmp_path / "last.safetensors"
    _, before, _ = run(images, max_steps=stop, checkpoint=path)
    assert step_of(path) == stop
    again, after, end = run(images, checkpoint=path, net=network(seed=9))
    assert before.losses + after.losses == notes.losses
    assert (end.score, end.ema_score) == (evaluation.score, evaluation.ema_score)
    state = again.state_dict()
    assert all(torch.equal(state[name], value) for name, value in net.state_dict().items())


def resumed_means(images, path, log_every):
    """Return the mean losses by step after a stop at step 6, between two records of every four."""
    run(images, max_steps=6, checkpoint=path, log_every=4)
    _, after, _ = run(images, checkpoint=path, log_every=log_every)
    return {step.step: step.loss for step in after.steps}


def test_a_mean_of_several_losses_survives_a_stop_in_between(whole, images, tmp_path):
    means = resumed_means(images, tmp_path / "last.safetensors", log_every=4)
    losses = {step.step: step.loss for step in whole[1].steps}
    assert means[8] == pytest.approx(sum(losses[step] for step in range(5, 9)) / 4, rel=1e-12)
    assert means[15] == pytest.approx(sum(losses[step] for step in range(13, 16)) / 3, rel=1e-12)


def test_a_mean_is_of_the_losses_it_sums_though_they_are_logged_at_other_steps(
    whole, images, tmp_path
):
    means = resumed_means(images, tmp_path / "last.safetensors", log_every=3)
    losses = {step.step: step.loss for step in whole[1].steps}
    assert means[9] == pytest.approx(sum(losses[step] for step in range(5, 10)) / 5, rel=1e-12)


def test_checkpoints_are_written_in_between_too(images, tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(TrainingState, "save", lambda self, *_: written.append(self.step))
    run(images, checkpoint=tmp_path / "last", save_every=2)
    assert written == [2, 4, 5, 6, 8, 10, 12, 14, 15]


def test_a_finished_training_is_only_evaluated(whole, images, tmp_path):
    path = tmp_path / "last.safetensors"
    run(images, checkpoint=path)
    _, notes, evaluation = run(images, checkpoint=path)
    assert notes.steps == []
    assert evaluation.score == whole[2].score


def test_a_checkpoint_of_another_training_is_refused(images, tmp_path):
    path = tmp_path / "last.safetensors"
    run(images, max_steps=1, checkpoint=path, identity="one")
    with pytest.raises(InputError) as error:
        run(images, checkpoint=path, identity="two")
    assert str(error.value) == (
        f"{path} is of another genotype, network or recipe: resume with the settings that it was "
        "made with"
    )


def test_accumulated_parts_are_not_one_batch_but_near_it(whole, images):
    # BN sees a part at a time, so that the figures differ, and by little.
    _, notes, _ = run(images, shards=Shards(batch_size=32, accumulate=2), max_steps=2)
    for one, two in zip(whole[1].steps, notes.steps, strict=False):
        assert one.loss != two.loss
        assert one.loss == pytest.approx(two.loss, rel=0.2)


def test_accumulated_gradients_are_those_of_the_batch_where_bn_is_frozen(images, monkeypatch):
    nets = {accumulate: network().eval() for accumulate in (1, 2)}
    monkeypatch.setattr(CellNetwork, "train", lambda self, _: self)  # both stay in eval mode
    calm = Cifar10Recipe(epochs=1, batch_size=32, learning_rate=1e-4, learning_rate_end=0.0)
    still = replace(images, policy=AugmentPolicy(pad=0, flip=False))

    def losses(accumulate):
        shards = Shards(batch_size=32, accumulate=accumulate)
        return [step.loss for step in run(still, calm, shards, nets[accumulate])[1].steps]

    assert losses(2) == pytest.approx(losses(1), rel=1e-4)


def test_mixed_precision_trains(images):
    _, notes, _ = run(images, precision="bf16-mixed", max_steps=3)
    assert all(math.isfinite(step.loss) for step in notes.steps)


def test_scaled_gradients_are_clipped_before_the_step(images):
    precision = MixedPrecision("16-mixed", "cpu", scaler=torch.amp.GradScaler("cpu"))
    fabric = Fabric(accelerator="cpu", plugins=[precision])
    _, notes, _ = run(images, fabric=fabric, max_steps=3)  # the recipe clips
    assert all(math.isfinite(step.loss) for step in notes.steps)


def test_a_first_step_that_overflows_is_left_out_and_training_goes_on(images):
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**26)  # too much for float16
    precision = MixedPrecision("16-mixed", "cpu", scaler=scaler)
    fabric = Fabric(accelerator="cpu", plugins=[precision])
    _, notes, _ = run(images, Cifar10Recipe(epochs=4, batch_size=32), fabric=fabric)
    assert scaler.get_scale() < 2.0**26
    assert all(math.isfinite(step.loss) for step in notes.steps)


def test_drop_path_grows_with_training(images, monkeypatch):
    given = []
    monkeypatch.setattr(CellNetwork, "set_drop_path", lambda _, value: given.append(value))
    run(images)
    assert given == pytest.approx([0.5 / 3, 1.0 / 3, 0.5])


@pytest.mark.parametrize("decays", [True, False])
def test_two_groups_decay_as_the_recipe_says(decays):
    recipe = Cifar10Recipe(decay_norms=decays)
    weights, others = Classification(recipe).parameter_groups(network())
    assert (weights["weight_decay"], others["weight_decay"]) == (3e-4, 3e-4 if decays else 0.0)
    assert {one.ndim for one in weights["params"]} == {2, 4}
    assert {one.ndim for one in others["params"]} == {1}
    count = len(weights["params"]) + len(others["params"])
    assert count == len(list(network().parameters()))


def test_a_loss_that_is_no_number_ends_it_and_leaves_no_checkpoint(images, tmp_path):
    path = tmp_path / "last.safetensors"
    with pytest.raises(DivergedError) as error:
        run(images, Cifar10Recipe(epochs=3, batch_size=32, learning_rate=1e30), checkpoint=path)
    assert str(error.value).startswith("the loss is nan at step ")
    assert str(error.value).endswith(": lower the learning rate")
    assert not path.exists()


def test_a_network_that_diverged_is_not_scored(images):
    notes = Notes()
    with pytest.raises(DivergedError):
        run(
            images,
            Cifar10Recipe(epochs=3, batch_size=32, learning_rate=1e30),
            notes=notes,
            log_every=100,
        )
    assert notes.evaluations == []


def test_a_loss_that_is_no_number_in_another_process_leaves_no_checkpoint(
    images, tmp_path, monkeypatch
):
    monkeypatch.setattr(training, "summed", lambda values, _: values + math.nan)
    path = tmp_path / "last.safetensors"
    with pytest.raises(DivergedError):
        run(images, checkpoint=path, log_every=100, save_every=1)
    assert not path.exists()


def test_numbers_below_one_are_refused():
    with pytest.raises(InputError, match="max_steps is 0: give at least 1"):
        Execution(max_steps=0)


def test_shards_of_other_batches_are_refused(images):
    with pytest.raises(InputError) as error:
        run(images, shards=Shards(batch_size=2 * RECIPE.batch_size))
    assert str(error.value) == (
        f"a batch of the shards has {2 * RECIPE.batch_size} images and one of the recipe "
        f"{RECIPE.batch_size}: give both the same"
    )


def test_a_checkpoint_without_a_directory_is_refused_before_the_first_step(images, tmp_path):
    notes = Notes()
    with pytest.raises(InputError) as error:
        run(images, notes=notes, checkpoint=tmp_path / "no" / "last.safetensors")
    assert str(error.value) == f"there is no directory {tmp_path / 'no'}: make it first"
    assert notes.steps == []
