"""Several processes that train one network: who takes which images, and what they tell each other.

A batch is divided into shards of equal size. A process may take several, one after the other, and
adds up their gradients: two processes with one shard each do what one process does with two.
Chance is drawn for a shard of a step, not for a process, so this holds for dropout too. Only BN
differs: on GPUs it sees the shards of all processes at once, elsewhere the running statistics are
those of the first process's shards.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

import torch
from torch import Tensor, nn

from renas_space import InputError

if TYPE_CHECKING:
    from lightning_fabric import Fabric  # takes seconds to import

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shards:
    """How a batch is divided, and which parts this process takes."""

    batch_size: int
    """Images of a step, of all processes together."""
    rank: int = 0
    """Number of this process."""
    processes: int = 1
    """How many there are."""
    accumulate: int = 1
    """Shards that each process takes, one after the other."""

    def __post_init__(self) -> None:
        """Check that the batch can be divided.

        Raises:
            InputError: shards would have unequal sizes, or less than two images.
        """
        if self.accumulate < 1:
            raise InputError(f"accumulate is {self.accumulate}: give at least 1")
        if self.batch_size % self.count or self.size < 2:
            raise InputError(
                f"a batch of {self.batch_size} images cannot be divided into {self.count} equal "
                f"parts of two or more ({self.processes} processes, {self.accumulate} parts each): "
                f"give a multiple of {self.count}, at least {2 * self.count}"
            )

    @property
    def count(self) -> int:
        """Shards of a batch."""
        return self.processes * self.accumulate

    @property
    def size(self) -> int:
        """Images of a shard; BN needs two."""
        return self.batch_size // self.count

    @property
    def mine(self) -> range:
        """Numbers of the shards of this process."""
        return range(self.rank * self.accumulate, (self.rank + 1) * self.accumulate)

    def cut(self, batch: Tensor, shard: int) -> Tensor:
        """Return one shard's part of the indices of a batch."""
        return batch[shard * self.size : (shard + 1) * self.size]


def derived_seed(*parts: int | str) -> int:
    """Return a seed that depends on all parts: 63 bits, alike on every machine.

    Whoever knows where a training stands, knows its random numbers: no generator is to be stored.
    """
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def share_buffers(network: nn.Module, fabric: "Fabric") -> None:
    """Give every process the running statistics of the first, where there are several."""
    if fabric.world_size > 1:
        for buffer in network.buffers():
            torch.distributed.broadcast(buffer, src=0)


def summed(values: Tensor, fabric: "Fabric") -> Tensor:
    """Return the sum of a tensor over all processes."""
    if fabric.world_size == 1:
        return values
    total = values.clone()
    torch.distributed.all_reduce(total)
    return total


def on_first(fabric: "Fabric", action: Callable[[], Result]) -> Result:
    """Run something in the first process, while the others wait, and tell all what it returned.

    Raises:
        Exception: in every process, if it was raised in the first: nobody waits for it in vain.
    """
    result, error = None, None
    if fabric.is_global_zero:
        try:
            result = action()
        except Exception as raised:  # noqa: BLE001 (raised again, in every process)
            error = raised
    if fabric.world_size > 1:
        result, error = fabric.broadcast((result, error))
    if error is not None:
        raise error
    return cast("Result", result)


def leave(fabric: "Fabric") -> None:
    """Wait for all processes, then close their connection.

    Call it last: no collective operation may follow.

    A process that ends with the connection open may abort, its threads still running.
    """
    if fabric.world_size > 1:
        fabric.barrier()
        torch.distributed.destroy_process_group()
