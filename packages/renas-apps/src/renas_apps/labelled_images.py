"""Images with their classes, as a trained network takes them: to score it, to check, to calibrate.

What a network does not say itself, such as the split that it was not trained on, comes from what
its training noted in its file.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from renas_apps.config import check_data_dir
from renas_space import InputError, NetworkPlan
from renas_trainer.checkpoint import ModelMetadata
from renas_trainer.crops import central_batches, normalised_on
from renas_trainer.data import DATA_NAMES, ImageData, Split, load_data
from renas_trainer.data.folder import VALIDATION_NAMES
from renas_trainer.data.image_folder import (
    ImageFolder,
    class_folders,
    find_images,
    split_folder,
)
from renas_trainer.loop import EVALUATION_BATCH
from renas_trainer.recipes import ImageNetRecipe
from renas_trainer.training_images import Batch

SplitName = Literal["test", "val", "train", "all"]
"""Which images of a data set; ``all`` of a folder that has no such folders within."""

IMAGES_OF = (*DATA_NAMES, "imagenet")
"""Names of the data sets whose images have one class each."""

_FOLDERS: dict[SplitName, tuple[str, ...]] = {
    "test": ("test",),
    "val": VALIDATION_NAMES,
    "train": ("train",),
}
"""Names of the folders that hold a split."""


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


class NetworkImages:
    """The images of a data set, for one network; what is read is read once."""

    def __init__(
        self,
        plan: NetworkPlan,
        metadata: ModelMetadata,
        *,
        data: str | None = None,
        directory: Path | None = None,
        workers: int = 0,
        device: torch.device | str = "cpu",
    ) -> None:
        """Take a data set.

        Args:
            plan: of the network.
            metadata: of the network.
            data: ``digits``, ``folder``, ``cifar10`` or ``imagenet``; None for what the network was
                trained on.
            directory: of the images, where they are not built in.
            workers: processes that decode photographs.
            device: where the network is.

        Raises:
            InputError: there is no such data set, it needs a directory, or has no use for one.
        """
        self._plan, self._metadata = plan, metadata
        self._name, self._directory = data or metadata.data, directory
        self._workers, self._device = workers, torch.device(device)
        if self._name not in IMAGES_OF:
            raise InputError(f"unknown data set {self._name!r}: use {', '.join(IMAGES_OF)}")
        check_data_dir(self._name, directory)

    def of(self, split: SplitName | None = None, limit: int | None = None) -> LabelledImages:
        """Open the images of a split.

        Args:
            split: which ones; None for test images, or where there are none, validation images.
            limit: how many, drawn with a constant seed; None for all.

        Raises:
            InputError: there are no such images, or they are not of the network's kind.
        """
        if limit is not None and limit < 1:
            raise InputError(f"the number of images is {limit}: give at least 1")
        if self._directory is not None:
            if self._name == "imagenet":
                return self._photographs(self._directory, split or "val", limit)
            if self._name == "folder" and (found := self._class_folders(self._directory, split)):
                return self._whole_folder(*found, limit)
        which, chosen = _choose(self._loaded, split)
        return self._in_memory(chosen, which, self._loaded.classes, self._name, limit)

    @cached_property
    def _loaded(self) -> ImageData:
        """The data set, where it fits into memory."""
        # With the training's own seed and numbers, what it held out is held out again.
        drawn = self._metadata.facts if self._name == self._metadata.data else {}
        images = load_data(
            self._name,
            directory=self._directory,
            image_size=self._plan.image_size,
            train_images=_whole(drawn.get("train_images")),
            validation_images=_whole(drawn.get("val_images")),
            seed=_whole(drawn.get("seed")) or 0,
        )
        if images.channels != self._plan.channels:
            raise InputError(
                f"{self._name} has images of {images.channels} channels, the network takes "
                f"{self._plan.channels}: name images of its kind"
            )
        return images

    def _class_folders(
        self, directory: Path, split: SplitName | None
    ) -> tuple[SplitName, Path] | None:
        """Return a split of a folder, and where its class folders are; None if it is to be drawn.

        What a training drew from a folder without splits is drawn again, unless all is asked for.
        """
        order: tuple[SplitName, ...] = ("test", "val") if split is None else (split,)
        for which in order:
            if there := split_folder(directory, _FOLDERS.get(which, ())):
                return which, there
        whole = split == "all" or (split is None and self._metadata.data != "folder")
        if whole and not _divided(directory) and class_folders(directory):
            return "all", directory
        return None

    def _whole_folder(self, which: SplitName, directory: Path, limit: int | None) -> LabelledImages:
        """Read all images of class folders, as grey or colour ones: as the network takes them."""
        folder = _some_classes(directory)
        source = folder.source("L" if self._plan.channels == 1 else "RGB", self._plan.image_size)
        return self._in_memory(source.whole(), which, folder.classes, str(directory), limit)

    def _in_memory(
        self,
        chosen: Split,
        which: SplitName,
        classes: Sequence[str],
        where: str,
        limit: int | None,
    ) -> LabelledImages:
        """Prepare images in memory."""
        indices = _drawn(len(chosen), limit)
        numbers = _numbers(classes, self._metadata.classes, where)
        mean, std, device = self._metadata.mean, self._metadata.std, self._device

        def batches() -> Iterator[Batch]:
            for part in indices.split(EVALUATION_BATCH):
                pixels, labels = chosen.take(part)
                yield normalised_on(pixels, mean, std, device), numbers[labels].to(device)

        return LabelledImages(split=which, count=len(indices), batches=batches)

    def _photographs(self, directory: Path, which: SplitName, limit: int | None) -> LabelledImages:
        """Find photographs in class folders."""
        if self._plan.channels != 3:
            raise InputError(
                f"photographs have 3 channels, the network takes {self._plan.channels}: "
                "name images of its kind"
            )
        if which == "all" and _divided(directory):
            raise InputError(
                f"{directory} is divided: say with --split whether test, val or train is meant"
            )
        names = _FOLDERS.get(which, (".",))
        there = split_folder(directory, names)
        if there is None:
            raise InputError(
                f"{directory} has no class folders in {names[0]}: give a directory with "
                f"{names[0]}/<class>/*"
            )
        folder = _some_classes(there)
        folder = folder.take(_drawn(len(folder.files), limit))
        numbers = _numbers(folder.classes, self._metadata.classes, str(there))
        size = self._plan.image_size
        usual = ImageNetRecipe(crop_size=size).evaluation_side

        def batches() -> Iterator[Batch]:
            for pixels, labels in central_batches(
                folder,
                shorter=max(size, self._metadata.resize or usual),
                size=size,
                mean=self._metadata.mean,
                std=self._metadata.std,
                workers=self._workers,
                device=self._device,
            ):
                yield pixels, numbers[labels.cpu()].to(self._device)

        return LabelledImages(split=which, count=len(folder.files), batches=batches)


def _divided(directory: Path) -> bool:
    """Return whether a folder has a folder for any of the splits."""
    return any(split_folder(directory, names) for names in _FOLDERS.values())


def _some_classes(directory: Path) -> ImageFolder:
    """Find images in class folders, which may be some of the network's classes, or one."""
    return find_images(directory, [path.name for path in class_folders(directory)])


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


def _whole(value: object) -> int | None:
    """Return a number that a training noted; None if it noted none."""
    return value if isinstance(value, int) else None


def _drawn(count: int, limit: int | None) -> Tensor:
    """Return indices of all images, or of some by chance, in order."""
    if limit is None or limit >= count:
        return torch.arange(count)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(0))
    return order[:limit].sort().values


def _numbers(classes: Sequence[str], names: Sequence[str], where: str) -> Tensor:
    """Return the network's number of each class of the images, int64 (classes,).

    Args:
        classes: of the images.
        names: of the network's classes, in the order of its logits.
        where: the images are, for messages.

    Raises:
        InputError: the network does not know a class.
    """
    known = {name: number for number, name in enumerate(names)}
    for name in classes:
        if name not in known:
            first = ", ".join(names[:3])
            raise InputError(
                f"{where} has a class {name!r} that the network does not know (it has "
                f"{len(known)}: {first}, ...): give images of its classes"
            )
    return torch.tensor([known[name] for name in classes])
