import pytest
import torch

from renas_controller.encoder import Encoder


@pytest.fixture(params=[True, False], ids=["bi", "non-bi"])
def encoder(request, lively):
    return lively(Encoder(11, 12, bidirectional=request.param).to_empty(device="cpu"))


def test_there_is_a_state_for_every_token_after_two_begin_states(encoder):
    states = encoder(torch.arange(10).reshape(2, 5))
    assert states.shape == (2, 2 + 5, 12)
    assert torch.equal(states[:, :2], encoder.begin.expand(2, 2, 12))


def test_each_direction_has_half_of_a_state():
    assert Encoder(11, 100, bidirectional=True).lstm.hidden_size == 50
    assert Encoder(11, 100, bidirectional=False).lstm.hidden_size == 100


def test_the_begin_states_are_learned(encoder):
    encoder(torch.tensor([[1, 2, 3]]))[:, 2:].sum().backward()
    of_c_2, of_c_1 = encoder.begin.grad
    assert of_c_1.abs().min() > 0  # the LSTM starts there
    assert of_c_2.abs().max() == 0  # only read by the input mutator


def test_only_a_bidirectional_encoder_knows_at_a_token_what_comes_later(encoder):
    first, other = encoder(torch.tensor([[1, 2, 3], [1, 2, 4]]))
    same = torch.equal(first[2], other[2])
    assert same == (encoder.directions == 1)
    assert not torch.equal(first[4], other[4])


def test_parents_do_not_disturb_each_other(encoder):
    ids = torch.tensor([[1, 2, 3], [4, 5, 6]])
    torch.testing.assert_close(encoder(ids)[1:], encoder(ids[1:]))
