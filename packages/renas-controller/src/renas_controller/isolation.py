"""Strategies compute alike whoever calls them: in one thread at a time, with torch as it is."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import torch

P = ParamSpec("P")
R = TypeVar("R")

_LOCK = threading.RLock()
"""One for all strategies, so that a strategy can be copied and pickled, which a lock cannot.

Little is lost: they compute in Python, where threads take turns anyway."""


def _is_by_itself() -> bool:
    """Return whether torch is as it is by default: then there is nothing to keep away."""
    return (
        torch.is_grad_enabled()
        and not torch.is_inference_mode_enabled()
        and not torch.is_autocast_enabled("cpu")
        and torch.get_default_dtype() == torch.float32
        and torch.get_default_device().type == "cpu"
    )


@contextmanager
def _torch_by_itself() -> Generator[None]:
    """Keep what the caller has set for torch from what is computed here.

    Gradients are needed, in float32 and on the CPU: within `torch.no_grad`, under autocast or with
    a GPU as the default device a policy could not learn, or would learn otherwise.
    """
    before = torch.get_default_dtype()
    with (
        torch.inference_mode(mode=False),
        torch.enable_grad(),
        torch.autocast("cpu", enabled=False),
        torch.device("cpu"),
    ):
        torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            torch.set_default_dtype(before)


def isolated(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function run in one thread at a time, whatever its caller has set for torch."""

    @wraps(function)
    def alone(*args: P.args, **kwargs: P.kwargs) -> R:
        with _LOCK:
            if _is_by_itself():  # in microseconds, as ask and tell of many strategies are
                return function(*args, **kwargs)
            with _torch_by_itself():
                return function(*args, **kwargs)

    return alone
