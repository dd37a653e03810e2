"""Who trains individuals: an interface, and the one that does it in this process.

A job says all that its outcome depends on, so that it may run anywhere, in any order, and again.
"""

import hashlib
import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

from lightning_fabric import Fabric

from renas_apps.config import SearchConfig
from renas_apps.exit_status import raise_interruption
from renas_space import Genotype, NetworkPlan, plan_network
from renas_trainer.child import ChildRecipe, train_child
from renas_trainer.data import ImageData
from renas_trainer.inheritance import Ledger, Parent
from renas_trainer.loop import DivergedError
from renas_trainer.weights import load_weights, save_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One individual to train and score."""

    id: int
    """Of its proposal."""
    genotype: Genotype
    parent: Genotype | None
    """What its parent's weights belong to; None for one of the initial population."""
    parent_weights: Path | None
    """File of the parent's weights."""
    weights: Path
    """File to write the individual's own weights to."""
    epochs: int
    """Passes over the training images."""
    seed: int
    """Of new weights, order and augmentation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """An individual that was trained; its weights are on disk, complete and synced."""

    id: int
    fitness: float
    fitness_before: float | None
    loss: float
    ledger: Ledger | None
    seconds: float
    """Wall time of its training and scoring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An individual whose training went wrong."""

    id: int
    reason: str
    seconds: float
    """Wall time until then."""


class Executor(Protocol):
    """Trains individuals, as many at a time as it has room for."""

    @property
    def free(self) -> int:
        """How many more jobs it takes now."""
        ...

    def submit(self, job: Job) -> None:
        """Take a job on."""
        ...

    def wait(self) -> Trained | Failed:
        """Return the outcome of a job that is done; whichever is first.

        Raises:
            OSError: weights could not be written.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """Which network a genotype becomes."""

    cells: int
    """N."""
    filters: int
    """F."""
    image_size: int
    classes: int
    channels: int

    @classmethod
    def of(cls, config: SearchConfig, data: ImageData) -> Self:
        """Return which networks the genotypes of a search become."""
        return cls(
            cells=config.cells,
            filters=config.filters,
            image_size=data.image_size,
            classes=len(data.classes),
            channels=data.channels,
        )

    def plan(self, genotype: Genotype) -> NetworkPlan:
        """Lay out the network of a genotype."""
        return plan_network(
            genotype,
            skeleton="cifar",
            cells=self.cells,
            filters=self.filters,
            image_size=self.image_size,
            classes=self.classes,
            channels=self.channels,
        )


class InProcessExecutor:
    """Trains one individual at a time, here."""

    def __init__(
        self, networks: NetworkSettings, data: ImageData, recipe: ChildRecipe, fabric: Fabric
    ) -> None:
        """Take what all jobs share."""
        self._networks, self._data, self._recipe, self._fabric = networks, data, recipe, fabric
        self._jobs: deque[Job] = deque()

    @property
    def free(self) -> int:
        """Room for one job at a time."""
        return 1 - len(self._jobs)

    def submit(self, job: Job) -> None:
        """Take a job on; it runs in `wait`."""
        self._jobs.append(job)

    def wait(self) -> Trained | Failed:
        """Run the oldest job and return its outcome.

        Raises:
            OSError: its weights could not be written.
        """
        job = self._jobs.popleft()
        start = time.perf_counter()
        try:
            result = train_child(
                self._networks.plan(job.genotype),
                self._data,
                replace(self._recipe, epochs=job.epochs),
                parent=self._parent(job),
                seed=job.seed,
                fabric=self._fabric,
            )
        except (DivergedError, RuntimeError, MemoryError) as error:
            raise_interruption(error)
            # One cell that cannot be trained is no reason to end a search of hundreds.
            return Failed(
                id=job.id,
                reason=reason_of(error),
                seconds=time.perf_counter() - start,
            )
        save_weights(job.weights, result.state, {"genotype": job.genotype.to_json()})
        return Trained(
            id=job.id,
            fitness=result.fitness,
            fitness_before=result.fitness_before,
            loss=result.loss,
            ledger=result.ledger,
            seconds=result.seconds,
        )

    def _parent(self, job: Job) -> Parent | None:
        """Read the weights of a job's parent."""
        if job.parent is None or job.parent_weights is None:
            return None
        state, _ = load_weights(job.parent_weights)
        return Parent(plan=self._networks.plan(job.parent), state=state)


def seed_of(run_seed: int, purpose: str, individual: int) -> int:
    """Return the seed of one training: the same whenever, and wherever, it is run."""
    text = f"{run_seed} {purpose} {individual}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")


def reason_of(error: Exception) -> str:
    """Return in a line why an individual could not be trained."""
    return f"{type(error).__name__}: {error}".splitlines()[0]
