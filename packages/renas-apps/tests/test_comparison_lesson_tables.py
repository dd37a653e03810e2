import csv
import random

import pytest

from renas_apps.comparison.choices import Choices
from renas_apps.comparison.effects import Effects
from renas_apps.comparison.lesson import Agreement, Lesson
from renas_apps.comparison.lesson_tables import lesson_tables, policy_csv, sentences
from renas_apps.comparison.mean_interval import Interval


@pytest.fixture
def known(additive):
    """The choices of a space of one block, and their effects."""
    benchmark = additive(1)
    choices = Choices.of(benchmark)
    return choices, Effects.of(benchmark, choices, rng=random.Random(0))


def agreement(kind, overall, near_top):
    return Agreement(kind=kind, overall=Interval(*overall), near_top=Interval(*near_top))


def lesson(name="renas", **settings):
    """A lesson of which every interval tells where it is from."""
    return Lesson(
        **{
            "contestant": name,
            "trials": 7,
            "slots": tuple(Interval(10.0 + n, 10.0, 20.0) for n in range(4)),
            "values": tuple(Interval(20.0 + n, 20.0, 30.0) for n in range(8)),
            "items": tuple(Interval(1.0 + n, 0.5, 9.0) for n in range(8)),
            "agreements": (
                agreement("operation", (-0.5, -0.7, -0.3), (0.5, 0.25, 0.75)),
                agreement("source", (0.1, -0.2, 0.4), (0.0, 0.0, 0.0)),
                agreement("slot", (-0.5, -0.7, -0.3), (0.1, -0.2, 0.4)),
            ),
            "change": Interval(-0.012, -0.02, -0.01),
            "gain": Interval(0.01, 0.005, 0.0151),
            "improves": Interval(0.125, 0.1, 0.2),
            "more_likely": Interval(0.025, -0.01, 0.04),
            **settings,
        }
    )


def test_each_kind_has_a_table_beside_its_effects(known):
    tables = dict(lesson_tables([lesson(), lesson("renas-plus")], *known))
    assert list(tables) == [
        "operations: times as likely as by chance",
        "sources: times as likely as by chance",
        "slots: times as likely as by chance",
    ]
    of_operations, of_sources, of_slots = tables.values()
    first = "1.00 (0.50 to 9.00)"
    assert of_operations[:2] == [
        ["operation", "renas", "renas-plus", "effect, points", "near the top"],
        ["sep_conv_3x3", first, first, "+2.50", "+0.00"],
    ]
    assert [row[0] for row in of_sources] == ["source", "c-2", "c-1"]
    assert of_sources[1][3:] == ["-1.00", "-2.00"]
    assert of_slots[0][3:] == ["importance, points", "a change of it near the top"]
    assert of_slots[3] == ["block 1 o1", *["7.00 (0.50 to 9.00)"] * 2, "2.50", "-2.50"]


def test_what_was_learned_is_said_in_a_sentence_each(known):
    assert list(sentences([lesson()], known[1])) == [
        "Effects are those of 16 cells, near the top of the 1 best of them; intervals are 95 %, "
        "over seeds.",
        "renas, 7 seeds: when it mutates a block of its last population, accuracy changes by -1.20 "
        "points on average, which by chance it would by -2.20 (difference +0.50 to +1.51); it "
        "improves in 12.5 % of the cases, by chance in 10.0 % (difference -1.0 to +4.0).",
        "renas: the operations that it prefers are better near the top (rank correlation +0.50, "
        "+0.25 to +0.75), and worse overall (-0.50, -0.70 to -0.30).",
        "renas: the sources that it prefers are neither better nor worse near the top (rank "
        "correlation +0.00, +0.00 to +0.00), and neither better nor worse overall (+0.10, -0.20 "
        "to +0.40).",
        "renas: the slots of a block that it prefers are neither less harmful to change nor more "
        "harmful to change near the top (rank correlation +0.10, -0.20 to +0.40), and less "
        "important overall (-0.50, -0.70 to -0.30).",
    ]


def test_the_csv_has_every_preference_of_every_contestant(known):
    text = policy_csv([lesson(), lesson("renas-plus")], *known)
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 2 * (2 + 2 + 4 + 8)
    assert {row["contestant"] for row in rows[16:]} == {"renas-plus"}
    assert rows[0] == {
        "contestant": "renas",
        "seeds": "7",
        "kind": "operation",
        "block": "",
        "slot": "",
        "value": "sep_conv_3x3",
        "times_chance": "1.0000",
        "low": "0.5000",
        "high": "9.0000",
        "effect_overall": "0.025000",
        "effect_near_top": "0.000000",
    }
    slot = next(row for row in rows if (row["kind"], row["slot"]) == ("slot", "o1"))
    assert (slot["block"], slot["value"], slot["times_chance"]) == ("1", "", "7.0000")
    assert (slot["effect_overall"], slot["effect_near_top"]) == ("0.025000", "-0.025000")
    last = rows[15]
    assert (last["kind"], last["slot"], last["value"]) == ("operation", "o2", "skip_connect")
    assert (last["times_chance"], last["low"], last["high"]) == ("27.0000", "20.0000", "30.0000")
    assert (last["effect_overall"], last["effect_near_top"]) == ("-0.025000", "-0.050000")


def test_one_seed_tells_nothing_of_others(known):
    nobody = (float("nan"),) * 2
    alone = lesson(
        trials=1,
        items=(Interval(2.0, *nobody),) * 8,
        agreements=(agreement("operation", (0.5, *nobody), (-0.5, *nobody)),),
        gain=Interval(0.01, *nobody),
        more_likely=Interval(0.025, *nobody),
    )
    first, *_ = lesson_tables([alone], *known)
    assert first[1][1][1] == "2.00 (?)"
    _, outcome, said = sentences([alone], known[1])
    assert outcome.startswith("renas, 1 seed: when it mutates a block")
    assert "by -2.20 (difference ?); it improves" in outcome
    assert said == (
        "renas: the operations that it prefers are neither better nor worse near the top (rank "
        "correlation -0.50, ?), and neither better nor worse overall (+0.50, ?)."
    )
    rows = list(csv.DictReader(policy_csv([alone], *known).splitlines()))
    assert (rows[0]["times_chance"], rows[0]["low"], rows[0]["high"]) == ("2.0000", "", "")
