import re
import subprocess
import sys
from pathlib import Path

import pytest

from renas_apps.run import Run

EXAMPLES = Path(__file__).parents[3] / "examples"

pytestmark = pytest.mark.skipif(
    not EXAMPLES.exists(), reason="the examples are in the repository only"
)


def run(directory, *arguments):
    """Run an example; return what it printed, and what it imported."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout, done.stderr


def fitness_in(said):
    """Return the fitness that a search says it found."""
    found = re.fullmatch(r"fitness ([\d.]+) after 100 evaluations: .+\n", said)
    assert found
    return float(found[1])


def test_a_function_of_ones_own_is_searched_without_the_trainer(tmp_path):
    said, imported = run(tmp_path, EXAMPLES / "own_evaluator.py")
    assert "renas_trainer" not in imported
    assert fitness_in(said) >= 0.5  # one in six by chance


def test_a_space_of_ones_own_is_searched(tmp_path):
    said, _ = run(tmp_path, EXAMPLES / "own_space.py")
    assert fitness_in(said) >= 0.8  # one in eight thousand by chance


def test_a_benchmark_of_ones_own_is_compared_on(tmp_path):
    said, _ = run(tmp_path, EXAMPLES / "own_benchmark.py", "r")
    lines = re.findall(r"([a-z-]+): ([\d.]+) evaluations to 0\.65\n", said)
    needed = {name: float(median) for name, median in lines}
    assert list(needed) == ["random", "regularized-evolution", "two-mutations"]
    assert needed["regularized-evolution"] < needed["random"]
    rows = (tmp_path / "r" / "efforts.csv").read_text().splitlines()
    assert len(rows) == 1 + 3 * 5


def test_an_executor_of_ones_own_trains_in_several_processes(tmp_path):
    run(tmp_path, EXAMPLES / "own_executor.py", "r")
    told = [row for row in Run.open(tmp_path / "r").evaluations if row.state == "told"]
    assert len(told) == 8
