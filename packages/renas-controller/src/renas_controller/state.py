"""States: what a strategy needs to go on, as JSON values and tensors, nested in dicts and lists."""

import random
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Protocol, TypeAlias, cast

import torch
from torch import Tensor

from renas_space import InputError

State: TypeAlias = dict[str, Any]
"""Keys are strings; values are JSON values, tensors, and lists and dicts of them."""


class _StateError(InputError):
    """Says what is wrong with a state in a sentence of its own, which `reading_state` lets pass."""


class Stateful(Protocol):
    """Can be saved, and go on from where it stood."""

    def state_dict(self) -> State:
        """Return all that decides what it will do, copied."""
        ...

    def load_state_dict(self, state: State) -> None:
        """Go on from a state; nothing has changed if it does not fit.

        Raises:
            InputError: it does not.
        """
        ...


class Stateless:
    """Has nothing to save. It implements `Stateful`."""

    no_state: ClassVar[str]
    """Why a state is refused."""

    def state_dict(self) -> State:
        """Return nothing."""
        return {}

    def load_state_dict(self, state: State) -> None:
        """Go on from nothing.

        Raises:
            ValueError: there is something.
        """
        if dict(state):
            raise ValueError(self.no_state)


def copy_tensors(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors as they are now: later steps do not change the copies."""
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


def check_tensors(saved: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> None:
    """Check that saved tensors can take the places of the present ones.

    Raises:
        InputError: names, shapes or types differ, or something is no tensor.
    """
    for name in sorted(saved.keys() | present.keys()):
        old, new = saved.get(name), present.get(name)
        if (
            not isinstance(old, Tensor)  # a damaged state may hold anything
            or new is None
            or old.shape != new.shape
            or old.dtype != new.dtype
        ):
            raise _StateError(
                f"the state's tensor {name!r} does not fit: "
                "resume with the state of the same strategy, space and settings"
            )


def names_in(value: Any) -> list[str]:
    """Return a list of strings out of a state.

    Raises:
        TypeError: it is anything else.
    """
    if not isinstance(value, list):
        raise TypeError(f"{type(value).__name__} in the place of a list")
    names = cast("list[Any]", value)
    if not all(isinstance(name, str) for name in names):
        raise TypeError("something else in a list of strings")
    return list(names)


def random_state(rng: random.Random) -> list[Any]:
    """Return the state of a generator as JSON values."""
    version, words, gauss = rng.getstate()
    return [version, list(words), gauss]


def restored_random(state: list[Any]) -> random.Random:
    """Return a generator that goes on from a state.

    Raises:
        TypeError: it is not such a state.
        ValueError: likewise.
    """
    version, words, gauss = state
    rng = random.Random()
    rng.setstate((version, tuple(words), gauss))
    return rng


def restored_generator(state: Tensor) -> torch.Generator:
    """Return a generator of torch that goes on from a state, (bytes,) uint8.

    Raises:
        InputError: the tensor has another shape or type.
        RuntimeError: no generator was ever in this state.
    """
    generator = torch.Generator()
    check_tensors({"generator": state}, {"generator": generator.get_state()})
    generator.set_state(state)
    return generator


def check_settings(saved: Mapping[str, Any], present: Mapping[str, Any]) -> None:
    """Check that a state was saved under the present settings.

    Raises:
        InputError: it was not; the first that differs is named.
    """
    for name in (*present, *saved):
        old, new = saved.get(name), present.get(name)
        if old != new:
            raise _StateError(
                f"the state was saved with {name} {old!r}, this strategy has {new!r}: "
                "resume with the settings of the state"
            )


@contextmanager
def reading_state() -> Generator[None]:
    """Turn whatever goes wrong with a state of the wrong form into one sentence.

    Raises:
        InputError: something did.
    """
    try:
        yield
    except _StateError:
        raise
    except (
        LookupError,
        TypeError,
        ValueError,
        ArithmeticError,
        AttributeError,
        RuntimeError,
    ) as error:
        raise _StateError(
            f"the state is damaged ({type(error).__name__}: {error}): resume with another one"
        ) from error
