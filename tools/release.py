"""Changelog fragments and releases, one package at a time.

python tools/release.py check                     every fragment has a good name and says something
python tools/release.py check --since main        ... and every package changed since has a fragment
python tools/release.py build renas-space 0.2.0   set the version, gather the fragments (towncrier)
"""

import argparse
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")


def packages(root: Path) -> list[Path]:
    """Return the folders of all packages."""
    return sorted(path.parent for path in root.glob("packages/*/pyproject.toml"))


def faults(package: Path) -> list[str]:
    """Return a sentence for each changelog fragment of a package that would be lost or refused."""
    settings = tomllib.loads((package / "pyproject.toml").read_text())["tool"]["towncrier"]
    kinds = "|".join(kind["directory"] for kind in settings["type"])
    name = re.compile(rf"(\d+|\+[a-z0-9-]+)\.({kinds})(\.\d+)?\.md")
    found: list[str] = []
    for path in sorted((package / settings["directory"]).iterdir()):
        if path.name == ".gitkeep":
            continue
        place = path.relative_to(package.parent.parent)
        if not name.fullmatch(path.name):
            found.append(f"{place}: call it ISSUE.KIND.md or +name.KIND.md, KIND one of {kinds}")
        elif not path.read_text().strip():
            found.append(f"{place}: it is empty; say in a sentence what changed for a user")
        elif len(path.read_text().strip().splitlines()) > 1:
            found.append(f"{place}: it has several lines; give each change a fragment of its own")
    return found


def unannounced(package: Path, changed: list[str]) -> bool:
    """Return whether a package's source changed and neither a fragment nor its changelog did."""
    prefix = f"packages/{package.name}/"
    own = [path.removeprefix(prefix) for path in changed if path.startswith(prefix)]
    source = any(path.startswith("src/") for path in own)
    return source and not any(path.startswith("changes/") or path == "CHANGELOG.md" for path in own)


def changed_since(root: Path, reference: str) -> list[str]:
    """Return the paths that differ from a git reference, from the root of the repository."""
    command = ["git", "-C", str(root), "diff", "--name-only", f"{reference}...HEAD"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def check(root: Path, since: str | None) -> int:
    """Print what is wrong with the fragments; return how many things are."""
    found = [fault for package in packages(root) for fault in faults(package)]
    if since:
        changed = changed_since(root, since)
        found += [
            f"packages/{package.name}: changed since {since} without a fragment in changes/"
            for package in packages(root)
            if unannounced(package, changed)
        ]
    for fault in found:
        print(fault, file=sys.stderr)
    return len(found)


def build(package: Path, version: str) -> None:
    """Write a package's version and move its fragments into its changelog.

    Raises:
        SystemExit: the version is none, or its fragments are not fit to be gathered.
        subprocess.CalledProcessError: towncrier failed.
    """
    if not VERSION.fullmatch(version):
        raise SystemExit(f"{version!r} is no version: write one like 0.2.0 or 0.2.0rc1")
    if found := faults(package):
        raise SystemExit("\n".join(found))
    (about,) = package.glob("src/*/__about__.py")
    text = re.sub(r'(?m)^__version__ = ".*"$', f'__version__ = "{version}"', about.read_text())
    about.write_text(text)
    towncrier = ["towncrier", "build", "--yes", "--dir", str(package), "--version", version]
    subprocess.run(towncrier, check=True)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="check the fragments of every package")
    checking.add_argument("--since", metavar="REF", help="a git reference to compare with")
    building = commands.add_parser("build", help="prepare the release of one package")
    building.add_argument("package", choices=[package.name for package in packages(ROOT)])
    building.add_argument("version")
    options = parser.parse_args(arguments)
    if options.command == "check":
        return 1 if check(ROOT, options.since) else 0
    build(ROOT / "packages" / options.package, options.version)
    return 0


if __name__ == "__main__":
    sys.exit(main())
