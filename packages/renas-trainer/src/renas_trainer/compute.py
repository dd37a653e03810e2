"""Where a network trains: device, precision and threads, through Lightning Fabric."""

import ctypes
import sys
import warnings
from typing import TYPE_CHECKING

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

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""Settings of glibc's malloc, from malloc.h."""


def make_fabric(
    accelerator: str = "cpu",
    precision: str = "32-true",
    *,
    threads: int | None = 1,
    devices: int = 1,
    machines: int = 1,
) -> "Fabric":
    """Return a Fabric of one device, or of several that train one network (DDP).

    Args:
        accelerator: one of `ACCELERATORS`.
        precision: one of `PRECISIONS`.
        threads: of torch in this process; None leaves them as they are. One is right where several
            processes share the cores: with more, small steps wait for each other.
        devices: of each machine; more than one needs ``fabric.launch()``.
        machines: how many.

    Raises:
        InputError: a name is unknown, the device is not there or has no such precision, or there is
            no thread.
    """
    for what, value, known in (
        ("device", accelerator, ACCELERATORS),
        ("precision", precision, PRECISIONS),
    ):
        if value not in known:
            raise InputError(f"unknown {what} {value!r}: use one of {', '.join(known)}")
    if threads is not None:
        if not 1 <= threads <= MOST_THREADS:
            raise InputError(f"the number of threads is {threads}: give 1 to {MOST_THREADS:,}")
        torch.set_num_threads(threads)
    for what, value in (("devices", devices), ("machines", machines)):
        if value < 1:
            raise InputError(f"the number of {what} is {value}: give at least 1")
    from lightning_fabric import Fabric  # late: it takes seconds
    from lightning_fabric.utilities.exceptions import MisconfigurationException

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*precision='bf16-mixed'.*instead")
            fabric = Fabric(
                accelerator=accelerator,
                devices=devices,
                num_nodes=machines,
                strategy="ddp" if devices * machines > 1 else "auto",
                precision=precision,  # pyright: ignore[reportArgumentType]  (one of PRECISIONS)
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
        _keep_freed_memory()
    return fabric


def _keep_freed_memory() -> None:
    """Let malloc keep what is freed, where it is glibc's, instead of giving it back to the system.

    Every step frees and takes the same large tensors. Given back, their pages are cleared and
    mapped anew each time: up to a tenth of a step of the paper's search network.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
