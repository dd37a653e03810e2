"""Measure what the controller costs: milliseconds of ask and tell at B = 5, on one core.

Goal: ask + tell of `renas` below 20 ms. Beside it stands `evolution`, whose mutations are random.

Example:
    python tools/bench/ask_tell.py
"""

import argparse
import statistics
import time

import torch

from renas_controller import Strategy, make_strategy
from renas_space import Genotype, SearchSpace


def measure(strategy: Strategy[Genotype], steps: int, warm_up: int) -> tuple[float, float]:
    """Return the median milliseconds of ask and of tell, the initial population not counted."""
    asks: list[float] = []
    tells: list[float] = []
    for _ in range(warm_up + steps):
        start = time.perf_counter()
        proposal = strategy.ask()
        asked = time.perf_counter()
        strategy.tell(proposal, sum(proposal.genotype.tokens) % 97 / 97)
        asks.append(asked - start)
        tells.append(time.perf_counter() - asked)
    return 1000 * statistics.median(asks[warm_up:]), 1000 * statistics.median(tells[warm_up:])


def main() -> None:
    """Print one line a strategy."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--steps", type=int, default=500, help="children to measure with")
    parser.add_argument("--blocks", type=int, default=5, help="blocks of a cell (B)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    space = SearchSpace(blocks=arguments.blocks)
    print(f"B = {arguments.blocks}, one thread, median of {arguments.steps}")
    total: dict[str, float] = {}
    for name in ("renas", "renas-nonbi", "evolution", "renas-plus"):
        strategy = make_strategy(name, space, seed=arguments.seed)
        ask, tell = measure(strategy, arguments.steps, warm_up=50)
        total[name] = ask + tell
        print(f"{name:12} ask {ask:6.3f} ms   tell {tell:6.3f} ms   together {ask + tell:6.3f} ms")
    print(f"renas / evolution: {total['renas'] / total['evolution']:.0f} times")


if __name__ == "__main__":
    main()
