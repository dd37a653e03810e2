"""Records as lines of JSON in a file that studies append to, so that they can be stopped any time.

A kill leaves at most a last line without its end, which readers pass over and the next writer takes
away.
"""

import fcntl
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from renas_apps.json_lines import cut, whole
from renas_space import InputError


def read_records(path: Path) -> list[dict[str, Any]]:
    """Return the records of a file, also while others append to it; none if it is missing.

    Raises:
        InputError: a line is damaged.
    """
    records: list[dict[str, Any]] = []
    for number, line in enumerate(whole(path).splitlines(), start=1):
        try:
            records.append(json.loads(line))
        except ValueError as error:
            raise InputError(
                f"line {number} of {path} is damaged ({error}): restore it, or take it out"
            ) from None
    return records


def append_record(path: Path, record: Mapping[str, Any]) -> None:
    """Append a record to a file, which is begun if it is missing; it is there when this returns.

    Raises:
        OSError: it cannot be written.
    """
    with path.open("ab") as file:
        # Workers share a file, and what looks cut off may be what another one writes just now.
        fcntl.flock(file, fcntl.LOCK_EX)
        cut(path)
        file.write(json.dumps(record).encode() + b"\n")
        file.flush()
