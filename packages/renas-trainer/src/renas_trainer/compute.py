"""Where a network trains: device, precision and threads, through Lightning Fabric."""

import ctypes
import sys
import warnings
from typing import TYPE_CHECKING, Any

import torch

from renas_space import InputError

if TYPE_CHECKING:
    from lightning_fabric import Fabric

ACCELERATORS = ("cpu", "cuda", "mps", "auto")
"""Names of devices, as Fabric knows them; ``auto`` takes the best that is there."""

PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")
"""Names of precisions, as Fabric knows them. Weights are float32 in all of them."""

MOST_THREADS = 1_024
"""Of one process: more than any machine has use for."""

_SCALER = {
    "scale": 2.0**16,
    "growth_factor": 2.0,
    "backoff_factor": 0.5,
    "growth_interval": 2_000,
    "_growth_tracker": 0,
}
"""State of a new `torch.amp.GradScaler`."""

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""Settings of glibc's malloc, from malloc.h."""


def make_fabric(
    accelerator: str = "cpu",
    precision: str = "32-true",
    *,
    threads: int | None = 1,
    devices: int = 1,
    machines: int = 1,
    keep_memory: bool = True,
) -> "Fabric":
    """Return a Fabric of one device, or of several that train one network (DDP).

    It is for a process whose work is to train: threads and memory are set for all of the process.

    Args:
        accelerator: one of `ACCELERATORS`.
        precision: one of `PRECISIONS`.
        threads: of torch in this process; None leaves them as they are. One is right where several
            processes share the cores: with more, small steps wait for each other.
        devices: of each machine; more than one needs ``fabric.launch()``.
        machines: how many.
        keep_memory: whether, on a CPU, this process keeps memory that is freed for its next step,
            which saves up to a tenth of it, and so is as large from then on as it ever was.

    Raises:
        InputError: a name is unknown, the device is not there or has no such precision, or there is
            no thread.
    """
    _check(accelerator, precision, threads, devices, machines)
    if threads is not None:
        torch.set_num_threads(threads)
    from lightning_fabric import Fabric  # late: it takes seconds
    from lightning_fabric.plugins.environments.lightning import LightningEnvironment
    from lightning_fabric.utilities.exceptions import MisconfigurationException

    # One process needs no other, whatever job of SLURM or MPI it is part of.
    alone = [LightningEnvironment()] if devices * machines == 1 else None
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*precision='bf16-mixed'.*instead")
            fabric = Fabric(
                accelerator=accelerator,
                devices=devices,
                num_nodes=machines,
                strategy="ddp" if devices * machines > 1 else "auto",
                precision=precision,  # pyright: ignore[reportArgumentType]  (one of PRECISIONS)
                plugins=alone,  # pyright: ignore[reportArgumentType]  (a list of one kind)
            )
    except (RuntimeError, MisconfigurationException):  # Fabric's messages are five lines long
        many = f"{devices} devices" if devices > 1 else "device"
        raise InputError(
            f"this machine has no {many} {accelerator!r}: use cpu or auto"
            + (", or fewer devices" if devices > 1 else "")
        ) from None
    if fabric.device.type == "cpu":  # asked for, or all that "auto" found
        if precision == "16-mixed":  # Fabric would take the other one
            raise InputError("the precision 16-mixed is for GPUs: use bf16-mixed or 32-true")
        if keep_memory:
            _keep_freed_memory()
    return fabric


def _check(
    accelerator: str, precision: str, threads: int | None, devices: int, machines: int
) -> None:
    """Check the arguments of `make_fabric`, each by itself.

    Raises:
        InputError: a name is unknown, or a number out of range.
    """
    for what, value, known in (
        ("device", accelerator, ACCELERATORS),
        ("precision", precision, PRECISIONS),
    ):
        if value not in known:
            raise InputError(f"unknown {what} {value!r}: use one of {', '.join(known)}")
    if threads is not None and not 1 <= threads <= MOST_THREADS:
        raise InputError(f"the number of threads is {threads}: give 1 to {MOST_THREADS:,}")
    for what, value in (("devices", devices), ("machines", machines)):
        if value < 1:
            raise InputError(f"the number of {what} is {value}: give at least 1")


def scaler_of(fabric: "Fabric") -> Any:
    """Return what keeps the gradients of float16 in range; None in other precisions."""
    precision = fabric.strategy.precision
    return precision if precision.state_dict() else None


def is_fused(fabric: "Fabric") -> bool | None:
    """Return what `torch.optim.SGD` is to be told of ``fused``: True, but None with a scaler.

    A scaler leaves a step out that overflows. If that is the first, fused SGD has made its momentum
    and never filled it; and it takes the scale off too late for clipping. None still steps through
    all tensors at once.
    """
    return True if scaler_of(fabric) is None else None


def renew_scaler(fabric: "Fabric") -> None:
    """Let the next training begin with a scale that none before it has changed."""
    if (scaler := scaler_of(fabric)) is not None:
        scaler.load_state_dict(_SCALER)


def _keep_freed_memory() -> None:
    """Let malloc keep what is freed, where it is glibc's, instead of giving it back to the system.

    Every step frees and takes the same large tensors. Given back, their pages are cleared and
    mapped anew each time: up to a tenth of a step of the paper's search network.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
