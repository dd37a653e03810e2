"""What stands in the journal of a run: a row for each individual, and for each retraining."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

State = Literal["told", "replayed", "failed", "rejected"]

TIME_COLUMNS = ("seconds", "finished")
"""The columns that differ between two runs that are otherwise the same."""


def now() -> str:
    """Return when a row is finished: the time in ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _check_share(name: str, value: object) -> None:
    """Check that a value is none or a share.

    Raises:
        ValueError: it is not.
    """
    if value is not None and not (isinstance(value, int | float) and 0 <= value <= 1):
        raise ValueError(f"{name} is {value!r} and not from 0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One individual: a row of the table ``evaluations``."""

    id: int
    """Number of the proposal."""
    state: State
    """``told``: trained and scored; ``replayed``: the fitness of an isomorphic one was told;
    ``failed``: training it went wrong; ``rejected``: beyond a limit, and never trained."""
    kind: Literal["initial", "child"]
    """Whether it has no parent, as what is drawn at random at first or later on, or written whole
    by reinforcement learning; or was mutated from one."""
    genotype: str
    """Compact string."""
    digest: str
    """Equal for isomorphic cells."""
    parent_id: int | None
    """The individual that it was mutated from."""
    leaver_id: int | None
    """The individual that left the population for it."""
    mutations: str
    """JSON list of [block, slot, value]."""
    log_prob: float | None
    """Of the mutations under the controller that made them, in nats; as `Proposal.log_prob`."""
    entropy: float | None
    """Of the controller's choice, in nats; at whom and of what, see `Proposal.entropy`."""
    replays: int | None
    """The isomorphic individual whose fitness was told."""
    parameters: int
    """All learned numbers of its network, without the auxiliary head."""
    multiply_adds: int
    """For one image."""
    fitness: float | None = None
    """Accuracy on the validation images, 0 to 1."""
    fitness_before: float | None = None
    """The same with inherited weights, before any training of its own."""
    loss: float | None = None
    """Mean training loss of the last pass."""
    epochs: int = 0
    """Passes over the training images of its own."""
    lineage_epochs: int = 0
    """Passes that its weights have seen: its own and those of its ancestors."""
    tensors_kept: int | None = None
    """Taken over whole from the parent; this and what follows is None without a parent."""
    tensors_sliced: int | None = None
    """Taken over in part."""
    tensors_new: int | None = None
    parameters_kept: int | None = None
    parameters_sliced: int | None = None
    """Taken over within tensors of which a part is new."""
    parameters_new: int | None = None
    reason: str | None = None
    """Why it failed or was rejected."""
    seconds: float = 0.0
    """Wall time of its evaluation."""
    finished: str = ""
    """When it was done: ISO 8601, UTC."""

    def __post_init__(self) -> None:
        """Check what results are made of, which a damaged file may have changed.

        Raises:
            ValueError: the fitness is no share.
        """
        _check_share("fitness", self.fitness)

    @property
    def inherited_share(self) -> float | None:
        """Inherited parameters as a share of all, 0 to 1; None without a parent."""
        if (
            self.parameters_kept is None
            or self.parameters_sliced is None
            or self.parameters_new is None
        ):
            return None
        inherited = self.parameters_kept + self.parameters_sliced
        return inherited / (inherited + self.parameters_new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Final:
    """One retraining from scratch: a row of the table ``finals``."""

    id: int
    """The individual of the final population."""
    genotype: str
    """Compact string."""
    epochs: int
    """Passes over the training images."""
    accuracy: float | None
    """On the validation images, 0 to 1; None where the training failed."""
    test_accuracy: float | None
    """On the test images, where the data set has them."""
    loss: float | None
    """Mean training loss of the last pass."""
    curve: str
    """JSON list of the validation accuracy after each pass."""
    reason: str | None = None
    """Why it failed."""
    seconds: float = 0.0
    """Wall time."""
    finished: str = ""
    """When it was done: ISO 8601, UTC."""

    def __post_init__(self) -> None:
        """Check what results are made of, which a damaged file may have changed.

        Raises:
            ValueError: an accuracy is no share.
        """
        _check_share("accuracy", self.accuracy)
        _check_share("test_accuracy", self.test_accuracy)
