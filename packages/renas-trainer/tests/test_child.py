"""A child: inherits, is fine-tuned at two learning rates, and is scored before and after."""

from dataclasses import replace

import pytest
import torch

from renas_space import RENASNET, InputError, Mutation, apply_all, cost, plan_network
from renas_trainer import child as module
from renas_trainer.child import ChildRecipe, train_child
from renas_trainer.compute import make_fabric
from renas_trainer.data import load_data
from renas_trainer.inheritance import Parent, inherit
from renas_trainer.loop import DivergedError, accuracy, train_epoch
from renas_trainer.network import CellNetwork

MUTANT = apply_all(
    RENASNET,
    [
        Mutation(block=1, slot=3, value=1),  # block 2: o2 to sep_conv_5x5
        Mutation(block=4, slot=0, value=1),  # block 5 reads c-1 on both sides instead of block 1,
        Mutation(block=4, slot=1, value=1),  # which nothing reads now: it joins the output
    ],
)


def plan(genotype=RENASNET, filters=4):
    return plan_network(genotype, cells=1, filters=filters, image_size=8, channels=1)


@pytest.fixture(scope="module")
def data():
    return load_data("digits", train_images=160, validation_images=100, seed=0)


@pytest.fixture(scope="module")
def fabric():
    return make_fabric()


@pytest.fixture(scope="module")
def parent(data, fabric):
    settings = {"parent": None, "seed": 5, "fabric": fabric}
    return Parent(plan=plan(), state=train_child(plan(), data, ChildRecipe(), **settings).state)


def same(first, second):
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


def test_a_child_is_a_function_of_its_plan_parent_and_seed(data, fabric, parent):
    first, again, other = (
        train_child(plan(MUTANT), data, ChildRecipe(), parent=parent, seed=seed, fabric=fabric)
        for seed in (1, 1, 2)
    )
    assert same(first.state, again.state)
    assert replace(first, seconds=0, state={}) == replace(again, seconds=0, state={})
    assert not same(first.state, other.state)


def test_torchs_global_generator_takes_no_part(data, fabric, parent):
    before = torch.get_rng_state()
    train_child(plan(MUTANT), data, ChildRecipe(), parent=parent, seed=1, fabric=fabric)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_parents_weights_are_left_as_they_are(data, fabric, parent):
    before = {name: tensor.clone() for name, tensor in parent.state.items()}
    train_child(plan(MUTANT), data, ChildRecipe(), parent=parent, seed=1, fabric=fabric)
    assert same(before, parent.state)


def test_the_score_before_is_that_of_the_inherited_weights(data, fabric, parent):
    result = train_child(plan(MUTANT), data, ChildRecipe(), parent=parent, seed=3, fabric=fabric)
    network = CellNetwork(plan(MUTANT), generator=torch.Generator().manual_seed(3))
    inheritance = inherit(network, parent)
    network = network.to(memory_format=torch.channels_last)
    assert result.fitness_before == accuracy(network, data.validation, data)
    assert result.ledger == inheritance.ledger
    assert 0 < result.ledger.share < 1


def test_the_score_after_is_that_of_the_returned_weights(data, fabric, parent):
    result = train_child(plan(MUTANT), data, ChildRecipe(), parent=parent, seed=3, fabric=fabric)
    network = CellNetwork(plan(MUTANT)).to(memory_format=torch.channels_last)
    network.load_state_dict(result.state)
    assert result.fitness == accuracy(network, data.validation, data)
    assert not any(tensor.requires_grad for tensor in result.state.values())


def test_without_a_parent_there_is_no_score_before_and_no_ledger(data, fabric):
    result = train_child(plan(), data, ChildRecipe(), parent=None, seed=0, fabric=fabric)
    assert (result.fitness_before, result.ledger, result.epochs) == (None, None, 1)
    assert result.seconds > 0


def rates_of(monkeypatch, *arguments, **settings):
    """Train a child; return the number of parameters at each learning rate, and the result."""
    rates = {}

    def spy(network, optimizer, *rest, **options):
        for group in optimizer.param_groups:
            rates[group["lr"]] = sum(parameter.numel() for parameter in group["params"])
            assert (group["momentum"], group["weight_decay"]) == (0.9, 3e-4)
        return train_epoch(network, optimizer, *rest, **options)

    monkeypatch.setattr(module, "train_epoch", spy)
    return rates, train_child(*arguments, **settings)


def test_new_and_sliced_tensors_learn_ten_times_as_fast_as_kept_ones(
    monkeypatch, data, fabric, parent
):
    # Section 3.3 of the paper: 0.01 for what is new, 0.001 for what is inherited.
    rates, result = rates_of(
        monkeypatch, plan(MUTANT), data, ChildRecipe(), parent=parent, seed=1, fabric=fabric
    )
    assert result.ledger.tensors_sliced > 0
    kept = result.ledger.parameters_kept
    assert rates == {0.001: kept, 0.01: cost(plan(MUTANT)).parameters - kept}


def test_a_child_without_a_parent_learns_at_the_rate_of_new_tensors(monkeypatch, data, fabric):
    rates, _ = rates_of(
        monkeypatch, plan(), data, ChildRecipe(), parent=None, seed=1, fabric=fabric
    )
    assert rates == {0.01: cost(plan()).parameters}


def test_an_identical_child_learns_at_the_rate_of_inherited_tensors(
    monkeypatch, data, fabric, parent
):
    rates, _ = rates_of(
        monkeypatch, plan(), data, ChildRecipe(), parent=parent, seed=1, fabric=fabric
    )
    assert list(rates) == [0.001]


def test_digits_are_learned(fabric):
    data = load_data("digits", seed=0)
    recipe = ChildRecipe(epochs=3, learning_rate_new=0.05)
    result = train_child(plan(filters=8), data, recipe, parent=None, seed=0, fabric=fabric)
    assert result.fitness > 0.3  # chance is 0.1
    assert result.epochs == 3
    parent = Parent(plan=plan(filters=8), state=result.state)
    result = train_child(plan(filters=8), data, ChildRecipe(), parent=parent, seed=1, fabric=fabric)
    assert result.fitness_before > 0.3


def test_a_learning_rate_that_is_far_too_high_diverges(data, fabric):
    recipe = ChildRecipe(learning_rate_new=1e6, batch_size=8)
    with pytest.raises(DivergedError, match="^the loss is nan: try a lower learning rate$"):
        train_child(plan(), data, recipe, parent=None, seed=0, fabric=fabric)


def test_the_defaults_are_the_papers_rates_and_our_batches():
    recipe = ChildRecipe()
    assert (recipe.epochs, recipe.batch_size) == (1, 64)
    assert (recipe.learning_rate_new, recipe.learning_rate_inherited) == (0.01, 0.001)
    assert (recipe.momentum, recipe.weight_decay) == (0.9, 3e-4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"epochs": 0},
            "a child is trained for 0 epochs in batches of 64: give at least 1 epoch and 2 images",
        ),
        (
            {"batch_size": 1},
            "a child is trained for 1 epochs in batches of 1: give at least 1 epoch and 2 images",
        ),
        ({"learning_rate_new": 0.0}, "learning_rate_new is 0.0: give a number above 0"),
        (
            {"learning_rate_inherited": float("nan")},
            "learning_rate_inherited is nan: give a number above 0",
        ),
        ({"learning_rate_new": float("inf")}, "learning_rate_new is inf: give a number above 0"),
        ({"momentum": 2.0}, "momentum is 2.0: give a number from 0 and below 1"),
        ({"weight_decay": float("nan")}, "weight_decay is nan: give a number from 0"),
    ],
)
def test_a_recipe_out_of_range_is_refused(settings, message):
    with pytest.raises(InputError) as error:
        ChildRecipe(**settings)
    assert str(error.value) == message


def test_a_plan_for_other_images_is_refused(data, fabric):
    other = plan_network(RENASNET, cells=1, filters=4, image_size=16, channels=1)
    with pytest.raises(InputError, match="an image size of 8 and the network 16"):
        train_child(other, data, ChildRecipe(), parent=None, seed=0, fabric=fabric)
