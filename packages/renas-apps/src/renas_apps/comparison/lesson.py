"""What a contestant's controllers have learned, over all its trials, and whether it is true."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from renas_apps.comparison.choices import Choices, Item, Kind
from renas_apps.comparison.effects import Effects
from renas_apps.comparison.leaning import Leaning
from renas_apps.comparison.mean_interval import Interval, mean_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Whether controllers prefer what is worth more: Spearman's rank correlation, mean of trials.

    It is that of a preference, which is 1 on average in every slot (for slots, in every block), and
    an effect less its mean there. A controller that knows nothing has 0 on average.
    """

    kind: Kind
    """What is preferred."""
    overall: Interval
    """With the effect overall; for slots with their importance."""
    near_top: Interval
    """With the effect near the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What one contestant's controllers have learned."""

    contestant: str
    """Its name."""
    trials: int
    """How many there are."""
    slots: tuple[Interval, ...]
    """How many times as likely as by chance each slot is."""
    values: tuple[Interval, ...]
    """The same for each value of each slot."""
    items: tuple[Interval, ...]
    """The same for each of `Choices.items`, wherever it may stand: a mean over its slots."""
    agreements: tuple[Agreement, ...]
    """One for each kind of which there is something to choose."""
    change: Interval
    """By how much the fitness changes when the policy mutates a block of the last population."""
    gain: Interval
    """By how much more (or less) than when chance does."""
    improves: Interval
    """How likely the policy's mutation makes the fitness better."""
    more_likely: Interval
    """By how much more (or less) likely than that of chance."""

    @classmethod
    def of(
        cls, contestant: str, leanings: Sequence[Leaning], choices: Choices, effects: Effects
    ) -> "Lesson":
        """Return what a contestant's controllers have learned.

        Args:
            contestant: its name.
            leanings: of its trials, one at least.
            choices: of the benchmark's space.
            effects: of the choices.
        """
        slots = np.array([leaning.slots for leaning in leanings])  # (trials, S)
        values = np.array([leaning.values for leaning in leanings])  # (trials, V)
        of_items = [
            (slots if item.kind == "slot" else values)[:, item.members].mean(axis=1)
            for item in choices.items
        ]
        change = np.array([leaning.change for leaning in leanings])  # (trials, 2)
        improves = np.array([leaning.improves for leaning in leanings])  # (trials, 2)
        return cls(
            contestant=contestant,
            trials=len(leanings),
            slots=tuple(mean_interval(ratios) for ratios in slots.T),
            values=tuple(mean_interval(ratios) for ratios in values.T),
            items=tuple(mean_interval(ratios) for ratios in of_items),
            agreements=tuple(_agreements(slots, values, choices, effects)),
            change=mean_interval(change[:, 0]),
            gain=mean_interval(change[:, 0] - change[:, 1]),
            improves=mean_interval(improves[:, 0]),
            more_likely=mean_interval(improves[:, 0] - improves[:, 1]),
        )


def item_effects(item: Item, effects: Effects) -> tuple[float, float]:
    """Return the effect of an item overall, which is the importance of a slot, and near the top."""
    members = list(item.members)
    if item.kind == "slot":
        return float(effects.importance[members].mean()), float(effects.change[members].mean())
    return float(effects.overall[members].mean()), float(effects.near_top[members].mean())


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Return the rank correlation of two samples (n,); 0 where all of one are equal."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])


def _agreements(
    slots: np.ndarray, values: np.ndarray, choices: Choices, effects: Effects
) -> Iterator[Agreement]:
    """Yield how preferences (trials, S) and (trials, V) agree with the effects."""
    place = np.array([value.place for value in choices.values])
    for kind in ("operation", "source"):
        here = np.array([value.kind == kind for value in choices.values])
        worth = np.stack([effects.overall, effects.near_top])[:, here]
        yield from _agreement(kind, values[:, here], worth, place[here])
    block = np.array([slot.block for slot in choices.slots])
    yield from _agreement("slot", slots, np.stack([effects.importance, effects.change]), block)


def _agreement(
    kind: Kind, ratios: np.ndarray, worth: np.ndarray, group: np.ndarray
) -> Iterator[Agreement]:
    """Yield how preferences agree with effects, if there is something to choose.

    Args:
        kind: of the n choices.
        ratios: (trials, n) how many times as likely as by chance.
        worth: (2, n) the effects overall and near the top.
        group: (n,) what each choice is one of; a choice that is alone there is none.
    """
    _, inverse, counts = np.unique(group, return_inverse=True, return_counts=True)
    within = np.stack([np.bincount(inverse, row) for row in worth]) / counts  # (2, groups)
    centred = np.round(worth - within[:, inverse], 9)  # equals differ in their last bits
    free = counts[inverse] > 1
    if not free.any():
        return
    overall, near_top = (
        mean_interval(np.array([spearman(ratio[free], row[free]) for ratio in ratios]))
        for row in centred
    )
    yield Agreement(kind=kind, overall=overall, near_top=near_top)
