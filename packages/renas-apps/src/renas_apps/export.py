"""The command ``renas-export``: a network as an ONNX file, checked, and if asked in int8."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from renas_apps.__about__ import __version__
from renas_apps.command_line import check_out, run_command
from renas_space import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from renas_trainer.checkpoint import ModelMetadata
    from renas_trainer.data import ImageData
    from renas_trainer.network import CellNetwork

_EXAMPLES = """examples:
  renas-export runs/train/model.safetensors --out model.onnx
  renas-export model.safetensors --out model.onnx --int8 --bench mobilenetv2_140
  renas-export renasnet_4_44 --out untrained.onnx
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``renas-export``; return its exit status."""
    asked = _parser().parse_args(arguments)
    return run_command("renas-export", lambda: _export(asked))


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="renas-export",
        description="Write a network as ONNX; the file is checked against torch, or not there.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"renas-export {__version__}")
    parser.add_argument("model", help="a model.safetensors, or the name of a model of timm's kind")
    parser.add_argument("--out", type=Path, required=True, help="file to write (.onnx)")
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    parser.add_argument("--opset", type=int, default=18, help="ONNX's operators (%(default)s)")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="of logits (%(default)s)")
    parser.add_argument("--data", help="check and calibrate on digits, folder or cifar10")
    parser.add_argument("--data-dir", type=Path, help="directory of these images")
    parser.add_argument("--images", type=int, default=64, help="how many (%(default)s)")
    parser.add_argument("--int8", action="store_true", help="write NAME.int8.onnx too")
    parser.add_argument("--bench", metavar="TIMM", help="time it beside a model of timm")
    parser.add_argument("--threads", type=int, default=1, help="of onnxruntime (%(default)s)")
    return parser


def _export(asked: argparse.Namespace) -> None:
    """Export what was asked for.

    Raises:
        InputError: a setting or a file is of no use.
        ParityError: the file does not compute what the network does.
    """
    int8 = asked.out.with_suffix(".int8.onnx")
    check_out(asked.out, force=asked.force)
    if asked.int8:
        check_out(int8, force=asked.force)
    if asked.int8 and asked.data is None:
        raise InputError("--int8 needs images to calibrate on: name them with --data")
    # torch takes seconds to import, which a misspelt flag need not wait for.
    from renas_trainer.deployment.onnx_file import export_onnx
    from renas_trainer.deployment.quantisation import quantise

    network, metadata = _network(asked.model)
    data = _data(asked, network)
    images = _images(asked, network, metadata, data)
    parity = export_onnx(
        network,
        asked.out,
        images=images,
        metadata=_strings(network, metadata),
        opset=asked.opset,
        tolerance=asked.tolerance,
    )
    sizes = ", ".join(map(str, parity.batch_sizes))
    print(
        f"{asked.out}: opset {asked.opset}; differs from torch by {parity.largest:.1e} of the "
        f"largest logit, on {parity.images} images in batches of {sizes}"
    )
    if asked.int8:
        quantise(asked.out, int8, images=images)
        print(f"{int8}: {int8.stat().st_size:,} bytes, {asked.out.stat().st_size:,} in float32")
        _compare_accuracy(asked.out, int8, data, metadata)
    if asked.bench:
        _time(asked, network, int8)


def _network(model: str) -> "tuple[CellNetwork, ModelMetadata | None]":
    """Read a model's file, or build one that is registered with timm, untrained."""
    from renas_trainer.checkpoint import load_model

    if Path(model).exists():
        return load_model(Path(model))
    import timm

    from renas_trainer.renasnet import RenasNet

    if not timm.is_model(model):
        raise InputError(f"{model} is no file and no model that timm knows: check the path")
    network = timm.create_model(model)
    if not isinstance(network, RenasNet):
        raise InputError(f"{model} is no model of this project: use renasnet_4_44, for example")
    return network.eval(), None


def _data(asked: argparse.Namespace, network: "CellNetwork") -> "ImageData | None":
    """Read the images that were named, at the network's size."""
    from renas_trainer.data import load_data

    if asked.data is None:
        return None
    data = load_data(
        asked.data,
        directory=asked.data_dir,
        image_size=network.plan.image_size,
        train_images=None,
        validation_images=None,
        seed=0,
    )
    if data.channels != network.plan.channels:
        raise InputError(
            f"{asked.data} has images of {data.channels} channels, the network takes "
            f"{network.plan.channels}: name images of its kind"
        )
    return data


def _images(
    asked: argparse.Namespace,
    network: "CellNetwork",
    metadata: "ModelMetadata | None",
    data: "ImageData | None",
) -> "Tensor":
    """Return images to check with, normalised; noise where none were named."""
    import torch

    plan = network.plan
    if data is None:
        generator = torch.Generator().manual_seed(0)
        shape = (asked.images, plan.channels, plan.image_size, plan.image_size)
        return torch.randn(shape, generator=generator)
    return _normalised(data.train.images[: asked.images], data, metadata)


def _normalised(images: "Tensor", data: "ImageData", metadata: "ModelMetadata | None") -> "Tensor":
    """Return images as the network expects them, contiguous."""
    import torch

    from renas_trainer.augment import normalise

    mean = data.mean if metadata is None else torch.tensor(metadata.mean)
    std = data.std if metadata is None else torch.tensor(metadata.std)
    return normalise(images, mean, std).contiguous()


def _compare_accuracy(
    path: Path, int8: Path, data: "ImageData | None", metadata: "ModelMetadata | None"
) -> None:
    """Print the accuracy of the float32 and of the int8 file on images held out."""
    from renas_trainer.deployment.onnx_file import open_session, run

    if data is None:
        return
    split = data.validation if data.test is None else data.test
    for name, file in (("float32", path), ("int8", int8)):
        session = open_session(file)
        correct = 0
        for start in range(0, len(split), 100):
            batch = _normalised(split.images[start : start + 100], data, metadata)
            guess = run(session, batch.numpy()).argmax(1)
            correct += int((guess == split.labels[start : start + 100].numpy()).sum())
        print(f"{name}: accuracy {correct / len(split):.4f} on {len(split):,} images")


def _time(asked: argparse.Namespace, network: "CellNetwork", int8: Path) -> None:
    """Print the latency of what was written, beside that of a model of timm."""
    import timm
    import torch

    from renas_trainer.deployment.latency import latencies
    from renas_trainer.deployment.onnx_file import INPUT, OUTPUT

    if not timm.is_model(asked.bench):
        raise InputError(f"timm knows no model {asked.bench!r}: see timm.list_models()")
    plan = network.plan
    shape = (plan.channels, plan.image_size, plan.image_size)
    with tempfile.TemporaryDirectory() as directory:
        rival = Path(directory) / "rival.onnx"
        model = timm.create_model(asked.bench, in_chans=plan.channels).eval()
        torch.onnx.export(
            model,
            (torch.zeros(1, *shape),),
            str(rival),
            dynamo=False,
            input_names=[INPUT],
            output_names=[OUTPUT],
        )
        files = {asked.out.name: asked.out, asked.bench: rival}
        if asked.int8:
            files[int8.name] = int8
        times = latencies(files, shape, threads=asked.threads)
    for name, milliseconds in times.items():
        ratio = milliseconds / times[asked.bench]
        print(f"{name}: {milliseconds:.2f} ms an image, {ratio:.2f} of {asked.bench}")


def _strings(network: "CellNetwork", metadata: "ModelMetadata | None") -> dict[str, str]:
    """Return what goes into the file beside the graph."""
    import json

    strings = {"genotype": network.plan.genotype.to_json(), "renas": __version__}
    if metadata is not None:
        strings["classes"] = json.dumps(metadata.classes, ensure_ascii=False)
        strings["mean"], strings["std"] = json.dumps(metadata.mean), json.dumps(metadata.std)
    return strings


if __name__ == "__main__":
    sys.exit(main())
