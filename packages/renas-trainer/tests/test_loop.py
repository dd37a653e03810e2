"""One pass over the images, and accuracy, with networks simple enough to count by hand."""

import math
from itertools import chain

import pytest
import torch
from torch import nn

from renas_space import InputError
from renas_trainer.augment import AugmentPolicy
from renas_trainer.compute import make_fabric
from renas_trainer.data import ImageData, Split
from renas_trainer.loop import (
    EVALUATION_BATCH,
    DivergedError,
    accuracy,
    step_sizes,
    steps_of_epoch,
    train_epoch,
)

NOTHING = AugmentPolicy(pad=0, flip=False)


def numbered(n, labels=None):
    """Return a split of 1x1 images whose only pixel is their number."""
    pixels = torch.arange(n, dtype=torch.uint8).reshape(n, 1, 1, 1)
    labels = torch.zeros(n, dtype=torch.int64) if labels is None else torch.tensor(labels)
    return Split(images=pixels, labels=labels)


def data_of(train, validation=None):
    return ImageData.of(
        name="numbers",
        train=train,
        validation=train if validation is None else validation,
        test=None,
        classes=("even", "odd"),
        flip=False,
    )


class Recorder(nn.Module):
    """Remembers the images it has seen; its logits are its bias whatever it sees."""

    def __init__(self, data, bias=(0.0, 0.0)):
        super().__init__()
        self.bias = nn.Parameter(torch.tensor(bias))
        self.data, self.batches, self.modes = data, [], []

    def forward(self, x):
        pixels = x.detach() * self.data.std + self.data.mean
        self.batches.append(pixels.flatten().round().int().tolist())
        self.modes.append(self.training)
        return self.bias.expand(len(x), 2)


def run(network, data, *, batch_size=2, seed=0, lr=0.0, **settings):
    fabric = make_fabric(threads=None)
    sgd = torch.optim.SGD(network.parameters(), lr=lr)
    network, optimizer = fabric.setup(network, sgd)
    return train_epoch(
        network,
        optimizer,
        data,
        NOTHING,
        batch_size=batch_size,
        generator=torch.Generator().manual_seed(seed),
        fabric=fabric,
        **settings,
    )


def test_every_image_is_seen_once_in_an_order_of_the_generator():
    data = data_of(numbered(8))
    orders = []
    for seed in (0, 0, 1):
        network = Recorder(data)
        run(network, data, seed=seed)
        assert [len(batch) for batch in network.batches] == [2, 2, 2, 2]
        assert all(network.modes)
        orders.append([number for batch in network.batches for number in batch])
    assert orders[0] == orders[1] != orders[2]
    assert all(sorted(order) == list(range(8)) for order in orders)
    assert orders[0] != list(range(8))


@pytest.mark.parametrize(
    ("images", "batch_size", "sizes"),
    [
        (7, 3, [3, 4]),  # one image, on which BN cannot train
        (8, 3, [3, 3, 2]),
        (39, 16, [16, 16, 7]),
        (34, 16, [16, 16, 2]),  # an eighth
        (36, 32, [32, 4]),  # an eighth
        (35, 32, [35]),
        (67, 32, [32, 35]),
        (64, 32, [32, 32]),
        (3, 32, [3]),  # no step before
    ],
)
def test_fewer_images_than_an_eighth_of_a_batch_join_the_step_before(images, batch_size, sizes):
    data = data_of(numbered(images))
    network = Recorder(data)
    run(network, data, batch_size=batch_size)
    assert [len(batch) for batch in network.batches] == sizes == step_sizes(images, batch_size)
    assert sorted(chain.from_iterable(network.batches)) == list(range(images))


@pytest.mark.parametrize(
    ("images", "batch_size", "last"), [(5_000, 64, 8), (45_000, 64, 8), (1_200, 32, 16)]
)
def test_published_searches_and_comparisons_have_a_last_step_of_its_own(images, batch_size, last):
    assert step_sizes(images, batch_size)[-2:] == [batch_size, last]


@pytest.mark.parametrize(("images", "batch_size"), [(2, 2), (7, 3), (8, 3), (9, 3), (3, 64)])
def test_after_each_step_the_schedule_is_called(images, batch_size):
    calls = []
    data = data_of(numbered(images))
    run(Recorder(data), data, batch_size=batch_size, after_step=lambda: calls.append(1))
    assert len(calls) == steps_of_epoch(images, batch_size)


def test_the_loss_is_the_mean_over_images_and_not_over_batches():
    # Five images in batches of three and two; logits (0, log 3), so the labels cost log 4 and
    # log(4/3): one image of class 0, four of class 1.
    data = data_of(numbered(5, labels=[0, 1, 1, 1, 1]))
    loss = run(Recorder(data, bias=(0.0, math.log(3))), data, batch_size=3)
    assert loss == pytest.approx((math.log(4) + 4 * math.log(4 / 3)) / 5)


def test_a_step_follows_the_gradient_and_clears_it():
    # At equal logits the gradient of cross entropy is softmax - label: (-1/2, 1/2) for class 0.
    data = data_of(numbered(2))
    network = Recorder(data)
    run(network, data, lr=0.1)
    torch.testing.assert_close(network.bias.detach(), torch.tensor([0.05, -0.05]))
    assert network.bias.grad is None


@pytest.mark.parametrize("logit", [math.inf, math.nan])
def test_a_loss_that_is_not_finite_ends_the_pass(logit):
    data = data_of(numbered(4))
    with pytest.raises(DivergedError, match="^the loss is nan: try a lower learning rate$"):
        run(Recorder(data, bias=(logit, 0.0)), data)


def test_one_training_image_is_refused():
    data = data_of(numbered(1), validation=numbered(2))
    with pytest.raises(InputError) as error:
        run(Recorder(data), data)
    assert str(error.value) == ("there is one training image: give two or more, as BN needs")


class Parity(nn.Module):
    """Calls an image odd if its number is: right where labels are the parity."""

    def __init__(self, data):
        super().__init__()
        self.data = data

    def forward(self, x):
        if self.training or torch.is_grad_enabled():
            raise AssertionError("accuracy is measured without learning")
        number = (x * self.data.std + self.data.mean).flatten().round().long()
        return nn.functional.one_hot(number % 2, 2).float()


@pytest.mark.parametrize("n", [1, EVALUATION_BATCH, EVALUATION_BATCH + 1, 2 * EVALUATION_BATCH + 3])
def test_accuracy_counts_every_image_of_a_split(n):
    pixels = torch.arange(n) % 200
    wrong = torch.arange(n) % 5 == 0  # one of five has the other label
    split = Split(images=pixels.to(torch.uint8).reshape(n, 1, 1, 1), labels=(pixels + wrong) % 2)
    data = data_of(numbered(200), validation=split)
    assert accuracy(Parity(data).train(), split, data) == int((~wrong).sum()) / n
