"""A genotype from whatever a user writes: a published name, a file, a compact string or JSON."""

import re
import sys

from renas_space.errors import InputError
from renas_space.genotype import Genotype
from renas_space.published import PUBLISHED

_CELL = r"[0-9][0-9a-z]{3}(?:\.[0-9a-z]{4})*(?:@[^/]*)?"
_COMPACT = re.compile(rf"{_CELL}(?:/{_CELL})?", re.IGNORECASE)
"""What looks like a compact string: no word does, since the first input of a cell is 0 or 1.
Whether it is one, `Genotype.from_string` says."""


def read_genotype(text: str) -> Genotype:
    """Return the genotype that a text names or is.

    Args:
        text: a published name in any case, else JSON, else the path of a file that holds JSON
            (extra keys are ignored) or a compact string, else a compact string. A file whose name
            is also a published name, or begins with ``{``, is given as ``./name``.

    Raises:
        InputError: it is none of these, or what it is cannot be read.
    """
    text = text.strip()
    published = PUBLISHED.get(text.lower())
    if published is not None:
        return published.genotype
    if text.startswith("{"):
        return Genotype.from_json(text)
    content = _content(text)
    if content is not None:
        return _parse_file(text, content)
    if _COMPACT.fullmatch(text):
        return Genotype.from_string(text)
    raise InputError(_unknown(text))


def read_argument(text: str) -> Genotype:
    """Return the genotype of a command's argument: as `read_genotype`, or ``-``: standard input.

    Raises:
        InputError: as `read_genotype`.
    """
    return read_genotype(standard_input() if text == "-" else text)


def standard_input() -> str:
    """Return all that comes in on standard input.

    Raises:
        InputError: it is not text.
    """
    try:
        return sys.stdin.read()
    except UnicodeDecodeError:
        raise InputError("standard input is not text: give JSON or a compact string") from None


def _content(path: str) -> str | None:
    """Return what the file holds, None if there is no such file."""
    from pathlib import Path  # late: it would be a tenth of what `import renas_space` may take

    file = Path(path)
    try:
        if not path or not file.exists():
            return None
    except OSError:  # too long for a path, or in a directory that is closed to us
        return None
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not a text file: give JSON or a compact string") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): give another file") from None


def _parse_file(path: str, content: str) -> Genotype:
    """Return the genotype in a file, with the file's name in every error."""
    content = content.strip()
    try:
        if _COMPACT.fullmatch(content):
            return Genotype.from_string(content)
        if not content:
            raise InputError("the file is empty: give JSON or a compact string")
        return Genotype.from_json(content)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _unknown(text: str) -> str:
    """Return the sentence that says that ``text`` is no genotype."""
    if not text:
        return "no genotype was given: give a file, a compact string or a published name"
    shown = repr(text if len(text) <= 60 else text[:57] + "...")
    if text.endswith(".json") or "/" in text or "\\" in text:
        return f"there is no file {shown}: give a file, a compact string or a published name"
    import difflib  # late: for mistakes only

    close = [name for name in PUBLISHED if name.startswith(text.lower())]
    close += difflib.get_close_matches(text.lower(), PUBLISHED, n=1, cutoff=0.5)
    remedy = f"did you mean {close[0]!r}?" if close else "give one of these"
    return (
        f"{shown} is no file, compact string or published name ({', '.join(PUBLISHED)}): {remedy}"
    )
