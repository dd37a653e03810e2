"""Each package declares what it imports, and carries what belongs to a release."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
DISTRIBUTIONS = importlib.metadata.packages_distributions()
"""By the name that is imported; editable packages are missing, they go by their own name."""


def imported(package):
    """Top-level names that a package's source imports, without its own and the standard library."""
    names = set()
    for path in package.glob("src/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or "").split(".")[0])
    return names - sys.stdlib_module_names - {package.name.replace("-", "_")}


def declared(package):
    """Distributions that a package requires, those of its extras included."""
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    extras = project.get("optional-dependencies", {}).values()
    requirements = [*project["dependencies"], *(item for extra in extras for item in extra)]
    return {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in requirements}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_what_is_imported_is_declared(package):
    missing = {
        name
        for name in imported(package)
        if declared(package).isdisjoint(
            each.lower().replace("_", "-") for each in DISTRIBUTIONS.get(name, [name])
        )
    }
    assert missing == set()


def test_every_package_carries_the_licence():
    licence = (ROOT / "LICENSE").read_text()
    assert len(PACKAGES) == 4
    assert [p.name for p in PACKAGES if (p / "LICENSE").read_text() != licence] == []


def test_the_citation_names_the_version_of_the_apps():
    about = (ROOT / "packages/renas-apps/src/renas_apps/__about__.py").read_text()
    version = re.search(r'__version__ = "(.+)"', about)[1]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
