"""Trials made by one process or several."""

import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from threading import Thread
from typing import Any

from renas_apps.comparison.benchmark import Benchmark
from renas_apps.comparison.contestants import Contestant
from renas_apps.comparison.trial import Trial, run_trial
from renas_apps.errors import RunError

MakeBenchmark = Callable[[], Benchmark[Any]]
"""Opens the benchmark, in each process anew."""


def make_trials(
    benchmark: Benchmark[Any],
    make: MakeBenchmark,
    missing: Sequence[tuple[Contestant, int]],
    evaluations: int,
    workers: int,
) -> Generator[Trial]:
    """Yield trials as they are finished; closed before the last, it lets go of those in the making.

    Args:
        benchmark: where they search.
        make: opens it anew; it goes to other processes, so it must be picklable.
        missing: contestant and seed of each.
        evaluations: of a trial.
        workers: processes.

    Raises:
        RunError: a process was killed.
    """
    if workers == 1 or len(missing) < 2:
        yield from _one_by_one(benchmark, missing, evaluations)
        return
    others = set(active_children())
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_open, initargs=(make,)
    ) as pool:
        made = [pool.submit(_make_opened, who, seed, evaluations) for who, seed in missing]
        try:
            for future in as_completed(made):
                yield future.result()
        except BrokenProcessPool:
            raise RunError(
                "a process was killed, perhaps for want of memory: give the same command again, "
                "perhaps with fewer --workers"
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(active_children()) - others:
                process.terminate()


def _one_by_one(
    benchmark: Benchmark[Any], missing: Sequence[tuple[Contestant, int]], evaluations: int
) -> Iterator[Trial]:
    """Yield trials that this process makes."""
    for who, seed in missing:
        with _one_thread():
            trial = run_trial(benchmark, who, seed=seed, evaluations=evaluations)
        yield trial


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let torch have one thread, as in a process of a pool."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


_opened: Benchmark[Any] | None = None
"""The benchmark of a process of the pool."""


def _open(make: MakeBenchmark) -> None:
    """Prepare a process of the pool."""
    global _opened  # noqa: PLW0603 (a pool's initializer has no other way to hand something on)
    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that started it
    Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(1)  # with more, small steps wait for each other
    _opened = make()


def _end_with_parent() -> None:
    """End this process when the one that started it has ended, even by `kill -9`."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _make_opened(contestant: Contestant, seed: int, evaluations: int) -> Trial:
    """Make a trial in a process that `_open` prepared."""
    if _opened is None:
        raise RuntimeError("the process has no benchmark")
    return run_trial(_opened, contestant, seed=seed, evaluations=evaluations)
