"""What ``renas-eval`` does with a segmentation network: score it, draw it, or let it predict."""

import argparse
import csv
import io
import math
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import torch
from lightning_fabric import Fabric

from renas_apps.files_at_once import files_at_once
from renas_apps.outputs import check_out
from renas_apps.run_directory import write_whole
from renas_apps.trained_network import TrainedNetwork
from renas_space import InputError
from renas_trainer.crops import normalised_on
from renas_trainer.data.image_folder import IMAGE_SUFFIXES
from renas_trainer.segmentation.images import full_size_batches
from renas_trainer.segmentation.masks import write_mask
from renas_trainer.segmentation.pairs import read_image
from renas_trainer.segmentation.pictures import overlaid, side_by_side, write_picture
from renas_trainer.segmentation.scoring import Confusion, SegmentationScore, predictions
from renas_trainer.segmentation.voc import MaskedImages, find_voc


def evaluate_segmenter(asked: argparse.Namespace, trained: TrainedNetwork, fabric: Fabric) -> None:
    """Score a network on a list of VOC's layout; write pictures and confusion where asked.

    Raises:
        InputError: a setting or a file is of no use.
    """
    if asked.data not in (None, "voc"):
        raise InputError(f"--data is {asked.data}: a segmentation network is scored on voc")
    if asked.data_dir is None:
        raise InputError("--data voc needs images: say where with --data-dir")
    if asked.images is not None and asked.images < 1:
        raise InputError(f"the number of images is {asked.images}: give at least 1")
    split = asked.split or "val"
    masked = find_voc(asked.data_dir, split).some(asked.images)
    classes = trained.metadata.classes
    if masked.classes != classes:
        theirs, own = (", ".join(names[:3]) for names in (masked.classes, classes))
        raise InputError(
            f"{asked.data_dir} has {len(masked.classes)} classes ({theirs}, ...) and the network "
            f"{len(classes)} ({own}, ...): give images of its classes"
        )
    if asked.confusion is not None:
        read = (Path(asked.model), *masked.images)
        check_out(asked.confusion, flag="--confusion", force=asked.force, read=read)
    with ExitStack() as stack:
        pictures = None
        if asked.pictures is not None:
            names = [f"{image.stem}.png" for image in masked.images]
            whole = files_at_once(asked.pictures, names, masked.images, force=asked.force)
            pictures = stack.enter_context(whole)
        score = _score(trained, masked, fabric, workers=asked.workers, pictures=pictures)
    print(f"{asked.model}: {score} ({split})")
    width = max(map(len, classes))
    for name, iou in zip(classes, score.ious, strict=True):
        print(f"  {name:<{width}}  {'does not occur' if math.isnan(iou) else f'{iou:7.2%}'}")
    if asked.confusion is not None:
        write_whole(asked.confusion, _confusion(score, classes))


def predict(asked: argparse.Namespace, trained: TrainedNetwork, fabric: Fabric) -> None:
    """Write the masks that a network predicts for images, and the images with them.

    Raises:
        InputError: a setting or a file is of no use.
    """
    for name in ("pictures", "confusion", "data", "data_dir", "split", "images"):
        if getattr(asked, name) is not None:
            flag = f"--{name.replace('_', '-')}"
            raise InputError(f"{flag} is for scoring, and --predict scores nothing: leave one out")
    if asked.out is None:
        raise InputError("--predict writes masks: name a directory for them with --out")
    files = _images(asked.predict)
    names = [f"{file.stem}{ending}" for file in files for ending in (".png", ".overlay.png")]
    trained.network.eval()
    mean, std = trained.metadata.mean, trained.metadata.std
    with files_at_once(asked.out, names, files, force=asked.force) as directory:
        for file in files:
            image = read_image(file)
            pixels = normalised_on(image[None], mean, std, fabric.device)
            with torch.inference_mode(), fabric.autocast():
                mask = trained.network(pixels).argmax(1)[0].to("cpu", torch.uint8)
            write_mask(directory / f"{file.stem}.png", mask.numpy())
            overlay = overlaid(image, mask, trained.metadata.classes)
            write_picture(directory / f"{file.stem}.overlay.png", overlay)
    masks = "1 mask, and the image with its mask"
    if len(files) > 1:
        masks = f"{len(files):,} masks, and images with their masks"
    print(f"{masks}, in {asked.out}")


def _score(
    trained: TrainedNetwork,
    masked: MaskedImages,
    fabric: Fabric,
    *,
    workers: int,
    pictures: Path | None,
) -> SegmentationScore:
    """Compare predictions with masks, image by image, and draw each where asked."""
    confusion = Confusion(len(masked.classes), fabric.device)
    batches = full_size_batches(
        masked,
        mean=trained.metadata.mean,
        std=trained.metadata.std,
        workers=workers,
        device=fabric.device,
    )
    found = predictions(trained.network, batches, fabric)
    for file, (predicted, mask) in zip(masked.images, found, strict=True):
        confusion.add(predicted, mask)
        if pictures is not None:
            image = read_image(file, upright=False)  # as its mask is
            drawn = side_by_side(image, predicted[0].cpu(), mask[0].cpu())
            write_picture(pictures / f"{file.stem}.png", drawn)
    return confusion.score(fabric)


def _confusion(score: SegmentationScore, classes: Sequence[str]) -> str:
    """Return pixels by class of the mask (row) and of the prediction (column) as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["mask", *classes])
    writer.writerows([name, *row] for name, row in zip(classes, score.confusion, strict=True))
    return text.getvalue()


def _images(paths: Sequence[Path]) -> list[Path]:
    """Return the files that are named, and the images in directories that are.

    Raises:
        InputError: one is not there, or has no image.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.suffix.lower() in IMAGE_SUFFIXES)
            if not inside:
                raise InputError(f"the directory {path} has no images: name another")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise InputError(f"there is no image {path}: check the path")
    return list(dict.fromkeys(found))
