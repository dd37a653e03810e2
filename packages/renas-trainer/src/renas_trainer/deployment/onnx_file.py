"""An ONNX file of a network: written, checked against torch on real images, or not there at all."""

import math
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from renas_space import InputError
from renas_trainer.deployment.folding import folded
from renas_trainer.network import CellNetwork

INPUT, OUTPUT = "images", "logits"
"""Names in the graph: images (batch, C, H, W), normalised; logits (batch, classes) of a classifier,
(batch, classes, H, W) of a segmentation network."""

_AXES = {0: "batch", 2: "height", 3: "width"}
"""Names of the axes that may have any size: the batch, and where asked for, the image."""

LOWEST_OPSET, HIGHEST_OPSET = 13, 23
"""Versions of ONNX's operators that can be asked for."""

_FIRST_OPSET_OF_THE_NEW_EXPORTER = 18


class ParityError(ArithmeticError):
    """The ONNX file does not compute what the network computes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """How close an ONNX file is to its network."""

    images: int
    """How many images were compared."""
    batch_sizes: tuple[int, ...]
    """In batches of which sizes."""
    largest: float
    """Largest difference of a logit, as a share of the largest logit; NaN where a logit is not
    finite."""


def export_onnx(
    network: nn.Module,
    path: Path,
    *,
    images: Sequence[Tensor],
    metadata: Mapping[str, str],
    opset: int = 18,
    tolerance: float = 1e-4,
    batch_sizes: Sequence[int] = (1, 3, 8),
    any_size: bool = False,
) -> Parity:
    """Write a network as ONNX, with a batch of any size, and check it against torch.

    BN is folded; dropout and the auxiliary head are gone. The file appears under its name only once
    it is checked.

    Args:
        network: on the CPU.
        path: of the file; one that is there is replaced.
        images: normalised, float32 (n, C, H, W), those of one size together; all are compared, and
            the first set the size where it may not change.
        metadata: strings that go into the file.
        opset: version of ONNX's operators.
        tolerance: largest difference of a logit allowed, as a share of the largest logit.
        batch_sizes: sizes of the batches that are compared.
        any_size: whether images may have any height and width.

    Raises:
        InputError: the version or the tolerance is out of range.
        ParityError: the file differs by more than the tolerance.
        OSError: the file cannot be written.
    """
    if not 0 <= tolerance < math.inf:
        raise InputError(f"the tolerance is {tolerance}: give a number from 0")
    if not LOWEST_OPSET <= opset <= HIGHEST_OPSET:
        raise InputError(f"opset {opset} is out of range: use {LOWEST_OPSET} to {HIGHEST_OPSET}")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as directory:
        temporary = Path(directory) / path.name
        # What is not ours, torch's exporter folds.
        prepared = folded(network) if isinstance(network, CellNetwork) else network
        axes = _AXES if any_size else {0: _AXES[0]}
        _write(prepared, images[0][:2], temporary, opset, axes)
        _describe(temporary, metadata, opset)
        parity = compare(network, temporary, images, batch_sizes)
        if not parity.largest <= tolerance:  # what is no number is no agreement either
            raise ParityError(
                f"the ONNX file differs from the network by {parity.largest:.1e} of the largest "
                f"logit, more than {tolerance:.1e}: try another opset"
            )
        temporary.replace(path)
    return parity


def compare(
    network: nn.Module, path: Path, images: Sequence[Tensor], batch_sizes: Sequence[int]
) -> Parity:
    """Run images through a network and its ONNX file, in batches of several sizes.

    Args:
        network: on the CPU.
        path: of the file.
        images: normalised, float32 (n, C, H, W), those of one size together.
        batch_sizes: sizes of the batches.
    """
    session = open_session(path)
    network = network.eval()
    count, sizes = sum(map(len, images)), tuple(batch_sizes)
    difference, largest = 0.0, 0.0
    for alike in images:
        with torch.inference_mode():
            expected = torch.cat([network(batch) for batch in alike.split(max(sizes))]).numpy()
        for size in sizes:
            got = np.concatenate([run(session, batch.numpy()) for batch in alike.split(size)])
            if not (np.isfinite(got).all() and np.isfinite(expected).all()):
                return Parity(images=count, batch_sizes=sizes, largest=math.nan)
            difference = max(difference, float(np.abs(got - expected).max()))
            largest = max(largest, float(np.abs(expected).max()))
    return Parity(images=count, batch_sizes=sizes, largest=difference / (largest or 1.0))


def open_session(path: Path, *, threads: int = 1) -> onnxruntime.InferenceSession:
    """Open an ONNX file to run on the CPU.

    Raises:
        InputError: it is no ONNX file that onnxruntime can run.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 (onnxruntime's exceptions share no class)
        sentence = str(error).splitlines()[0]
        raise InputError(
            f"{path} cannot be run ({sentence}): give a file of renas-export"
        ) from None


def run(session: onnxruntime.InferenceSession, images: np.ndarray) -> np.ndarray:
    """Map images float32 (n, C, H, W), normalised, to logits (n, classes) or (n, classes, H, W)."""
    return np.asarray(session.run(None, {session.get_inputs()[0].name: images})[0])


def read_metadata(path: Path) -> dict[str, str]:
    """Return the strings in an ONNX file.

    Raises:
        InputError: it is no ONNX file.
    """
    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception as error:  # noqa: BLE001 (protobuf's exceptions, by version)
        raise InputError(f"{path} is no ONNX file ({error}): give a file of renas-export") from None
    return {entry.key: entry.value for entry in model.metadata_props}


def _write(
    network: nn.Module, example: Tensor, path: Path, opset: int, axes: Mapping[int, str]
) -> None:
    """Export a network for inference. Versions below 18 need torch's older exporter."""
    new = opset >= _FIRST_OPSET_OF_THE_NEW_EXPORTER
    dynamic = (
        {"dynamic_shapes": (dict(axes),), "external_data": False, "verbose": False}
        if new
        else {"dynamic_axes": {INPUT: dict(axes), OUTPUT: dict(axes)}}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of deprecation, and of types that ONNX does not keep
        torch.onnx.export(
            network.eval(),
            (example,),
            str(path),
            dynamo=new,
            opset_version=opset,
            input_names=[INPUT],
            output_names=[OUTPUT],
            **dynamic,  # pyright: ignore[reportArgumentType]  (one set or the other)
        )


def _describe(path: Path, metadata: Mapping[str, str], opset: int) -> None:
    """Put metadata into an ONNX file and check it."""
    model = onnx.load(str(path))
    written = {entry.domain: entry.version for entry in model.opset_import}[""]
    if written != opset:
        raise InputError(f"torch writes opset {written} where {opset} was asked for: ask for that")
    onnx.helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))
