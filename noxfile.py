"""Every check of the repository, and its main job. `nox` runs all of them; `nox -s NAME` one.

torch takes 5 GB, so one environment with it (`torch-env`) is built once and used by every session
that needs it; renas-space has small ones of its own, which prove that it needs nothing else.
"""

import hashlib
import os
import re
import tempfile
import tomllib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "venv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "layers", "tests", "timm", "build", "search"]

ROOT = Path(__file__).parent
SPACE = "packages/renas-space"
TORCH_PACKAGES = ("packages/renas-controller", "packages/renas-trainer", "packages/renas-apps")
PACKAGES = (SPACE, *TORCH_PACKAGES)
TORCH_PYTHON = str(ROOT / ".nox/torch-env/bin/python")

TEST_TOOLS = ("pytest>=8.3", "pytest-timeout>=2.3", "pytest-xdist>=3.6", "hypothesis>=6.100")
# What these say depends on their version, so it is pinned.
RUFF = "ruff==0.17.6"
PYRIGHT = "pyright[nodejs]==1.1.414"
IMPORT_LINTER = "import-linter==2.17"
# Its own tests of its models are run on ours, and change with it.
TIMM = "timm==1.0.31"

# One torch thread a process: with more, small steps wait for each other on a busy machine.
TEST_ENV = {"OMP_NUM_THREADS": "1"}
# Two processes, a test file at a time, in the order given: what tests of a file share is made once.
PARALLEL = ("--numprocesses", "2", "--dist", "loadfile", "--no-loadscope-reorder")
# A search on digits, one to five minutes of a core. What follows `--` is added, and wins.
SEARCH = (
    *("--filters", "8", "--cells", "1", "--batch-size", "32"),
    *("--population", "10", "--evaluations", "60", "--seed", "1"),
)


def install_once(session: nox.Session, *arguments: str, packages: Iterable[str] = ()) -> None:
    """Install into the session's environment unless just this is installed there already."""
    key = hashlib.sha256(repr(arguments).encode())
    for package in packages:
        key.update((ROOT / package / "pyproject.toml").read_bytes())
    stamp = Path(session.virtualenv.location, "installed.sha256")
    if not stamp.exists() or stamp.read_text() != key.hexdigest():
        session.install(*arguments)
        stamp.write_text(key.hexdigest())


def editable(packages: Iterable[str]) -> list[str]:
    """Return the arguments that install packages from the tree, all in one command.

    pip then takes each from here, and never a foreign package of the same name.
    """
    return [argument for package in packages for argument in ("--editable", package)]


def commands(package: str) -> list[str]:
    """Return the names of the commands that a package installs."""
    project = tomllib.loads((ROOT / package / "pyproject.toml").read_text())["project"]
    return list(project.get("scripts", ()))


@nox.session(name="torch-env", default=False)
def torch_env(session: nox.Session) -> None:
    """Build the one environment that has torch and all four packages."""
    packages = [*editable(PACKAGES[:-1]), "--editable", f"{PACKAGES[-1]}[frames]"]
    install_once(session, *packages, *TEST_TOOLS, TIMM, "coverage>=7.6", packages=PACKAGES)


@nox.session(venv_backend="none", requires=["torch-env"])
def search(session: nox.Session) -> None:
    """Search cells on the digits that scikit-learn ships. `-- --help` lists what can be changed."""
    given = {argument.split("=")[0] for argument in session.posargs}
    # A run that goes on has its own settings.
    arguments = [*([] if "--resume" in given else SEARCH), *session.posargs]
    if not given & {"--run-dir", "--resume"}:
        arguments += ["--run-dir", f"runs/digits-{datetime.now().astimezone():%Y%m%d-%H%M%S}"]
    session.run(str(Path(TORCH_PYTHON).with_name("renas-search")), *arguments, external=True)


@nox.session(requires=["torch-env"])
def tests(session: nox.Session) -> None:
    """Run every test, or what follows `--` as arguments of pytest."""
    if not session.posargs:
        install_once(session, *editable([SPACE]), *TEST_TOOLS, packages=[SPACE])
        session.run("pytest", f"{SPACE}/tests", env=TEST_ENV)
    # Whole commands first, so that both processes end at once.
    every = (*PARALLEL, "tests", *(f"{package}/tests" for package in reversed(TORCH_PACKAGES)))
    rest = session.posargs or every
    session.run(TORCH_PYTHON, "-m", "pytest", *rest, external=True, env=TEST_ENV)


@nox.session(venv_backend="none", requires=["torch-env"])
def timm(session: nox.Session) -> None:
    """Run timm's own tests of its models on ours."""
    command = (TORCH_PYTHON, "tools/timm_tests.py", "-q", "--numprocesses", "2")
    session.run(*command, external=True, env=TEST_ENV)


@nox.session(venv_backend="none", requires=["torch-env"], default=False)
def coverage(session: nox.Session) -> None:
    """Run every test and say which lines none of them reached."""
    run = (TORCH_PYTHON, "-m", "coverage")
    session.run(*run, "run", "-m", "pytest", *session.posargs, external=True, env=TEST_ENV)
    session.run(*run, "report", external=True)


@nox.session
def lint(session: nox.Session) -> None:
    """Check the style of the code and the names of the changelog's fragments."""
    install_once(session, RUFF)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("python", "tools/release.py", "check")


@nox.session(requires=["torch-env"])
def types(session: nox.Session) -> None:
    """Check the types, strictly in renas-space and renas-controller."""
    install_once(session, PYRIGHT)
    command = ("pyright", "--stats", "--pythonpath", TORCH_PYTHON)
    report = str(session.run(*command, silent=True))
    checked = re.search(r"Total files checked: (\d+)", report)
    # Patterns that match no file are no error to pyright: it reads nothing and is content.
    if not checked or checked[1] == "0":
        session.error("pyright checked no file: mend `include` in pyproject.toml")
    session.log("%s files checked, no errors", checked[1])


@nox.session
def layers(session: nox.Session) -> None:
    """Check that imports run one way: space <- {controller, trainer} <- apps."""
    install_once(session, IMPORT_LINTER)
    sources = os.pathsep.join(str(ROOT / package / "src") for package in PACKAGES)
    session.run("lint-imports", "--no-cache", env={"PYTHONPATH": sources})


@nox.session(requires=["torch-env"])
def build(session: nox.Session) -> None:
    """Build every package, install each outside the tree, and import all of its modules there."""
    install_once(session, "build==1.6.1", "hatchling==1.33.0")
    with tempfile.TemporaryDirectory() as directory:
        for package in PACKAGES:
            # The wheel is built from the sdist, so that this proves the sdist too.
            session.run("python", "-m", "build", "--no-isolation", package, "-o", directory)
        wheels = {path.name.split("-")[0]: path for path in Path(directory).glob("*.whl")}
        prove_space_alone(session, wheels["renas_space"], Path(directory))
        prove_torch_wheels(session, wheels, Path(directory))


def prove_space_alone(session: nox.Session, wheel: Path, directory: Path) -> None:
    """Install renas-space in an environment that has nothing else, and use it there."""
    environment = directory / "alone"
    session.run("python", "-m", "venv", str(environment))
    python = str(environment / "bin/python")
    session.run(python, "-m", "pip", "install", "--quiet", str(wheel), external=True)
    listed = session.run(python, "-m", "pip", "list", "--format=freeze", external=True, silent=True)
    session.log(listed)
    names = {line.split("==")[0] for line in listed.split()} - {"pip", "setuptools"}
    if names != {"renas-space"}:
        session.error(f"renas-space brought something along: {sorted(names)}")
    check = str(ROOT / "tools/check_installed.py")
    with session.chdir(directory):
        session.run(python, check, str(environment), "renas_space", external=True)
        command = str(environment / "bin/renas-space")
        session.run(command, "cost", "renasnet", "--skeleton", "cifar", external=True)


def prove_torch_wheels(session: nox.Session, wheels: dict[str, Path], directory: Path) -> None:
    """Unpack all wheels in a folder ahead of the editable packages, and use them from there."""
    target = directory / "wheels"
    install = (TORCH_PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--target")
    session.run(*install, str(target), *map(str, wheels.values()), external=True)
    check = str(ROOT / "tools/check_installed.py")
    ahead = {"PYTHONPATH": str(target), **TEST_ENV}
    with session.chdir(directory):
        session.run(TORCH_PYTHON, check, str(target), *sorted(wheels), external=True, env=ahead)
        for command in sorted(name for package in PACKAGES for name in commands(package)):
            help_of = (TORCH_PYTHON, str(target / "bin" / command), "--help")
            session.run(*help_of, external=True, env=ahead, silent=True)
