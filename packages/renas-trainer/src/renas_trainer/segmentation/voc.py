"""The layout of PASCAL VOC: lists of names, images and masks; and SBD's annotations beside it.

The field trains on "train_aug": the training list of VOC 2012 and all that SBD annotates (Hariharan
et al. 2011), without VOC's validation list. Where both have a mask, VOC's is taken.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import torch
from torch import Tensor

from renas_space import InputError
from renas_trainer.data.decoding import size_of
from renas_trainer.data.splitting import Pool
from renas_trainer.segmentation.deeplab import MOST_CLASSES
from renas_trainer.segmentation.masks import check_size, read_mask

VOC_CLASSES = (
    *("background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat"),
    *("chair", "cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant"),
    *("sheep", "sofa", "train", "tvmonitor"),
)
"""Of PASCAL VOC 2012, by index."""

_WITHIN = (".", "VOC2012", "VOCdevkit/VOC2012")
"""Where the layout may lie in a directory; the last is where torchvision puts it."""

_SBD_WITHIN = (".", "dataset", "benchmark_RELEASE/dataset")
"""Where SBD may lie; the first is where torchvision puts it."""

_IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedImages:
    """Images and their masks, file by file."""

    classes: tuple[str, ...]
    """Name of each class, by index."""
    images: tuple[Path, ...]
    """In order of their names."""
    masks: tuple[Path, ...]
    """Of each image."""

    def __len__(self) -> int:
        return len(self.images)

    def take(self, indices: Tensor) -> Self:
        """Return some of the images, all classes still known."""
        chosen = indices.tolist()
        return replace(
            self,
            images=tuple(self.images[index] for index in chosen),
            masks=tuple(self.masks[index] for index in chosen),
        )

    def some(self, count: int | None) -> Self:
        """Return so many of the images, drawn with a constant seed; all where there are no more."""
        if count is None or count >= len(self):
            return self
        return self.take(Pool(torch.zeros(len(self), dtype=torch.int64), 0).balanced(count))

    def check(self) -> None:
        """Read every mask, and the head of every image: that they can be read and have one size.

        Raises:
            InputError: a file cannot be read, a mask has no palette, another size than its image or
                an index that is no class.
        """
        for image, mask in zip(self.images, self.masks, strict=True):
            height, width = read_mask(mask, len(self.classes)).shape
            check_size(mask, (width, height), size_of(image))


def find_voc(
    directory: Path, split: str, *, sbd: Path | None = None, held_out: Iterable[str] = ()
) -> MaskedImages:
    """Find the images of a list, ``ImageSets/Segmentation/SPLIT.txt``, and their masks.

    Args:
        directory: has ``JPEGImages``, ``SegmentationClass`` and ``ImageSets/Segmentation``, and
            where the classes are not VOC's, ``classes.txt``, a name in each line; or it is the
            directory that torchvision's ``VOCSegmentation`` is given.
        split: name of the list.
        sbd: the directory that torchvision's ``SBDataset`` is given, or where its archive was
            unpacked: all that it annotates is added, but for what is held out.
        held_out: lists whose images are not added; ``val`` is one of them where it is there.

    Raises:
        InputError: there is no such layout or list, or a listed image or its mask is missing.
    """
    root = _layout(directory, _WITHIN, "ImageSets/Segmentation", "VOC's layout")
    classes = _classes(root)
    files = _Files(root / "JPEGImages", root / "SegmentationClass", _IMAGE_SUFFIXES, (".png",))
    lines = _list(root, split)
    found = {files.name(line): files.pair(line, f"{split} of {root}") for line in lines}
    if sbd is not None:
        there = _layout(sbd, _SBD_WITHIN, "cls", "SBD's layout")
        annotated = _Files(there / "img", there / "cls", _IMAGE_SUFFIXES, (".mat",))
        kept = {*held_out, *({"val"} & set(lists_of(directory)))}
        out = {files.name(line) for other in kept for line in _list(root, other)}
        for line in (*_read_list(there / "train.txt"), *_read_list(there / "val.txt")):
            name = annotated.name(line)
            if name not in out and name not in found:
                found[name] = annotated.pair(line, f"train or val of {there}")
    images, masks = zip(*(found[name] for name in sorted(found)), strict=True)
    return MaskedImages(classes=classes, images=images, masks=masks)


def lists_of(directory: Path) -> list[str]:
    """Return the names of the lists in a directory of VOC's layout.

    Raises:
        InputError: there is no such layout, or no list in it.
    """
    root = _layout(directory, _WITHIN, "ImageSets/Segmentation", "VOC's layout")
    found = sorted(path.stem for path in (root / "ImageSets/Segmentation").glob("*.txt"))
    if not found:
        raise InputError(f"{root / 'ImageSets/Segmentation'} has no lists: add train.txt, val.txt")
    return found


def _layout(directory: Path, within: Iterable[str], needed: str, what: str) -> Path:
    """Return where a layout lies in a directory."""
    for place in within:
        if (directory / place / needed).is_dir():
            return directory / place
    raise InputError(f"{directory} does not have {what}: it lacks the directory {needed}")


def _classes(root: Path) -> tuple[str, ...]:
    """Return the names of the classes: those of ``classes.txt``, or else VOC's."""
    path = root / "classes.txt"
    if not path.exists():
        return VOC_CLASSES
    names = _lines(path)
    if not 2 <= len(names) <= MOST_CLASSES or len(set(names)) < len(names):
        raise InputError(
            f"{path} names {len(names)} classes, {len(set(names))} of them different: "
            f"give 2 to {MOST_CLASSES} different names, one in each line"
        )
    return tuple(names)


def _list(root: Path, split: str) -> list[str]:
    """Return the lines of a list in VOC's layout."""
    if Path(split).name != split:
        raise InputError(f"the list {split!r} is a path: give the bare name of a list")
    return _read_list(root / "ImageSets/Segmentation" / f"{split}.txt")


def _read_list(path: Path) -> list[str]:
    """Return the lines of a list."""
    lines = _lines(path)
    if not lines:
        raise InputError(f"the list {path} is empty: write the name of an image in each line")
    for line in lines:
        if Path(line).name != line:
            raise InputError(f"the list {path} has {line!r}, which is a path: give the bare name")
    return lines


def _lines(path: Path) -> list[str]:
    """Return the lines of a text that are not blank."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows' editors begin with a mark
        return [line.strip() for line in text.splitlines() if line.strip()]
    except FileNotFoundError:
        others = sorted(other.stem for other in path.parent.glob("*.txt"))
        has = f"there are {', '.join(others)}" if others else "there is none"
        raise InputError(f"there is no list {path}: {has}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}): restore it") from None


class _Files:
    """The files of two directories by name, whatever the case of their suffixes."""

    def __init__(
        self, images: Path, masks: Path, image_suffixes: Sequence[str], mask_suffixes: Sequence[str]
    ) -> None:
        self._images, self._masks = images, masks
        self._image_suffixes, self._mask_suffixes = image_suffixes, mask_suffixes
        self._image_of = _by_stem(images, image_suffixes)
        self._mask_of = _by_stem(masks, mask_suffixes)

    def name(self, line: str) -> str:
        """Return the name in a line: all of it, or its first word, where other words follow."""
        return line if line in self._image_of else line.split(maxsplit=1)[0]

    def pair(self, line: str, where: str) -> tuple[Path, Path]:
        """Return the image and the mask that a line names."""
        name = self.name(line)
        image, mask = self._image_of.get(name), self._mask_of.get(name)
        if image is None:
            missing = f"{self._images / name}{self._image_suffixes[0]}"
            raise InputError(
                f"the list {where} names {name}, and there is no {missing}: "
                "add the image, or take it off the list"
            )
        if mask is None:
            missing = f"{self._masks / name}{self._mask_suffixes[0]}"
            raise InputError(
                f"the image {image} has no mask {missing}: "
                f"add it, or take the image off the list {where}"
            )
        return image, mask


def _by_stem(directory: Path, suffixes: Sequence[str]) -> dict[str, Path]:
    """Return the files of a directory that have one of some suffixes, by name; the first counts."""
    found: dict[str, Path] = {}
    if directory.is_dir():
        for path in sorted(directory.iterdir(), key=lambda path: (path.suffix.lower(), path.name)):
            if path.suffix.lower() in suffixes:
                found.setdefault(path.stem, path)
    return found
