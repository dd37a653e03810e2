import random

import pytest
import torch

from renas_controller.predictor import REMEMBERED, Predictor
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
    promise = predictor(cells[60:]).promise
    fitness = torch.tensor([convolutions(cell) for cell in cells[60:]]).double()
    assert torch.corrcoef(torch.stack((promise, fitness)))[0, 1] > 0.8


def test_improvement_is_expected_where_less_is_known(cells):
    predictor = Predictor(SPACE)
    predictor.fit(cells[:60], [convolutions(cell) for cell in cells[:60]])
    best = max(cells[:60], key=convolutions)
    outlook = predictor([best, *cells[60:]])
    assert outlook.improvement.argmax() != 0
    assert (outlook.improvement >= 0).all()


def test_what_is_out_makes_its_own_proposal_again_less_attractive(cells):
    predictor, fitness = Predictor(SPACE), [convolutions(cell) for cell in cells[:40]]
    predictor.fit(cells[:40], fitness)
    before = predictor(cells[40:]).improvement
    chosen = cells[40 + int(before.argmax())]
    predictor.fit(cells[:40], fitness, out=[chosen])
    assert predictor([chosen]).improvement.item() < before.max().item() / 2


def test_only_the_latest_are_remembered(cells):
    predictor, again = Predictor(SPACE), Predictor(SPACE)
    many = (cells * 8)[: REMEMBERED + 20]
    predictor.fit(many, [convolutions(cell) for cell in many])
    again.fit(many[20:], [convolutions(cell) for cell in many[20:]])
    assert torch.equal(predictor(cells).promise, again(cells).promise)


def test_a_predictor_without_data_says_so(cells):
    with pytest.raises(RuntimeError, match="has not been fitted: call fit first"):
        Predictor(SPACE)(cells)
