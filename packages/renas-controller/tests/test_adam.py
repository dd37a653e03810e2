import pytest
import torch

from renas_controller.adam import learned_state, load_learned_state
from renas_space import InputError


def learner(seed, steps):
    """A layer, and an Adam that has made some steps."""
    generator = torch.Generator().manual_seed(seed)
    module = torch.nn.Linear(3, 2, device="meta").to_empty(device="cpu")
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, generator=generator)
    adam = torch.optim.Adam(module.parameters(), 0.1, fused=True)
    for _ in range(steps):
        step(module, adam)
    return module, adam


def step(module, adam):
    adam.zero_grad()
    module(torch.arange(3.0)).square().sum().backward()
    adam.step()


@pytest.mark.parametrize("steps", [0, 3])
def test_a_state_leads_to_the_same_steps(steps):
    (module, adam), (other, others) = learner(0, steps), learner(1, 2)
    load_learned_state(other, others, learned_state(module, adam))
    for each in ((module, adam), (other, others)):
        step(*each)
    assert torch.equal(module.weight, other.weight)
    assert torch.equal(module.bias, other.bias)


def test_a_state_is_a_copy():
    module, adam = learner(0, 2)
    state = learned_state(module, adam)
    weight, moment = state["weights"]["weight"].clone(), state["moments"]["bias/exp_avg"].clone()
    step(module, adam)
    assert torch.equal(state["weights"]["weight"], weight)
    assert torch.equal(state["moments"]["bias/exp_avg"], moment)


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        ({"weights": None}, AttributeError),
        ({"moments": None}, AttributeError),
        ({"moments": []}, AttributeError),
        ({"weights": {}}, InputError),
        ({"moments": {"weight/step": torch.tensor(1.0)}}, InputError),
    ],
)
def test_what_does_not_fit_changes_nothing(damage, error):
    (module, adam), (twin, twins) = learner(0, 2), learner(0, 2)
    state = learned_state(*learner(1, 2))
    with pytest.raises(error):
        load_learned_state(module, adam, {**state, **damage})
    for each in ((module, adam), (twin, twins)):
        step(*each)
    assert torch.equal(module.weight, twin.weight)
