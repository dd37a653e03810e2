"""What controllers have learned as tables, as sentences and as a tidy CSV file."""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from renas_apps.comparison.choices import Choices, Kind
from renas_apps.comparison.effects import Effects
from renas_apps.comparison.lesson import Agreement, Lesson, item_effects
from renas_apps.comparison.mean_interval import Interval
from renas_apps.comparison.tables import counted

_COLUMNS = (
    *("contestant", "seeds", "kind", "block", "slot", "value"),
    *("times_chance", "low", "high", "effect_overall", "effect_near_top"),
)
"""Of the CSV file."""

_EFFECTS: dict[Kind, tuple[str, str]] = {
    "operation": ("effect, points", "near the top"),
    "source": ("effect, points", "near the top"),
    "slot": ("importance, points", "a change of it near the top"),
}
"""What the columns of effects are called."""


@dataclass(frozen=True, slots=True)
class _Wording:
    """What is preferred, and what that is if the correlation is above 0, or below it."""

    what: str
    overall: tuple[str, str] = ("better", "worse")
    near_top: tuple[str, str] = ("better", "worse")


_WORDINGS: dict[Kind, _Wording] = {
    "operation": _Wording("operations"),
    "source": _Wording("sources"),
    "slot": _Wording(
        "slots of a block",
        overall=("more important", "less important"),
        near_top=("less harmful to change", "more harmful to change"),
    ),
}


def lesson_tables(
    lessons: Sequence[Lesson], choices: Choices, effects: Effects
) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield captions and tables: how many times as likely as by chance, beside the effects.

    Args:
        lessons: of all contestants that have a policy, one at least.
        choices: of the benchmark's space.
        effects: of the choices.
    """
    for kind, (overall, near_top) in _EFFECTS.items():
        rows = [[kind, *(lesson.contestant for lesson in lessons), overall, near_top]]
        for number, item in enumerate(choices.items):
            if item.kind == kind:
                ratios = [_ratio(lesson.items[number]) for lesson in lessons]
                first, second = (100 * one for one in item_effects(item, effects))
                sign = "" if kind == "slot" else "+"  # importance has none
                rows.append([item.name, *ratios, f"{first:{sign}.2f}", f"{second:+.2f}"])
        if len(rows) > 1:
            yield f"{kind}s: times as likely as by chance", rows


def _ratio(interval: Interval) -> str:
    """Write a ratio."""
    return f"{interval.mean:.2f} ({_ends(interval, '.2f')})"


def _ends(interval: Interval, form: str) -> str:
    """Write an interval; a question mark where one trial tells nothing of others."""
    if math.isnan(interval.low):
        return "?"
    return f"{interval.low:{form}} to {interval.high:{form}}"


def sentences(lessons: Sequence[Lesson], effects: Effects) -> Iterator[str]:
    """Yield what was learned and whether it is true, a sentence each; first what effects are."""
    yield (
        f"Effects are those of {effects.genotypes:,} cells, near the top of the "
        f"{effects.best:,} best of them; intervals are 95 %, over seeds."
    )
    for lesson in lessons:
        yield _outcome(lesson)
        for one in lesson.agreements:
            yield f"{lesson.contestant}: {_said(one)}."


def _outcome(lesson: Lesson) -> str:
    """Say what comes of the policy's mutations."""
    change, gain, improves, more = (
        Interval(*(100 * one for one in interval))
        for interval in (lesson.change, lesson.gain, lesson.improves, lesson.more_likely)
    )
    return (
        f"{lesson.contestant}, {counted(lesson.trials, 'seed')}: when it mutates a block of its "
        f"last population, accuracy changes by {change.mean:+.2f} points on average, which by "
        f"chance it would by {change.mean - gain.mean:+.2f} (difference {_ends(gain, '+.2f')}); it "
        f"improves in {improves.mean:.1f} % of the cases, by chance in "
        f"{improves.mean - more.mean:.1f} % (difference {_ends(more, '+.1f')})."
    )


def _said(one: Agreement) -> str:
    """Say how far a preference and the effects agree."""
    words = _WORDINGS[one.kind]
    return (
        f"the {words.what} that it prefers are {_verdict(one.near_top, words.near_top)} near the "
        f"top (rank correlation {_signed(one.near_top)}), "
        f"and {_verdict(one.overall, words.overall)} overall ({_signed(one.overall)})"
    )


def _verdict(interval: Interval, words: tuple[str, str]) -> str:
    """Say what a correlation tells: the first, the second, or neither."""
    if interval.low > 0:
        return words[0]
    return words[1] if interval.high < 0 else f"neither {words[0]} nor {words[1]}"


def _signed(interval: Interval) -> str:
    """Write a correlation."""
    return f"{interval.mean:+.2f}, {_ends(interval, '+.2f')}"


def policy_csv(lessons: Sequence[Lesson], choices: Choices, effects: Effects) -> str:
    """Return every preference of every contestant as CSV, with its interval and its effects.

    ``block`` and ``slot`` are empty where an operation or a source is meant wherever it stands,
    ``value`` where a slot is meant, ``low`` and ``high`` of a single trial. The effect overall of a
    slot is its importance. Effects are in fitness, 0 to 1.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for lesson in lessons:
        for place, interval, worth in _lines(lesson, choices, effects):
            ratio = ["" if math.isnan(one) else f"{one:.4f}" for one in interval]
            effect = [f"{one:.6f}" for one in worth]
            writer.writerow([lesson.contestant, lesson.trials, *place, *ratio, *effect])
    return text.getvalue()


def _lines(
    lesson: Lesson, choices: Choices, effects: Effects
) -> Iterator[tuple[tuple[object, ...], Interval, tuple[float, float]]]:
    """Yield (kind, block, slot, value), the ratio and the effects of each line."""
    for item, interval in zip(choices.items, lesson.items, strict=True):
        if item.kind == "slot":
            slot = choices.slots[item.members[0]]
            place = ("slot", slot.block + 1, slot.layout.name, "")
        else:
            place = (item.kind, "", "", item.name)
        yield place, interval, item_effects(item, effects)
    for number, (value, interval) in enumerate(zip(choices.values, lesson.values, strict=True)):
        slot = choices.slots[value.place]
        worth = float(effects.overall[number]), float(effects.near_top[number])
        yield (value.kind, slot.block + 1, slot.layout.name, value.name), interval, worth
