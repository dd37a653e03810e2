"""An ONNX file in the place of a network."""

from pathlib import Path

import torch
from torch import Tensor, nn

from renas_trainer.deployment.onnx_file import open_session, run


class OnnxNetwork(nn.Module):
    """What onnxruntime computes on the CPU, behind the interface of a module."""

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        """Open a file.

        Raises:
            InputError: it is no ONNX file that onnxruntime can run.
        """
        super().__init__()
        self._session = open_session(path, threads=threads)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (n, C, H, W) to what the network gives: logits of images, or of pixels."""
        return torch.from_numpy(run(self._session, x.contiguous().numpy()))
