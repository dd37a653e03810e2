"""How do our counts of Table 3's networks compare with the paper's, and which way did it count?

Every way to count that suggests itself is tried on all four networks: with or without BN, biases,
the classes' own layer and smp's extra 3x3 convolution, in millions or in units of 2^20.

Example:
    python tools/studies/published_deeplab.py
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import cast

import torch
from published_costs import nasnet_more
from torch import nn

from renas_trainer.segmentation import DeepLab, DeepLabPlan, Encoder

PUBLISHED = {"mobilenet-v1": 11.14, "mobilenet-v2": 4.51, "nasnet-a": 12.39, "renasnet": 11.63}
"""Table 3, in millions."""

UNITS = {"10^6": 1e6, "2^20": 2**20}


@dataclass(frozen=True, kw_only=True)
class Convention:
    """A way to count."""

    unit: str
    extra_conv: bool
    norms: bool
    """Whether BN and biases count."""
    classes: bool
    """Whether the layer that puts out the classes counts."""

    def __str__(self) -> str:
        """Say it in a few words."""
        return (
            f"{'with' if self.extra_conv else 'without'} the extra 3x3, "
            f"{'all' if self.norms else 'weights alone'}"
            f"{'' if self.classes else ', without the classes'}, in {self.unit}"
        )

    def count(self, name: str) -> float:
        """Return the size of a network in this way, in the convention's unit."""
        network = build(name, extra_conv=self.extra_conv)
        whole = nn.ModuleList([network.encoder, network.decoder])
        parts = [whole, network.head] if self.classes else [whole]
        total = sum(
            parameter.numel()
            for part in parts
            for parameter in part.parameters()
            if self.norms or parameter.ndim > 1
        )
        return (total + (nasnet_more() if name == "nasnet-a" else 0)) / UNITS[self.unit]


def build(name: str, *, extra_conv: bool = False) -> DeepLab:
    """Return DeepLabv3 for VOC's 21 classes, without memory."""
    with torch.device("meta"):
        plan = DeepLabPlan(encoder=Encoder.named(name), classes=21, extra_conv=extra_conv)
        return DeepLab(plan)


def conventions() -> Iterator[Convention]:
    """Yield every way to count."""
    for unit in UNITS:
        for extra_conv, norms, classes in product([False, True], repeat=3):
            yield Convention(unit=unit, extra_conv=extra_conv, norms=norms, classes=classes)


def deviation(convention: Convention) -> float:
    """Return the largest relative deviation from the published counts."""
    return max(abs(convention.count(name) / size - 1) for name, size in PUBLISHED.items())


def size(module: nn.Module) -> int:
    """Return the number of a module's parameters."""
    return sum(parameter.numel() for parameter in module.parameters())


def main() -> None:
    """Print the parts of each network, then how well each way to count fits."""
    print("| encoder | its parameters | last map | ASPP | classes | all | published |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, published in PUBLISHED.items():
        network = build(name)
        parts = [size(part) for part in (network.encoder, network.decoder, network.head, network)]
        encoder, aspp, head, everything = (f"{count:,}" for count in parts)
        channels = cast("list[int]", network.encoder.out_channels)[-1]
        print(
            f"| {name} | {encoder} | {channels} | {aspp} | {head} | {everything} | {published}M |"
        )
    print(f"\nnasnet-a, as its code has it: {size(build('nasnet-a')) + nasnet_more():,}")
    for name in PUBLISHED:
        encoder = build(name).encoder
        norms = sum(one.numel() for one in encoder.parameters() if one.ndim == 1)
        print(f"{name}, BN of the encoder: {norms:,}")
    print()
    for convention in sorted(conventions(), key=deviation):
        counts = ", ".join(f"{convention.count(name):.2f}" for name in PUBLISHED)
        print(f"{deviation(convention):6.2%}  {counts}  {convention}")


if __name__ == "__main__":
    main()
