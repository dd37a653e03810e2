"""Search with several trainings at once, each in a process of its own.

`renas_apps.executor.Executor` lists what whoever trains individuals can do; it may as well hand
them to a cluster. With several GPUs, let `begin` choose one for its process.

Example:
    python examples/own_executor.py runs/own-executor
"""

import sys
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path

from renas_apps.config import SearchConfig
from renas_apps.executor import Failed, InProcessExecutor, Job, NetworkSettings, Trained
from renas_apps.session import Session, child_recipe, images_of
from renas_trainer.compute import make_fabric

here: list[InProcessExecutor] = []
"""Who trains in this process, one individual after the other."""


def begin(config: SearchConfig) -> None:
    """Prepare a process: a job says all else that its outcome depends on."""
    data = images_of(config)
    networks, recipe = NetworkSettings.of(config, data), child_recipe(config)
    fabric = make_fabric(config.device, config.precision)
    here.append(InProcessExecutor(networks, data, recipe, fabric))


def train(job: Job) -> Trained | Failed:
    """Train an individual in a process that `begin` prepared."""
    here[0].submit(job)
    return here[0].wait()


class Processes:
    """Trains in several processes. It implements `renas_apps.executor.Executor`."""

    def __init__(self, config: SearchConfig, workers: int) -> None:
        """Start the processes."""
        self._pool = ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=begin, initargs=(config,)
        )
        self._workers, self._running = workers, set[Future[Trained | Failed]]()

    @property
    def free(self) -> int:
        """How many more jobs there is room for."""
        return self._workers - len(self._running)

    def submit(self, job: Job) -> None:
        """Hand a job to a process."""
        self._running.add(self._pool.submit(train, job))

    def wait(self) -> Trained | Failed:
        """Return what came of the job that is done first."""
        done, _ = wait(self._running, return_when=FIRST_COMPLETED)
        first = done.pop()
        self._running.remove(first)
        return first.result()


if __name__ == "__main__":
    config = SearchConfig(
        filters=4,
        cells=1,
        train_images=200,
        population=4,
        evaluations=8,
        final_epochs=0,
        run_dir=Path(sys.argv[1]),
    )
    with Session.of(config) as session:
        session.run(Processes(config, workers=2))
