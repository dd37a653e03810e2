"""Run timm's own tests of its models on ours.

They are taken from the sdist of the timm that is installed, which carries them. Our name goes into
their list of models that hand out intermediate features, where timm's own stand too. Left out is
what torch.jit.script, which torch has deprecated, compiles from source: our cells read their plan,
a dataclass, while they run. Traced by torch.fx first, they go through TorchScript as well.

Example:
    python tools/timm_tests.py
"""

import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

MEMBER = "tests/test_models.py"
"""Of the sdist."""

OPENING, NAME = "FEAT_INTER_FILTERS = [", "'renasnet',"
"""Where our models are entered: the line that opens the list, and what follows it."""

LEFT_OUT = "test_models.py::test_model_forward_torchscript["
"""How the names of the tests begin that do not apply."""

CONFTEST = """import renas_trainer  # registers our models
"""


def main() -> None:
    """Fetch the tests, enter ours, run them; exit as pytest does."""
    release = f"timm=={version('timm')}"
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        fetch = ("pip", "download", "--quiet", "--no-deps", "--no-binary", "timm", "--dest", name)
        subprocess.run([sys.executable, "-m", *fetch, release], check=True)
        (directory / "test_models.py").write_text(_entered(_read(next(directory.glob("*.tar.gz")))))
        (directory / "conftest.py").write_text(CONFTEST)
        pytest = (sys.executable, "-m", "pytest", "--rootdir", name, "-p", "no:warnings")
        chosen = ("test_models.py", "-k", "renasnet", "--deselect", LEFT_OUT, *sys.argv[1:])
        sys.exit(subprocess.run([*pytest, *chosen], cwd=directory, check=False).returncode)


def _read(sdist: Path) -> str:
    """Return the tests in an sdist."""
    with tarfile.open(sdist) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None and member.name.endswith(f"/{MEMBER}"):
                return file.read().decode()
    sys.exit(f"{sdist.name} has no {MEMBER}: pin another version of timm")


def _entered(source: str) -> str:
    """Return the tests with our models in their list."""
    if source.count(OPENING) != 1:
        sys.exit(f"timm's tests have no single line {OPENING!r}: pin another version of timm")
    return source.replace(OPENING, OPENING + NAME)


if __name__ == "__main__":
    main()
