"""Where a user says that a command shall write: nothing is lost unasked."""

from collections.abc import Iterable
from pathlib import Path

from renas_space import InputError


def check_out(
    out: Path, *, flag: str = "--out", force: bool | None = None, read: Iterable[Path] = ()
) -> None:
    """Check that a file can be written, before what it will hold is computed.

    Args:
        out: the file.
        flag: that names it.
        force: whether it may replace another, as ``--force`` says; None of a command that has no
            such flag, where it may not.
        read: files that the command reads, which are never replaced.

    Raises:
        InputError: it cannot be written, or something would be lost.
    """
    if out.is_dir():
        raise InputError(f"{out} is a directory: give the name of a file to {flag}")
    if not out.parent.is_dir():
        raise InputError(f"there is no directory {out.parent}: make it, or give another {flag}")
    if out.is_symlink() or (out.exists() and not out.is_file()):
        # A whole file takes its place, and the link or the device would be gone.
        raise InputError(f"{out} is a link or a device: give the name of a file to {flag}")
    if not out.exists():
        return
    if any(file.exists() and out.samefile(file) for file in read):
        raise InputError(f"{out} is what is read: give another {flag}")
    if not force:
        or_force = "" if force is None else ", or --force to replace it"
        raise InputError(f"{out} is there already: give another {flag}{or_force}")
