"""A run is read without torch: evaluations, lineages, populations, frames."""

import subprocess
import sys

import pytest

from renas_apps.curve import curve_of
from renas_apps.journal import Evaluation, Final, Journal
from renas_apps.run import Run
from renas_space import InputError

CELL = "0110.1150.0003.1010.2250"


def row(number: int, **known: object) -> Evaluation:
    values = {
        "state": "told",
        "kind": "initial" if known.get("parent_id") is None else "child",
        "genotype": CELL,
        "digest": f"v1:{number:032x}",
        "parent_id": None,
        "leaver_id": None,
        "mutations": "[]",
        "log_prob": None,
        "entropy": None,
        "replays": None,
        "parameters": 1000,
        "multiply_adds": 2000,
        "epochs": 1,
        "lineage_epochs": 1,
    }
    return Evaluation(id=number, **(values | known))


ROWS = [
    row(0, fitness=0.2),
    row(1, fitness=0.3),
    row(2, state="failed", reason="the loss is nan"),
    row(
        3,
        fitness=0.4,
        fitness_before=0.1,
        parent_id=1,
        leaver_id=0,
        lineage_epochs=2,
        parameters_kept=60,
        parameters_sliced=15,
        parameters_new=25,
    ),
    row(4, fitness=0.35, parent_id=3, leaver_id=1, lineage_epochs=3),
]


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "config.toml").write_text('data = "digits"\n')
    facts = {"settings": {"data": "digits", "evaluations": 4}, "versions": {"torch": "2"}}
    with Journal.create(tmp_path / "search.db", facts) as journal:
        for done in ROWS:
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


def test_reading_a_run_does_not_import_torch() -> None:
    code = "import sys, renas_apps.run; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_curve_follows_who_is_alive() -> None:
    curve = curve_of(ROWS)
    assert curve.fitness == (0.2, 0.3, 0.4, 0.35)
    assert curve.best == (0.2, 0.3, 0.4, 0.4)
    assert curve.population == pytest.approx((0.2, 0.25, 0.35, 0.375))
