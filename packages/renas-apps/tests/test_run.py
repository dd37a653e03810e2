"""A run is read without torch: evaluations, lineages, populations, frames."""

import sqlite3
import subprocess
import sys

import pytest

from renas_apps.journal import Journal
from renas_apps.journal_rows import Final
from renas_apps.run import Run
from renas_space import InputError

CELL = "0110.1150.0003.1010.2250"


@pytest.fixture
def rows(row):
    inherited = {"parameters_kept": 60, "parameters_sliced": 15, "parameters_new": 25}
    return [
        row(0, 0.2),
        row(1, 0.3),
        row(2, state="failed", reason="the loss is nan"),
        row(3, 0.4, fitness_before=0.1, parent_id=1, leaver_id=0, **inherited),
        row(4, 0.35, parent_id=3, leaver_id=1),
    ]


@pytest.fixture
def directory(tmp_path, rows):
    (tmp_path / "weights").mkdir()
    (tmp_path / "config.toml").write_text('data = "digits"\n')
    settings = {"data": "digits", "evaluations": 4, "population": 2, "sample": 2, "final_epochs": 3}
    facts = {"settings": settings, "versions": {"torch": "2"}}
    with Journal.create(tmp_path / "search.db", facts) as journal:
        for done in rows:
            journal.record(done, population=[3, 4], strategy=b"", elapsed=12.5)
        for number, accuracy in ((3, 0.5), (4, 0.6)):
            journal.record_final(
                Final(
                    id=number,
                    genotype=CELL,
                    epochs=3,
                    accuracy=accuracy,
                    test_accuracy=None,
                    loss=1.0,
                    curve="[]",
                )
            )
    return tmp_path


def test_a_run_knows_its_populations_and_its_best(directory) -> None:
    run = Run.open(directory)
    assert [r.id for r in run.first_population] == [0, 1]
    assert [r.id for r in run.last_population] == [3, 4]
    assert run.best is not None
    assert run.best.id == 4  # the best retraining, not the highest fitness
    assert run.elapsed == 12.5
    assert run.settings["data"] == "digits"


def test_a_lineage_begins_with_the_eldest(directory) -> None:
    assert [r.id for r in Run.open(directory).lineage(4)] == [1, 3, 4]
    with pytest.raises(InputError) as error:
        Run.open(directory).lineage(9)
    assert str(error.value) == "the run has no individual 9: see renas-report export"


def test_a_frame_has_a_row_for_each_individual(directory) -> None:
    pytest.importorskip("pandas")
    frame = Run.open(directory).frame()
    assert list(frame.id) == [0, 1, 2, 3, 4]
    assert frame.set_index("id").inherited_share[3] == 0.75


def test_without_pandas_a_frame_says_what_to_install(directory, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InputError) as error:
        Run.open(directory).frame()
    assert str(error.value) == (
        "frames need pandas, which is not installed: pip install 'renas-apps[frames]'"
    )


def test_no_run_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="there is no journal"):
        Run.open(tmp_path)


def test_a_journal_that_lacks_a_table_is_one_sentence(directory) -> None:
    with sqlite3.connect(directory / "search.db") as database:
        database.execute("DROP TABLE finals")
    with pytest.raises(InputError, match="search.db cannot be read .no such table: finals.: resto"):
        Run.open(directory)


def test_reading_a_run_does_not_import_torch() -> None:
    code = "import sys; from renas_apps import Run; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def add_final(directory, number: int, *, epochs: int, accuracy: float) -> None:
    with Journal.open(directory / "search.db") as journal:
        journal.record_final(
            Final(
                id=number,
                genotype=CELL,
                epochs=epochs,
                accuracy=accuracy,
                test_accuracy=None,
                loss=1.0,
                curve="[]",
            )
        )


def test_retrainings_of_an_earlier_end_do_not_compare(directory) -> None:
    add_final(directory, 1, epochs=3, accuracy=0.9)  # gone from the population since
    run = Run.open(directory)
    assert [final.id for final in run.finals] == [1, 3, 4]
    assert [final.id for final in run.retrained] == [3, 4]
    assert run.best is not None
    assert run.best.id == 4


def test_before_all_are_retrained_alike_the_best_is_the_fittest(directory) -> None:
    add_final(directory, 4, epochs=1, accuracy=0.9)  # another number of epochs
    run = Run.open(directory)
    assert [final.id for final in run.retrained] == [3]
    assert run.best is not None
    assert run.best.id == 3


def test_the_first_population_of_random_search_is_not_all_of_it(tmp_path, row) -> None:
    with Journal.create(tmp_path / "search.db", {"settings": {"population": 2}}) as journal:
        for number in range(4):
            done = row(number, number / 10)
            journal.record(done, population=[2, 3], strategy=b"", elapsed=1.0)
    assert [r.id for r in Run.open(tmp_path).first_population] == [0, 1]


def test_the_first_population_ends_with_the_first_mutation(tmp_path, row) -> None:
    path = tmp_path / "run"
    path.mkdir()
    rows = [row(0, 0.25), row(1, 0.5, parent_id=0), row(2, 0.75)]  # a search that began anew
    with Journal.create(path / "search.db", {"settings": {"population": 3}}) as journal:
        for each in rows:
            journal.record(each, population=[0], strategy=b"", elapsed=1.0)
    assert [each.id for each in Run.open(path).first_population] == [0]


def test_settings_come_with_the_defaults_of_what_was_left_out(directory) -> None:
    config = Run.open(directory).config
    assert config.evaluations == 4
    assert config.batch_size == 64


def test_a_run_is_read_while_it_is_written(directory, row) -> None:
    with Journal.open(directory / "search.db") as writer:
        assert len(Run.open(directory).evaluations) == 5
        writer.record(row(5, 0.5), population=[3, 5], strategy=b"", elapsed=13.0)
        run = Run.open(directory)
    assert [r.id for r in run.last_population] == [3, 5]
    assert run.elapsed == 13.0


def test_run_is_importable_from_the_package() -> None:
    import renas_apps

    assert renas_apps.Run is Run
    with pytest.raises(AttributeError, match="^module 'renas_apps' has no attribute 'Walk'$"):
        _ = renas_apps.Walk


@pytest.mark.parametrize(
    "damage",
    ["DELETE FROM run WHERE key = 'settings'", "REPLACE INTO run VALUES ('elapsed', '\"x\"')"],
)
def test_a_run_that_has_lost_what_is_known_of_it_is_refused(directory, damage):
    with sqlite3.connect(directory / "search.db") as connection:
        connection.execute(damage)
    connection.close()
    with pytest.raises(InputError) as caught:
        Run.open(directory)
    assert str(caught.value) == (
        f"the journal {directory / 'search.db'} has lost its settings, or the time it took: "
        "restore it"
    )
