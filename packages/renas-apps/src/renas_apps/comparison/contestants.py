"""Who is compared: strategies with the settings of their sources, and at their best ones."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from renas_controller import IMAGINATION, ControllerSettings, Strategy, make_strategy
from renas_space import Space
from renas_space.interface import G

_PAPER = {"population_size": 20, "sample_size": 5}
"""P (5.1) and S (our choice) of the paper's evolution."""

_GREEDY = {"population_size": 10, "sample_size": 10}
"""The best of a population of ten is always the parent: the best setting of evolution found."""

_ONCE = replace(
    IMAGINATION,
    rounds=1,
    children=IMAGINATION.rounds * IMAGINATION.children,
    by_chance=IMAGINATION.rounds * IMAGINATION.by_chance,
)
"""As many imagined children as in all rounds, but no grandchildren."""

_ALONE = replace(IMAGINATION, children=IMAGINATION.children + IMAGINATION.by_chance, by_chance=0)
"""As many imagined children, all of them the policy's."""

_ONE = {"mutations": 1, "allow_idle": False}
"""One mutation a child, which changes something."""

_OPEN: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("parent", {"controller": ControllerSettings(baseline="parent")}, "the parent as baseline"),
    (
        "gradient",
        {"controller": ControllerSettings(entropy_bonus="gradient")},
        "the entropy as a differentiable term",
    ),
    ("fast", {"controller": ControllerSettings(learning_rate=1e-2)}, "ten times the learning rate"),
    ("busy", {"allow_idle": False}, "mutations that change something"),
    ("one", _ONE, "one mutation a child, which changes something"),
    (
        "one-fast",
        {"controller": ControllerSettings(learning_rate=1e-2, baseline="parent"), **_ONE},
        "one mutation a child, ten times the learning rate and the parent as baseline",
    ),
    ("one-greedy", {**_GREEDY, **_ONE}, "one mutation a child of the best of ten"),
)
"""What the paper leaves open, or might have set otherwise: name, settings, and what they are."""

_ABLATIONS: tuple[tuple[str, dict[str, Any], str], ...] = (
    (
        "unlearned",
        {"imagination": replace(IMAGINATION, learning=False)},
        "whose controller does not learn",
    ),
    ("alone", {"imagination": _ALONE}, "all children by the policy, none by chance"),
    ("once", {"imagination": _ONCE}, "in one generation of as many children"),
    ("single", {"mutations": 1}, "with one mutation a child and generation"),
    ("founded", {"founders": 10}, "after ten random cells"),
)
"""Parts of `renas-plus` that are left away: name, settings, and what is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A strategy with its settings."""

    name: str
    """Of this setting of it."""
    strategy: str | Callable[..., Strategy[Any]]
    """As `make_strategy` knows it; or what makes one of your own, from a space, ``seed`` and the
    settings, by keyword. It goes to other processes, so it must be picklable."""
    settings: Mapping[str, Any]
    """By keyword."""
    source: str
    """Where the settings are from."""
    ablation: bool = False
    """Whether it shows what a part is worth, and is compared on request only."""

    def make(self, space: Space[G], seed: int) -> Strategy[G]:
        """Return the strategy with a seed."""
        settings: dict[str, Any] = dict(self.settings)
        if isinstance(self.strategy, str):
            return make_strategy(self.strategy, space, seed=seed, **settings)
        return self.strategy(space, seed=seed, **settings)


def settings_digest(strategy: Strategy[Any]) -> str:
    """Return a digest of what a strategy is, seed and state apart: a few hexadecimal digits.

    Settings that a contestant leaves to their defaults are among it, so that trials of other
    defaults are told from those of today's. A strategy of your own has them in its state, under
    "settings"; without, all of its settings are taken for the same.
    """
    settings = json.dumps(strategy.state_dict().get("settings"), sort_keys=True)
    return hashlib.sha256(settings.encode()).hexdigest()[:16]


CONTESTANTS = {
    one.name: one
    for one in (
        Contestant(
            name="renas",
            strategy="renas",
            settings=_PAPER,
            source="RENAS as in the paper: every block mutates, REINFORCE (4.2, 4.3)",
        ),
        Contestant(
            name="renas-nonbi",
            strategy="renas-nonbi",
            settings=_PAPER,
            source="RENAS with a one-directional encoder, the paper's ablation (Fig. 4)",
        ),
        *(
            Contestant(
                name=f"renas-{name}",
                strategy="renas",
                settings={**_PAPER, **settings},
                source=f"renas with {what}",
                ablation=True,
            )
            for name, settings, what in _OPEN
        ),
        Contestant(
            name="evolution",
            strategy="evolution",
            settings=_PAPER,
            source="evolution as the paper's rival: every block mutates at random (Fig. 4)",
        ),
        *(
            Contestant(
                name=f"evolution-{count}",
                strategy="evolution",
                settings={**_PAPER, "mutations": count, "allow_idle": False},
                source=f"evolution with {many} a child",
            )
            for count, many in ((1, "one mutation"), (2, "two mutations"), (3, "three mutations"))
        ),
        Contestant(
            name="evolution-greedy",
            strategy="evolution",
            settings={**_GREEDY, "mutations": 1, "allow_idle": False},
            source="evolution at its best setting: one mutation of the best of ten",
        ),
        Contestant(
            name="reinforcement",
            strategy="reinforcement",
            settings={},
            source="reinforcement learning: an LSTM writes whole cells (Fig. 4; NAS, ENAS)",
        ),
        Contestant(
            name="regularized-evolution",
            strategy="regularized-evolution",
            settings=_PAPER,
            source="regularized evolution (Real et al. 2019) at the paper's P and S",
        ),
        Contestant(
            name="regularized-evolution-greedy",
            strategy="regularized-evolution",
            settings=_GREEDY,
            source="regularized evolution at its best setting: a child of the best of ten",
        ),
        Contestant(
            name="local-search",
            strategy="local-search",
            settings={"improvement": "first"},
            source="local search (White et al. 2021): on to the first better neighbour",
        ),
        Contestant(
            name="local-search-founded",
            strategy="local-search",
            settings={"improvement": "first", "founders": 10},
            source="local search at its best setting, that of its source's code: each climb begins "
            "at the best of ten random cells",
        ),
        Contestant(
            name="local-search-best",
            strategy="local-search",
            settings={"improvement": "best"},
            source="local search (White et al. 2021): on to the best neighbour",
        ),
        Contestant(
            name="bananas",
            strategy="bananas",
            settings={},
            source="BANANAS (White et al. 2021): after ten random cells a predictor, here that of "
            "renas-plus, chooses among random mutations of the ten best",
        ),
        Contestant(
            name="bananas-early",
            strategy="bananas",
            settings={"founders": 5},
            source="BANANAS after five random cells, its best setting on NAS-Bench-201",
        ),
        Contestant(
            name="renas-plus",
            strategy="renas-plus",
            settings={},
            source="reinforced mutation in imagination: the controller learns on the predictor",
        ),
        *(
            Contestant(
                name=f"renas-plus-{name}",
                strategy="renas-plus",
                settings=settings,
                source=f"renas-plus, {left}",
                ablation=True,
            )
            for name, settings, left in _ABLATIONS
        ),
        Contestant(
            name="random",
            strategy="random",
            settings={},
            source="a model picked at random (Fig. 4)",
        ),
    )
}
"""All, by name."""
