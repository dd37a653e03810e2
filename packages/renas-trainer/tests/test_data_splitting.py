"""Who gets which image."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from renas_space import InputError
from renas_trainer.data.splitting import Pool, balanced, proportional

SIZES = st.lists(st.integers(0, 40), min_size=1, max_size=8).filter(any)


def pool_of(*sizes, seed=0):
    """Return a pool and its labels: so many images of each class."""
    labels = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    return Pool(labels, seed), labels


@given(available=SIZES, data=st.data())
def test_quotas_add_up_and_never_ask_for_more_than_there_is(available, data):
    total = data.draw(st.integers(0, sum(available)))
    for divide in (proportional, balanced):
        quotas = divide(available, total)
        assert sum(quotas) == total
        assert all(0 <= quota <= size for quota, size in zip(quotas, available, strict=True))


@given(available=SIZES, data=st.data())
def test_proportional_quotas_are_within_one_of_the_exact_share(available, data):
    total = data.draw(st.integers(0, sum(available)))
    for quota, size in zip(proportional(available, total), available, strict=True):
        assert abs(quota - size * total / sum(available)) < 1


@given(available=SIZES, data=st.data())
def test_balanced_quotas_differ_by_one_at_most_except_where_a_class_ends(available, data):
    quotas = balanced(available, data.draw(st.integers(0, sum(available))))
    pairs = zip(quotas, available, strict=True)
    assert all(quota == size or quota >= max(quotas) - 1 for quota, size in pairs)


def test_what_does_not_divide_goes_to_the_larger_classes_then_to_the_first():
    assert balanced([9, 9, 9], 8) == [3, 3, 2]
    assert balanced([8, 9, 9], 8) == [2, 3, 3]
    assert proportional([9, 9, 9], 8) == [3, 3, 2]


def test_splits_are_disjoint_and_together_everything():
    pool, labels = pool_of(30, 20, 10)
    held_out, train = pool.stratified(12, keep=1), pool.balanced(None)
    assert torch.equal(torch.cat([held_out, train]).sort().values, torch.arange(60))
    assert torch.bincount(labels[held_out]).tolist() == [6, 4, 2]
    assert len(pool) == 0


def test_a_training_set_is_balanced_although_the_classes_are_not():
    pool, labels = pool_of(30, 20, 5)
    assert torch.bincount(labels[pool.balanced(26)]).tolist() == [11, 10, 5]


def test_the_held_out_images_do_not_depend_on_the_size_of_the_training_set():
    first, _ = pool_of(30, 30, seed=5)
    second, _ = pool_of(30, 30, seed=5)
    assert torch.equal(first.stratified(10, keep=1), second.stratified(10, keep=1))
    small, large = first.balanced(10).tolist(), second.balanced(20).tolist()
    assert set(small) < set(large)


@given(sizes=SIZES, data=st.data())
def test_smaller_training_sets_are_part_of_larger_ones(sizes, data):
    small = data.draw(st.integers(1, sum(sizes)))
    large = data.draw(st.integers(small, sum(sizes)))
    taken = [set(pool_of(*sizes)[0].balanced(count).tolist()) for count in (small, large)]
    assert taken[0] <= taken[1]


def test_the_seed_decides():
    draws = [pool_of(30, 30, seed=seed)[0].stratified(10, keep=1).tolist() for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


def test_an_image_of_each_class_stays_to_train_on():
    pool, labels = pool_of(1, 9)
    assert torch.bincount(labels[pool.stratified(8, keep=1)], minlength=2).tolist() == [0, 8]
    assert torch.bincount(labels[pool.balanced(None)]).tolist() == [1, 1]


@pytest.mark.parametrize("count", [0, -1, 9])
def test_too_many_or_no_validation_images_are_refused(count):
    with pytest.raises(InputError) as error:
        pool_of(5, 5)[0].stratified(count, keep=1)
    message = (
        f"{count} validation images are asked for: give a number from 1 to 8, which is what there "
        "is"
    )
    assert str(error.value) == message


@pytest.mark.parametrize("count", [0, 11])
def test_too_many_or_no_training_images_are_refused(count):
    with pytest.raises(InputError) as error:
        pool_of(5, 5)[0].balanced(count)
    assert str(error.value) == (
        f"{count} training images are asked for: give a number from 1 to 10, which is what is "
        "left to train on"
    )
