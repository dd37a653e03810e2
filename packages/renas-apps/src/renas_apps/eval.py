"""The command ``renas-eval``: how many images a trained network classifies rightly."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from renas_apps.__about__ import __version__
from renas_apps.command_line import run_command
from renas_apps.config import Device, Precision
from renas_space import InputError

if TYPE_CHECKING:
    import torch
    from torch import nn

    from renas_space import NetworkPlan
    from renas_trainer.checkpoint import ModelMetadata

_EXAMPLES = """examples:
  renas-eval runs/train/model.safetensors
  renas-eval model.onnx --data cifar10 --data-dir cifar10
  renas-eval renasnet.safetensors --data-dir imagenet --workers 8 --device cuda
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``renas-eval``; return its exit status."""
    asked = _parser().parse_args(arguments)
    return run_command("renas-eval", lambda: _evaluate(asked))


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="renas-eval",
        description="Score a network: a file of renas-train, renas-convert or renas-export.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--version", action="version", version=f"renas-eval {__version__}")
    add("model", type=Path, help="a model.safetensors or an .onnx file")
    add("--data", help="digits, folder, cifar10 or imagenet (what it was trained on)")
    add("--data-dir", type=Path, help="directory of the images")
    add(
        "--split",
        choices=("test", "val", "train", "all"),
        help="which: by default test images, else held-out ones; all of a folder without such",
    )
    add("--images", type=int, help="how many, drawn by chance (all)")
    add("--device", choices=get_args(Device), default="auto", help="where (%(default)s)")
    add("--precision", choices=get_args(Precision), default="32-true", help="(%(default)s)")
    add("--threads", type=int, default=1, help="of torch or onnxruntime (%(default)s)")
    add("--workers", type=int, default=0, help="processes that decode photographs (%(default)s)")
    return parser


def _evaluate(asked: argparse.Namespace) -> None:
    """Score a network and print what it got right.

    Raises:
        InputError: a setting or a file is of no use.
    """
    if not asked.model.is_file():
        raise InputError(f"there is no file {asked.model}: give a model.safetensors or an .onnx")
    for name, least in (("threads", 1), ("workers", 0)):
        if getattr(asked, name) < least:
            raise InputError(f"--{name} is {getattr(asked, name)}: give a larger number")
    # torch takes seconds to import, which a misspelt flag need not wait for.
    from renas_apps.labelled_images import NetworkImages
    from renas_trainer.compute import make_fabric
    from renas_trainer.scoring import score

    onnx = asked.model.suffix == ".onnx"
    fabric = make_fabric("cpu" if onnx else asked.device, asked.precision, threads=asked.threads)
    network, plan, metadata = _open(asked, fabric.device)
    images = NetworkImages(
        plan,
        metadata,
        data=asked.data,
        directory=asked.data_dir,
        workers=asked.workers,
        device=fabric.device,
    ).of(asked.split, asked.images)
    print(f"{asked.model}: {score(network, images.batches(), fabric)} ({images.split})")


def _open(
    asked: argparse.Namespace, device: "torch.device"
) -> "tuple[nn.Module, NetworkPlan, ModelMetadata]":
    """Open either kind of file.

    Raises:
        InputError: it is damaged, or of something else.
    """
    import torch

    from renas_trainer.checkpoint import from_strings, load_model

    if asked.model.suffix == ".onnx":
        from renas_trainer.deployment.onnx_file import read_metadata
        from renas_trainer.deployment.onnx_network import OnnxNetwork

        plan, metadata = from_strings(asked.model, read_metadata(asked.model))
        return OnnxNetwork(asked.model, threads=asked.threads), plan, metadata
    network, metadata = load_model(asked.model)
    on_device = network.to(device).to(memory_format=torch.channels_last)
    return on_device, network.plan, metadata


if __name__ == "__main__":
    sys.exit(main())
