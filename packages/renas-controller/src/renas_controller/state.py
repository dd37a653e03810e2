"""States: what a strategy needs to go on, as JSON values and tensors, nested in dicts and lists."""

import random
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TypeAlias

from torch import Tensor

from renas_space import InputError

State: TypeAlias = dict[str, Any]
"""Keys are strings; values are JSON values, tensors, and lists and dicts of them."""


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


def copy_tensors(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors as they are now: later steps do not change the copies."""
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


def check_tensors(saved: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> None:
    """Check that saved tensors can take the places of the present ones.

    Raises:
        InputError: names, shapes or types differ.
    """
    for name in sorted(saved.keys() | present.keys()):
        old, new = saved.get(name), present.get(name)
        if old is None or new is None or old.shape != new.shape or old.dtype != new.dtype:
            raise InputError(
                f"the state's tensor {name!r} does not fit: "
                "resume with the state of the same strategy, space and settings"
            )


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


def check_settings(saved: Mapping[str, Any], present: Mapping[str, Any]) -> None:
    """Check that a state was saved under the present settings.

    Raises:
        InputError: it was not; the first that differs is named.
    """
    for name in (*present, *saved):
        old, new = saved.get(name), present.get(name)
        if old != new:
            raise InputError(
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
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RuntimeError) as error:
        raise InputError(
            f"the state is damaged ({type(error).__name__}: {error}): resume with another one"
        ) from error
