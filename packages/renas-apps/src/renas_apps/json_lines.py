"""Files of JSON lines that are appended to: a kill leaves at most a last line without its end."""

import os
from pathlib import Path


def whole(path: Path) -> bytes:
    """Return the lines of a file that have an end; nothing where there is no file.

    Raises:
        OSError: it cannot be read.
    """
    content = path.read_bytes() if path.exists() else b""
    return content[: content.rfind(b"\n") + 1]


def cut(path: Path) -> bytes:
    """Take a last line without its end away, and return the rest; the caller is the only writer.

    Raises:
        OSError: it cannot be read or cut.
    """
    content = whole(path)
    os.truncate(path, len(content))
    return content
