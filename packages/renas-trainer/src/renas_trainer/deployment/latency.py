"""Latency in onnxruntime, of several files in turn, so that they share the machine's moods."""

import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import numpy as np

from renas_trainer.deployment.onnx_file import open_session, run


def latencies(
    files: Mapping[str, Path], shape: tuple[int, int, int], *, threads: int, repeats: int = 30
) -> dict[str, float]:
    """Return the median milliseconds of one image for each file.

    The files take turns, image by image, after three that are not counted.

    Args:
        files: ONNX files by name.
        shape: of an image: channels, height, width.
        threads: of onnxruntime.
        repeats: images that are timed for each file.
    """
    sessions = {name: open_session(path, threads=threads) for name, path in files.items()}
    image = np.random.default_rng(0).standard_normal((1, *shape), dtype=np.float32)
    times: dict[str, list[float]] = {name: [] for name in sessions}
    for repeat in range(repeats + 3):
        for name, session in sessions.items():
            start = time.perf_counter()
            run(session, image)
            if repeat >= 3:
                times[name].append(time.perf_counter() - start)
    return {name: median(taken) * 1000 for name, taken in times.items()}
