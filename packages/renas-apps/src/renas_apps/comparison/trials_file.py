"""Trials in a file of JSON lines, appended one by one: a comparison can be stopped and taken up."""

import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

from renas_apps.__about__ import __version__
from renas_apps.comparison.leaning import Leaning
from renas_apps.comparison.trial import Trial, looks
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
            self.trials = [_trial(json.loads(line), evaluations) for line in lines[1:]]
            self._made = {(one.contestant, one.seed) for one in self.trials}
            if len(self._made) < len(self.trials):
                raise ValueError("a trial is there twice")
            leanings = [one.leaning for one in self.trials if one.leaning]
            if len({(len(one.slots), len(one.values)) for one in leanings}) > 1:
                raise ValueError("the policies of some trials have other choices than the rest")
        except InputError:
            raise
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"{path} is damaged ({error}): restore it, or remove it") from None

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


def _trial(row: dict[str, Any], evaluations: int) -> Trial:
    """Return the trial of a line, which has so many evaluations.

    Raises:
        ValueError: something in it cannot be; as TypeError and KeyError.
    """
    trial = Trial(
        contestant=str(row["contestant"]),
        settings=str(row["settings"]),
        seed=int(row["seed"]),
        improvements=tuple((int(number), float(best)) for number, best in row["improvements"]),
        population=tuple((float(mean), float(deviation)) for mean, deviation in row["population"]),
        entropies=tuple(row["entropies"]),
        evaluations=int(row["evaluations"]),
        leaning=_leaning(row["leaning"]) if row.get("leaning") else None,
    )
    _check(trial, evaluations)
    return trial


def _check(trial: Trial, evaluations: int) -> None:
    """Check that a trial has all that one of so many evaluations has.

    Raises:
        ValueError: it does not.
    """
    numbers = [number for number, _ in trial.improvements]
    best = [fitness for _, fitness in trial.improvements]
    shares = [*best, *itertools.chain(*trial.population)]
    floats = [entropy for entropy in trial.entropies if entropy is not None]
    if trial.leaning is not None:
        floats += itertools.chain(*astuple(trial.leaning))
    if (
        trial.evaluations != evaluations
        or not len(trial.population) == len(trial.entropies) == len(looks(evaluations))
        or numbers[:1] != [1]
        or numbers != sorted(set(numbers))
        or best != sorted(set(best))
        or not all(0 <= share <= 1 for share in shares)
        or not all(math.isfinite(number) for number in floats)
    ):
        raise ValueError(f"that of {trial.contestant} with seed {trial.seed} cannot be")


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
