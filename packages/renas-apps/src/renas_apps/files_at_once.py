"""Many files in one directory that are all there at the end, or none of them."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from renas_space import InputError


@contextmanager
def files_at_once(
    directory: Path, names: Sequence[str], read: Sequence[Path], *, force: bool
) -> Generator[Path]:
    """Yield a directory to write files to, which are moved to their own once all are written.

    Args:
        directory: where they will be; it is made if it is not there.
        names: of the files, all of which are to be written.
        read: files that they are made from, which may not be overwritten.
        force: whether to replace others that are there.

    Raises:
        InputError: a file is there already, is one of those that are read, or two have one name.
        OSError: a file cannot be written.
    """
    if not directory.is_dir() and (directory.exists() or directory.is_symlink()):
        raise InputError(f"{directory} is no directory: give the name of one")
    if not directory.parent.is_dir():
        raise InputError(f"there is no directory {directory.parent}: make it, or give another")
    _check_names(directory, names, read, force=force)
    made = not directory.exists()
    directory.mkdir(exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=directory, prefix="."))
    try:
        yield temporary
        for name in names:
            (temporary / name).replace(directory / name)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if made and not any(directory.iterdir()):
            directory.rmdir()


def _check_names(
    directory: Path, names: Sequence[str], read: Sequence[Path], *, force: bool
) -> None:
    """Check that nothing is lost."""
    name, most = Counter(names).most_common(1)[0]
    if most > 1:
        raise InputError(f"two files would be {directory / name}: make them one after the other")
    sources = {path.resolve() for path in read}
    for name in names:
        path = directory / name
        if path.resolve() in sources:
            raise InputError(f"{path} is what is read: give another directory")
        if path.is_dir():
            raise InputError(f"{path} is a directory: give another directory, or move it")
        if path.exists() and not force:
            raise InputError(
                f"{path} is there already: give another directory, or --force to replace it"
            )
