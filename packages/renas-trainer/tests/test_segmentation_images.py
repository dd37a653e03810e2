"""Masked images as a training reads them: the same for any number of workers and processes."""

import torch

from renas_trainer.distributed import Shards
from renas_trainer.segmentation import images as module
from renas_trainer.segmentation.images import SegmentationImages
from renas_trainer.segmentation.masks import VOID
from renas_trainer.segmentation.recipe import VocRecipe
from renas_trainer.segmentation.voc import find_voc


def images(voc, workers=0):
    return SegmentationImages(
        train=find_voc(voc, "train"),
        scored=find_voc(voc, "val"),
        recipe=VocRecipe(epochs=2, batch_size=4, crop_size=24),
        mean=(80.0, 128.0, 200.0),
        std=(10.0, 20.0, 30.0),
        workers=workers,
        device=torch.device("cpu"),
    )


def read(voc, shards, *, epoch=0, first=0, workers=0):
    return list(images(voc, workers).shards(epoch, first, shards, seed=1))


def test_pixels_and_masks_belong_together(voc):
    ((pixels, masks),) = read(voc, Shards(batch_size=4))
    assert (pixels.shape, pixels.dtype) == ((4, 3, 24, 24), torch.float32)
    assert (masks.shape, masks.dtype) == ((4, 24, 24), torch.int64)
    assert pixels.is_contiguous(memory_format=torch.channels_last)
    seen = masks != VOID
    # The fixture's red is 80 times the class; its green and blue are the mean.
    wrong = (pixels[:, 0] * 10 + 80 - 80 * masks).abs()[seen] > 2
    assert wrong.float().mean() < 0.35  # edges alone: squares of 8 pixels, resized
    assert pixels[:, 1:].abs().max() == 0


def test_workers_and_processes_change_nothing(voc):
    (whole,) = read(voc, Shards(batch_size=4))
    (worked,) = read(voc, Shards(batch_size=4), workers=1)
    halves = [read(voc, Shards(batch_size=4, rank=rank, processes=2))[0] for rank in (0, 1)]
    for number in (0, 1):
        assert torch.equal(worked[number], whole[number])
        assert torch.equal(torch.cat([half[number] for half in halves]), whole[number])


def test_what_workers_get_can_be_sent_to_a_process_that_begins_empty(voc, sent_to_workers):
    sent = sent_to_workers(module)
    whole = images(voc)
    assert len(list(whole.shards(0, 0, Shards(batch_size=2), seed=1))) == 3
    assert len(list(whole.to_score(0, 1))) == 3
    assert len(sent) == 2


def test_epochs_differ_and_steps_can_be_left_out(voc):
    first, second = (read(voc, Shards(batch_size=2), epoch=epoch) for epoch in (0, 1))
    assert not torch.equal(first[0][0], second[0][0])
    rest = read(voc, Shards(batch_size=2), first=2)
    assert len(rest) == 1
    assert torch.equal(rest[0][0], first[2][0])


def test_each_image_is_scored_once_at_its_own_size(voc):
    found = images(voc)
    whole = [tuple(masks.shape) for _, masks in found.to_score(0, 1)]
    assert whole == [(1, 40, 50), (1, 40, 51), (1, 40, 50)]
    parts = [[tuple(masks.shape) for _, masks in found.to_score(rank, 2)] for rank in (0, 1)]
    assert parts == [[whole[0], whole[2]], [whole[1]]]


def test_the_digest_tells_sets_apart(voc):
    before = images(voc).digest
    assert images(voc).digest == before
    (voc / "classes.txt").write_text("sky\nroad\nbus\n")
    assert images(voc).digest != before
