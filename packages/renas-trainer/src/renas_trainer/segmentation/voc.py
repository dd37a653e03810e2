"""The layout of PASCAL VOC: lists of names, images and masks; and SBD's annotations beside it.

The field trains on "train_aug": the training list of VOC 2012 and all that SBD annotates (Hariharan
et al. 2011), without VOC's validation list. Where both have a mask, VOC's is taken.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from torch import Tensor

from renas_space import InputError
from renas_trainer.data.decoding import size_of
from renas_trainer.segmentation.deeplab import MOST_CLASSES
from renas_trainer.segmentation.masks import mask_size

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

    def check(self) -> None:
        """Check what the heads of the files say: that each mask is as large as its image.

        Raises:
            InputError: a file cannot be read, a mask has no palette or another size.
        """
        for image, mask in zip(self.images, self.masks, strict=True):
            (wide, tall), (mask_wide, mask_tall) = size_of(image), mask_size(mask)
            if (wide, tall) != (mask_wide, mask_tall):
                raise InputError(
                    f"the mask {mask} is {mask_wide}x{mask_tall} and its image {wide}x{tall}: "
                    "give a mask of the image's size"
                )


def find_voc(directory: Path, split: str, *, sbd: Path | None = None) -> MaskedImages:
    """Find the images of a list, ``ImageSets/Segmentation/SPLIT.txt``, and their masks.

    Args:
        directory: has ``JPEGImages``, ``SegmentationClass`` and ``ImageSets/Segmentation``, and
            where the classes are not VOC's, ``classes.txt``, a name in each line; or it is the
            directory that torchvision's ``VOCSegmentation`` is given.
        split: name of the list.
        sbd: the directory that torchvision's ``SBDataset`` is given, or where its archive was
            unpacked: all that it annotates is added, but for VOC's validation list.

    Raises:
        InputError: there is no such layout or list, or a listed image or its mask is missing.
    """
    root = _layout(directory, _WITHIN, "ImageSets/Segmentation", "VOC's layout")
    classes = _classes(root)
    names = _names(root / "ImageSets/Segmentation" / f"{split}.txt")
    found = [_pair(root, name, "JPEGImages", "SegmentationClass", ".png", split) for name in names]
    if sbd is not None:
        there = _layout(sbd, _SBD_WITHIN, "cls", "SBD's layout")
        held_out = _names(root / "ImageSets/Segmentation/val.txt")
        added = _names(there / "train.txt") | _names(there / "val.txt")
        found += [
            _pair(there, name, "img", "cls", ".mat", "train or val")
            for name in added - held_out - names
        ]
    images, masks = zip(*sorted(found, key=lambda pair: pair[0].name), strict=True)
    return MaskedImages(classes=classes, images=images, masks=masks)


def lists_of(directory: Path) -> list[str]:
    """Return the names of the lists in a directory of VOC's layout."""
    root = _layout(directory, _WITHIN, "ImageSets/Segmentation", "VOC's layout")
    return sorted(path.stem for path in (root / "ImageSets/Segmentation").glob("*.txt"))


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
    names = [line.strip() for line in _lines(path)]
    if not 2 <= len(names) <= MOST_CLASSES or len(set(names)) < len(names):
        raise InputError(
            f"{path} names {len(names)} classes, {len(set(names))} of them different: "
            f"give 2 to {MOST_CLASSES} different names, one in each line"
        )
    return tuple(names)


def _names(path: Path) -> set[str]:
    """Return the names in a list; what follows a name in its line is passed over."""
    names = {line.split()[0] for line in _lines(path)}
    if not names:
        raise InputError(f"the list {path} is empty: write the name of an image in each line")
    for name in names:
        if Path(name).name != name:
            raise InputError(f"the list {path} has {name!r}, which is a path: give the bare name")
    return names


def _lines(path: Path) -> list[str]:
    """Return the lines of a text that are not blank."""
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except FileNotFoundError:
        others = sorted(other.stem for other in path.parent.glob("*.txt"))
        has = f"there are {', '.join(others)}" if others else "there is none"
        raise InputError(f"there is no list {path}: {has}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}): restore it") from None


def _pair(
    root: Path, name: str, images: str, masks: str, suffix: str, split: str
) -> tuple[Path, Path]:
    """Return the files of an image and its mask."""
    image = next(
        (
            path
            for image_suffix in _IMAGE_SUFFIXES
            if (path := root / images / f"{name}{image_suffix}").is_file()
        ),
        None,
    )
    if image is None:
        raise InputError(
            f"the list {split} of {root} names {name}, and there is no "
            f"{root / images / name}{_IMAGE_SUFFIXES[0]}: add the image, or take it off the list"
        )
    mask = root / masks / f"{name}{suffix}"
    if not mask.is_file():
        raise InputError(
            f"the image {image} has no mask {mask}: add it, or take the image off the list {split}"
        )
    return image, mask
