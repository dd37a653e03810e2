"""Plain values out of a pickle, and nothing else."""

import contextlib
import pickle
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renas_space import InputError
from renas_trainer.data.pickled import Call, read_pickled

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
)


@given(value=PLAIN, protocol=st.integers(2, 5))
def test_plain_values_come_as_they_were(value, protocol):
    assert read_pickled(pickle.dumps(value, protocol=protocol)) == value


def test_bytes_come_as_they_were_from_protocol_3_on():
    value = {b"labels": [1, 2, 300, -5], "shared": [b"x" * 300] * 2}
    for protocol in (3, 4, 5):
        assert read_pickled(pickle.dumps(value, protocol=protocol)) == value


def test_a_key_that_is_nested_deep_is_refused_and_nothing_crashes():
    nested = b"\x80\x02})" + b"\x85" * 1_000_000 + b"K\x01s."  # {((((...),),),): 1}
    with pytest.raises(InputError, match="a key of a dictionary is neither text nor number"):
        read_pickled(nested)


def test_strings_of_python_2_come_as_str():
    # What Python 2.7's pickle.dumps({'a': 'b\xff'}, 2) returns.
    assert read_pickled(b"\x80\x02}q\x00U\x01aq\x01U\x02b\xffq\x02s.") == {"a": "bÿ"}


def test_an_array_comes_as_the_note_of_a_call():
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    value = read_pickled(pickle.dumps(array, protocol=4))
    assert isinstance(value, Call)
    assert value.function.endswith("multiarray _reconstruct")
    _, shape, kind, _, content = value.state
    assert (shape, kind.arguments[0], content) == ((2, 3), "u1", array.tobytes())


def test_nothing_is_called(tmp_path):
    witness = tmp_path / "called"
    # pickle.loads of this makes a file.
    program = b"cposix\nmkdir\n(X" + len(str(witness)).to_bytes(4, "little")
    program += str(witness).encode() + b"tR."
    assert isinstance(read_pickled(program), Call)
    assert not witness.exists()
    pickle.loads(program)  # noqa: S301  # our own bytes: they are what a pickle can do
    assert witness.exists()


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "pickle exhausted before seeing STOP"),
        (pickle.dumps([1, 2], protocol=2)[:-4], "pickle exhausted before seeing STOP"),
        (b"\x80\x02(i__main__\nThing\n.", "it has the opcode INST"),
        (b"\x80\x02R.", "its stack is empty"),
        (b"\x80\x02h\x00.", "0"),
        (b"\x80\x02K\x01K\x02.", "too many values to unpack (expected 1)"),
        (b"\x80\x02K\x01s.", "its stack is empty"),
    ],
)
def test_damage_and_other_opcodes_are_refused(content, cause):
    with pytest.raises(InputError) as error:
        read_pickled(content)
    assert str(error.value) == f"the pickle cannot be read as plain values ({cause})"


@given(content=st.binary(max_size=60))
def test_any_bytes_give_a_value_or_the_one_error(content):
    with contextlib.suppress(InputError):
        read_pickled(b"\x80\x02" + content)


def test_an_object_that_is_filled_is_refused():
    with pytest.raises(InputError, match="'Call' object has no attribute 'update'"):
        read_pickled(pickle.dumps(OrderedDict(a=1), protocol=2))
