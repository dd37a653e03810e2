"""The package needs the standard library alone, and little of it to be imported."""

import ast
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import renas_space

SOURCES = sorted(Path(renas_space.__file__).parent.glob("**/*.py"))
LIMIT = 0.050
"""Seconds that the import may take more than a bare interpreter."""
YARDSTICK = "asyncio"
"""Takes as long on a usual machine; on one where it takes longer, so may the import."""


def imported(tree: ast.AST) -> set[str]:
    """Top-level packages that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            found.add(str(node.module).split(".")[0])
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_every_import_is_of_the_standard_library(path: Path) -> None:
    foreign = imported(ast.parse(path.read_text(encoding="utf-8"))) - sys.stdlib_module_names
    assert foreign <= {"renas_space"}


def test_there_is_something_to_check() -> None:
    assert len(SOURCES) > 15


def run(code: str, **environment: str) -> float:
    """Run a Python program; return how long the processor was at it, in seconds.

    Its own time, not the clock's: others may use the machine too.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, **environment})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_the_import_takes_less_than_50_ms_more_than_a_bare_interpreter(tmp_path: Path) -> None:
    # Byte code is compiled once, as pip does, also where the environment keeps Python from it.
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path)}
    run(f"import renas_space, {YARDSTICK}", **compiled)
    for _ in range(3):  # a machine that is busy for a moment gets another chance
        programs = ("pass", "import renas_space", f"import {YARDSTICK}")
        rounds = [[run(code, **compiled) for code in programs] for _ in range(9)]
        bare, ours, known = (min(times) for times in zip(*rounds, strict=True))
        if ours - bare < max(LIMIT, known - bare):
            return
    pytest.fail(f"import renas_space takes {1000 * (ours - bare):.0f} ms")


def test_the_import_leaves_out_what_only_some_calls_need() -> None:
    late = ["argparse", "pathlib", "xml", "urllib", "subprocess", "decimal", "typing_extensions"]
    late += ["difflib", "hashlib", "json"]
    run(
        "import sys; before = set(sys.modules); import renas_space; "
        f"late = set({late}) & (set(sys.modules) - before); sys.exit(', '.join(late) or 0)"
    )


def test_the_imports_of_a_module_do_not_hang_together_in_a_circle() -> None:
    modules = [path.stem for path in SOURCES if path.stem not in ("__init__", "__main__")]
    for module in modules:
        subprocess.run([sys.executable, "-c", f"import renas_space.{module}"], check=True)
