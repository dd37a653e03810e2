import json

import pytest

from renas_apps.best import write_best
from renas_apps.journal_rows import Final
from renas_space import RENASNET, Genotype


@pytest.fixture
def best(row):
    cell = {"genotype": str(RENASNET), "digest": RENASNET.digest()}
    size = {"parameters": 1000, "multiply_adds": 20000}
    return row(7, 0.75, parent_id=3, leaver_id=1, lineage_epochs=4, **cell, **size)


def test_the_best_is_a_genotype_with_what_is_known_of_it(tmp_path, best):
    path = tmp_path / "best.json"
    write_best(path, best)
    text = path.read_text()
    assert Genotype.from_json(text) == RENASNET
    assert text.endswith("}\n")
    known = json.loads(text)
    del known["format"], known["version"], known["normal"], known["reduction"]
    assert known == {
        "id": 7,
        "digest": RENASNET.digest(),
        "fitness": 0.75,
        "lineage_epochs": 4,
        "parameters": 1000,
        "multiply_adds": 20000,
    }


def test_its_retraining_is_added_once_there_is_one(tmp_path, best):
    path = tmp_path / "best.json"
    final = Final(
        id=7,
        genotype=str(RENASNET),
        epochs=3,
        accuracy=0.9,
        test_accuracy=None,
        loss=0.2,
        curve="[]",
    )
    write_best(path, best, final)
    known = json.loads(path.read_text())
    assert (known["fitness"], known["final_epochs"], known["final_accuracy"]) == (0.75, 3, 0.9)
    assert known["final_test_accuracy"] is None
