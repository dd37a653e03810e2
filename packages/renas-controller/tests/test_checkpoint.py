import math

import pytest
import safetensors.torch
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from renas_controller import dumps, loads
from renas_controller.checkpoint import METADATA
from renas_space import InputError, SearchSpace

DAMAGED = "they are damaged, or something else than renas_controller.dumps wrote them"

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), json_values, max_size=4))
@example({"$tensor": None, "$": 1, "$$tensor": [{"$tensor": "0:state"}]})
def test_json_values_come_back(state):
    assert loads(dumps(state)) == state


def test_tensors_come_back_bit_by_bit_wherever_they_stand():
    state = {
        "a/b": torch.tensor([0.1, -0.0, math.inf]),
        "a": {"b": torch.tensor(3.0), "list": [torch.zeros(0, 2), 1, torch.arange(3)]},
        "bytes": torch.arange(5, dtype=torch.uint8),
        "transposed": torch.arange(6).reshape(2, 3).T,
    }
    found = loads(dumps(state))
    for one, other in [
        (found["a/b"], state["a/b"]),
        (found["a"]["b"], state["a"]["b"]),
        (found["a"]["list"][0], state["a"]["list"][0]),
        (found["a"]["list"][2], state["a"]["list"][2]),
        (found["bytes"], state["bytes"]),
        (found["transposed"], state["transposed"]),
    ]:
        assert one.dtype == other.dtype
        assert torch.equal(one, other)


def test_equal_states_give_equal_bytes():
    def state():
        return {"b": torch.ones(2), "a": {"x": torch.zeros(3), "n": 0.1}}

    assert dumps(state()) == dumps(state())


def test_numbers_that_json_cannot_hold_are_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps({"x": math.nan})


@pytest.mark.parametrize("data", [b"", b"x", b"\x00" * 8, b"\xff" * 100])
def test_what_is_no_state_is_refused(data):
    with pytest.raises(InputError) as error:
        loads(data)
    assert str(error.value).startswith("the bytes are no state of a strategy (")
    assert str(error.value).endswith(DAMAGED)


def test_cut_bytes_are_refused_wherever_they_were_cut():
    data = dumps({"a": torch.arange(40), "b": [1, 2]})
    for length in range(len(data)):
        with pytest.raises(InputError, match=DAMAGED):
            loads(data[:length])


def test_other_safetensors_are_refused():
    with pytest.raises(InputError, match=DAMAGED):
        loads(safetensors.torch.save({"x": torch.zeros(2)}))


@pytest.mark.parametrize("state", ["5", "[]", f"{'[' * 100_000}{']' * 100_000}"])
def test_a_document_of_something_else_is_refused(state):
    text = f'{{"version": 1, "state": {state}}}'
    with pytest.raises(InputError, match=DAMAGED):
        loads(safetensors.torch.save({}, metadata={METADATA: text}))


def test_a_newer_version_is_refused():
    data = dumps({}).replace(rb"{\"version\":1", rb"{\"version\":2")
    with pytest.raises(InputError) as error:
        loads(data)
    assert str(error.value) == "the state has version 2, this program reads up to 1: update it"


def test_a_space_is_no_value():
    with pytest.raises(TypeError):
        dumps({"space": SearchSpace()})
