"""The README's script runs, in a small form. Its Python runs in `test_docs`."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).resolve().parent.parent / "README.md").read_text()
(SCRIPT,) = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
SMALLER = {
    "--evaluations 60": "--evaluations 3 --population 2 --sample 2 --train-images 100",
    "--filters 16": "--filters 4",
    "--epochs 30": "--epochs 2 --train-images 200",
    "--int8 ": "--int8 --int8-loss 0.5 ",
    "mobilenetv2_140": "test_resnet",
}
"""What a test changes in the script."""


def test_the_way_from_a_search_to_a_device(tmp_path):
    script = SCRIPT
    for there, smaller in SMALLER.items():
        assert script.count(there) == 1
        script = script.replace(there, smaller)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert re.fullmatch(r"network\.onnx: top-1 [\d.]+%, top-5 [\d.]+% of 297 images \(test\)", last)
    assert (tmp_path / "network.int8.onnx").exists()
