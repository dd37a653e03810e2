from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import torch

from renas_controller import make_strategy
from renas_space import SearchSpace

SPACE = SearchSpace(blocks=2)
LEARNING = ("renas", "renas-plus", "reinforcement")


def fitness(genotype):
    return sum(token == 5 for token in genotype.tokens) / 10


def step(strategy):
    proposal = strategy.ask()
    strategy.tell(proposal, fitness(proposal.genotype))
    return proposal.genotype


@contextmanager
def default_dtype(dtype):
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@pytest.mark.parametrize("name", LEARNING)
@pytest.mark.parametrize(
    "surroundings",
    [
        torch.no_grad,
        torch.inference_mode,
        lambda: torch.autocast("cpu", dtype=torch.bfloat16),
        lambda: torch.device("meta"),  # as a GPU would be, no tensor of it mixes with the CPU's
        lambda: default_dtype(torch.float64),
    ],
    ids=["no_grad", "inference_mode", "autocast", "device", "dtype"],
)
def test_what_the_caller_has_set_for_torch_changes_nothing(name, surroundings):
    alone = make_strategy(name, SPACE, population_size=5, seed=3)
    expected = [step(alone) for _ in range(10)]
    with surroundings():
        strategy = make_strategy(name, SPACE, population_size=5, seed=3)
        found = [step(strategy) for _ in range(5)]
        state = strategy.state_dict()
        strategy.load_state_dict(state)
    assert [*found, *(step(strategy) for _ in range(5))] == expected


def test_what_the_caller_has_set_is_as_it_was():
    with torch.inference_mode(), default_dtype(torch.float64), torch.device("meta"):
        step(make_strategy("renas", SPACE, population_size=5))
        assert torch.is_inference_mode_enabled()
        assert torch.get_default_dtype() == torch.float64
        assert torch.get_default_device().type == "meta"


@pytest.mark.parametrize("name", LEARNING)
def test_threads_may_share_a_strategy(name):
    strategy = make_strategy(name, SPACE, population_size=5, seed=0)
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(step, strategy) for _ in range(24)]:
            done.result()
    assert strategy.pending == ()
    assert {member.id for member in strategy.population} <= set(range(24))
