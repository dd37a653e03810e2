import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "own_evaluator.py"


@pytest.mark.skipif(not EXAMPLE.exists(), reason="the examples are in the repository only")
def test_a_function_of_ones_own_is_searched_without_the_trainer(tmp_path):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", EXAMPLE],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "renas_trainer" not in done.stderr
    found = re.fullmatch(r"fitness ([\d.]+) after 100 evaluations: ([\w.]+)\n", done.stdout)
    assert found
    assert float(found[1]) >= 0.5  # one in six by chance
