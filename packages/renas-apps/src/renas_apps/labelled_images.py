"""Images with their classes, as a trained network takes them: to score it, to check, to calibrate.

What a network does not say itself, such as the split that it was not trained on, comes from what
its training noted in its file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from renas_space import InputError, NetworkPlan
from renas_trainer.checkpoint import ModelMetadata
from renas_trainer.crops import central_batches, normalised
from renas_trainer.data import ImageData, Split, load_data
from renas_trainer.data.folder import VALIDATION_NAMES
from renas_trainer.data.image_folder import class_folders, find_images
from renas_trainer.loop import EVALUATION_BATCH
from renas_trainer.training_images import Batch

SplitName = Literal["test", "val", "train", "all"]
"""Which images of a data set; ``all`` of a folder that has no such folders within."""

_FOLDERS: dict[SplitName, tuple[str, ...]] = {
    "test": ("test",),
    "val": VALIDATION_NAMES,
    "train": ("train",),
}
"""Names of the folders that hold a split."""

SCALE = 256 / 224
"""Shorter side of a photograph beside that of the middle which is cut from it, unless a network
says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledImages:
    """The images of one split, prepared for one network."""

    split: SplitName
    """Which one."""
    count: int
    """How many there are."""
    batches: Callable[[], Iterator[Batch]]
    """Yields them in order: pixels as the network takes them, and labels as it counts them."""

    def pixels(self, count: int) -> Tensor:
        """Return the first images, float32 (count, C, S, S); fewer where there are no more."""
        taken: list[Tensor] = []
        for pixels, _ in self.batches():
            taken.append(pixels)
            if sum(map(len, taken)) >= count:
                break
        return torch.cat(taken)[:count].contiguous()


def labelled_images(
    plan: NetworkPlan,
    metadata: ModelMetadata,
    *,
    data: str | None = None,
    directory: Path | None = None,
    split: SplitName | None = None,
    limit: int | None = None,
    workers: int = 0,
    device: torch.device | str = "cpu",
) -> LabelledImages:
    """Open the images of a data set for a network.

    Args:
        plan: of the network.
        metadata: of the network.
        data: ``digits``, ``folder``, ``cifar10`` or ``imagenet``; None for what it was trained on.
        directory: of the images, where they are not built in.
        split: which ones; None for test images, or where there are none, validation images.
        limit: how many, drawn with a constant seed; None for all.
        workers: processes that decode photographs.
        device: where the network is.

    Raises:
        InputError: there are no such images, or they are not of the network's kind.
    """
    name, device = data or metadata.data, torch.device(device)
    if limit is not None and limit < 1:
        raise InputError(f"the number of images is {limit}: give at least 1")
    if name == "digits":
        return _in_memory(plan, metadata, name, directory, split, limit, device)
    if directory is None:
        raise InputError(f"--data {name} needs images: say where with --data-dir")
    if name == "imagenet":
        return _photographs(plan, metadata, directory, split, limit, workers, device)
    if name == "folder" and (found := _class_folders(directory, split, metadata)):
        return _folder(plan, metadata, *found, limit, device)
    return _in_memory(plan, metadata, name, directory, split, limit, device)


def _in_memory(
    plan: NetworkPlan,
    metadata: ModelMetadata,
    name: str,
    directory: Path | None,
    split: SplitName | None,
    limit: int | None,
    device: torch.device,
) -> LabelledImages:
    """Load one of the data sets that fit into memory."""
    # With the training's own seed and numbers, what it held out is held out again.
    drawn = metadata.facts if name == metadata.data else {}
    images = load_data(
        name,
        directory=directory,
        image_size=plan.image_size,
        train_images=_whole(drawn.get("train_images")),
        validation_images=_whole(drawn.get("val_images")),
        seed=_whole(drawn.get("seed")) or 0,
    )
    if images.channels != plan.channels:
        raise InputError(
            f"{name} has images of {images.channels} channels, the network takes "
            f"{plan.channels}: name images of its kind"
        )
    which, chosen = _choose(images, split)
    return _of_split(chosen, which, images.classes, name, metadata, limit, device)


def _folder(
    plan: NetworkPlan,
    metadata: ModelMetadata,
    which: SplitName,
    directory: Path,
    limit: int | None,
    device: torch.device,
) -> LabelledImages:
    """Read all images of some class folders, as grey or colour ones: as the network takes them."""
    names = tuple(path.name for path in class_folders(directory))
    folder = find_images(directory, names)
    source = folder.source("L" if plan.channels == 1 else "RGB", plan.image_size)
    return _of_split(source.whole(), which, names, str(directory), metadata, limit, device)


def _class_folders(
    directory: Path, split: SplitName | None, metadata: ModelMetadata
) -> tuple[SplitName, Path] | None:
    """Return a split of a folder, and where its class folders are; None if it is to be drawn.

    What a training drew from a folder without splits is drawn again, unless all is asked for.
    """
    order: tuple[SplitName, ...] = ("test", "val") if split is None else (split,)
    for which in order:
        for name in _FOLDERS.get(which, ()):
            if class_folders(directory / name):
                return which, directory / name
    divided = any(class_folders(directory / name) for names in _FOLDERS.values() for name in names)
    whole = split == "all" or (split is None and metadata.data != "folder")
    if whole and not divided and class_folders(directory):
        return "all", directory
    return None


def _of_split(
    chosen: Split,
    which: SplitName,
    classes: tuple[str, ...],
    where: str,
    metadata: ModelMetadata,
    limit: int | None,
    device: torch.device,
) -> LabelledImages:
    """Prepare images in memory for a network."""
    indices = _drawn(len(chosen), limit)
    numbers = _numbers(classes, metadata, where)

    def batches() -> Iterator[Batch]:
        for part in indices.split(EVALUATION_BATCH):
            pixels, labels = chosen.take(part)
            yield (
                normalised(pixels, metadata.mean, metadata.std, device),
                numbers[labels].to(device),
            )

    return LabelledImages(split=which, count=len(indices), batches=batches)


def _whole(value: object) -> int | None:
    """Return a number that a training noted; None if it noted none."""
    return value if isinstance(value, int) else None


def _choose(images: ImageData, split: SplitName | None) -> tuple[SplitName, Split]:
    """Return the images of a split, and which it is."""
    if split is None:
        split = "val" if images.test is None else "test"
    if split == "all":
        raise InputError(f"{images.name} is divided: give --split test, val or train")
    if split == "test":
        if images.test is None:
            raise InputError(f"{images.name} has no test images here: give --split val")
        return split, images.test
    return split, images.validation if split == "val" else images.train


def _photographs(
    plan: NetworkPlan,
    metadata: ModelMetadata,
    directory: Path,
    split: SplitName | None,
    limit: int | None,
    workers: int,
    device: torch.device,
) -> LabelledImages:
    """Find photographs in class folders."""
    if plan.channels != 3:
        raise InputError(
            f"photographs have 3 channels, the network takes {plan.channels}: "
            "name images of its kind"
        )
    which: SplitName = split or "val"
    names = _FOLDERS.get(which, (".",))
    there = [directory / name for name in names if class_folders(directory / name)]
    if not there:
        raise InputError(
            f"{directory} has no class folders in {names[0]}: give a directory with "
            f"{names[0]}/<class>/*"
        )
    folder = find_images(there[0], tuple(path.name for path in class_folders(there[0])))
    folder = folder.take(_drawn(len(folder.files), limit))
    numbers = _numbers(folder.classes, metadata, str(there[0]))
    size = plan.image_size
    shorter = max(size, metadata.resize or round(SCALE * size))

    def batches() -> Iterator[Batch]:
        for pixels, labels in central_batches(
            folder,
            shorter=shorter,
            size=size,
            mean=metadata.mean,
            std=metadata.std,
            workers=workers,
            device=device,
        ):
            yield pixels, numbers[labels.cpu()].to(device)

    return LabelledImages(split=which, count=len(folder.files), batches=batches)


def _drawn(count: int, limit: int | None) -> Tensor:
    """Return indices of all images, or of some by chance, in order."""
    if limit is None or limit >= count:
        return torch.arange(count)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(0))
    return order[:limit].sort().values


def _numbers(classes: tuple[str, ...], metadata: ModelMetadata, where: str) -> Tensor:
    """Return the network's number of each class of the images, int64 (classes,).

    Raises:
        InputError: the network does not know a class.
    """
    known = {name: number for number, name in enumerate(metadata.classes)}
    for name in classes:
        if name not in known:
            first = ", ".join(metadata.classes[:3])
            raise InputError(
                f"{where} has a class {name!r} that the network does not know (it has "
                f"{len(known)}: {first}, ...): give images of its classes"
            )
    return torch.tensor([known[name] for name in classes])
