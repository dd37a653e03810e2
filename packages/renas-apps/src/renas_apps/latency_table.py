"""How long ONNX files take for an image, beside models of timm that are exported for it."""

import tempfile
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import timm
import torch

from renas_space import InputError, NetworkPlan
from renas_trainer.deployment.latency import latencies
from renas_trainer.deployment.onnx_file import INPUT, OUTPUT


def latency_table(
    files: Mapping[str, Path], rivals: Mapping[str, Path], plan: NetworkPlan, *, threads: int
) -> str:
    """Time files and rivals in turn; return a line for each, with its ratio to each rival.

    Args:
        files: ONNX files by name.
        rivals: likewise; see `exported_rivals`.
        plan: of the network, which says what an image is.
        threads: of onnxruntime.
    """
    shape = _shape(plan)
    times = latencies({**files, **rivals}, shape, threads=threads)
    lines = [f"one image of {shape[1]}x{shape[2]}, {threads} thread(s), median:"]
    for name, milliseconds in times.items():
        ratios = ", ".join(f"{milliseconds / times[rival]:.2f} of {rival}" for rival in rivals)
        lines.append(f"  {name}: {milliseconds:.2f} ms, {ratios}")
    return "\n".join(lines) + "\n"


@contextmanager
def exported_rivals(names: Sequence[str], plan: NetworkPlan) -> Generator[dict[str, Path]]:
    """Yield ONNX files of timm's models, by name, for images of a network; then remove them.

    Raises:
        InputError: one cannot take such images.
    """
    with tempfile.TemporaryDirectory() as directory:
        yield {name: _export(name, _shape(plan), Path(directory)) for name in names}


def _shape(plan: NetworkPlan) -> tuple[int, int, int]:
    """Return (C, S, S) of an image of a network."""
    return plan.channels, plan.image_size, plan.image_size


def check_rivals(rivals: Sequence[str]) -> None:
    """Check that timm has the models.

    Raises:
        InputError: it does not know one.
    """
    for name in rivals:
        if not timm.is_model(name):
            raise InputError(f"timm knows no model {name!r}: see timm.list_models()")


def _export(name: str, shape: tuple[int, int, int], directory: Path) -> Path:
    """Write an untrained model of timm as ONNX."""
    path = directory / f"{name}.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the older exporter, which takes any model, is deprecated
        try:
            model = timm.create_model(name, in_chans=shape[0]).eval()
            torch.onnx.export(
                model,
                (torch.zeros(1, *shape),),
                str(path),
                dynamo=False,
                input_names=[INPUT],
                output_names=[OUTPUT],
            )
        except (RuntimeError, AssertionError) as error:
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise InputError(
                f"{name} cannot be timed on images of {shape[1]}x{shape[2]} ({reason}): "
                "name another model"
            ) from None
    return path
