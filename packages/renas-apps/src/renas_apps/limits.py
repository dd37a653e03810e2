"""How large a network may be that a search trains."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Self

from renas_apps.config import SearchConfig
from renas_space import Cost, Genotype, InputError, SearchSpace


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that the network of an individual may have, as it is searched; None: any number."""

    parameters: int | None
    multiply_adds: int | None

    @classmethod
    def of(cls, config: SearchConfig) -> Self:
        """Return the limits of a search."""
        return cls(config.parameters_limit, config.multiply_adds_limit)

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return self.parameters is not None or self.multiply_adds is not None

    def beyond(self, counted: Cost) -> str | None:
        """Return why a network is too large; None where it is not."""
        for name, value, limit in (
            ("parameters", counted.parameters, self.parameters),
            ("multiply-adds", counted.multiply_adds, self.multiply_adds),
        ):
            if limit is not None and value > limit:
                return f"{value:,} {name} are above {limit:,}"
        return None

    def check_possible(self, space: SearchSpace, counted: Callable[[Genotype], Cost]) -> None:
        """Check that there are cells within the limits.

        Args:
            space: that is searched.
            counted: what the network of a cell costs.

        Raises:
            InputError: there are none.
        """
        if not self:
            return
        costs = [counted(genotype) for genotype in lean_cells(space)]
        for flag, what, limit, least in (
            ("--max-params", "parameters", self.parameters, min(c.parameters for c in costs)),
            (
                "--max-madds",
                "multiply-adds",
                self.multiply_adds,
                min(c.multiply_adds for c in costs),
            ),
        ):
            if limit is not None and limit < least:
                raise InputError(
                    f"{flag} is {limit:,} and the smallest cell's network has {least:,} {what}: "
                    "give as many or more, or lower --filters or --cells"
                )


def lean_cells(space: SearchSpace) -> Iterator[Genotype]:
    """Yield the cells among which those of the fewest parameters and multiply-adds are.

    Every block but the first reads the one before it alone, so that only the last reaches the
    output: the more blocks do, the larger is the input of the next cell.
    """
    operations = space.layout[0].slots[2].values
    for source, first, second in product((0, 1), operations, operations):
        blocks = range(len(space.layout))
        reads = (
            source if block % space.blocks == 0 else block % space.blocks + 1 for block in blocks
        )
        yield space.from_slot_tokens([(read, read, first, second) for read in reads])
