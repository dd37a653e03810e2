"""int8 by static quantisation: weights and activations, calibrated on images."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quant_pre_process,
    quantize_static,
)
from torch import Tensor

from renas_trainer.deployment.onnx_file import INPUT, read_metadata
from renas_trainer.scoring import ClassificationScore

CALIBRATION_BATCH = 16
"""Images at a time."""


class _Images(CalibrationDataReader):
    """Hands images to the calibration, batch by batch."""

    def __init__(self, images: Tensor) -> None:
        """Take images, normalised, float32 (n, C, S, S)."""
        self._batches = iter(images.split(CALIBRATION_BATCH))

    def get_next(self) -> dict[str, np.ndarray] | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return the next batch by input name; None behind the last."""
        batch = next(self._batches, None)
        return None if batch is None else {INPUT: batch.numpy()}


class QuantisationError(ArithmeticError):
    """An int8 file is right too seldom."""


def quantise(
    path: Path,
    out: Path,
    *,
    images: Tensor,
    score: Callable[[Path], ClassificationScore],
    most: float,
) -> tuple[ClassificationScore, ClassificationScore]:
    """Write an int8 version of an ONNX file, unless it is right too seldom.

    Args:
        path: of the float32 file.
        out: of the int8 file; it appears whole, and with what the other says about itself, or not
            at all.
        images: to calibrate on, normalised, float32 (n, C, S, S): a hundred or more, of those that
            the network was trained on.
        score: counts what a file classifies rightly, of images held out.
        most: by how much the top-1 accuracy of the int8 file may be lower, from 0 to 1.

    Returns:
        The scores of the float32 and of the int8 file.

    Raises:
        QuantisationError: it is lower by more.
        OSError: the file cannot be written.
    """
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as directory:
        prepared, quantised = Path(directory) / "prepared.onnx", Path(directory) / out.name
        # Symbolic shapes cannot be inferred where the batch has any size; the rest can.
        quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(quantised),
            _Images(images),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            # Weights of seven bits: x86 processors without VNNI add pairs of products in 16 bits,
            # which eight bits overflow (onnxruntime, "Quantize ONNX models", on U8S8).
            reduce_range=True,
        )
        _copy_metadata(path, quantised)
        before, after = score(path), score(quantised)
        if before.first - after.first > most * before.images:
            raise QuantisationError(
                f"the int8 file is right on {after.top1:.2%} of {after.images:,} images, the "
                f"float32 file on {before.top1:.2%}: calibrate on more images, or allow a larger "
                f"loss than {most:g}"
            )
        quantised.replace(out)
    return before, after


def _copy_metadata(path: Path, quantised: Path) -> None:
    """Give a file the strings of another."""
    model = onnx.load(str(quantised))
    onnx.helper.set_model_props(model, read_metadata(path))
    onnx.save(model, str(quantised))
