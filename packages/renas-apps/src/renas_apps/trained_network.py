"""A trained network, from whichever file holds it: a classifier or DeepLabv3, torch or ONNX."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from renas_space import NetworkPlan
from renas_trainer import checkpoint
from renas_trainer.checkpoint import ModelMetadata, load_model
from renas_trainer.deployment.onnx_file import read_metadata
from renas_trainer.deployment.onnx_network import OnnxNetwork
from renas_trainer.segmentation import model_file
from renas_trainer.segmentation.deeplab import DeepLabPlan
from renas_trainer.segmentation.model_file import load_segmenter
from renas_trainer.weights import read_strings


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedNetwork:
    """A network ready to evaluate, and what is known of it."""

    network: nn.Module
    """Maps pixels to logits."""
    plan: NetworkPlan | DeepLabPlan
    """The one of a classifier, the other of a segmentation network."""
    metadata: ModelMetadata
    """What it expects and returns."""


def open_network(
    path: Path, *, device: torch.device | str = "cpu", threads: int = 1
) -> TrainedNetwork:
    """Open a file of renas-train, renas-convert or renas-export.

    Args:
        path: of the file; an ONNX file's name ends in ``.onnx``.
        device: where the network goes; an ONNX file runs on the CPU.
        threads: of onnxruntime.

    Raises:
        InputError: it is damaged, or of something else.
    """
    if path.suffix == ".onnx":
        return _open_onnx(path, threads)
    segments = read_strings(path).get("format") == model_file.FORMAT
    network, metadata = load_segmenter(path) if segments else load_model(path)
    on_device = network.to(device).to(memory_format=torch.channels_last)
    return TrainedNetwork(network=on_device, plan=network.plan, metadata=metadata)


def _open_onnx(path: Path, threads: int) -> TrainedNetwork:
    """Open an ONNX file."""
    strings = read_metadata(path)
    module = model_file if strings.get("format") == model_file.FORMAT else checkpoint
    plan, metadata = module.from_strings(path, strings)
    network = OnnxNetwork(path, threads=threads)
    return TrainedNetwork(network=network, plan=plan, metadata=metadata)
