"""Mean IOU against independent computations, void and classes that do not occur."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import jaccard_score

from renas_trainer.compute import make_fabric
from renas_trainer.segmentation.masks import VOID
from renas_trainer.segmentation.scoring import SegmentationScore, predictions, score

CLASSES = 6
FABRIC = make_fabric()


def some(seed=0, count=5, classes=CLASSES):
    """Return pixels that say the prediction, and masks: some of both wrong, a third void."""
    generator = torch.Generator().manual_seed(seed)
    for number in range(count):
        size = (1, 7 + number, 9)
        masks = torch.randint(classes, size, generator=generator)
        wrong = torch.rand(size, generator=generator) < 0.4
        predicted = torch.where(wrong, torch.randint(classes, size, generator=generator), masks)
        masks[torch.rand(size, generator=generator) < 0.3] = VOID
        yield torch.nn.functional.one_hot(predicted, CLASSES).permute(0, 3, 1, 2).float(), masks


def joined(batches):
    pairs = [(pixels.argmax(1).flatten(), masks.flatten()) for pixels, masks in batches]
    predicted, masks = (torch.cat(parts).numpy() for parts in zip(*pairs, strict=True))
    return predicted[masks != VOID], masks[masks != VOID]


def test_it_is_that_of_a_plain_confusion_matrix_and_of_scikit_learn():
    found = score(torch.nn.Identity(), some(), FABRIC, classes=CLASSES)
    predicted, masks = joined(some())
    confusion = np.zeros((CLASSES, CLASSES), dtype=np.int64)
    np.add.at(confusion, (masks, predicted), 1)
    assert found.confusion == tuple(map(tuple, confusion.tolist()))
    right = np.diag(confusion)
    expected = right / (confusion.sum(0) + confusion.sum(1) - right)
    assert found.ious == pytest.approx(expected.tolist(), abs=1e-12)
    assert found.ious == pytest.approx(jaccard_score(masks, predicted, average=None), abs=1e-12)
    assert found.miou == pytest.approx(jaccard_score(masks, predicted, average="macro"), abs=1e-12)
    assert found.pixel_accuracy == pytest.approx((masks == predicted).mean(), abs=1e-12)
    assert found.images == 5
    assert found.merit == found.miou


def test_a_class_that_does_not_occur_is_left_out_and_one_that_is_only_predicted_has_0():
    # Rows are masks. Class 1 is only predicted, class 2 does not occur, class 3 is never found.
    found = SegmentationScore(
        images=1, confusion=((6, 2, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0), (2, 0, 0, 0))
    )
    assert found.ious[:2] == (0.6, 0.0)
    assert math.isnan(found.ious[2])
    assert found.ious[3] == 0.0
    assert found.miou == pytest.approx(0.2)
    assert found.facts() == {
        "images": 1,
        "miou": pytest.approx(0.2),
        "pixel_accuracy": 0.6,
        "ious": [0.6, 0.0, None, 0.0],
    }
    assert str(found) == "mIOU 20.00%, pixels 60.00% of 1 images"


def test_void_pixels_do_not_count():
    batches = [(pixels, torch.full_like(masks, VOID)) for pixels, masks in some()]
    found = score(torch.nn.Identity(), batches, FABRIC, classes=CLASSES)
    assert (found.miou, found.pixel_accuracy, found.images) == (0.0, 0.0, 5)


def test_predictions_are_of_a_network_that_evaluates():
    network = torch.nn.Sequential(torch.nn.BatchNorm2d(CLASSES)).train()
    for predicted, masks in predictions(network, some(), FABRIC):
        assert not network.training
        assert predicted.shape == masks.shape
