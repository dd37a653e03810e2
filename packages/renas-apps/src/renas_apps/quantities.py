"""Durations as people write them: 90s, 30m, 2h."""

import math
import re

from renas_space import InputError

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([sSmMhHdD]?)\s*")


def parse_duration(text: str, name: str) -> float:
    """Return a duration in seconds: 90, 90s, 30m, 2h, 1d.

    Args:
        text: what was written.
        name: of the flag, for the message.

    Raises:
        InputError: it is no duration above 0.
    """
    match = _DURATION.fullmatch(text)
    seconds = float(match[1]) * _SECONDS[match[2].lower()] if match else 0.0
    if not math.isfinite(seconds) or seconds <= 0:
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
