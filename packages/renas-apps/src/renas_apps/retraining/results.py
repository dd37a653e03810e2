"""What came of each cell that was retrained: a file of JSON lines, appended and synced one by one.

A line says either what was asked for, or what came of one genotype. A kill leaves at most a last
line without its end, which readers pass over and the next writer takes away.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from renas_apps.journal_rows import Final
from renas_apps.json_lines import cut, whole
from renas_apps.run_directory import write_whole
from renas_space import InputError

FILE = "results.jsonl"
"""Its name in the directory of the retrainings."""

VERSION = 1
"""Newest format that this package reads, and the one that it writes."""

_FORMAT = "renas.retrained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """How a search is scored; one with other values has results and files of its own."""

    every: int
    """Evaluations from one checkpoint to the next."""
    epochs: int
    """Passes over the training images."""
    seed: int
    """From which the seed of each training follows."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: one is of no use.
        """
        for name, least in (("every", 1), ("epochs", 1), ("seed", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < least:
                raise ValueError(f"{name} is {value!r} and no whole number of at least {least}")

    @property
    def name(self) -> str:
        """Of its files."""
        return f"every{self.every}-epochs{self.epochs}-seed{self.seed}"


@dataclass(slots=True)
class Results:
    """What the file holds."""

    asked: list[Scoring] = field(default_factory=list)
    """All that was ever asked for, each once, in order."""
    finals: dict[tuple[int, int], dict[str, Final]] = field(default_factory=dict)
    """Trainings by epochs and seed, and then by digest of the genotype."""

    def of(self, scoring: Scoring) -> Mapping[str, Final]:
        """Return the trainings of a scoring, by digest."""
        return self.finals.get((scoring.epochs, scoring.seed), {})

    def take_in(self, line: Mapping[str, Any]) -> None:
        """Take in what a line says.

        Raises:
            KeyError, TypeError, ValueError: it is none of ours.
        """
        if "asked" in line:
            scoring = Scoring(**line["asked"])
            if scoring not in self.asked:
                self.asked.append(scoring)
            return
        final = Final(**line["final"])
        self.finals.setdefault((final.epochs, line["seed"]), {})[line["digest"]] = final


class ResultsFile:
    """The file, open to be appended to. There is one writer: see `lock`."""

    def __init__(self, path: Path, results: Results) -> None:
        """Append to a file that is whole; see `open`."""
        self._path = path
        self.results = results

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a file, or begin one; a line that a kill cut off is taken away.

        Raises:
            InputError: it is damaged, or of a newer version.
            OSError: it cannot be written.
        """
        if not path.exists():
            write_whole(path, json.dumps({"format": _FORMAT, "version": VERSION}) + "\n")
        results = read_results(path)
        cut(path)
        return cls(path, results)

    def ask(self, scoring: Scoring, made_with: Mapping[str, Any]) -> None:
        """Write down what is asked for, and where its numbers will come from.

        Raises:
            OSError: it cannot be written.
        """
        self._append({"asked": asdict(scoring), "made_with": made_with})

    def add(self, digest: str, seed: int, final: Final) -> None:
        """Write down what came of a genotype; it is on disk when this returns.

        Raises:
            OSError: it cannot be written.
        """
        self._append({"digest": digest, "seed": seed, "final": asdict(final)})

    def _append(self, line: Mapping[str, Any]) -> None:
        """Write a line and sync it."""
        with self._path.open("ab") as file:
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.results.take_in(line)


def read_results(path: Path) -> Results:
    """Return what a file holds, also while another process appends to it; nothing if it is missing.

    Raises:
        InputError: it is damaged, or of a newer version.
    """
    results = Results()
    if not path.exists():
        return results
    try:
        head, *lines = (json.loads(line) for line in whole(path).splitlines())
        version = head["version"] if head["format"] == _FORMAT else None
        if type(version) is int and version > VERSION:
            raise InputError(
                f"{path} is of version {version}, this renas-apps reads up to {VERSION}: "
                "install a newer renas-apps"
            )
        if type(version) is not int:
            raise ValueError("it has another head")
        for line in lines:
            results.take_in(line)
    except InputError:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error}): restore it, or remove it") from None
    return results
