"""The command ``renas-export``: a network as an ONNX file, checked, and if asked in int8."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from renas_apps.__about__ import __version__
from renas_apps.arguments import Parser
from renas_apps.exit_status import run_command
from renas_apps.outputs import check_out
from renas_space import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from renas_apps.labelled_images import LabelledImages, NetworkImages
    from renas_space import NetworkPlan
    from renas_trainer.checkpoint import ModelMetadata
    from renas_trainer.network import CellNetwork
    from renas_trainer.renasnet import RenasNet

IMAGES = 64
"""How many are compared, where nothing else is asked for."""

CALIBRATION_IMAGES = 256
"""How many int8 is calibrated on, where nothing else is asked for."""

LEAST_TO_CALIBRATE = 100
"""With fewer, the ranges of activations are too uncertain."""

_EXAMPLES = """examples:
  renas-export runs/train/model.safetensors --out model.onnx
  renas-export model.safetensors --out model.onnx --data cifar10 --data-dir cifar10 --int8
  renas-export renasnet_4_44 --out model.onnx --bench mobilenetv2_140 efficientnet_b0
  renas-export renasnet_4_44 --out untrained.onnx
  renas-export runs/voc/model.safetensors --out voc.onnx --data voc --data-dir VOCdevkit/VOC2012
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``renas-export``; return its exit status."""
    asked = _parser().parse_args(arguments)
    return run_command("renas-export", lambda: _export(asked))


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(
        prog="renas-export",
        description="Write a network as ONNX; the file is checked against torch, or not there.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"renas-export {__version__}")
    parser.add_argument("model", help="a model.safetensors, or the name of a model of timm's kind")
    parser.add_argument("--out", type=Path, required=True, help="file to write (.onnx)")
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    parser.add_argument("--image-size", type=int, help="height and width (as it was trained)")
    parser.add_argument("--opset", type=int, default=18, help="ONNX's operators (%(default)s)")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="of logits (%(default)s)")
    parser.add_argument(
        "--data", help="check on images of digits, folder, cifar10, imagenet or voc"
    )
    parser.add_argument("--data-dir", type=Path, help="directory of these images")
    parser.add_argument(
        "--images", type=int, help="how many (64; 256 with --int8; of voc 8 in each of three sizes)"
    )
    parser.add_argument("--int8", action="store_true", help="calibrate NAME.int8.onnx on them too")
    parser.add_argument(
        "--int8-loss",
        type=float,
        default=0.02,
        help="by how much its accuracy may be lower, from 0 to 1 (%(default)s)",
    )
    parser.add_argument("--bench", metavar="TIMM", nargs="+", help="time it beside models of timm")
    parser.add_argument("--threads", type=int, default=1, help="of onnxruntime (%(default)s)")
    return parser


def _export(asked: argparse.Namespace) -> None:
    """Export what was asked for.

    Raises:
        InputError: a setting or a file is of no use.
        ParityError: the file does not compute what the network does.
        QuantisationError: the int8 file is right too seldom.
    """
    _check(asked)
    # torch takes seconds to import, which a misspelt flag need not wait for.
    if _is_segmenter(asked.model):
        from renas_apps.export_segmenter import export_segmenter

        export_segmenter(asked)
        return
    from renas_apps.latency_table import check_rivals, exported_rivals

    names = asked.bench or ()
    check_rivals(names)
    network, metadata = _network(asked.model, asked.image_size)
    with exported_rivals(names, network.plan) as rivals:  # first, since some take no such images
        _export_classifier(asked, network, metadata, rivals)


def _export_classifier(
    asked: argparse.Namespace,
    network: "CellNetwork",
    metadata: "ModelMetadata",
    rivals: dict[str, Path],
) -> None:
    """Write the files of a classifier, and time them beside rivals.

    Raises:
        InputError, ParityError, QuantisationError: as `_export`.
    """
    from renas_apps.labelled_images import NetworkImages
    from renas_apps.latency_table import latency_table
    from renas_trainer.checkpoint import to_strings
    from renas_trainer.deployment.onnx_file import export_onnx

    data = None
    if asked.data is not None:
        data = NetworkImages(network.plan, metadata, data=asked.data, directory=asked.data_dir)
    images = _images(asked, data, network.plan)
    held_out = data.of() if data is not None and asked.int8 else None
    parity = export_onnx(
        network,
        asked.out,
        images=[images[:IMAGES] if asked.int8 else images],
        metadata={**to_strings(network.plan, metadata), "renas": __version__},
        opset=asked.opset,
        tolerance=asked.tolerance,
    )
    sizes = ", ".join(map(str, parity.batch_sizes))
    what = "random inputs (name images with --data)" if data is None else "images"
    print(
        f"{asked.out}: opset {asked.opset}; differs from torch by {parity.largest:.1e} of the "
        f"largest logit, on {parity.images} {what} in batches of {sizes}"
    )
    files = {asked.out.name: asked.out}
    if held_out is not None:
        files[_int8(asked.out).name] = _quantise(asked, held_out, images)
    if rivals:
        print(latency_table(files, rivals, network.plan, threads=asked.threads), end="")


def _check(asked: argparse.Namespace) -> None:
    """Check what can be checked before anything is computed.

    Raises:
        InputError: a setting is of no use.
    """
    check_out(asked.out, force=asked.force)
    if asked.out.suffix != ".onnx":
        raise InputError(f"{asked.out} is no name of an ONNX file: let it end in .onnx")
    if asked.int8:
        check_out(_int8(asked.out), force=asked.force)
        if asked.data is None:
            raise InputError("--int8 needs images to calibrate on: name them with --data")
    if asked.data is None and asked.data_dir is not None:
        raise InputError(f"--data-dir is {asked.data_dir}: say with --data what is there")
    if not 0 <= asked.int8_loss <= 1:
        raise InputError(f"--int8-loss is {asked.int8_loss}: give a number from 0 to 1")
    for name, least in (("images", LEAST_TO_CALIBRATE if asked.int8 else 2), ("threads", 1)):
        value = getattr(asked, name)
        if value is not None and value < least:
            what = ", as --int8 is calibrated on them" if asked.int8 and name == "images" else ""
            raise InputError(f"--{name} is {value}: give at least {least}{what}")


def _is_segmenter(model: str) -> bool:
    """Return whether a file holds a segmentation network."""
    from renas_trainer.segmentation.model_file import FORMAT
    from renas_trainer.weights import read_strings

    return Path(model).is_file() and read_strings(Path(model)).get("format") == FORMAT


def _int8(out: Path) -> Path:
    """Return the name of the int8 file."""
    return out.with_suffix(".int8.onnx")


def _network(model: str, image_size: int | None) -> "tuple[CellNetwork, ModelMetadata]":
    """Read a model's file, or build one that is registered with timm, untrained."""
    from renas_trainer.checkpoint import load_model

    if Path(model).is_file():
        return load_model(Path(model), image_size=image_size)
    import timm

    from renas_trainer.checkpoint import ModelMetadata
    from renas_trainer.data.cifar10 import CLASSES
    from renas_trainer.photographs import MEAN, STD, imagenet_metadata

    registered = timm.list_models(module="renasnet")
    if model not in registered:
        raise InputError(
            f"{model} is no file and no model of this project: check the path, or give one of "
            f"{', '.join(registered)}"
        )
    network = cast("RenasNet", timm.create_model(model, img_size=image_size))
    if network.plan.skeleton == "imagenet":
        return network.eval(), imagenet_metadata(network.plan.image_size)
    return network.eval(), ModelMetadata(classes=CLASSES, mean=MEAN, std=STD, data="cifar10")


def _images(
    asked: argparse.Namespace, data: "NetworkImages | None", plan: "NetworkPlan"
) -> "Tensor":
    """Return what the file is compared and, if asked, calibrated on: float32 (n, C, S, S).

    Raises:
        InputError: there are no such images, or too few to calibrate on.
    """
    count = asked.images or (CALIBRATION_IMAGES if asked.int8 else IMAGES)
    images = _noise(plan, count) if data is None else data.of("train", count).pixels(count)
    if asked.int8 and len(images) < LEAST_TO_CALIBRATE:
        raise InputError(
            f"there are {len(images)} images to calibrate on: --int8 needs {LEAST_TO_CALIBRATE}, "
            "name a larger data set with --data"
        )
    return images


def _noise(plan: "NetworkPlan", count: int) -> "Tensor":
    """Return inputs for a network where no images were named: noise, (count, C, S, S)."""
    import torch

    shape = (count, plan.channels, plan.image_size, plan.image_size)
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def _quantise(asked: argparse.Namespace, held_out: "LabelledImages", images: "Tensor") -> Path:
    """Write the int8 file, and say what it costs on images held out; return its path."""
    from renas_trainer.compute import make_fabric
    from renas_trainer.deployment.onnx_network import OnnxNetwork
    from renas_trainer.deployment.quantisation import quantise
    from renas_trainer.scoring import ClassificationScore, score

    fabric = make_fabric(threads=asked.threads)

    def scored(file: Path) -> ClassificationScore:
        return score(OnnxNetwork(file, threads=asked.threads), held_out.batches(), fabric)

    out = _int8(asked.out)
    before, after = quantise(asked.out, out, images=images, score=scored, most=asked.int8_loss)
    bytes_before, bytes_after = asked.out.stat().st_size, out.stat().st_size
    print(f"float32: {before} ({held_out.split}); {bytes_before:,} bytes")
    print(f"int8: {after} ({held_out.split}); {bytes_after:,} bytes in {out}")
    return out


if __name__ == "__main__":
    sys.exit(main())
