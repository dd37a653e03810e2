"""The order of images, who takes which, and what is held out."""

from dataclasses import replace

import pytest
import torch

from renas_space import InputError
from renas_trainer.data import Split, load_data
from renas_trainer.distributed import Shards
from renas_trainer.training_images import MemoryImages, check_batch_size, epoch_batches


@pytest.fixture(scope="module")
def data():
    return load_data("digits", train_images=100, validation_images=40, seed=0)


def images(data, *, hold_out=True, cutout=0):
    return MemoryImages.of(data, cutout=cutout, hold_out=hold_out, device="cpu")


def test_an_epoch_has_each_image_once_but_for_what_fills_no_batch():
    batches = epoch_batches(100, 8, epoch=0, first_step=0, seed=0)
    seen = torch.cat(batches)
    assert [len(batch) for batch in batches] == [8] * 12
    assert len(seen.unique()) == 96


def test_epochs_and_seeds_have_orders_of_their_own():
    orders = {
        tuple(torch.cat(epoch_batches(40, 8, epoch, 0, seed)).tolist())
        for epoch in range(3)
        for seed in range(3)
    }
    assert len(orders) == 9


def test_the_first_steps_can_be_left_out():
    whole = epoch_batches(40, 8, 2, 0, seed=1)
    rest = epoch_batches(40, 8, 2, 3, seed=1)
    assert [batch.tolist() for batch in rest] == [batch.tolist() for batch in whole[3:]]


def test_what_follows_a_step_is_the_same_whether_or_not_it_was_made(data):
    taken = images(data, cutout=3)
    shards = Shards(batch_size=16, accumulate=2)
    whole = list(taken.shards(1, 0, shards, seed=5))
    rest = list(taken.shards(1, 4, shards, seed=5))
    assert len(whole) == 12
    for (pixels, labels), (again, same) in zip(whole[8:], rest, strict=True):
        assert torch.equal(pixels, again)
        assert torch.equal(labels, same)


def test_two_processes_see_what_one_sees_in_two_parts(data):
    taken = images(data)
    one = list(taken.shards(0, 0, Shards(batch_size=16, accumulate=2), seed=0))
    two = [
        list(taken.shards(0, 0, Shards(batch_size=16, rank=rank, processes=2), seed=0))
        for rank in range(2)
    ]
    for number, (pixels, _) in enumerate(one):
        assert torch.equal(pixels, two[number % 2][number // 2][0])


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_each_image_is_scored_once_by_one_process(data, processes):
    taken = images(data, hold_out=False)
    parts = [labels for rank in range(processes) for _, labels in taken.to_score(rank, processes)]
    assert torch.equal(torch.cat(parts).sort().values, data.test.labels.sort().values)
    assert taken.evaluation_count == len(data.test)


def test_more_processes_than_images_leave_some_with_nothing_to_score(data):
    pixels, labels = data.validation.take(torch.arange(3))
    few = replace(images(data), scored=Split(images=pixels, labels=labels))
    shares = [sum(len(labels) for _, labels in few.to_score(rank, 5)) for rank in range(5)]
    assert shares == [1, 1, 1, 0, 0]


def test_validation_images_are_held_out_or_trained_on(data):
    held, joined = images(data), images(data, hold_out=False)
    assert (held.train_count, held.evaluation_count) == (100, 40)
    assert (joined.train_count, joined.evaluation_count) == (140, 297)
    assert held.scored.labels.equal(data.validation.labels)


def test_without_test_images_validation_images_stay_apart(data):
    untested = images(replace(data, test=None), hold_out=False)
    assert (untested.train_count, untested.evaluation_count) == (100, 40)


def test_a_batch_larger_than_the_set_is_refused():
    check_batch_size(8, 8)
    with pytest.raises(InputError) as error:
        check_batch_size(7, 8)
    assert str(error.value) == (
        "a batch has 8 images and there are 7 to train on: give a smaller batch size"
    )
