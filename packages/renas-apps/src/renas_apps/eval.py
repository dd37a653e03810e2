"""The command ``renas-eval``: how good a trained network is, and what it predicts."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from renas_apps.__about__ import __version__
from renas_apps.arguments import Parser
from renas_apps.config import Device, Precision
from renas_apps.exit_status import run_command
from renas_space import InputError

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from renas_apps.labelled_images import SplitName
    from renas_apps.trained_network import TrainedNetwork
    from renas_space import NetworkPlan

_SPLITS = ("test", "val", "train", "all")
"""Of the images of a classifier."""

_EXAMPLES = """examples:
  renas-eval runs/train/model.safetensors
  renas-eval model.onnx --data cifar10 --data-dir cifar10
  renas-eval renasnet.safetensors --data-dir imagenet --workers 8 --device cuda
  renas-eval runs/voc/model.safetensors --data-dir VOCdevkit/VOC2012 --pictures pictures
  renas-eval runs/voc/model.safetensors --predict street.jpg park.jpg --out masks
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``renas-eval``; return its exit status."""
    asked = _parser().parse_args(arguments)
    return run_command("renas-eval", lambda: _evaluate(asked))


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(
        prog="renas-eval",
        description="Score a network: a file of renas-train, renas-convert or renas-export.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--version", action="version", version=f"renas-eval {__version__}")
    add("model", type=Path, help="a model.safetensors or an .onnx file")
    add("--data", help="digits, folder, cifar10, imagenet or voc (what it was trained on)")
    add("--data-dir", type=Path, help="directory of the images")
    add(
        "--split",
        help="test, val, train or all: by default test images, else held-out ones, all of a folder "
        "without such; of images with masks the name of a list (val)",
    )
    add("--images", type=int, help="how many, drawn by chance (all)")
    add("--device", choices=get_args(Device), default="auto", help="where (%(default)s)")
    add("--precision", choices=get_args(Precision), default="32-true", help="(%(default)s)")
    add("--threads", type=int, default=1, help="of torch or onnxruntime (%(default)s)")
    add("--workers", type=int, default=0, help="processes that decode photographs (%(default)s)")
    masks = parser.add_argument_group("segmentation networks")
    add = masks.add_argument
    add("--pictures", type=Path, metavar="DIR", help="write image, prediction and truth in a row")
    add("--confusion", type=Path, metavar="FILE", help="write the confusion matrix as CSV")
    add(
        "--predict",
        type=Path,
        nargs="+",
        metavar="IMAGE",
        help="score nothing: write the masks of these images, or of a directory's, and overlays",
    )
    add("--out", type=Path, metavar="DIR", help="directory of the masks that are predicted")
    add("--force", action="store_true", help="replace files that are there")
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
    from renas_apps.trained_network import open_network
    from renas_space import NetworkPlan
    from renas_trainer.compute import make_fabric

    onnx = asked.model.suffix == ".onnx"
    fabric = make_fabric("cpu" if onnx else asked.device, asked.precision, threads=asked.threads)
    trained = open_network(asked.model, device=fabric.device, threads=asked.threads)
    if isinstance(trained.plan, NetworkPlan):
        _classify(asked, trained, trained.plan, fabric)
        return
    from renas_apps.eval_segmenter import evaluate_segmenter, predict

    if asked.predict is not None:
        predict(asked, trained, fabric)
    elif asked.out is not None:
        raise InputError("--out is for masks that are predicted: name images with --predict")
    else:
        evaluate_segmenter(asked, trained, fabric)


def _classify(
    asked: argparse.Namespace, trained: "TrainedNetwork", plan: "NetworkPlan", fabric: "Fabric"
) -> None:
    """Score a classifier.

    Raises:
        InputError: a setting or a file is of no use.
    """
    from renas_apps.labelled_images import NetworkImages
    from renas_trainer.scoring import score

    for name in ("pictures", "confusion", "predict", "out", "force"):
        if getattr(asked, name):
            raise InputError(
                f"--{name} is for segmentation networks, and {asked.model} is a classifier: "
                "leave it out"
            )
    if asked.data == "voc":
        raise InputError(f"--data voc has masks, and {asked.model} is a classifier: name images")
    if asked.split is not None and asked.split not in _SPLITS:
        raise InputError(f"--split is {asked.split}: give one of {', '.join(_SPLITS)}")
    images = NetworkImages(
        plan,
        trained.metadata,
        data=asked.data,
        directory=asked.data_dir,
        workers=asked.workers,
        device=fabric.device,
    ).of(cast("SplitName | None", asked.split), asked.images)
    print(f"{asked.model}: {score(trained.network, images.batches(), fabric)} ({images.split})")


if __name__ == "__main__":
    sys.exit(main())
