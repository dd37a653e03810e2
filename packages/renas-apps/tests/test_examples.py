import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"

pytestmark = pytest.mark.skipif(
    not EXAMPLES.exists(), reason="the examples are in the repository only"
)


def run(name, directory):
    """Run an example; return the fitness that it found, and what it imported."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", EXAMPLES / name],
        cwd=directory,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found = re.fullmatch(r"fitness ([\d.]+) after 100 evaluations: .+\n", done.stdout)
    assert found
    return float(found[1]), done.stderr


def test_a_function_of_ones_own_is_searched_without_the_trainer(tmp_path):
    fitness, imported = run("own_evaluator.py", tmp_path)
    assert "renas_trainer" not in imported
    assert fitness >= 0.5  # one in six by chance


def test_a_space_of_ones_own_is_searched(tmp_path):
    fitness, _ = run("own_space.py", tmp_path)
    assert fitness >= 0.8  # one in eight thousand by chance
