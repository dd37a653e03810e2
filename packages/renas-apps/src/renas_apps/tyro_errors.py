"""What tyro says of a command line that it does not understand, as one sentence."""

import io
import re
from collections.abc import Generator
from contextlib import contextmanager, redirect_stderr
from itertools import groupby

from renas_space import InputError


@contextmanager
def refusing(prog: str) -> Generator[None]:
    """Raise what tyro would print in a box and exit with.

    Args:
        prog: name of the command.

    Raises:
        InputError: the command line is not understood.
    """
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            yield
    except SystemExit as stop:
        if stop.code != 2:
            raise
        raise InputError(sentence_of(said.getvalue(), prog)) from None


_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

_FRAME = " │╭╮╰╯"
"""What is around a line."""


def sentence_of(box: str, prog: str) -> str:
    """Return what a box says: its first part, and the flag that the next suggests.

    Args:
        box: its title in the first line, then lines that rules part; with or without colours, drawn
            in lines or in hyphens.
        prog: name of the command.
    """
    _, *lines = (line.strip(_FRAME) for line in _COLOURS.sub("", box).splitlines())
    parts = [
        list(part) for rule, part in groupby(lines, lambda line: not line.strip("─-")) if not rule
    ]
    first, *others = parts
    said = " ".join(first).rstrip(".")
    for head, *rest in others:
        if "meant" in head or "similar" in head:
            return f"{said}: did you mean {rest[0].split()[0].rstrip(',')}?"
    return f"{said}: see {prog} --help"
