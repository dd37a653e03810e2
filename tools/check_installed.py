"""Import every module of some packages, and see that each comes from where it was installed.

python tools/check_installed.py DIRECTORY PACKAGE...   (run it outside the tree)
"""

import importlib
import pkgutil
import sys
from pathlib import Path


def check(package: str, directory: Path) -> int:
    """Import `package` and all of its modules; return how many there are.

    Raises:
        SystemExit: one of them came from outside `directory`, such as the source tree.
    """
    top = importlib.import_module(package)
    found = pkgutil.walk_packages(top.__path__, prefix=f"{package}.")
    modules = [top, *(importlib.import_module(info.name) for info in found)]
    for module in modules:
        origin = Path(module.__file__ or "").resolve()
        if not origin.is_relative_to(directory.resolve()):
            raise SystemExit(f"{module.__name__} came from {origin}, which is not in {directory}")
    return len(modules)


def main(arguments: list[str]) -> int:
    """Check every package that is named; the first argument is where they must come from."""
    directory, *packages = arguments
    for package in packages:
        print(f"{package}: {check(package, Path(directory))} modules imported from {directory}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
