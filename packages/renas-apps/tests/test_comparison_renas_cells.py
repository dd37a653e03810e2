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
from renas_apps.comparison.cell_networks import CellNetworks
from renas_apps.comparison.cell_surrogate import Cells, CellSurrogate
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


def test_neighbours_and_walks_of_renasnet_by_hand():
    seen = dict(zip(FEATURES, cell_features(RENASNET), strict=True))
    assert (seen["loose blocks of 1 convolutions"], seen["loose blocks of 2 convolutions"]) == (
        3,
        1,
    )
    assert seen["read blocks of 2 convolutions"] == seen["blocks on c-2 and c-2"] == 1
    assert (seen["blocks on c-2 and c-1"], seen["blocks on block and block"]) == (2, 1)
    assert (seen["nothing after convolution"], seen["convolution after convolution"]) == (2, 2)
    # Loose: skip | 3x3 on c-1; 3x3 | average on c-2; 5x5 | 3x3; and two convolutions, one behind.
    assert seen["even walk: 0 convolutions"] == pytest.approx((0.5 + 0.5) / 4)
    assert seen["even walk: 2 convolutions"] == pytest.approx(0.5 / 4)
    assert seen["even walk: ends at c-1"] == pytest.approx((1 + 0 + 0.5 + 0.5) / 4)
    # A convolution leaves a variance of 1, a skip what it reads, an average 0.35 of it.
    assert seen["variance of loose blocks: sum"] == pytest.approx(2 + 1.35 + 2 + (2 + 1))
    assert seen["walk of the signal: avg_pool_3x3"] == pytest.approx(0.35 / 1.35 / 4)


def test_isomorphic_cells_look_the_same_and_score_the_same():
    rng, benchmark = random.Random(0), RenasCells()
    for _ in range(200):
        cell = SPACE.sample(rng)
        assert cell_features(cell) == cell_features(cell.canonical())
        assert benchmark.fitness(cell) == benchmark.fitness(cell.canonical())
        # By the networks too, up to rounding, without the canonical order.
        both = benchmark.surrogate(Cells.of([cell, cell.canonical()]))
        assert both[0] == pytest.approx(both[1], abs=1e-6)


def test_networks_of_one_number_by_hand():
    one = np.ones((1, 1), dtype=np.float32)
    operation = np.arange(6, dtype=np.float32).reshape(6, 1, 1, 1)  # operation k multiplies by k
    networks = CellNetworks(
        start=np.array([[[100.0]], [[200.0]]], dtype=np.float32),
        operation=operation,
        operation_shift=np.zeros((6, 1, 1), dtype=np.float32),
        block=one[None],
        block_shift=0 * one,
        output=np.array([[[1.0], [1.0], [10.0]]], dtype=np.float32),
        output_shift=0 * one,
        score=one,
        base=np.array(0.5),
    )
    # 100 * 1 + 200 * 2 = 500; a state is 1.5 of it. Then 750 * 3 + 200 * 1 = 2450, the loose block.
    # (So large a number times its sigmoid is the number.)
    rows = np.array([[[0, 1, 1, 2], [2, 1, 3, 1]]], dtype=np.int8)
    loose = np.array([[False, True]])
    state = 1.5 * 2450
    expected = 0.5 + 0.4 * state + state + 10 * 0.3
    assert networks(rows, loose).tolist() == pytest.approx([expected])
    assert networks(np.repeat(rows, 1001, 0), np.repeat(loose, 1001, 0)) == pytest.approx(expected)


def test_a_surrogate_is_the_mean_of_its_parts():
    known = RenasCells().surrogate
    assert isinstance(known, CellSurrogate)
    cells = Cells.of([RENASNET, SPACE.sample(random.Random(3))])
    trees, networks = known.trees(cells.features), known.networks(cells.rows, cells.loose)
    assert known(cells) == pytest.approx((trees + networks) / 2)
    assert known(cells[1:]) == pytest.approx(known(cells)[1:])
    assert len(cells[1:]) == 1


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
    cells = Cells.of([SPACE.sample(rng) for _ in range(20_000)])
    above = int((benchmark.surrogate(cells) >= benchmark.target).sum())
    assert 6 <= above <= 36  # 20 expected; binomial, three standard deviations


def test_a_training_is_noisy_and_an_exact_query_is_not(facts):
    exact, noisy = RenasCells(), RenasCells("noisy")
    rng = random.Random(0)
    told = [noisy.observe(noisy.fitness(RENASNET), rng) for _ in range(2_000)]
    assert np.std(told) == pytest.approx(facts["noise"], rel=0.05)
    assert np.mean(told) == pytest.approx(exact.fitness(RENASNET), abs=0.002)
    assert exact.observe(0.25, rng) == 0.25
    assert exact.fitness(RENASNET) == noisy.fitness(RENASNET)
    assert exact.fitness(RENASNET) == pytest.approx(facts["published"]["renasnet"]["accuracy"])


def test_cells_score_the_same_at_once_and_one_by_one():
    benchmark, rng = RenasCells(), random.Random(2)
    cells = [SPACE.sample(rng) for _ in range(50)]
    one_by_one = [benchmark.fitness(cell) for cell in cells]
    assert benchmark.fitnesses(cells) == pytest.approx(one_by_one, abs=1e-9)


def test_surrogates_of_half_of_the_records_differ_and_agree_in_the_main():
    halves = [RenasCells(name) for name in ("first-half", "second-half")]
    rng = random.Random(1)
    cells = [SPACE.sample(rng) for _ in range(500)]
    first, second = (half.fitnesses(cells) for half in halves)
    assert (first != second).any()
    assert 0.7 < np.corrcoef(first, second)[0, 1] < 0.99
    assert len({half.digest for half in (*halves, RenasCells(), RenasCells("noisy"))}) == 4


def test_the_records_are_cells_of_the_space_and_the_surrogate_knows_them(records, facts):
    cells = {row["genotype"]: float(row["accuracy"]) for row in records if row["seed"] == "0"}
    assert len(records) > len(cells) > 500
    genotypes = [Genotype.from_string(text) for text in cells]
    assert all(SPACE.contains(genotype) for genotype in genotypes)
    assert len({genotype.digest() for genotype in genotypes}) == facts["cells"]
    benchmark = RenasCells()
    known = benchmark.fitnesses(genotypes)
    assert np.corrcoef(known, list(cells.values()))[0, 1] > 0.85


def test_the_noise_is_that_of_uniform_cells_trained_twice(records, facts):
    twice = {}
    for row in records:
        if int(row["number"]) >= 2:
            continue  # chosen by its first training, which was lucky
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
