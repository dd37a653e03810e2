"""Measure a child's training step: images per second, from a naive loop to ours, in one run.

Every row adds one thing to the row above it; the last is just what a child does in a search. The
naive loop is what one would write first: images transformed one by one in a data loader, tensors
channels first, a ReLU inside every operation, SGD parameter by parameter, the loss read every step.
That malloc keeps freed memory (`renas_trainer.compute`) holds for the process, so for every row.

Example:
    python tools/bench/child_step.py --profile
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from renas_space import RENASNET, plan_network
from renas_space.plan import NetworkPlan
from renas_trainer import AugmentPolicy, CellNetwork, ImageData, Split, make_fabric, train_epoch
from renas_trainer.cell import ConvolutionalCell
from renas_trainer.operations import reads_rectified

Epoch = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A size of network to measure."""

    image_size: int
    filters: int
    cells: int
    steps: int
    """Of one measurement."""


SETTINGS = (
    Setting(image_size=16, filters=8, cells=1, steps=20),
    Setting(image_size=32, filters=24, cells=2, steps=3),  # the paper's search
)


class PlainNetwork(nn.Module):
    """A network that applies a ReLU wherever one is written, not once a state."""

    def __init__(self, network: CellNetwork) -> None:
        """Run the layers of ``network``."""
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """Map images (n, C, S, S) to logits (n, classes)."""
        older = newer = self.network.stem(x)
        for cell in self.network.cells:
            older, newer = newer, plain_cell(cast("ConvolutionalCell", cell), older, newer)
        return self.network.classifier(functional.relu(newer).mean((2, 3)))


def plain_cell(cell: ConvolutionalCell, older: Tensor, newer: Tensor) -> Tensor:
    """Run a cell on the unrectified outputs of the two before it; return its own, unrectified."""
    states = [cell.inputs[0](functional.relu(older)), cell.inputs[1](functional.relu(newer))]
    for modules, edges in zip(cell.blocks, cell.plan.blocks, strict=True):
        sides: list[Tensor] = []
        for module, edge in zip(cast("nn.ModuleList", modules), edges, strict=True):
            state = states[edge.source]
            sides.append(module(functional.relu(state) if reads_rectified(edge) else state))
        states.append(sides[0] + sides[1])
    return torch.cat([states[index] for index in cell.plan.concatenated], dim=1)


class PlainImages(Dataset[tuple[Tensor, Tensor]]):
    """Images that are transformed one at a time."""

    def __init__(self, data: ImageData) -> None:
        """Serve the training images of ``data``."""
        self.images, self.labels = data.train.images.contiguous(), data.train.labels
        self.transform = v2.Compose(
            [
                v2.RandomCrop(data.image_size, padding=data.image_size // 8),
                v2.RandomHorizontalFlip(),
                v2.ToDtype(torch.float32),
                v2.Normalize(data.mean.tolist(), data.std.tolist()),
            ]
        )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.transform(self.images[index]), self.labels[index]


def plain_epoch(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    loader: DataLoader[tuple[Tensor, Tensor]],
    memory_format: torch.memory_format,
) -> float:
    """Train on every image once, as one would write it first."""
    network.train()
    total = 0.0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = functional.cross_entropy(network(images.to(memory_format=memory_format)), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total


def rows(plan: NetworkPlan, data: ImageData, batch_size: int) -> Iterator[tuple[str, Epoch]]:
    """Yield the name of each way to train, and one pass of it."""
    loader = DataLoader(PlainImages(data), batch_size=batch_size, shuffle=True)

    def plain(*, share: bool, last: bool, fused: bool) -> Epoch:
        layout = torch.channels_last if last else torch.contiguous_format
        built = CellNetwork(plan, generator=torch.Generator().manual_seed(0))
        built = built.to(memory_format=layout)
        network = built if share else PlainNetwork(built)
        parameters = network.parameters()
        sgd = torch.optim.SGD(parameters, lr=0.01, momentum=0.9, foreach=False, fused=fused)
        return lambda: plain_epoch(network, sgd, loader, layout)

    yield "naive", plain(share=False, last=False, fused=False)
    yield "channels last", plain(share=False, last=True, fused=False)
    yield "one ReLU a state", plain(share=True, last=True, fused=False)
    yield "fused SGD", plain(share=True, last=True, fused=True)
    yield "images in batches", ours(plan, data, batch_size)


def ours(plan: NetworkPlan, data: ImageData, batch_size: int) -> Epoch:
    """Return one pass of a child as the search trains it."""
    fabric = make_fabric(threads=None)
    generator = torch.Generator().manual_seed(0)
    built = CellNetwork(plan, generator=generator).to(memory_format=torch.channels_last)
    sgd = torch.optim.SGD(built.parameters(), lr=0.01, momentum=0.9, fused=True)
    network, optimizer = fabric.setup(built, sgd)
    policy = AugmentPolicy.for_data(data)
    return lambda: train_epoch(
        network,
        optimizer,
        data,
        policy,
        batch_size=batch_size,
        generator=generator,
        fabric=fabric,
    )


def images_of(setting: Setting, batch_size: int) -> ImageData:
    """Return random images for the steps of one measurement."""
    generator = torch.Generator().manual_seed(0)
    n, size = setting.steps * batch_size, setting.image_size
    images = torch.randint(256, (n, 3, size, size), generator=generator, dtype=torch.uint8)
    split = Split(images=images, labels=torch.randint(10, (n,), generator=generator))
    classes = [str(number) for number in range(10)]
    return ImageData.of(
        name="random", train=split, validation=split, test=None, classes=classes, flip=True
    )


def measure(ways: dict[str, Epoch], repeats: int) -> dict[str, float]:
    """Return the seconds of one pass of each way.

    With one thread they are processor time, which other programs disturb less.
    """
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(repeats):  # in turn, so that a busy minute hits all of them
        for name, epoch in ways.items():
            start = clock()
            epoch()
            best[name] = min(best[name], clock() - start)
    return best


def main() -> None:
    """Print a table for each size of network."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3, help="measurements; the best counts")
    parser.add_argument("--profile", action="store_true", help="print where our time goes")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    for setting in SETTINGS:
        size, filters, cells = setting.image_size, setting.filters, setting.cells
        plan = plan_network(RENASNET, cells=cells, filters=filters, image_size=size)
        data = images_of(setting, arguments.batch_size)
        ways = dict(rows(plan, data, arguments.batch_size))
        best = measure(ways, arguments.repeats)
        threads = f"{arguments.threads} thread" + "s" * (arguments.threads > 1)
        print(f"\n{size}x{size}, F = {filters}, N = {cells}, RENASNet, {threads}")
        for name, taken in best.items():
            speed = len(data.train) / taken
            print(f"{name:20}{speed:8.1f} images/s   {best['naive'] / taken:5.2f} x naive")
        if arguments.profile:
            with torch.profiler.profile() as profile:
                ours(plan, data, arguments.batch_size)()
            averages = profile.key_averages()
            print(averages.table("self_cpu_time_total", row_limit=12, max_name_column_width=40))


if __name__ == "__main__":
    main()
