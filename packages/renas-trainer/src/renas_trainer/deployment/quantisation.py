"""int8 by static quantisation: weights and activations, calibrated on images."""

import tempfile
from pathlib import Path

import numpy as np
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quant_pre_process,
    quantize_static,
)
from torch import Tensor

from renas_trainer.deployment.onnx_file import INPUT

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


def quantise(path: Path, out: Path, *, images: Tensor) -> None:
    """Write an int8 version of an ONNX file.

    Args:
        path: of the float32 file.
        out: of the int8 file; it appears whole or not at all.
        images: to calibrate on, normalised, float32 (n, C, S, S): a hundred or more, of those that
            the network was trained on.

    Raises:
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
        )
        quantised.replace(out)
