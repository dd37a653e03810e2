"""Measure how fast genotypes are read, hashed and drawn, on one core.

Goals: tokens -> checked genotype 100,000 a second, with digest 20,000 a second.

Example:
    python tools/bench/encoding.py
"""

import argparse
import random
import timeit
from collections.abc import Callable, Sequence

from renas_space import Genotype, SearchSpace


def rate(work: Callable[[tuple[int, ...]], object], items: Sequence[tuple[int, ...]]) -> float:
    """Return items a second: the best of five passes."""
    seconds = min(timeit.repeat(lambda: [work(item) for item in items], number=1, repeat=5))
    return len(items) / seconds


def main() -> None:
    """Print one line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=20_000, help="genotypes to measure with")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    space, rng = SearchSpace(), random.Random(arguments.seed)
    tokens = [space.sample(rng).tokens for _ in range(arguments.count)]
    bare = rate(Genotype.from_tokens, tokens)
    digest = rate(lambda t: Genotype.from_tokens(t).digest(), tokens)
    string = rate(lambda t: Genotype.from_string(str(Genotype.from_tokens(t))), tokens)
    print(f"tokens -> genotype            {bare:10,.0f} a second")
    print(
        f"tokens -> genotype -> digest  {digest:10,.0f} a second ({bare / digest:.1f} times slower)"
    )
    print(
        f"tokens -> string -> genotype  {string:10,.0f} a second ({bare / string:.1f} times slower)"
    )


if __name__ == "__main__":
    main()
