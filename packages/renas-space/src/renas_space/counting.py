"""What a network costs: parameters, multiply-adds and activation memory, in two conventions.

*Standard*: every learned number counts, units are decimal (1M = 1,000,000). *Paper's*: weights of
convolutions and linear layers only, without biases and BN, in units of 2^20. The paper's 5.36M and
580M for RENASNet (4, 44) are 5,677,268 and 608,200,896 in the standard convention. Multiply-adds
are the same count in both, in other units.
"""

from dataclasses import dataclass

from renas_space.layer import layers
from renas_space.plan import NetworkPlan

PAPER_UNIT = 2**20
"""What the paper calls a million."""

BYTES_PER_NUMBER = 4
"""float32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The cost of a network."""

    parameters: int
    """All learned numbers: weights, biases, scale and shift of each BN."""
    weights: int
    """Weights of convolutions and linear layers only."""
    multiply_adds: int
    """Of convolutions and linear layers, for one image."""
    activation_bytes: int
    """Outputs of all convolutions, BNs, poolings, sums, concatenations and linear layers for one
    image in float32: about what back-propagation keeps."""

    @property
    def paper_parameters(self) -> float:
        """Parameters as the paper counts them, in its millions (2^20)."""
        return self.weights / PAPER_UNIT

    @property
    def paper_multiply_adds(self) -> float:
        """Multiply-adds in the paper's millions (2^20)."""
        return self.multiply_adds / PAPER_UNIT


def cost(plan: NetworkPlan, *, auxiliary: bool = False) -> Cost:
    """Count what a network costs.

    Args:
        plan: the network.
        auxiliary: whether to count the auxiliary head, which only training needs.
    """
    counted = layers(plan, auxiliary=auxiliary)
    joined = sum(
        sum(left.shape_out.elements for left, _ in cell.blocks) + cell.shape_out.elements
        for cell in plan.cells
    )
    return Cost(
        parameters=sum(layer.parameters for layer in counted),
        weights=sum(layer.weights for layer in counted),
        multiply_adds=sum(layer.multiply_adds for layer in counted),
        activation_bytes=BYTES_PER_NUMBER
        * (joined + sum(layer.shape_out.elements for layer in counted)),
    )
