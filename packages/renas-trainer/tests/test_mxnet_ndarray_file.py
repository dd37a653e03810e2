"""The reader of MXNet's files takes what MXNet wrote, and survives whatever else it is handed."""

import lzma
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from renas_space import InputError
from renas_trainer.mxnet import parse_arrays, read_arrays

WRITTEN_BY_MXNET = Path(__file__).parent / "data" / "mxnet"  # tools/mxnet_reference.py --small
TYPES = (WRITTEN_BY_MXNET / "types.params").read_bytes()
NUMBERS = {"f4": 0, "f8": 1, "f2": 2, "u1": 3, "i4": 4, "i1": 5, "i8": 6}
V1, V2, V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA


def array_bytes(array, magic=V2, *, shape=None, storage=0, number=None):
    shape = array.shape if shape is None else shape
    number = NUMBERS[array.dtype.str[1:]] if number is None else number
    return b"".join(
        [
            struct.pack("<I", magic),
            b"" if magic == V1 else struct.pack("<i", storage),
            struct.pack("<i", len(shape)),
            struct.pack(f"<{len(shape)}q", *shape),
            struct.pack("<iii", 1, 0, number),
            array.astype(array.dtype.newbyteorder("<")).tobytes(),
        ]
    )


def file_bytes(arrays, names, *, count=None):
    raw = [name if isinstance(name, bytes) else name.encode() for name in names]
    return b"".join(
        [
            struct.pack("<QQQ", 0x112, 0, len(arrays) if count is None else count),
            *arrays,
            struct.pack("<Q", len(raw)),
            *(struct.pack("<Q", len(name)) + name for name in raw),
        ]
    )


ONE = array_bytes(np.ones((2, 3), "f4"))


def test_mxnets_own_file_of_every_element_type_is_read():
    arrays = read_arrays(WRITTEN_BY_MXNET / "types.params")
    assert list(arrays) == ["float32", "float64", "float16", "uint8", "int32", "int8", "int64"]
    for name, array in arrays.items():
        assert array.dtype == np.dtype(name)
        np.testing.assert_array_equal(array, [[1, 2, 3], [4, 5, 100]])


def test_mxnets_own_scalar_is_read():
    arrays = read_arrays(WRITTEN_BY_MXNET / "scalar.params")
    assert arrays["scalar"].shape == ()
    assert arrays["scalar"] == np.float32(2.5)


def test_mxnets_own_sparse_array_is_refused():
    path = WRITTEN_BY_MXNET / "sparse.params"
    with pytest.raises(InputError) as caught:
        read_arrays(path)
    assert str(caught.value) == (
        f"{path}, array 1 of 1: its storage type is 1, sparse or unknown, so save it as a dense "
        'array, array.tostype("default")'
    )


def test_what_the_tests_write_is_what_mxnet_writes():
    arrays = parse_arrays(TYPES)
    assert file_bytes([array_bytes(array) for array in arrays.values()], arrays) == TYPES


@pytest.mark.parametrize("magic", [V1, V2, V3])
@given(data=st.data())
def test_every_version_gives_back_what_was_written(magic, data):
    kinds = st.sampled_from(list(NUMBERS)).map(np.dtype)
    shapes = arrays_of.array_shapes(min_dims=0 if magic == V3 else 1, max_side=4)
    written = data.draw(
        st.dictionaries(st.text(max_size=20), arrays_of.arrays(kinds, shapes), max_size=4)
    )
    read = parse_arrays(file_bytes([array_bytes(a, magic) for a in written.values()], written))
    assert list(read) == list(written)
    for name, array in written.items():
        assert read[name].dtype == array.dtype
        assert read[name].shape == array.shape
        np.testing.assert_array_equal(read[name], array)


def test_arrays_are_views_of_the_file():
    (array,) = parse_arrays(file_bytes([ONE], ["a"])).values()
    assert not array.flags.owndata
    assert not array.flags.writeable


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"",
            "the file begins with nothing and not with 1201000000000000: give a .params file that "
            "MXNet wrote",
        ),
        (
            b"PK\3\4 and so on",
            "the file begins with 504b030420616e64 and not with 1201000000000000: give a .params "
            "file that MXNet wrote",
        ),
        (
            file_bytes([], [], count=2**63),
            "the file claims 9223372036854775808 arrays, for which the 8 bytes that are left are "
            "too few: it is damaged, so fetch it again",
        ),
        (
            file_bytes([array_bytes(np.ones(1, "f4"), 1)], ["a"]),
            "the file, array 1 of 1: it begins with 0x00000001, which is no version of MXNet's "
            "arrays from 0.11 to 1.9, so save it again with one of them",
        ),
        (
            file_bytes([array_bytes(np.ones(1, "f4"), storage=2)], ["a"]),
            "the file, array 1 of 1: its storage type is 2, sparse or unknown, so save it as a "
            'dense array, array.tostype("default")',
        ),
        (
            file_bytes([array_bytes(np.ones(1, "f4"), number=12)], ["a"]),
            "the file, array 1 of 1: its element type is number 12 and only 0 to 6 are known, so "
            'save it as array.astype("float32")',
        ),
        (
            file_bytes([array_bytes(np.ones(1, "f4"), number=-1)], ["a"]),
            "the file, array 1 of 1: its element type is number -1 and only 0 to 6 are known, so "
            'save it as array.astype("float32")',
        ),
        (
            file_bytes([ONE, array_bytes(np.ones(()).astype("f4"))], ["a", "b"]),
            "the file, array 2 of 2: it has 0 dimensions, so it is empty or damaged: fetch the "
            "file again",
        ),
        (
            file_bytes([array_bytes(np.ones(1, "f4"), shape=(1,) * 33)], ["a"]),
            "the file, array 1 of 1: it has 33 dimensions, so it is empty or damaged: fetch the "
            "file again",
        ),
        (
            file_bytes([array_bytes(np.ones(1, "f4"), shape=(0, 2**62))], ["a"]),
            "the file, array 1 of 1: its shape is (0, 4611686018427387904), so it is empty or "
            "damaged: fetch the file again",
        ),
        (
            file_bytes([array_bytes(np.ones(1, "f4"), shape=(-1, -4))], ["a"]),
            "the file, array 1 of 1: its shape is (-1, -4), so it is empty or damaged: fetch the "
            "file again",
        ),
        (
            file_bytes([array_bytes(np.ones(1, "f4"), shape=(2**40, 2**40))], ["a"]),
            "the file is cut short: array 1 of 1 takes the bytes up to 4835703278458516698824768 "
            "and the file has 85, so fetch it again",
        ),
        (
            file_bytes([ONE], []),
            "the file has arrays and names in different numbers, 1 and 0: save a dict of arrays, "
            "not a list",
        ),
        (
            file_bytes([ONE, ONE], ["a", "a"]),
            "the file has two arrays of the name 'a': it is damaged, so fetch it again",
        ),
        (
            file_bytes([ONE], [b"\xff"]),
            "the file, name 1: it is not UTF-8 text, so the file is damaged: fetch it again",
        ),
        (
            file_bytes([ONE], ["a" * 1025]),
            "the file, name 1: it has 1025 bytes and names have up to 1024, so the file is "
            "damaged: fetch it again",
        ),
        (
            file_bytes([ONE], ["a"]) + b"more",
            "the file goes on for 4 bytes after its last name: it is damaged, so fetch it again",
        ),
    ],
)
def test_a_file_that_is_wrong_is_refused_in_one_sentence(data, message):
    with pytest.raises(InputError) as caught:
        parse_arrays(data)
    assert str(caught.value) == message


def test_a_message_names_the_file(tmp_path):
    path = tmp_path / "official.params"
    path.write_bytes(file_bytes([ONE], ["a"])[:-1])
    with pytest.raises(InputError) as caught:
        read_arrays(path)
    assert str(caught.value) == (
        f"{path} is cut short: name 1 takes the bytes up to 105 and the file has 104, so fetch it "
        "again"
    )


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        read_arrays(tmp_path)
    assert str(caught.value) == f"{tmp_path} is not a file: give an MXNet .params file"
    absent = tmp_path / "absent.params"
    with pytest.raises(InputError) as caught:
        read_arrays(absent)
    assert str(caught.value) == (
        f"{absent} cannot be read (No such file or directory): give an MXNet .params file"
    )


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_a_device_that_never_ends_is_refused():
    with pytest.raises(InputError, match="^/dev/zero is not a file"):
        read_arrays(Path("/dev/zero"))


# --- Damage: an error or arrays within the file, and no memory beyond it -------------------------


def survives(data):
    """Parse bytes; they may be refused in one sentence, and may take no more memory than they are.

    32 KiB are for Python itself: the error, its traceback, the arrays' headers.
    """
    arrays, message = {}, ""
    tracemalloc.start()
    try:
        arrays = parse_arrays(data)
    except InputError as error:
        message = str(error)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 32 * 1024 + len(data)
    assert sum(array.nbytes for array in arrays.values()) <= len(data)
    assert "\n" not in message
    assert len(message) < 2000


def test_a_file_cut_anywhere_is_refused():
    for size in range(len(TYPES)):
        survives(TYPES[:size])
        with pytest.raises(InputError):
            parse_arrays(TYPES[:size])


@given(place=st.integers(0, 8 * len(TYPES) - 1))
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_a_flipped_bit_is_survived(place):
    damaged = bytearray(TYPES)
    damaged[place // 8] ^= 1 << place % 8
    survives(bytes(damaged))


@pytest.mark.parametrize("form", ["<i", "<I", "<q", "<Q"])
@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_any_number_anywhere_is_survived(form, data):
    bits = 8 * struct.calcsize(form)
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if form.islower() else (0, 2**bits - 1)
    place = data.draw(st.integers(0, len(TYPES) - bits // 8))
    number = data.draw(st.one_of(st.integers(low, high), st.just(high), st.integers(low, low + 9)))
    damaged = bytearray(TYPES)
    struct.pack_into(form, damaged, place, number)
    survives(bytes(damaged))


@given(rest=st.binary(max_size=400))
def test_any_bytes_after_a_good_beginning_are_survived(rest):
    survives(struct.pack("<QQ", 0x112, 0) + rest)
    survives(struct.pack("<QQQIi", 0x112, 0, 1, V2, 0) + rest)


def test_many_arrays_of_one_name_are_refused_in_time_that_grows_with_the_file():
    count = 20_000
    scalar = array_bytes(np.ones(()).astype("u1"), V3)
    with pytest.raises(InputError, match="two arrays of the name '19998'"):
        parse_arrays(file_bytes([scalar] * count, [str(min(i, count - 2)) for i in range(count)]))


def test_a_whole_network_of_mxnets_is_read_without_memory_of_its_own():
    data = lzma.decompress((WRITTEN_BY_MXNET / "network.params.xz").read_bytes())
    tracemalloc.start()
    arrays = parse_arrays(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(arrays) == 681
    assert peak < len(data)
