"""What a run's numbers depend on beside its settings: versions, machine, data."""

import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from renas_space import InputError

_PACKAGES = ("renas-space", "renas-controller", "renas-trainer", "renas-apps", "torch", "numpy")


def provenance(*, threads: int, data_digest: str) -> dict[str, Any]:
    """Return where the numbers of a run come from, as values that JSON can hold.

    Args:
        threads: of torch.
        data_digest: of the images, their classes and splits.
    """
    return {
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _PACKAGES},
        },
        "machine": platform.machine(),
        "cpu": _cpu(),
        "threads": threads,
        "data_digest": data_digest,
    }


def check_same(made: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Compare where a run was made with where it goes on.

    Returns:
        A sentence for each difference that may change the last digits of what follows.

    Raises:
        InputError: the images are others, so that fitness would not compare.
    """
    if made.get("data_digest") != now["data_digest"]:
        raise InputError(
            "the images are not those that the run was made with: restore them, or start a new run"
        )
    before, after = ({**facts, **facts.get("versions", {})} for facts in (made, now))
    return [
        f"the run was made with {name} {before.get(name)} and goes on with {after[name]}: "
        "the rest may differ in the last digits"
        for name in (*now["versions"], "machine", "cpu", "threads")
        if before.get(name) != after[name]
    ]


def _cpu() -> str:
    """Return the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
