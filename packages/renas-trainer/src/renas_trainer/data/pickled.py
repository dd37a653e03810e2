"""Plain values out of a pickle, without unpickling it.

CIFAR-10's own files are pickles, and a pickle can run any program when it is loaded. Here its
opcodes are read as data, by the standard library's disassembler, on a stack of our own: numbers,
strings, lists, tuples and dictionaries come to be. What a pickle asks to be called is noted as a
`Call` and never called; an opcode that is not below is refused.
"""

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from renas_space import InputError


@dataclass(slots=True, kw_only=True)
class Call:
    """What a pickle asks for and does not get: a function's result, and its state after that."""

    function: str
    """Module and name, with a blank between them."""
    arguments: tuple[Any, ...]
    """What the function would be called with."""
    state: Any = None
    """What its result would be told to become."""


@dataclass(frozen=True, slots=True)
class _Name:
    """A function or class that a pickle names."""

    text: str


_LITERALS = frozenset(
    {"BININT", "BININT1", "BININT2", "LONG1", "BINSTRING", "SHORT_BINSTRING", "BINUNICODE"}
    | {"SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8"}
)
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_DICT": dict,
}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_NO_VALUE = frozenset({"PROTO", "FRAME", "STOP"})


def read_pickled(content: bytes) -> Any:
    """Return the value in a pickle of protocol 2 to 5; Python 2's strings come as str (Latin-1).

    Raises:
        InputError: the pickle is damaged, or holds what is no plain value.
    """
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(content):
            machine.step(opcode.name, argument)
        (value,) = machine.stack
    # Whatever is wrong with it, sooner or later the stack or a type does not fit.
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise InputError(f"the pickle cannot be read as plain values ({error})") from None
    return value


class _Machine:
    """The stack machine that a pickle is a program for, as far as plain values need it."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._below: list[list[Any]] = []  # what was on the stack at each open mark
        self._memo: dict[int, Any] = {}

    def step(self, opcode: str, argument: Any) -> None:
        """Follow one opcode."""
        if opcode in _LITERALS:
            self.stack.append(argument)
        elif opcode in _CONSTANTS:
            self.stack.append(_CONSTANTS[opcode]())
        elif opcode in {"BINPUT", "LONG_BINPUT"}:
            self._memo[argument] = self.stack[-1]
        elif opcode == "MEMOIZE":
            self._memo[len(self._memo)] = self.stack[-1]
        elif opcode in {"BINGET", "LONG_BINGET"}:
            self.stack.append(self._memo[argument])
        elif opcode in {"GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD"}:
            self._note(opcode, argument)
        elif opcode not in _NO_VALUE:
            self._combine(opcode)

    def _combine(self, opcode: str) -> None:
        """Put values together."""
        if opcode == "MARK":
            self._below.append(self.stack)
            self.stack = []
        elif opcode in _TUPLES:
            self.stack.append(tuple(self._pop(_TUPLES[opcode])))
        elif opcode == "TUPLE":
            items = self._since_mark()
            self.stack.append(tuple(items))
        elif opcode in {"APPEND", "APPENDS"}:
            items = self._pop(1) if opcode == "APPEND" else self._since_mark()
            self.stack[-1].extend(items)
        elif opcode in {"SETITEM", "SETITEMS"}:
            items = self._pop(2) if opcode == "SETITEM" else self._since_mark()
            if not all(isinstance(key, str | bytes | int) for key in items[::2]):
                raise ValueError("a key of a dictionary is neither text nor number")
            self.stack[-1].update(zip(items[::2], items[1::2], strict=True))
        else:
            raise ValueError(f"it has the opcode {opcode}")

    def _note(self, opcode: str, argument: Any) -> None:
        """Write down what is named, would be called, and would be made of the result."""
        if opcode == "GLOBAL":
            self.stack.append(_Name(argument))
        elif opcode == "STACK_GLOBAL":
            module, name = self._pop(2)
            self.stack.append(_Name(f"{module} {name}"))
        elif opcode == "REDUCE":
            function, arguments = self._pop(2)
            self.stack.append(Call(function=function.text, arguments=arguments))
        else:
            (state,) = self._pop(1)
            self.stack[-1].state = state

    def _pop(self, count: int) -> list[Any]:
        """Take the last values off the stack, in the order in which they came."""
        if len(self.stack) < count:
            raise ValueError("its stack is empty")
        items = self.stack[-count:]
        del self.stack[-count:]
        return items

    def _since_mark(self) -> list[Any]:
        """Take everything since the last mark."""
        items = self.stack
        self.stack = self._below.pop()
        return items
