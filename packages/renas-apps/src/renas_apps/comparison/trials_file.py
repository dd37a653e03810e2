"""Trials in a file of JSON lines, appended one by one: a comparison can be stopped and taken up."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from renas_apps.__about__ import __version__
from renas_apps.comparison.leaning import Leaning
from renas_apps.comparison.trial import Trial
from renas_apps.json_lines import cut
from renas_space import InputError

_FORMAT = "renas.comparison"

_BEGINNING = json.dumps({"format": _FORMAT})[:-1].encode()
"""Of every file."""


class TrialsFile:
    """The trials that have been made, and those that are made now."""

    def __init__(self, path: Path, *, benchmark: str, digest: str, evaluations: int) -> None:
        """Open a file, or begin one.

        Args:
            path: of the file.
            benchmark: its name.
            digest: of the benchmark.
            evaluations: of a trial.

        Raises:
            InputError: the file is of another comparison, or damaged.
            OSError: it cannot be written.
        """
        self._path = path
        head = {
            "format": _FORMAT,
            "version": __version__,
            "benchmark": benchmark,
            "digest": digest,
            "evaluations": evaluations,
        }
        lines = _whole_lines(path)
        if not lines:
            path.write_text(json.dumps(head) + "\n", encoding="utf-8")
        try:
            found = json.loads(lines[0]) if lines else head
            for name, value in head.items():
                if found.get(name) != value:
                    raise InputError(
                        f"{path} is of {name} {found.get(name)}, not {value}: give another --out"
                    )
            self.trials = [_trial(json.loads(line)) for line in lines[1:]]
        except InputError:
            raise
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"{path} is damaged ({error}): restore it, or remove it") from None
        self._made = {(one.contestant, one.seed) for one in self.trials}

    def has(self, contestant: str, seed: int) -> bool:
        """Return whether a trial has been made."""
        return (contestant, seed) in self._made

    def append(self, trial: Trial) -> None:
        """Write a trial down.

        Raises:
            OSError: it cannot be written.
        """
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(trial)) + "\n")
        self.trials.append(trial)
        self._made.add((trial.contestant, trial.seed))


def _whole_lines(path: Path) -> list[str]:
    """Return the lines of a file, none where there is none; cut off one that a kill left unended.

    Raises:
        InputError: it is a file of something else.
        OSError: it cannot be read or cut.
    """
    if not path.exists():
        return []
    with path.open("rb") as file:
        beginning = file.read(len(_BEGINNING))
    if beginning != _BEGINNING[: len(beginning)]:
        raise InputError(f"{path} is no file of trials: move it away, or give another --out")
    return cut(path).decode(errors="replace").splitlines()  # what is no text is no JSON either


def _trial(row: dict[str, Any]) -> Trial:
    """Return the trial of a line."""
    return Trial(
        contestant=str(row["contestant"]),
        settings=str(row["settings"]),
        seed=int(row["seed"]),
        improvements=tuple((int(number), float(best)) for number, best in row["improvements"]),
        population=tuple((float(mean), float(deviation)) for mean, deviation in row["population"]),
        entropies=tuple(row["entropies"]),
        evaluations=int(row["evaluations"]),
        leaning=_leaning(row["leaning"]) if row.get("leaning") else None,
    )


def _leaning(row: dict[str, Any]) -> Leaning:
    """Return where a policy leans to."""
    return Leaning(
        slots=tuple(float(ratio) for ratio in row["slots"]),
        values=tuple(float(ratio) for ratio in row["values"]),
        change=_pair(row["change"]),
        improves=_pair(row["improves"]),
    )


def _pair(row: Sequence[float]) -> tuple[float, float]:
    """Return what is expected of the policy and of chance."""
    own, chance = row
    return float(own), float(chance)
