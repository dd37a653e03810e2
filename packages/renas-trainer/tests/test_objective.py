"""The loss, against a plain sum over classes."""

import pytest
import torch

from renas_trainer.objective import training_loss
from renas_trainer.recipes import Cifar10Recipe, ImageNetRecipe

GENERATOR = torch.Generator().manual_seed(0)
LABELS = torch.tensor([0, 3, 999])


def logits(classes=1000):
    return torch.randn(3, classes, generator=GENERATOR, dtype=torch.float64)


def plain(values, labels, target, rest):
    """Cross entropy with one probability for the right class and one for each other."""
    log = values.log_softmax(1)
    right = log[range(len(labels)), labels]
    return -(target * right + rest * (log.sum(1) - right)).mean()


def test_smoothing_gives_each_wrong_class_a_999th_of_a_tenth_and_only_in_the_main_loss():
    main, auxiliary = logits(), logits()
    expected = plain(main, LABELS, 0.9, 0.1 / 999) + 0.4 * plain(auxiliary, LABELS, 1.0, 0.0)
    loss = training_loss(main, auxiliary, LABELS, ImageNetRecipe())
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12)


def test_without_an_auxiliary_head_there_is_one_loss():
    main = logits(10)
    labels = torch.tensor([1, 2, 9])
    loss = training_loss(main, None, labels, Cifar10Recipe())
    assert loss.item() == pytest.approx(plain(main, labels, 1.0, 0.0).item(), rel=1e-12)


def test_two_classes_can_be_smoothed():
    main, labels = logits(2), torch.tensor([0, 1, 1])
    loss = training_loss(main, None, labels, ImageNetRecipe())
    assert loss.item() == pytest.approx(plain(main, labels, 0.9, 0.1).item(), rel=1e-12)
