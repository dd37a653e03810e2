"""Small message-passing networks over cells as arrays, evaluated in numpy."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

_AT_ONCE = 500
"""Cells whose weights are gathered together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellNetworks:
    """M networks of H numbers a state. Isomorphic cells mean the same to them, up to rounding.

    A block's state is made of the sum of two messages, one a side: what the operation makes of the
    state that it reads. The loose blocks' states, summed and averaged, give the prediction.
    """

    start: np.ndarray
    """(2, M, H) states of c-2 and c-1."""
    operation: np.ndarray
    """(6, M, H, H) from a state to a message."""
    operation_shift: np.ndarray
    """(6, M, H)."""
    block: np.ndarray
    """(M, H, H) from messages to a state."""
    block_shift: np.ndarray
    """(M, H)."""
    output: np.ndarray
    """(M, 2H + 1, H) from the sum, the mean and the number of loose blocks."""
    output_shift: np.ndarray
    """(M, H)."""
    score: np.ndarray
    """(M, H) from the last layer to each network's part of the prediction."""
    base: np.ndarray
    """() what the parts add to."""

    def __call__(self, rows: np.ndarray, loose: np.ndarray) -> np.ndarray:
        """Return the mean prediction for n cells.

        Args:
            rows: (n, B, 4) blocks as tokens (i1, i2, o1, o2).
            loose: (n, B) whether no other block reads each.

        Returns:
            (n,).
        """
        parts = range(0, len(rows), _AT_ONCE)
        return np.concatenate(
            [self._some(rows[k:][:_AT_ONCE], loose[k:][:_AT_ONCE]) for k in parts]
        )

    def _some(self, rows: np.ndarray, loose: np.ndarray) -> np.ndarray:
        """Return the mean prediction for a few cells; shapes as in `__call__`."""
        n, blocks, _ = rows.shape
        each = np.arange(n)[:, None]
        states = np.zeros((n, blocks + 2, *self.start.shape[1:]), dtype=np.float32)
        states[:, :2] = self.start
        for number in range(blocks):
            source, operation = rows[:, number, :2], rows[:, number, 2:]
            message = states[each, source][..., None, :] @ self.operation[operation]
            message = message[..., 0, :] + self.operation_shift[operation]
            summed = _swish(message).sum(1)  # (n, M, H)
            made = (summed[:, :, None] @ self.block)[:, :, 0]
            states[:, number + 2] = _swish(made + self.block_shift) + 0.5 * summed
        count = loose.sum(1, dtype=np.float32)[:, None, None]
        total = (states[:, 2:] * loose[..., None, None]).sum(1)
        number = np.broadcast_to(0.3 * count, (*total.shape[:2], 1))
        seen = np.concatenate((0.4 * total, total / count, number), axis=2)
        last = _swish((seen[:, :, None] @ self.output)[:, :, 0] + self.output_shift)
        return self.base + (last * self.score).sum((1, 2), dtype=np.float64)

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> "CellNetworks":
        """Return the networks of named arrays."""
        return cls(**{field.name: arrays[field.name] for field in fields(cls)})


def _swish(x: np.ndarray) -> np.ndarray:
    """Return x times its sigmoid, by a form that does not overflow."""
    return x * (0.5 + 0.5 * np.tanh(0.5 * x))
