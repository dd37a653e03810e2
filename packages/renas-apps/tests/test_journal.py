import os
import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import fields

import pytest

from renas_apps.errors import RunError
from renas_apps.journal import Journal
from renas_apps.journal_rows import TIME_COLUMNS, Evaluation, Final
from renas_space import InputError


def final(number, **known):
    values = {
        "genotype": "0110.1150.0003.1010.2250",
        "epochs": 3,
        "accuracy": 0.9,
        "test_accuracy": None,
        "loss": 0.3,
        "curve": "[0.5, 0.9]",
        **known,
    }
    return Final(id=number, **values)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "search.db"


@pytest.fixture
def journal(path):
    with Journal.create(path, {"seed": 1, "settings": {"data": "digits"}}) as journal:
        yield journal


def write(journal, row, *, population=(), strategy=b"state", elapsed=1.0):
    journal.record(row, population=population, strategy=strategy, elapsed=elapsed)


def test_what_is_written_is_read(journal, path, row):
    tensors = {"tensors_kept": 1, "tensors_sliced": 2, "tensors_new": 3}
    parameters = {"parameters_kept": 1, "parameters_sliced": 2, "parameters_new": 9}
    time = {"seconds": 1.25, "finished": "2026-01-01T00:00:00+00:00"}
    child = row(0, 0.1 + 0.2, log_prob=-1.5, **tensors, **parameters, **time)
    write(journal, child, population=[0], strategy=b"\x00state", elapsed=2.5)
    journal.record_final(final(0))
    for opened in (Journal.open, Journal.read):
        with opened(path) as other:
            assert other.evaluations() == [child]
            assert other.evaluation(0) == child
            assert other.finals() == [final(0)]
            assert other.population() == [0]
            assert other.strategy_state() == b"\x00state"
            assert other.facts() == {
                "schema_version": 1,
                "seed": 1,
                "settings": {"data": "digits"},
                "elapsed": 2.5,
            }


def test_a_new_journal_is_empty(journal):
    assert journal.evaluations() == journal.finals() == journal.population() == []
    assert journal.strategy_state() is None


def test_individuals_come_in_the_order_in_which_they_were_done(journal, row):
    for number in (2, 0, 1):
        write(journal, row(number))
    assert [one.id for one in journal.evaluations()] == [2, 0, 1]


def test_the_inherited_share_counts_what_was_taken_over_within_sliced_tensors(row):
    child = row(0, parameters_kept=50, parameters_sliced=10, parameters_new=40)
    assert child.inherited_share == 0.6
    assert row(0).inherited_share is None


def test_the_columns_of_time_are_columns_of_both_tables():
    assert TIME_COLUMNS == ("seconds", "finished")
    for kind in (Evaluation, Final):
        assert set(TIME_COLUMNS) <= {field.name for field in fields(kind)}


def test_a_transaction_that_fails_leaves_nothing(journal, row):
    write(journal, row(0), population=[0], strategy=b"before", elapsed=1.0)
    with pytest.raises(sqlite3.IntegrityError):  # the second population member is there twice
        write(journal, row(1), population=[1, 1], strategy=b"after", elapsed=2.0)
    assert [one.id for one in journal.evaluations()] == [0]
    assert journal.population() == [0]
    assert journal.strategy_state() == b"before"
    assert journal.facts()["elapsed"] == 1.0
    write(journal, row(1), population=[1], strategy=b"after", elapsed=2.0)
    assert journal.population() == [1]


def test_an_interrupt_within_a_transaction_leaves_nothing(journal, monkeypatch, row):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(journal, "_write_facts", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(journal, row(0), population=[0])
    assert journal.evaluations() == journal.population() == []


def test_an_individual_is_written_once(journal, row):
    write(journal, row(0))
    with pytest.raises(sqlite3.IntegrityError):
        write(journal, row(0, 0.9))


def test_a_retraining_takes_the_place_of_an_earlier_one(journal):
    journal.record_final(final(4, epochs=1))
    journal.record_final(final(3))
    journal.record_final(final(4, epochs=2))
    assert [(row.id, row.epochs) for row in journal.finals()] == [(3, 3), (4, 2)]


def test_facts_are_written_over_those_of_the_same_name(journal):
    journal.state_facts({"seed": 2, "note": None})
    assert journal.facts()["seed"] == 2
    assert journal.facts()["settings"] == {"data": "digits"}


def test_a_reader_sees_whole_transactions_while_another_writes(journal, path, row):
    write(journal, row(0), population=[0])
    with Journal.read(path) as reader:
        with journal._transaction():
            journal._insert("evaluations", row(1))
            assert [one.id for one in reader.evaluations()] == [0]
        assert [one.id for one in reader.evaluations()] == [0, 1]
        write(journal, row(2))
        assert len(reader.evaluations()) == 3


@pytest.mark.usefixtures("journal")
def test_a_reader_writes_nothing(path):
    with Journal.read(path) as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.state_facts({"seed": 2})


def test_an_archived_journal_is_read_where_nothing_can_be_written(path, journal, monkeypatch):
    journal.state_facts({"elapsed": 7.0})
    journal.close()
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with Journal.read(path) as reader:
        assert reader.facts()["elapsed"] == 7.0
        assert [file.name for file in path.parent.iterdir()] == [path.name]  # no index of a log


def test_a_journal_whose_writer_was_killed_is_read_as_of_its_last_commit(path):
    script = f"""
        import os, pathlib
        from renas_apps.journal import Journal
        from renas_apps.journal_rows import Final
        journal = Journal.create(pathlib.Path({str(path)!r}), {{}})
        journal.state_facts({{"elapsed": 7.0}})
        journal._connection.execute("BEGIN IMMEDIATE")
        journal._write_facts({{"elapsed": 8.0}})
        os.kill(os.getpid(), 9)
    """
    assert subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False).returncode
    assert path.with_name("search.db-wal").stat().st_size  # not yet in the database itself
    with Journal.read(path) as reader:
        assert reader.facts()["elapsed"] == 7.0
    with Journal.open(path) as journal:
        assert journal.facts()["elapsed"] == 7.0


def test_an_unknown_individual_is_refused(journal):
    with pytest.raises(InputError) as caught:
        journal.evaluation(7)
    assert str(caught.value) == "the journal has no individual 7"


@pytest.mark.parametrize("opened", [Journal.open, Journal.read])
def test_a_missing_journal_is_refused(opened, path):
    with pytest.raises(InputError) as caught:
        opened(path)
    assert (
        str(caught.value)
        == f"there is no journal at {path}: give the directory of a search, as renas-search made it"
    )
    assert not path.exists()


@pytest.mark.parametrize("opened", [Journal.open, Journal.read])
def test_a_newer_journal_is_refused(opened, journal, path):
    journal.state_facts({"schema_version": 2})
    with pytest.raises(InputError) as caught:
        opened(path)
    assert str(caught.value) == (
        f"the journal {path} is of version 2, this renas-apps reads up to 1: "
        "install a newer renas-apps"
    )


def garbage(path):
    path.write_bytes(b"not a database" * 1000)


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwritten(path):
    content = bytearray(path.read_bytes())
    content[4096 * 2 :] = b"\xff" * (len(content) - 4096 * 2)
    path.write_bytes(content)


def emptied(path):
    path.write_bytes(b"")


def edited(path):
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE run SET value = '{' WHERE key = 'seed'")
    connection.close()


def no_text(path):
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE run SET value = CAST(x'ff' AS TEXT) WHERE key = 'seed'")
    connection.close()


@pytest.mark.parametrize("opened", [Journal.open, Journal.read])
@pytest.mark.parametrize("damage", [garbage, truncated, overwritten, emptied, edited, no_text])
def test_a_damaged_journal_is_refused(opened, damage, path, row):
    with Journal.create(path, {"seed": 1}) as journal:
        for number in range(50):
            write(journal, row(number), strategy=bytes(5000))
    damage(path)
    with pytest.raises(InputError) as caught:
        opened(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"the journal {path} cannot be read (")
    assert sentence.endswith("): restore it, or start another run")
    assert "\n" not in sentence


def test_a_journal_is_made_over_what_a_killed_process_left_of_one(path):
    with Journal.create(path, {"seed": 1}):
        path.with_name(".search.db.new").write_bytes(path.read_bytes())
        wal = path.with_name("search.db-wal").read_bytes()
        path.with_name(".search.db.new-wal").write_bytes(wal)
    path.unlink()
    with Journal.create(path, {"seed": 2}) as journal:
        assert journal.facts()["seed"] == 2
    assert [file.name for file in path.parent.iterdir()] == ["search.db"]


def changed(path, statement):
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def test_a_fitness_that_cannot_be_is_refused(path, row):
    with Journal.create(path, {}) as journal:
        write(journal, row(0, 0.5))
        journal.record_final(final(0))
    for column, value, said in (("fitness", "'x'", "'x'"), ("fitness", "7", "7.0")):
        changed(path, f"UPDATE evaluations SET {column} = {value}")  # noqa: S608 (our own words)
        with Journal.read(path) as journal, pytest.raises(InputError) as caught:
            journal.evaluations()
        assert str(caught.value) == (
            f"the journal has a row of Evaluation that cannot be (fitness is {said} and not from 0 "
            "to 1): restore it"
        )
    changed(path, "UPDATE finals SET accuracy = 'x'")
    with Journal.read(path) as journal, pytest.raises(InputError, match="a row of Final that"):
        journal.finals()


class Refusing(sqlite3.Connection):
    """A connection to a journal that is whole, but cannot be read now."""

    reason = "SQLITE_IOERR_WRITE"

    def execute(self, *_):
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorname = self.reason
        raise error


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("SQLITE_IOERR_WRITE", "cannot be opened (disk I/O error): make room on its disk, or"),
        ("SQLITE_FULL", "cannot be opened (disk I/O error): make room on its disk, or"),
        ("SQLITE_BUSY", ": wait until it has ended"),
    ],
)
def test_a_journal_that_cannot_be_opened_now_is_not_called_damaged(path, monkeypatch, reason, said):
    connect = sqlite3.connect
    monkeypatch.setattr(Refusing, "reason", reason)
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, factory=Refusing))
    for opened in (Journal.open, Journal.read):
        with pytest.raises(RunError) as caught:
            opened(path)
        assert str(path) in str(caught.value)
        assert said in str(caught.value)
