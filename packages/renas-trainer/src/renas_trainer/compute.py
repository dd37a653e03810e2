"""Where a network trains: device, precision and threads, through Lightning Fabric."""

import torch
from lightning_fabric import Fabric


def make_fabric(
    accelerator: str = "cpu", precision: str = "32-true", *, threads: int | None = 1
) -> Fabric:
    """Return a Fabric of one device.

    Args:
        accelerator: ``cpu``, ``cuda``, ``mps`` or ``auto``, as Fabric names them.
        precision: ``32-true``, ``bf16-mixed`` or ``16-mixed``, as Fabric names them.
        threads: of torch in this process; None leaves them as they are. One is right where several
            processes share the cores: with more, small steps wait for each other.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    return Fabric(accelerator=accelerator, devices=1, precision=precision)  # pyright: ignore[reportArgumentType]  (checked by Fabric)
