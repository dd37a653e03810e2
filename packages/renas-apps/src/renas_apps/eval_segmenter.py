"""What ``renas-eval`` does with a segmentation network: score it, draw it, or let it predict."""

import argparse
import csv
import math
from collections.abc import Sequence
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor

from renas_apps.command_line import check_out
from renas_apps.trained_network import TrainedNetwork
from renas_space import InputError
from renas_trainer.crops import normalised
from renas_trainer.data.image_folder import IMAGE_SUFFIXES
from renas_trainer.data.pool import Pool
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
    split = asked.split or "val"
    masked = _some(find_voc(asked.data_dir, split), asked.images)
    classes = trained.metadata.classes
    if masked.classes != classes:
        theirs, own = (", ".join(names[:3]) for names in (masked.classes, classes))
        raise InputError(
            f"{asked.data_dir} has {len(masked.classes)} classes ({theirs}, ...) and the network "
            f"{len(classes)} ({own}, ...): give images of its classes"
        )
    masked.check()
    if asked.confusion is not None:
        check_out(asked.confusion, force=asked.force)
    names = [f"{image.stem}.png" for image in masked.images]
    if asked.pictures is not None:
        _check_directory(asked.pictures, names, force=asked.force)
    score = _score(trained, masked, fabric, workers=asked.workers, pictures=asked.pictures)
    print(f"{asked.model}: {score} ({split})")
    width = max(map(len, classes))
    for name, iou in zip(classes, score.ious, strict=True):
        print(f"  {name:<{width}}  {'does not occur' if math.isnan(iou) else f'{iou:7.2%}'}")
    if asked.confusion is not None:
        _write_confusion(asked.confusion, score, classes)


def predict(asked: argparse.Namespace, trained: TrainedNetwork, fabric: Fabric) -> None:
    """Write the masks that a network predicts for images, and the images with them.

    Raises:
        InputError: a setting or a file is of no use.
    """
    if asked.out is None:
        raise InputError("--predict writes masks: name a directory for them with --out")
    files = _images(asked.predict)
    names = [f"{file.stem}{ending}" for file in files for ending in (".png", ".overlay.png")]
    _check_directory(asked.out, names, force=asked.force)
    trained.network.eval()
    mean, std = trained.metadata.mean, trained.metadata.std
    for file in files:
        image = read_image(file)
        pixels = normalised(image[None], mean, std, fabric.device)
        with torch.inference_mode(), fabric.autocast():
            mask = trained.network(pixels).argmax(1)[0].to("cpu", torch.uint8)
        write_mask(asked.out / f"{file.stem}.png", mask.numpy())
        overlay = overlaid(image, mask, trained.metadata.classes)
        write_picture(asked.out / f"{file.stem}.overlay.png", overlay)
    print(f"{len(files):,} masks, and images with their masks, in {asked.out}")


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
            drawn = side_by_side(read_image(file), predicted[0].cpu(), mask[0].cpu())
            write_picture(pictures / f"{file.stem}.png", drawn)
    return confusion.score(fabric)


def _write_confusion(path: Path, score: SegmentationScore, classes: Sequence[str]) -> None:
    """Write pixels by class of the mask (row) and of the prediction (column) as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["mask", *classes])
        writer.writerows([name, *row] for name, row in zip(classes, score.confusion, strict=True))


def _images(paths: Sequence[Path]) -> list[Path]:
    """Return the files that are named, and the images in directories that are.

    Raises:
        InputError: one is not there, or two would have one name.
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
    by_stem: dict[str, Path] = {}
    for path in found:
        other = by_stem.setdefault(path.stem, path)
        if other != path:
            raise InputError(
                f"the masks of {other} and {path} would have one name: predict them one by one"
            )
    return list(by_stem.values())


def _check_directory(directory: Path, names: Sequence[str], *, force: bool) -> None:
    """Make a directory for files, unless one of them is there.

    Raises:
        InputError: one is, or there can be no such directory.
    """
    if directory.exists() and not directory.is_dir():
        raise InputError(f"{directory} is a file: give the name of a directory")
    if not directory.parent.is_dir():
        raise InputError(f"there is no directory {directory.parent}: make it, or give another")
    there = next((name for name in names if (directory / name).exists()), None)
    if there is not None and not force:
        raise InputError(
            f"{directory / there} is there already: give another directory, or --force to "
            "replace it"
        )
    directory.mkdir(exist_ok=True)


def _some(masked: MaskedImages, count: int | None) -> MaskedImages:
    """Return so many images, drawn with a constant seed; all where None."""
    if count is None or count >= len(masked):
        return masked
    if count < 1:
        raise InputError(f"the number of images is {count}: give at least 1")
    alike: Tensor = torch.zeros(len(masked), dtype=torch.int64)
    return masked.take(Pool(alike, 0).balanced(count))
