"""Tables of efforts and ratios, and the CSV files."""

import csv

from renas_apps.comparison.effort import Effort
from renas_apps.comparison.tables import effort_rows, efforts_csv, markdown, ratio_rows, tidy_csv


def test_tables_put_the_best_first_and_say_what_is_beyond_the_budget():
    efforts = [
        Effort(contestant="slow", evaluations=(21, 21, 21), budget=20),
        Effort(contestant="fast", evaluations=(3, 3, 3), budget=20),
    ]
    rows = effort_rows(efforts)
    assert [row[0] for row in rows] == ["contestant", "fast", "slow"]
    assert rows[1][1:] == ["3", "3", "3 to 3", "3.0", "0.0%"]
    assert rows[2][2:] == ["> 20", "> 20 to > 20", "21.0", "100.0%"]
    assert ratio_rows(efforts, "fast")[1] == ["slow", "> 7.00", "> 7.00 to > 7.00"]
    assert markdown([["a", "b"], ["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"


def test_the_tidy_table_has_a_row_for_every_ten_evaluations(trial):
    rows = list(csv.DictReader(tidy_csv([trial(3, (1, 0.2), (15, 0.7))]).splitlines()))
    assert rows[1] == {
        "contestant": "renas",
        "seed": "3",
        "evaluations": "20",
        "best": "0.700000",
        "population_mean": "0.600000",
        "population_deviation": "0.050000",
        "entropy": "1.2500",
    }
    assert (rows[0]["best"], rows[0]["entropy"]) == ("0.200000", "")


def test_the_evaluations_of_every_trial_have_a_row(trial):
    trials = [trial(3, (1, 0.2), (12, 0.7)), trial(4, (1, 0.2))]
    assert list(csv.reader(efforts_csv({"renas": trials}, 0.7).splitlines())) == [
        ["contestant", "seed", "evaluations_to_target", "budget"],
        ["renas", "3", "12", "20"],
        ["renas", "4", "", "20"],
    ]
