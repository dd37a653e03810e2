"""What ``renas-export`` does with a segmentation network: an ONNX file for images of any size."""

import argparse
from pathlib import Path

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional

from renas_apps.__about__ import __version__
from renas_space import InputError
from renas_trainer.checkpoint import ModelMetadata
from renas_trainer.crops import normalised_on
from renas_trainer.deployment.onnx_file import export_onnx
from renas_trainer.segmentation.model_file import load_segmenter, to_strings
from renas_trainer.segmentation.pairs import read_image
from renas_trainer.segmentation.voc import find_voc, lists_of

IMAGES = 8
"""How many are compared in each size, where nothing else is asked for."""

_USUAL = (360, 480)
"""Height and width of random inputs."""


def export_segmenter(asked: argparse.Namespace) -> None:
    """Export a segmentation network.

    Raises:
        InputError: a setting or a file is of no use.
        ParityError: the file does not compute what the network does.
    """
    for name in ("int8", "bench", "image_size"):
        if getattr(asked, name):
            raise InputError(
                f"--{name.replace('_', '-')} is for classifiers, and {asked.model} is a "
                "segmentation network: leave it out"
            )
    if asked.data not in (None, "voc"):
        raise InputError(f"--data is {asked.data}: a segmentation network is checked on voc")
    if asked.data is not None and asked.data_dir is None:
        raise InputError("--data voc needs images: say where with --data-dir")
    network, metadata = load_segmenter(Path(asked.model))
    count = asked.images or IMAGES
    images = _noise(count) if asked.data is None else _real(asked.data_dir, count, metadata)
    parity = export_onnx(
        network,
        asked.out,
        images=images,
        metadata={**to_strings(network.plan, metadata), "renas": __version__},
        opset=asked.opset,
        tolerance=asked.tolerance,
        any_size=True,
    )
    what = "random inputs (name images with --data)" if asked.data is None else "images"
    sizes = ", ".join(f"{one.shape[2]}x{one.shape[3]}" for one in images)
    batches = ", ".join(map(str, parity.batch_sizes))
    print(
        f"{asked.out}: opset {asked.opset}, images of any size; differs from torch by "
        f"{parity.largest:.1e} of the largest logit, on {parity.images} {what} of {sizes}, in "
        f"batches of {batches}"
    )


def _three_sizes(height: int, width: int) -> list[list[int]]:
    """Return a size, three quarters of it, and one more pixel than half of it."""
    return [
        [height, width],
        [max(height * 3 // 4, 1), max(width * 3 // 4, 1)],
        [height // 2 + 1, width // 2 + 1],
    ]


def _real(directory: Path, count: int, metadata: ModelMetadata) -> list[Tensor]:
    """Return images in VOC's layout in three sizes: that of the first, and two less.

    They are those of the list ``val``, or of the first list where there is no such.
    """
    lists = lists_of(directory)
    files = find_voc(directory, "val" if "val" in lists else lists[0]).images[:count]
    first = read_image(files[0])
    cpu = torch.device("cpu")
    return [
        normalised_on(
            torch.stack([functional.resize(read_image(file), size) for file in files]),
            metadata.mean,
            metadata.std,
            cpu,
        ).contiguous()
        for size in _three_sizes(*first.shape[1:])
    ]


def _noise(count: int) -> list[Tensor]:
    """Return inputs in three sizes where no images were named: noise."""
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(count, 3, *size, generator=generator) for size in _three_sizes(*_USUAL)]
