"""The table and the CSV, to the letter."""

from renas_apps.retraining.results import Scoring
from renas_apps.retraining.scores import Score
from renas_apps.retraining.tables import as_csv, as_text

SCORES = [
    Score(
        evaluations=500,
        individuals=20,
        cells=18,
        failed=0,
        mean=0.5,
        deviation=0.25,
        best=0.75,
        test_mean=0.5,
        fitness_mean=0.125,
        fitness_deviation=0.0625,
    ),
    Score(
        evaluations=1000,
        individuals=20,
        cells=1,
        failed=20,
        mean=None,
        deviation=None,
        best=None,
        test_mean=None,
        fitness_mean=0.25,
        fitness_deviation=0.0,
    ),
]


def test_the_table_is_in_columns():
    assert as_text(SCORES) == (
        "evaluations  individuals  cells  failed    mean  deviation    best  fitness\n"
        "        500           20     18       0  0.5000     0.2500  0.7500   0.1250\n"
        "       1000           20      1      20       -          -       -   0.2500"
    )


def test_the_csv_has_all_figures_and_the_settings():
    assert as_csv(Scoring(every=500, epochs=20, seed=1), SCORES) == (
        "evaluations,individuals,cells,failed,mean,deviation,best,test_mean,fitness_mean,"
        "fitness_deviation,epochs,seed\n"
        "500,20,18,0,0.5,0.25,0.75,0.5,0.125,0.0625,20,1\n"
        "1000,20,1,20,,,,,0.25,0.0,20,1\n"
    )
