"""Numbers as people write them: 600M multiply-adds, 30m of time."""

import math
import re

from renas_space import InputError

_COUNT_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9}
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]?)\s*", re.IGNORECASE)


def parse_count(text: str, name: str) -> int:
    """Return a count written with a decimal unit: 500K, 5.3M, 1.2G.

    Args:
        text: what was written.
        name: of the flag, for the message.

    Raises:
        InputError: it is no count above 0.
    """
    count = _parse(text, _COUNT_UNITS)
    if count is None or count < 1:
        raise InputError(f"{name} is {text!r}: give a count such as 500000, 500K, 5.3M or 1.2G")
    return round(count)


def parse_duration(text: str, name: str) -> float:
    """Return a duration in seconds: 90, 90s, 30m, 2h, 1d.

    Args:
        text: what was written.
        name: of the flag, for the message.

    Raises:
        InputError: it is no duration above 0.
    """
    seconds = _parse(text, _SECONDS)
    if seconds is None or seconds <= 0:
        raise InputError(f"{name} is {text!r}: give a duration such as 90s, 30m, 2h or 1d")
    return seconds


def format_duration(seconds: float) -> str:
    """Return a duration for people: 42s, 3m05s, 2h10m."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


def _parse(text: str, units: dict[str, int]) -> float | None:
    """Return the number that a text stands for, if it is one."""
    match = _NUMBER.fullmatch(text)
    if match is None or match[2].lower() not in units:
        return None
    value = float(match[1]) * units[match[2].lower()]
    return value if math.isfinite(value) else None
