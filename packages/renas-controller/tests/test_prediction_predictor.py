import random

import pytest
import torch

from renas_controller.prediction import predictor as module
from renas_controller.prediction.path_sums import PathSums
from renas_controller.prediction.predictor import BEST_REMEMBERED, Predictor
from renas_space import SearchSpace

SPACE = SearchSpace(blocks=3)


def convolutions(genotype):
    """A fitness that a predictor can learn: the share of separable convolutions."""
    return sum(o < 3 for row in genotype.normal.rows for o in row[2:]) / 6


@pytest.fixture
def cells():
    rng = random.Random(0)
    return [SPACE.sample(rng) for _ in range(160)]


def test_what_is_expected_of_unseen_cells_follows_their_fitness(cells):
    predictor = Predictor(SPACE)
    predictor.fit(cells[:60], [convolutions(cell) for cell in cells[:60]])
    expected = predictor(cells[60:]).mean
    fitness = torch.tensor([convolutions(cell) for cell in cells[60:]]).double()
    assert torch.corrcoef(torch.stack((expected, fitness)))[0, 1] > 0.8


def ends(genotype):
    """A fitness that only counts of edges tell: what stands at the output."""
    rows = genotype.normal.rows
    return sum(o == 0 for index in genotype.normal.loose for o in rows[index - 2][2:])


def depth(genotype):
    """A fitness that the sums over paths tell: the longest path."""
    return float(PathSums(SPACE)([genotype])[0, -4])


@pytest.mark.parametrize(("fitness", "process"), [(depth, 0), (ends, 1)])
def test_the_process_that_explains_the_fitness_has_the_say(cells, fitness, process):
    predictor = Predictor(SPACE)
    predictor.fit(cells[:60], [fitness(cell) for cell in cells[:60]])
    expected = predictor(cells[60:]).mean
    alone = [each(predictor._inputs(cells[60:]))[0] for each in predictor._processes]
    assert torch.allclose(expected, alone[process], atol=1e-3)
    assert not torch.allclose(expected, alone[1 - process], atol=0.1)
    true = torch.tensor([fitness(cell) for cell in cells[60:]]).double()
    assert torch.corrcoef(torch.stack((expected, true)))[0, 1] > 0.75


def test_improvement_is_expected_where_less_is_known(cells):
    predictor = Predictor(SPACE)
    predictor.fit(cells[:8], [convolutions(cell) for cell in cells[:8]])
    best = max(cells[:8], key=convolutions)
    prediction = predictor([best, *cells[8:]])
    assert prediction.improvement.argmax() != 0
    assert (prediction.improvement >= 0).all()


def test_what_is_out_makes_its_own_proposal_again_less_attractive(cells):
    predictor, fitness = Predictor(SPACE), [convolutions(cell) for cell in cells[:40]]
    predictor.fit(cells[:40], fitness)
    before = predictor(cells[40:]).improvement
    chosen = cells[40 + int(before.argmax())]
    predictor.fit(cells[:40], fitness, out=[chosen])
    assert predictor([chosen]).improvement.item() < before.max().item() / 2


def test_the_latest_and_the_best_are_remembered(cells, monkeypatch):
    fitness = [0.1] * 5 + [0.9] * BEST_REMEMBERED + [0.2] * 5
    fitness += [convolutions(cell) / 1_000 for cell in cells[20:60]]
    expected = []
    for remembered, told in ((1_000, [*range(5, 15), *range(20, 60)]), (40, range(60))):
        monkeypatch.setattr(module, "REMEMBERED", remembered)
        predictor = Predictor(SPACE)
        predictor.fit([cells[index] for index in told], [fitness[index] for index in told])
        expected.append(predictor(cells).mean)
    assert torch.equal(*expected)


def test_what_has_been_forgotten_is_looked_at_again(cells, monkeypatch):
    fitness = [convolutions(cell) for cell in cells[:40]]
    patient, forgetful = Predictor(SPACE), Predictor(SPACE)
    expected = []
    for predictor, seen in ((patient, 1_000), (forgetful, 10)):
        monkeypatch.setattr(module, "SEEN", seen)
        predictor.fit(cells[:40], fitness)
        predictor(cells)
        predictor.fit(cells[:40], fitness)
        expected.append(predictor(cells * 2).improvement)
    assert torch.equal(*expected)


def test_a_predictor_without_data_says_so(cells):
    with pytest.raises(RuntimeError, match="has not been fitted: call fit first"):
        Predictor(SPACE)(cells)
