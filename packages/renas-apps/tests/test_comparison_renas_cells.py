"""The benchmark of RENAS's space: what its surrogate sees, its trees, its records and its noise."""

import csv
import gzip
import json
import random
from importlib.resources import files

import numpy as np
import pytest

from renas_apps.comparison import RenasCells
from renas_apps.comparison.boosted_trees import BoostedTrees
from renas_apps.comparison.cell_features import FEATURES, cell_features
from renas_space import RENASNET, Genotype, InputError, SearchSpace

SPACE = SearchSpace(blocks=5)
DATA = files("renas_apps.comparison") / "data"


@pytest.fixture(scope="module")
def facts():
    return json.loads((DATA / "renas_cells.json").read_text())


@pytest.fixture(scope="module")
def records():
    text = gzip.decompress((DATA / "renas_cells.csv.gz").read_bytes()).decode()
    return list(csv.DictReader(text.splitlines()))


def test_the_counts_of_renasnet_by_hand():
    seen = dict(zip(FEATURES, cell_features(RENASNET), strict=True))
    assert seen["sep_conv_3x3"] == 5
    assert seen["sep_conv_3x3 on c-1"] == 2
    assert seen["sep_conv_5x5 on c-2"] == 1
    assert seen["skip_connect on block"] == 1
    assert seen["sep_conv_3x3 in a loose block"] == 4
    assert (seen["reads of c-2"], seen["reads of c-1"], seen["loose blocks"]) == (4, 4, 4)
    assert (seen["depth"], seen["sum of depths"], seen["sum of depths of loose blocks"]) == (
        2,
        6,
        5,
    )
    assert seen["blocks of two equal sides"] == seen["blocks that do nothing"] == 0


def test_isomorphic_cells_have_the_same_counts():
    rng = random.Random(0)
    for _ in range(200):
        cell = SPACE.sample(rng)
        assert cell_features(cell) == cell_features(cell.canonical())


def test_trees_by_hand():
    trees = BoostedTrees(
        feature=np.array([[0, 1, 1], [1, 0, 0]], dtype=np.int8),
        threshold=np.array([[0.5, 2.0, 3.0], [1.0, np.inf, np.inf]], dtype=np.float32),
        value=np.array([[1.0, 2.0, 3.0, 4.0], [10.0, 10.0, 20.0, 20.0]]),
        base=np.array(100.0),
    )
    assert trees(np.array([[0, 1], [0, 3], [1, 3], [1, 4]])).tolist() == [111, 122, 123, 124]


def test_the_target_is_what_a_thousandth_of_the_cells_reach():
    benchmark, rng = RenasCells(), random.Random(7)
    features = np.array([cell_features(SPACE.sample(rng)) for _ in range(20_000)])
    above = int((benchmark.surrogate(features) >= benchmark.target).sum())
    assert 6 <= above <= 36  # 20 expected; binomial, three standard deviations


def test_a_training_is_noisy_and_an_exact_query_is_not(facts):
    exact, noisy = RenasCells(), RenasCells("noisy")
    rng = random.Random(0)
    told = [noisy.observe(RENASNET, rng) for _ in range(2_000)]
    assert np.std(told) == pytest.approx(facts["noise"], rel=0.05)
    assert np.mean(told) == pytest.approx(exact.fitness(RENASNET), abs=0.002)
    assert exact.observe(RENASNET, rng) == exact.fitness(RENASNET) == noisy.fitness(RENASNET)
    assert exact.fitness(RENASNET) == pytest.approx(facts["published"]["renasnet"]["accuracy"])


def test_surrogates_of_half_of_the_records_differ_and_agree_in_the_main():
    halves = [RenasCells(name) for name in ("first-half", "second-half")]
    rng = random.Random(1)
    cells = [SPACE.sample(rng) for _ in range(500)]
    first, second = ([half.fitness(cell) for cell in cells] for half in halves)
    assert first != second
    assert 0.7 < np.corrcoef(first, second)[0, 1] < 0.99
    assert len({half.digest for half in (*halves, RenasCells(), RenasCells("noisy"))}) == 4


def test_the_records_are_cells_of_the_space_and_the_surrogate_knows_them(records, facts):
    cells = {row["genotype"]: float(row["accuracy"]) for row in records if row["seed"] == "0"}
    assert len(records) > len(cells) > 500
    genotypes = [Genotype.from_string(text) for text in cells]
    assert all(SPACE.contains(genotype) for genotype in genotypes)
    assert len({genotype.digest() for genotype in genotypes}) == facts["cells"]
    benchmark = RenasCells()
    known = np.array([benchmark.fitness(genotype) for genotype in genotypes])
    assert np.corrcoef(known, list(cells.values()))[0, 1] > 0.85


def test_the_noise_is_that_of_cells_trained_twice(records, facts):
    twice = {}
    for row in records:
        twice.setdefault(Genotype.from_string(row["genotype"]).digest(), {})[row["seed"]] = float(
            row["accuracy"]
        )
    pairs = np.array([(each["0"], each["1"]) for each in twice.values() if len(each) == 2])
    assert len(pairs) == facts["pairs"]
    assert np.sqrt((np.diff(pairs, axis=1) ** 2).mean() / 2) == pytest.approx(
        facts["noise"], rel=0.05
    )


def test_the_card_says_what_was_measured(records, facts):
    card = (DATA / "renas_cells.md").read_text()
    assert f"{len(records):,} trainings of {facts['cells']:,} cells" in card
    assert f"{100 * facts['noise']:.2f} points" in card
    assert f"{100 * facts['target']['all']:.2f} %" in card


def test_an_unknown_measure_is_refused():
    with pytest.raises(InputError) as error:
        RenasCells("valid-12")
    assert str(error.value) == (
        "the measure is 'valid-12': give one of exact, noisy, first-half, second-half"
    )
