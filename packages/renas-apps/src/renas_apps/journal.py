"""The journal of a run: SQLite, one transaction for each individual that is done.

A transaction holds the row of the individual, who is in the population after it, and the state of
the strategy, so that a run that is killed at any instant goes on from its last row as if nothing
had happened.
"""

import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from renas_apps.errors import RunError
from renas_apps.journal_rows import Evaluation, Final
from renas_apps.run_directory import sync_directory
from renas_space import InputError

SCHEMA_VERSION = 1
"""Newest layout of the tables that this package reads, and the one that it writes."""

Row = TypeVar("Row", "Evaluation", "Final")

_SCHEMA = """
CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE evaluations (
    id INTEGER UNIQUE NOT NULL, state TEXT NOT NULL, kind TEXT NOT NULL,
    genotype TEXT NOT NULL, digest TEXT NOT NULL,
    parent_id INTEGER, leaver_id INTEGER, mutations TEXT NOT NULL, log_prob REAL, entropy REAL,
    replays INTEGER, parameters INTEGER NOT NULL, multiply_adds INTEGER NOT NULL,
    fitness REAL, fitness_before REAL, loss REAL,
    epochs INTEGER NOT NULL, lineage_epochs INTEGER NOT NULL,
    tensors_kept INTEGER, tensors_sliced INTEGER, tensors_new INTEGER,
    parameters_kept INTEGER, parameters_sliced INTEGER, parameters_new INTEGER,
    reason TEXT, seconds REAL NOT NULL, finished TEXT NOT NULL
);
CREATE TABLE population (id INTEGER PRIMARY KEY);
CREATE TABLE strategy (only INTEGER PRIMARY KEY CHECK (only = 1), state BLOB NOT NULL);
CREATE TABLE finals (
    id INTEGER PRIMARY KEY, genotype TEXT NOT NULL, epochs INTEGER NOT NULL,
    accuracy REAL, test_accuracy REAL, loss REAL, curve TEXT NOT NULL,
    reason TEXT, seconds REAL NOT NULL, finished TEXT NOT NULL
);
"""


_TABLES = re.findall(r"CREATE TABLE (\w+)", _SCHEMA)
"""Their names."""


class Journal:
    """The journal of one run. Close it, or use it in a ``with`` statement."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take an open connection; see `create`, `open` and `read`."""
        self._connection = connection

    @classmethod
    def create(cls, path: Path, facts: Mapping[str, object]) -> Self:
        """Make the journal of a new run.

        Args:
            path: of the database; there must be none.
            facts: what is known of the run from the start, by name; values that JSON can hold.
        """
        # Made under another name first: a database that a kill left half-made is that of no run.
        unfinished = path.with_name(f".{path.name}.new")
        for suffix in ("", "-wal", "-shm"):
            unfinished.with_name(unfinished.name + suffix).unlink(missing_ok=True)
        with cls(_connect(unfinished)) as journal:
            journal._connection.executescript(_SCHEMA)
            journal.state_facts({"schema_version": SCHEMA_VERSION, **facts})
        unfinished.replace(path)
        sync_directory(path.parent)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the journal of a run to go on with it.

        Raises:
            InputError: there is none, it is damaged, or of a newer version.
        """
        return cls._checked(path, lambda: _connect(path))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Open the journal of a run to look at it; the run may be going on.

        Raises:
            InputError: as `open`.
        """
        uri = f"{path.absolute().as_uri()}?mode=ro"
        log = path.with_name(f"{path.name}-wal")
        if not log.exists() and not os.access(path.parent, os.W_OK):
            # An archived run: sqlite would make the log's index, which it may not, to read no log.
            uri += "&immutable=1"
        return cls._checked(
            path, lambda: sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30)
        )

    @classmethod
    def _checked(cls, path: Path, connect: Callable[[], sqlite3.Connection]) -> Self:
        """Open a database that must be a journal."""
        if not path.is_file():
            raise InputError(
                f"there is no journal at {path}: give the directory of a search, as renas-search "
                "made it"
            )
        try:
            journal = cls(connect())
            journal._check_whole()
            version = journal.facts().get("schema_version")
        except (sqlite3.DatabaseError, ValueError) as error:
            if (hindrance := _hindrance(path, error)) is not None:
                raise hindrance from None
            raise InputError(
                f"the journal {path} cannot be read ({error}): restore it, or start another run"
            ) from None
        if type(version) is not int or version > SCHEMA_VERSION:
            journal.close()
            raise InputError(
                f"the journal {path} is of version {version}, this renas-apps reads up to "
                f"{SCHEMA_VERSION}: install a newer renas-apps"
            )
        return journal

    def _check_whole(self) -> None:
        """Check that no page of the database is damaged, and that no table is missing.

        Raises:
            DatabaseError: one is.
        """
        found = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(" ".join(found.split()))
        there = {name for (name,) in self._connection.execute("SELECT name FROM sqlite_master")}
        for table in _TABLES:
            if table not in there:
                raise sqlite3.DatabaseError(f"no such table: {table}")

    def __enter__(self) -> Self:
        """Return the journal."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def facts(self) -> dict[str, Any]:
        """Return what is known of the run, by name."""
        return {
            key: json.loads(value)
            for key, value in self._connection.execute("SELECT key, value FROM run")
        }

    def state_facts(self, facts: Mapping[str, object]) -> None:
        """Write facts of the run over those of the same name."""
        with self._transaction():
            self._write_facts(facts)

    def record(
        self, row: Evaluation, *, population: Iterable[int], strategy: bytes, elapsed: float
    ) -> None:
        """Write an individual that is done and all that follows from it, in one transaction.

        Args:
            row: the individual.
            population: who is in the population after it.
            strategy: the state of the strategy after it.
            elapsed: seconds that the search has run for, over all its parts.
        """
        with self._transaction():
            self._insert("evaluations", row)
            self._connection.execute("DELETE FROM population")
            self._connection.executemany(
                "INSERT INTO population VALUES (?)", [(member,) for member in population]
            )
            self._connection.execute("REPLACE INTO strategy VALUES (1, ?)", (strategy,))
            self._write_facts({"elapsed": elapsed})

    def record_final(self, row: Final) -> None:
        """Write a retraining that is done, in place of an earlier one of the same individual."""
        with self._transaction():
            self._connection.execute("DELETE FROM finals WHERE id = ?", (row.id,))
            self._insert("finals", row)

    def evaluations(self) -> list[Evaluation]:
        """Return all individuals, in the order in which they were done."""
        return self._rows(Evaluation, "SELECT * FROM evaluations ORDER BY rowid")  # not id

    def evaluation(self, id: int) -> Evaluation:  # noqa: A002 (the name of the column)
        """Return one individual.

        Raises:
            InputError: there is none of this number.
        """
        found = self._rows(Evaluation, "SELECT * FROM evaluations WHERE id = ?", id)
        if not found:
            raise InputError(f"the journal has no individual {id}")
        return found[0]

    def finals(self) -> list[Final]:
        """Return all retrainings, by individual."""
        return self._rows(Final, "SELECT * FROM finals ORDER BY id")

    def population(self) -> list[int]:
        """Return who is in the population now."""
        return [row[0] for row in self._connection.execute("SELECT id FROM population ORDER BY id")]

    def strategy_state(self) -> bytes | None:
        """Return the state of the strategy after the last row; None before the first."""
        found = self._connection.execute("SELECT state FROM strategy").fetchone()
        return None if found is None else cast("bytes", found[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Make what happens within it happen as a whole or not at all."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _insert(self, table: str, row: Evaluation | Final) -> None:
        """Write a row into a table."""
        values = asdict(row)
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        self._connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608 (names of our own columns)

    def _rows(self, kind: type[Row], query: str, *arguments: object) -> list[Row]:
        """Return the rows of a query as values.

        Raises:
            InputError: one is damaged.
        """
        cursor = self._connection.execute(query, arguments)
        names = [column[0] for column in cursor.description]
        try:
            return [kind(**dict(zip(names, row, strict=True))) for row in cursor]
        except (ValueError, TypeError) as error:
            raise InputError(
                f"the journal has a row of {kind.__name__} that cannot be ({error}): restore it"
            ) from None

    def _write_facts(self, facts: Mapping[str, object]) -> None:
        """Write facts within a transaction."""
        self._connection.executemany(
            "REPLACE INTO run VALUES (?, ?)",
            [(key, json.dumps(value)) for key, value in facts.items()],
        )


_HELD = ("SQLITE_BUSY", "SQLITE_LOCKED")
_NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")
"""How the names begin that sqlite gives to what a whole journal may meet."""


def _hindrance(path: Path, error: Exception) -> RunError | None:
    """Return what to say where a journal cannot be opened now; None where it is damaged."""
    name: str = getattr(error, "sqlite_errorname", "")  # which Python's own errors do not have
    if name.startswith(_HELD):
        return RunError(f"another process holds the journal {path}: wait until it has ended")
    if name.startswith(_NO_ROOM):
        return RunError(
            f"the journal {path} cannot be opened ({error}): make room on its disk, or unlock its "
            "directory, since reading takes a file beside it"
        )
    return None


def _connect(path: Path) -> sqlite3.Connection:
    """Open a database that survives a power cut: every commit is synced."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection
