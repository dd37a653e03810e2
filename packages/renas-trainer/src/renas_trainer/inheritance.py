"""What a child takes over from its parent: by the meaning of a tensor, not by its shape (3.3).

The name of a tensor says what it is for: ``cells.3.blocks.1.0.sep_conv_5x5.depthwise1.weight`` is
the first depthwise convolution of the left operation of block 2 of cell 4. So an operation keeps
its weights where one of the same kind stands in the same block and side, whatever it reads and
whatever its stride. A convolution that reads a concatenation has input channels for each block in
it: those of blocks that are still there are taken over, wherever they lie now.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import torch
from torch import Tensor

from renas_space.plan import NetworkPlan, Segment
from renas_trainer.network import CellNetwork

Kind = Literal["kept", "sliced", "new"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A trained network to inherit from."""

    plan: NetworkPlan
    """What it was built from."""
    state: Mapping[str, Tensor]
    """Its state dict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """How much of a child is its parent's.

    Tensors are all of the state dict, statistics of BN included; parameters are the learned numbers
    only.
    """

    tensors_kept: int
    """Taken over whole: all of their numbers are the parent's."""
    tensors_sliced: int
    """Taken over in part: some of their input channels are new."""
    tensors_new: int
    parameters_kept: int
    """In tensors that were taken over whole."""
    parameters_sliced: int
    """Taken over within tensors of which a part is new."""
    parameters_new: int

    @property
    def share(self) -> float:
        """Inherited parameters as a share of all, 0 to 1."""
        inherited = self.parameters_kept + self.parameters_sliced
        return inherited / (inherited + self.parameters_new)

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inheritance:
    """What became of each tensor of a child."""

    kinds: Mapping[str, Kind]
    """By name in the state dict."""
    ledger: Ledger


@torch.no_grad()
def inherit(child: CellNetwork, parent: Parent) -> Inheritance:
    """Overwrite the tensors of a child by those of its parent that mean the same.

    Args:
        child: a freshly initialised network; what is not taken over keeps its values.
        parent: a trained one; where it has other filters or cells, tensors of other shape are new.
    """
    own, other = _readers(child.plan), _readers(parent.plan)
    learned = {name for name, _ in child.named_parameters()}
    kinds: dict[str, Kind] = {}
    tensors = dict.fromkeys(("kept", "sliced", "new"), 0)
    parameters = dict.fromkeys(("kept", "sliced", "new"), 0)
    for name, tensor in child.state_dict().items():
        kind, taken = _take_over(
            tensor, parent.state.get(name), own.get(name, ()), other.get(name, ())
        )
        kinds[name] = kind
        tensors[kind] += 1
        if name in learned:
            parameters[kind] += taken
            parameters["new"] += tensor.numel() - taken
    ledger = Ledger(
        **{f"tensors_{kind}": count for kind, count in tensors.items()},
        **{f"parameters_{kind}": count for kind, count in parameters.items()},
    )
    return Inheritance(kinds=kinds, ledger=ledger)


def _take_over(
    tensor: Tensor, old: Tensor | None, own: tuple[Segment, ...], other: tuple[Segment, ...]
) -> tuple[Kind, int]:
    """Copy into ``tensor`` what ``old`` has of it; return what it is now and how much was copied.

    ``own`` and ``other`` are the segments that the input channels (dimension 1) of the two read;
    empty for tensors that do not read a concatenation.
    """
    if old is None:
        return "new", 0
    if tensor.shape == old.shape and own == other:
        tensor.copy_(old)
        return "kept", tensor.numel()
    if not own or tensor.shape[:1] != old.shape[:1] or tensor.shape[2:] != old.shape[2:]:
        return "new", 0
    there, taken, start = _offsets(other), 0, 0
    for segment in own:
        if segment in there:
            piece = old.narrow(1, there[segment], segment.channels)
            tensor.narrow(1, start, segment.channels).copy_(piece)
            taken += piece.numel()
        start += segment.channels
    if taken == tensor.numel():  # it reads less than the parent's, and nothing that is new
        return "kept", taken
    return ("sliced" if taken else "new"), taken


def _offsets(segments: tuple[Segment, ...]) -> dict[Segment, int]:
    """Return where each segment begins."""
    offsets: dict[Segment, int] = {}
    start = 0
    for segment in segments:
        offsets[segment] = start
        start += segment.channels
    return offsets


def _readers(plan: NetworkPlan) -> dict[str, tuple[Segment, ...]]:
    """Return the weights that read a concatenation, and the segments that their channels read."""
    readers = {"classifier.weight": plan.head.segments}
    if plan.auxiliary is not None:
        readers["auxiliary.project.weight"] = plan.auxiliary.segments
    for index, cell in enumerate(plan.cells):
        for side, taken in enumerate(cell.inputs):
            for part in ("conv", "even", "odd"):
                readers[f"cells.{index}.inputs.{side}.{part}.weight"] = taken.segments
    return readers
