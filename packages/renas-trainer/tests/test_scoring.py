"""Counts of top-1 and top-5."""

import torch
from sklearn.metrics import top_k_accuracy_score
from torch import nn

from renas_trainer.compute import make_fabric
from renas_trainer.scoring import ClassificationScore, score


def batches(classes, sizes=(7, 1, 30)):
    generator = torch.Generator().manual_seed(0)
    return [
        (torch.randn(n, classes, generator=generator), torch.arange(n) % classes) for n in sizes
    ]


def test_counts_are_those_of_scikit_learn():
    found = score(nn.Identity(), batches(12), make_fabric())
    logits, labels = (torch.cat(parts) for parts in zip(*batches(12), strict=True))
    assert found.images == 38
    for top, share in ((1, found.top1), (5, found.top5)):
        assert share == top_k_accuracy_score(labels, logits, k=top, labels=range(12))


def test_with_three_classes_all_are_among_five():
    found = score(nn.Identity(), batches(3), make_fabric())
    assert found.among_five == found.images == 38
    assert found.first < 38


def test_a_process_without_images_counts_none():
    found = score(nn.Identity(), [], make_fabric())
    assert found == ClassificationScore(images=0, first=0, among_five=0)


def test_a_score_reads_well():
    text = str(ClassificationScore(images=1234, first=617, among_five=1111))
    assert text == "top-1 50.00%, top-5 90.03% of 1,234 images"
