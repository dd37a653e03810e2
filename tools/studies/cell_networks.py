"""Train the message-passing networks of `renas_apps.comparison.cell_networks`, with torch.

What stands there in numpy stands here a second time, with gradients; the two are compared after
each training. The settings were chosen by cross-validation over few trials; longer training fits
the noise.
"""

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import huber_loss, one_hot, silu

from renas_apps.comparison.cell_networks import CellNetworks
from renas_apps.comparison.cell_surrogate import Cells
from renas_space import RENAS_OPERATIONS

NETWORKS, HIDDEN, STEPS, BATCH = 4, 24, 400, 256
"""Networks of a surrogate, numbers of a state, steps of training, cells of a step."""
RATE, WARM_UP, DECAY, OUTLIER = 0.01, 20, 0.05, 1.5
"""Learning rate, steps until it is reached, weight decay, and from how many standard deviations on
an error counts linearly."""


def train(cells: Cells, accuracy: np.ndarray, seed: int = 0) -> dict[str, np.ndarray]:
    """Return the arrays of `CellNetworks` fitted to n cells and their accuracies (n,).

    All networks learn at once, from the same batches and from different beginnings.

    Raises:
        RuntimeError: the arrays do not say what the trained networks say.
    """
    generator = torch.Generator().manual_seed(seed)
    weights = _beginnings(generator)
    mean, deviation = float(accuracy.mean()), float(accuracy.std())
    wanted = torch.from_numpy((accuracy - mean) / deviation).float()
    rows, loose = torch.from_numpy(cells.rows).long(), torch.from_numpy(cells.loose).float()
    optimizer = torch.optim.AdamW(weights.values(), lr=RATE, weight_decay=DECAY)
    for step in range(STEPS):
        cosine = 0.5 * (1 + math.cos(math.pi * step / STEPS))
        optimizer.param_groups[0]["lr"] = RATE * min(1.0, step / WARM_UP) * cosine
        of = torch.randint(len(wanted), (BATCH,), generator=generator)
        told = _forward(weights, rows[of], loose[of])
        # A sum over networks, so that the others do not change what one learns.
        loss = NETWORKS * huber_loss(told, wanted[of].expand(NETWORKS, -1), delta=OUTLIER)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    arrays = _arrays(weights, mean, deviation)
    with torch.no_grad():
        theirs = mean + deviation * _forward(weights, rows, loose).mean(0).double().numpy()
    difference = abs(CellNetworks.of(arrays)(cells.rows, cells.loose) - theirs).max()
    if difference > 1e-6:
        raise RuntimeError(f"the arrays differ from the networks by {difference}")
    return arrays


def _arrays(weights: Mapping[str, Tensor], mean: float, deviation: float) -> dict[str, np.ndarray]:
    """Return the networks as arrays of `CellNetworks`, which predict accuracies.

    Args:
        weights: of networks that predict by how many deviations an accuracy is above the mean.
        mean: of the accuracies.
        deviation: of the accuracies.
    """
    arrays = {name: weight.detach().numpy() for name, weight in weights.items()}
    base = np.array(mean + deviation * arrays.pop("score_shift").mean(dtype=float))
    arrays["score"] = arrays["score"] * np.float32(deviation / NETWORKS)
    for name in ("start", "operation", "operation_shift"):
        arrays[name] = np.ascontiguousarray(arrays[name].swapaxes(0, 1))
    return arrays | {"base": base}


def _beginnings(generator: torch.Generator) -> dict[str, Tensor]:
    """Return random weights: as `CellNetworks` has them, with the networks first."""
    h, k = HIDDEN, len(RENAS_OPERATIONS)
    scales = {
        "start": ((2, h), 0.5),
        "operation": ((k, h, h), h**-0.5),
        "operation_shift": ((k, h), 0.3),
        "block": ((h, h), h**-0.5),
        "block_shift": ((h,), 0.1),
        "output": ((2 * h + 1, h), (2 * h) ** -0.5),
        "output_shift": ((h,), 0.1),
        "score": ((h,), 0.3 * h**-0.5),
        "score_shift": ((), 0.0),
    }
    return {
        name: (scale * torch.randn(NETWORKS, *shape, generator=generator)).requires_grad_()
        for name, (shape, scale) in scales.items()
    }


def _forward(weights: Mapping[str, Tensor], rows: Tensor, loose: Tensor) -> Tensor:
    """Return each network's prediction for n cells (n, B, 4) with loose blocks (n, B): (M, n)."""
    n, blocks, _ = rows.shape
    # Products with ones and zeros instead of look-ups, whose gradients are slow.
    does = one_hot(rows[..., 2:], len(RENAS_OPERATIONS)).float()
    states = [weights["start"][:, k : k + 1].expand(-1, n, -1) for k in (0, 1)]  # (M, n, H)
    for number in range(blocks):
        reads, side = one_hot(rows[:, number, :2], number + 2).float(), does[:, number]
        source = torch.einsum("nsk,mnkh->mnsh", reads, torch.stack(states, dim=2))
        placed = (source[..., None, :] * side[..., None]).flatten(3).flatten(1, 2)
        message = placed @ weights["operation"].flatten(1, 2)  # (M, 2n, H)
        message = message + side.flatten(0, 1) @ weights["operation_shift"]
        summed = silu(message).unflatten(1, (n, 2)).sum(2)
        made = summed @ weights["block"] + weights["block_shift"][:, None]
        states.append(silu(made) + 0.5 * summed)
    count = loose.sum(1)[:, None]
    total = (torch.stack(states[2:], dim=2) * loose[None, :, :, None]).sum(2)
    number = (0.3 * count).expand(len(total), n, 1)
    seen = torch.cat((0.4 * total, total / count, number), dim=2)
    last = silu(seen @ weights["output"] + weights["output_shift"][:, None])
    return (last * weights["score"][:, None]).sum(2) + weights["score_shift"][:, None]
