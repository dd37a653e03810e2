"""Reads MXNet's file of arrays, ``.params``, without MXNet.

All of it is little-endian (MXNet 1.9.1, ``src/ndarray/ndarray.cc``, ``NDArray::Save`` and
``NDArray::Load``)::

    u64 0x112   u64 reserved   u64 number of arrays   the arrays
    u64 number of names        for each name: u64 length, UTF-8 bytes

    an array: u32 magic        the file version, see `_Version`
              i32 storage      versions 2 and 3 only; 0 is dense
              i32 dimensions   an i64 for each
              i32 device type  i32 device number
              i32 type         see `_TYPES`
              the elements

A file is not trusted: every size is compared with the bytes that are left before it is used, and
the arrays are views of the file's bytes, so no memory is taken for a size that a file only claims.
"""

import math
import struct
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from renas_space import InputError

_FILE_MAGIC = 0x112

_TYPES = ("<f4", "<f8", "<f2", "u1", "<i4", "i1", "<i8")
"""Element types by their number in the file; later ones (bool, bfloat16) hold no weights."""

_SMALLEST_ARRAY = 6 * 4 + 1
"""Bytes of a scalar of one byte, which only version 3 has."""

_MOST_DIMENSIONS = 32
"""As many as every numpy can hold."""


_LONGEST_NAME = 1024
"""Bytes; the authors' have up to 67 (our choice: a message may quote a name)."""


class _Version(IntEnum):
    """The magic number before an array."""

    V1 = 0xF993FAC8
    """Dimensions of 64 bits (0.11)."""
    V2 = 0xF993FAC9
    """And a storage type (from 0.12)."""
    V3 = 0xF993FACA
    """And numpy's meaning of a shape: no dimension is a scalar (from 1.6)."""


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read all arrays of an MXNet file by name, such as ``arg:fc_backbone_weight``.

    Args:
        path: a ``.params`` file, as ``mx.nd.save`` and ``mx.model.save_checkpoint`` write it.

    Raises:
        InputError: the file cannot be read, is damaged, or holds something other than dense arrays.
    """
    if path.exists() and not path.is_file():  # a device may never end
        raise InputError(f"{path} is not a file: give an MXNet .params file")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}): give an MXNet .params file"
        ) from error
    return parse_arrays(data, source=str(path))


def parse_arrays(data: bytes, *, source: str = "the file") -> dict[str, NDArray[Any]]:
    """Read all arrays of an MXNet file from its bytes; they are read-only views of them.

    Args:
        data: the whole file.
        source: what error messages call it.

    Raises:
        InputError: the file is damaged, or holds something other than dense arrays.
    """
    cursor = _Cursor(data, source)
    if len(data) < 8 or cursor.number("<Q", "its first number") != _FILE_MAGIC:
        raise InputError(
            f"{source} begins with {data[:8].hex() or 'nothing'} and not with 1201000000000000: "
            "give a .params file that MXNet wrote"
        )
    cursor.take(8, "its header")  # reserved; MXNet ignores it too
    count = cursor.count(_SMALLEST_ARRAY, "arrays")
    arrays = [_array(cursor, f"array {index + 1} of {count}") for index in range(count)]
    names = [_name(cursor, index) for index in range(cursor.count(8, "names"))]
    if len(names) != count:
        raise InputError(
            f"{source} has arrays and names in different numbers, {count} and {len(names)}: save a "
            "dict of arrays, not a list"
        )
    if cursor.left:
        raise InputError(
            f"{source} goes on for {cursor.left} bytes after its last name: it is damaged, "
            "so fetch it again"
        )
    named: dict[str, NDArray[Any]] = {}
    for name, array in zip(names, arrays, strict=True):
        if name in named:
            raise InputError(
                f"{source} has two arrays of the name {name!r}: it is damaged, so fetch it again"
            )
        named[name] = array
    return named


class _Cursor:
    """A place in the bytes of a file, from which no more than what is left can be taken."""

    def __init__(self, data: bytes, source: str) -> None:
        """Start at the first byte."""
        self._data = memoryview(data)
        self._place = 0
        self.source = source

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self._data) - self._place

    def take(self, size: int, what: str) -> memoryview:
        """Return the next bytes, which are `what` in a message.

        Raises:
            InputError: there are fewer.
        """
        if size > self.left:
            raise InputError(
                f"{self.source} is cut short: {what} takes the bytes up to {self._place + size} "
                f"and the file has {len(self._data)}, so fetch it again"
            )
        self._place += size
        return self._data[self._place - size : self._place]

    def number(self, form: str, what: str) -> int:
        """Return the next whole number, of a form of `struct`."""
        (value,) = struct.unpack(form, self.take(struct.calcsize(form), what))
        return value

    def count(self, smallest: int, what: str) -> int:
        """Return how many things follow, none of which takes less than `smallest` bytes."""
        count = self.number("<Q", f"the number of {what}")
        if count * smallest > self.left:
            raise InputError(
                f"{self.source} claims {count} {what}, for which the {self.left} bytes that are "
                "left are too few: it is damaged, so fetch it again"
            )
        return count


def _array(cursor: _Cursor, what: str) -> NDArray[Any]:
    """Read one array."""
    magic = cursor.number("<I", what)
    if magic not in tuple(_Version):
        raise InputError(
            f"{cursor.source}, {what}: it begins with {magic:#010x}, which is no version of "
            "MXNet's arrays from 0.11 to 1.9, so save it again with one of them"
        )
    if magic != _Version.V1:
        storage = cursor.number("<i", what)
        if storage:
            raise InputError(
                f"{cursor.source}, {what}: its storage type is {storage}, sparse or unknown, so "
                'save it as a dense array, array.tostype("default")'
            )
    shape = _shape(cursor, what, scalar=magic == _Version.V3)
    cursor.take(8, what)  # the device that it was on
    code = cursor.number("<i", what)
    if not 0 <= code < len(_TYPES):
        raise InputError(
            f"{cursor.source}, {what}: its element type is number {code} and only 0 to "
            f'{len(_TYPES) - 1} are known, so save it as array.astype("float32")'
        )
    kind = np.dtype(_TYPES[code])
    elements = cursor.take(math.prod(shape) * kind.itemsize, what)
    return np.ndarray(shape, dtype=kind, buffer=elements)


def _shape(cursor: _Cursor, what: str, *, scalar: bool) -> tuple[int, ...]:
    """Read the shape of an array; no dimension is a scalar, or in older versions no array."""
    dimensions = cursor.number("<i", what)
    if not (0 if scalar else 1) <= dimensions <= _MOST_DIMENSIONS:
        raise InputError(
            f"{cursor.source}, {what}: it has {dimensions} dimensions, so it is empty or damaged: "
            "fetch the file again"
        )
    shape = struct.unpack(f"<{dimensions}q", cursor.take(8 * dimensions, what))
    if any(size < 1 for size in shape):
        raise InputError(
            f"{cursor.source}, {what}: its shape is {shape}, so it is empty or damaged: "
            "fetch the file again"
        )
    return shape


def _name(cursor: _Cursor, index: int) -> str:
    """Read a name."""
    what = f"name {index + 1}"
    length = cursor.number("<Q", what)
    raw = cursor.take(length, what)
    if length > _LONGEST_NAME:
        raise InputError(
            f"{cursor.source}, {what}: it has {length} bytes and names have up to {_LONGEST_NAME}, "
            "so the file is damaged: fetch it again"
        )
    try:
        return str(raw, "utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{cursor.source}, {what}: it is not UTF-8 text, so the file is damaged: fetch it again"
        ) from error
