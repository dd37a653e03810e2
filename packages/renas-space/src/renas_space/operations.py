"""The operations of a cell, by the names that the DARTS code gave them.

The first six are RENAS's search space, in the order of the paper's list (section 3.1); their
position is their token. The others occur in published cells that this package describes.
"""

from dataclasses import dataclass
from typing import Literal

from renas_space.errors import InputError

Family = Literal["separable", "average", "maximum", "identity", "dilated", "factorized"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one side of a block does to its input. Every operation keeps the number of channels."""

    name: str
    """Spelling of the DARTS code, for example ``sep_conv_3x3``."""
    family: Family
    """What kind it is: ``separable`` is applied twice (ReLU, depthwise, pointwise, BN, and again),
    ``dilated`` is one depthwise convolution with dilation 2, a pointwise one and BN, ``factorized``
    is 1xk then kx1 and BN."""
    kernel: int
    """Side of the kernel in pixels; 1 for the identity."""
    short: str
    """Abbreviation for drawings, for example ``sep3``."""


_KNOWN = (
    Operation(name="sep_conv_3x3", family="separable", kernel=3, short="sep3"),
    Operation(name="sep_conv_5x5", family="separable", kernel=5, short="sep5"),
    Operation(name="sep_conv_7x7", family="separable", kernel=7, short="sep7"),
    Operation(name="avg_pool_3x3", family="average", kernel=3, short="avg3"),
    Operation(name="max_pool_3x3", family="maximum", kernel=3, short="max3"),
    Operation(name="skip_connect", family="identity", kernel=1, short="skip"),
    # Beyond RENAS's space: DARTS (dilated) and AmoebaNet-A ("1x7_7x1").
    Operation(name="dil_conv_3x3", family="dilated", kernel=3, short="dil3"),
    Operation(name="dil_conv_5x5", family="dilated", kernel=5, short="dil5"),
    Operation(name="conv_7x1_1x7", family="factorized", kernel=7, short="7x1"),
)

OPERATIONS: tuple[str, ...] = tuple(known.name for known in _KNOWN)
"""Names of all known operations; the position of a name is its token."""

RENAS_OPERATIONS: tuple[str, ...] = OPERATIONS[:6]
"""The six operations of RENAS (section 3.1)."""

OPERATION_TOKENS: dict[str, int] = {name: token for token, name in enumerate(OPERATIONS)}
"""Token of each operation."""

_BY_NAME = {known.name: known for known in _KNOWN}


def operation(name: str) -> Operation:
    """Return the operation called ``name``.

    Raises:
        InputError: no operation has this name.
    """
    known = _BY_NAME.get(name)
    if known is None:
        raise InputError(unknown_operation(name))
    return known


def unknown_operation(name: object) -> str:
    """Return the sentence that says that ``name`` is no operation, with the nearest one if any."""
    import difflib  # late: for mistakes only

    close = difflib.get_close_matches(str(name), OPERATIONS, n=1)
    remedy = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(OPERATIONS)}"
    return f"unknown operation {name!r}: {remedy}"
