"""Print where onnxruntime spends the time of one image, by kind of operator, on one thread.

Example:
    python tools/bench/onnx_profile.py model.onnx
"""

import argparse
import json
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnxruntime

REPEATS = 10
"""Images; the first few warm up and weigh little."""


def main() -> None:
    """Run a file and print its profile."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path, help="an .onnx file")
    path = parser.parse_args().path
    with tempfile.TemporaryDirectory() as directory:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.enable_profiling = True
        options.profile_file_prefix = f"{directory}/profile"
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        images = session.get_inputs()[0]
        shape = [size if isinstance(size, int) else 1 for size in images.shape]
        pixels = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
        for _ in range(REPEATS):
            session.run(None, {images.name: pixels})
        events = json.loads(Path(session.end_profiling()).read_text())
    milliseconds: dict[str, float] = defaultdict(float)
    nodes: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("kernel_time"):
            kind = event["args"]["op_name"]
            milliseconds[kind] += event["dur"] / 1000 / REPEATS
            nodes[kind].add(event["name"])
    total = sum(milliseconds.values())
    for kind in sorted(milliseconds, key=milliseconds.__getitem__, reverse=True):
        share = milliseconds[kind] / total
        print(f"{kind:20} {len(nodes[kind]):5} nodes {milliseconds[kind]:8.2f} ms {share:6.1%}")


if __name__ == "__main__":
    main()
