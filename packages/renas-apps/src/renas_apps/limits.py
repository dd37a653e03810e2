"""How large a network may be that a search trains."""

from dataclasses import dataclass
from typing import Self

from renas_apps.config import SearchConfig
from renas_space import Cost


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
