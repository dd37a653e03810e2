"""What lies where in the directory of a run."""

import errno
import json
import os
import shlex
import tomllib
from collections.abc import Collection, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from renas_space import InputError

_BEFORE_THE_JOURNAL = {
    "config.toml",
    ".config.toml.new",
    "weights",
    "lock",
    ".search.db.new",
    ".search.db.new-wal",
    ".search.db.new-shm",
}
"""What a run may leave that was killed before it had a journal, and so before it began."""


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """The directory of one run."""

    path: Path
    """Of the directory."""

    @property
    def config(self) -> Path:
        """The settings of the run."""
        return self.path / "config.toml"

    @property
    def journal(self) -> Path:
        """The SQLite database."""
        return self.path / "search.db"

    @property
    def weights(self) -> Path:
        """The directory of the weights."""
        return self.path / "weights"

    @property
    def best(self) -> Path:
        """The best cell so far."""
        return self.path / "best.json"

    @property
    def events(self) -> Path:
        """The directory of TensorBoard's events."""
        return self.path / "events"

    @property
    def report(self) -> Path:
        """The summary to look at."""
        return self.path / "report.html"

    @property
    def retrained(self) -> Path:
        """The directory of the checkpoints that were retrained from scratch."""
        return self.path / "retrained"

    def weights_of(self, weights_id: int) -> Path:
        """Return the file of one individual's weights."""
        return self.weights / f"{weights_id}.safetensors"

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make the directory of a new run. Its settings are written once it is locked.

        Raises:
            InputError: something is there already, or the directory cannot be made.
        """
        run = cls(path)
        make_directory(
            path, run.weights, what="run", record=run.journal, leftovers=_BEFORE_THE_JOURNAL
        )
        return run

    @classmethod
    def existing(cls, path: Path) -> Self:
        """Return the directory of a run that is there.

        Raises:
            InputError: there is no run, or a part of it is gone.
        """
        run = cls(path)
        if not run.journal.is_file():
            raise InputError(f"{path} holds no run: give the directory of one to --resume")
        for part in (run.config, run.weights):
            if not part.exists():
                raise InputError(f"{part} is gone: a run goes on with it, so restore it")
        return run

    def settings(self) -> dict[str, Any]:
        """Return the settings that the run was made with.

        Raises:
            InputError: the file is damaged.
        """
        try:
            return tomllib.loads(self.config.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{self.config} cannot be read ({error}): restore it") from None

    def write_settings(self, settings: Mapping[str, Any]) -> None:
        """Write the settings of the run.

        Raises:
            OSError: they cannot be written.
        """
        write_whole(self.config, "".join(_toml_lines(settings)))

    def delete_weights_except(self, needed: Iterable[int]) -> None:
        """Delete weights that nobody needs, and what a killed process left half-written of them."""
        keep = {str(weights_id) for weights_id in needed}
        for file in self.weights.iterdir():
            # "7.safetensors", or ".7.safetensors.x3d" while a process writes it.
            if file.name.lstrip(".").partition(".")[0] not in keep:
                file.unlink(missing_ok=True)


def make_directory(
    path: Path, part: Path, *, what: str, record: Path, leftovers: Collection[str]
) -> None:
    """Make a directory for something new, or take an empty one.

    Args:
        path: of the directory.
        part: directory within it, made too.
        what: it is for, for messages.
        record: file that is there once it has begun.
        leftovers: names of what may lie there if it was killed before that.

    Raises:
        InputError: something is there already, or the directory cannot be made.
    """
    with made_or_refused(path, "--run-dir"):
        if record.exists():
            named = shlex.quote(str(path))
            raise InputError(
                f"{path} holds a {what} already: go on with it with --resume {named}, "
                "or give another --run-dir"
            )
        path.mkdir(parents=True, exist_ok=True)
        if {entry.name for entry in path.iterdir()}.difference(leftovers):
            raise InputError(f"{path} is not empty: give another --run-dir")
        part.mkdir(exist_ok=True)


_CANNOT_BE_MADE = {
    *(errno.ENOTDIR, errno.EEXIST, errno.EACCES, errno.EPERM, errno.ENOENT),
    *(errno.EROFS, errno.ENAMETOOLONG, errno.ELOOP),
}
"""What is wrong with a name, not with the disk."""


@contextmanager
def made_or_refused(path: Path, flag: str) -> Generator[None]:
    """Refuse a directory that cannot be made.

    Args:
        path: of the directory.
        flag: that names another.

    Raises:
        InputError: something on the way is a file, or may not be written to, or the name is too
            long.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _CANNOT_BE_MADE:
            raise
        raise InputError(f"{path} cannot be made ({error.strerror}): give another {flag}") from None


def free_directory(name: str) -> Path:
    """Return where a run goes when nobody says: ``runs/NAME``, numbered if that is taken."""
    path, number = Path("runs") / name, 1
    while path.exists():
        number += 1
        path = Path("runs") / f"{name}-{number}"
    return path


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that it is there whole or as it was before; text in UTF-8.

    Raises:
        OSError: it cannot be written; nothing half-written stays behind.
    """
    temporary = path.with_name(f".{path.name}.new")  # there is one writer: see `lock`
    try:
        with temporary.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_directory(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sync_directory(directory: Path) -> None:
    """Make the names of a directory's files outlast a power cut, as their contents do.

    Raises:
        OSError: it cannot be read.
    """
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _toml_lines(settings: Mapping[str, Any]) -> Iterable[str]:
    """Yield settings as lines of TOML. Strings in JSON are strings in TOML."""
    for name, value in settings.items():
        yield f"{name} = {json.dumps(value, ensure_ascii=False)}\n"
