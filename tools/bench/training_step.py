"""Measure the training of whole networks: images per second, beside a network of equal size.

A step is a forward pass, a backward pass and SGD on a batch that lies there ready. The networks
take turns, so that all share the machine's moods; what is printed is the median of the rounds.
MobileNet-v2 (1.4) has about as many multiply-adds as RENASNet (4, 44), in fewer and larger layers.

Example:
    python tools/bench/training_step.py --threads 2 --profile renasnet_4_44
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import timm
import torch
from torch import nn
from torch.nn import functional

import renas_trainer  # noqa: F401 (registers the models)
from renas_trainer import make_fabric


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A network to measure."""

    model: str
    image_size: int
    batch_size: int
    multiply_adds: float
    """Of one image, in millions: `renas-space cost`, and the paper's Table 2."""
    memory_format: torch.memory_format = torch.channels_last

    @property
    def name(self) -> str:
        """What it is called in the table."""
        plain = " (channels first)" if self.memory_format is torch.contiguous_format else ""
        return f"{self.model}{plain}, {self.image_size}x{self.image_size}"


SETTINGS = (
    Setting(model="mobilenetv2_140", image_size=224, batch_size=16, multiply_adds=585),
    Setting(model="renasnet_4_44", image_size=224, batch_size=16, multiply_adds=608.2),
    Setting(
        model="renasnet_4_44",
        image_size=224,
        batch_size=16,
        multiply_adds=608.2,
        memory_format=torch.contiguous_format,
    ),
    Setting(model="renasnet_6_32", image_size=32, batch_size=64, multiply_adds=581.3),
)


def main() -> None:
    """Measure every network and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=1, help="of torch (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    parser.add_argument("--profile", metavar="MODEL", help="print where the time of one goes")
    arguments = parser.parse_args()
    make_fabric(threads=arguments.threads)  # as the commands run: malloc keeps what is freed
    if arguments.profile:
        setting = next(one for one in SETTINGS if one.model == arguments.profile)
        profile(step_of(setting))
        return
    steps = {setting: step_of(setting) for setting in SETTINGS}
    seconds: dict[Setting, list[float]] = {setting: [] for setting in SETTINGS}
    for number in range(arguments.rounds + 1):
        for setting, step in steps.items():
            start = time.perf_counter()
            step()
            if number:  # the first round warms up
                seconds[setting].append(time.perf_counter() - start)
    rates = {setting: setting.batch_size / median(seconds[setting]) for setting in SETTINGS}
    first = rates[SETTINGS[0]]
    for setting, rate in rates.items():
        giga = rate * setting.multiply_adds / 1000
        print(
            f"{setting.name:42} {rate:6.1f} images/s  {rate / first:5.2f} of the first  "
            f"{giga:6.2f}G multiply-adds/s forward",
            flush=True,
        )


def step_of(setting: Setting) -> Callable[[], None]:
    """Return one training step of a network."""
    torch.manual_seed(0)
    network: nn.Module = timm.create_model(setting.model)
    network = network.to(memory_format=setting.memory_format).train()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, fused=True)
    shape = (setting.batch_size, 3, setting.image_size, setting.image_size)
    pixels = torch.randn(shape).contiguous(memory_format=setting.memory_format)
    labels = torch.arange(setting.batch_size) % 10

    def step() -> None:
        functional.cross_entropy(network(pixels), labels).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def profile(step: Callable[[], None]) -> None:
    """Print which operators a step spends its time in."""
    step()
    with torch.profiler.profile(record_shapes=True) as recorded:
        step()
    print(recorded.key_averages().table(sort_by="self_cpu_time_total", row_limit=14))
    shapes = recorded.key_averages(group_by_input_shape=True)
    print(shapes.table(sort_by="self_cpu_time_total", row_limit=24, max_shapes_column_width=70))


if __name__ == "__main__":
    main()
