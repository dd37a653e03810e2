"""Trials in a file of JSON lines, appended one by one: a comparison can be stopped and taken up."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from renas_apps.comparison.leaning import Leaning
from renas_apps.comparison.trial import Trial
from renas_space import InputError

_FORMAT = "renas.comparison"


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
            "benchmark": benchmark,
            "digest": digest,
            "evaluations": evaluations,
        }
        if not path.exists() or not path.read_text(encoding="utf-8"):
            path.write_text(json.dumps(head) + "\n", encoding="utf-8")
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        if not lines[-1].endswith("\n"):  # cut off by a kill
            path.write_text("".join(lines := lines[:-1]), encoding="utf-8")
        try:
            found = json.loads(lines[0]) if lines else {}
            self.trials = [_trial(json.loads(line)) for line in lines[1:]]
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"{path} is damaged ({error}): restore it, or remove it") from None
        self._made = {(one.contestant, one.seed) for one in self.trials}
        for name, value in head.items():
            if found.get(name) != value:
                raise InputError(
                    f"{path} is of {name} {found.get(name)}, not {value}: give another --out"
                )

    def has(self, contestant: str, seed: int) -> bool:
        """Return whether a trial has been made."""
        return (contestant, seed) in self._made

    def append(self, trials: Sequence[Trial]) -> None:
        """Write trials down.

        Raises:
            OSError: they cannot be written.
        """
        with self._path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(trial)) + "\n" for trial in trials)
        self.trials += trials
        self._made |= {(one.contestant, one.seed) for one in trials}


def _trial(row: dict[str, Any]) -> Trial:
    """Return the trial of a line."""
    return Trial(
        contestant=str(row["contestant"]),
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
