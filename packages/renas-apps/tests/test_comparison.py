"""The laboratory: the table, trials, their file, efforts and ratios, tables and the command."""

import csv
import gzip
import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from renas_apps.compare import _Progress, main
from renas_apps.comparison import CONTESTANTS, NasBench201, Trial, run_trial
from renas_apps.comparison.contestants import settings_digest
from renas_apps.comparison.effort import Effort, ratio
from renas_apps.comparison.tables import effort_rows, efforts_csv, markdown, ratio_rows, tidy_csv
from renas_apps.comparison.trials_file import TrialsFile
from renas_controller import predictor
from renas_space import InputError
from renas_space.nasbench201 import NasBench201Space

SPACE = NasBench201Space()


def percent(cell):
    """An accuracy in per cent that convolutions near the output raise; unlike for every cell."""
    weights = (1, 2, 3, 4, 5, 6)
    worth = (0.0, 1.0, 2.0, 3.0, -1.0)
    tokens = [token for node in cell.edges for token in node]
    rank = sum(weight * worth[token] for weight, token in zip(weights, tokens, strict=True))
    return 50 + rank / 2 + random.Random(str(cell)).random()


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A table like the benchmark's own, with other numbers."""
    directory = tmp_path_factory.mktemp("table")
    with gzip.open(directory / "nasbench201-cifar10.csv.gz", "wt") as file:
        writer = csv.writer(file)
        writer.writerow(["index", "arch_str", "c10_valid_12ep", "c10_test_12ep", "c10_test_200ep"])
        for index, cell in enumerate(SPACE):
            writer.writerow([index, cell, f"{percent(cell):.4f}", "50.0", "60.0"])
    return directory


def test_the_table_gives_shares_and_its_15_best_are_the_target(table):
    benchmark = NasBench201(table)
    cell = SPACE.at(4711)
    assert benchmark.fitness(cell) == pytest.approx(percent(cell) / 100, abs=1e-6)
    assert sum(benchmark.fitness(one) >= benchmark.target for one in SPACE) == 15
    other = NasBench201(table, "test-200")
    assert other.fitness(cell) == 0.6
    assert other.digest != benchmark.digest
    assert other.name == "NAS-Bench-201, CIFAR-10, test-200"


def test_a_table_that_is_not_there_or_not_whole_is_refused(table, tmp_path):
    with pytest.raises(InputError, match="has no nasbench201-cifar10.csv.gz: put it there, or"):
        NasBench201(tmp_path)
    path = tmp_path / "nasbench201-cifar10.csv.gz"
    rows = gzip.decompress((table / path.name).read_bytes()).decode().splitlines()
    shares = [rows[0], *(",".join([*row.split(",")[:2], *["0.9"] * 3]) for row in rows[1:])]
    for lines, message in (
        (rows[:-1], "has 15,624 cells of 15,625 in 15,624 rows: restore it"),
        ([*rows, rows[1]], "has 15,625 cells of 15,625 in 15,626 rows: restore it"),
        ([rows[0], rows[1].replace("~0", "~7")], "is damaged (line 2: '|none~7|"),
        (["a,b", "1,2"], "is damaged (it has no column arch_str): restore it"),
        (
            [rows[0].replace("c10_valid_12ep", "x"), *rows[1:]],
            "is damaged (it has no column c10_valid_12ep): restore it",
        ),
        (shares, ": give accuracies in per cent"),
        (
            [rows[0], rows[1].replace(rows[1].split(",")[2], "nan")],
            "(line 2: an accuracy is nan %)",
        ),
        (
            [rows[0], rows[1].replace(rows[1].split(",")[2], "101")],
            "(line 2: an accuracy is 101 %)",
        ),
    ):
        path.write_bytes(gzip.compress("\n".join(lines).encode()))
        with pytest.raises(InputError) as error:
            NasBench201(tmp_path)
        assert message in str(error.value)
    whole = (table / path.name).read_bytes()
    middle = len(whole) // 2
    damaged = whole[:middle] + bytes(one ^ 0x55 for one in whole[middle : middle + 8])
    for content in (b"no gzip", whole[:middle], damaged + whole[middle + 8 :]):
        path.write_bytes(content)
        with pytest.raises(InputError, match="cannot be read"):
            NasBench201(tmp_path)
    with pytest.raises(InputError, match="the measure is 'x': give one of valid-12, test-12, te"):
        NasBench201(table, "x")


# Where each goes from seed 0 in 60 evaluations: number and fitness of every improvement. A change
# here is a change of what the strategy does.
TRAJECTORIES = {
    "renas": [
        (1, 0.658),
        (24, 0.678),
        (25, 0.7385),
        (27, 0.7401),
        (36, 0.7545),
        (43, 0.7811),
        (56, 0.782),
    ],
    "renas-nonbi": [(1, 0.658), (23, 0.7471), (43, 0.759), (51, 0.7634)],
    "renas-parent": [
        (1, 0.658),
        (24, 0.678),
        (25, 0.7385),
        (27, 0.7401),
        (36, 0.7545),
        (43, 0.7811),
        (56, 0.782),
    ],
    "renas-gradient": [
        (1, 0.658),
        (24, 0.678),
        (25, 0.7385),
        (27, 0.7401),
        (36, 0.7545),
        (43, 0.7811),
        (56, 0.782),
    ],
    "renas-fast": [
        (1, 0.658),
        (24, 0.678),
        (25, 0.7385),
        (27, 0.7401),
        (36, 0.7545),
        (43, 0.7811),
        (55, 0.7888),
        (59, 0.8159),
    ],
    "renas-busy": [(1, 0.658), (23, 0.6603), (24, 0.7089), (25, 0.7385), (43, 0.7393)],
    "renas-one": [(1, 0.658), (30, 0.6706), (31, 0.6838), (39, 0.7471), (58, 0.7764)],
    "renas-one-fast": [
        (1, 0.658),
        (30, 0.6706),
        (31, 0.6838),
        (39, 0.7471),
        (47, 0.7869),
        (53, 0.7946),
        (58, 0.8169),
    ],
    "renas-one-greedy": [(1, 0.658), (21, 0.7546), (22, 0.8034)],
    "evolution": [(1, 0.658), (23, 0.6962), (24, 0.7649), (27, 0.8169)],
    "evolution-1": [
        (1, 0.658),
        (26, 0.6725),
        (32, 0.7045),
        (37, 0.7288),
        (43, 0.7471),
        (58, 0.7764),
    ],
    "evolution-2": [(1, 0.658), (22, 0.6822), (24, 0.7497), (49, 0.7553)],
    "evolution-3": [(1, 0.658), (22, 0.7263), (29, 0.7326), (30, 0.7803)],
    "evolution-greedy": [
        (1, 0.658),
        (21, 0.7061),
        (26, 0.7546),
        (37, 0.7725),
        (42, 0.7812),
        (57, 0.8034),
    ],
    "reinforcement": [
        (1, 0.5977),
        (2, 0.648),
        (3, 0.6492),
        (7, 0.7643),
        (8, 0.7649),
        (47, 0.7712),
        (48, 0.7929),
    ],
    "regularized-evolution": [(1, 0.658), (25, 0.6795), (28, 0.7497), (49, 0.7546), (60, 0.7725)],
    "regularized-evolution-greedy": [
        (1, 0.658),
        (15, 0.6822),
        (16, 0.688),
        (18, 0.6923),
        (37, 0.7131),
        (42, 0.7263),
        (43, 0.8021),
        (57, 0.8169),
    ],
    "local-search": [(1, 0.658), (3, 0.6815), (8, 0.7812), (10, 0.8034), (26, 0.8169)],
    "local-search-best": [
        (1, 0.658),
        (3, 0.6815),
        (4, 0.7061),
        (14, 0.7336),
        (16, 0.7546),
        (27, 0.8034),
    ],
    "local-search-founded": [
        (1, 0.658),
        (11, 0.6962),
        (12, 0.7296),
        (20, 0.7421),
        (21, 0.7946),
        (24, 0.8169),
    ],
    "bananas": [(1, 0.658), (11, 0.6962), (12, 0.7296), (13, 0.8034), (14, 0.8169)],
    "bananas-early": [(1, 0.658), (6, 0.7546), (7, 0.8034), (11, 0.8169)],
    "renas-plus": [(1, 0.658), (5, 0.7495), (6, 0.7867), (7, 0.8068), (8, 0.8169)],
    "renas-plus-unlearned": [(1, 0.658), (5, 0.7495), (6, 0.7867), (7, 0.8068), (8, 0.8169)],
    "renas-plus-alone": [(1, 0.658), (5, 0.7546), (6, 0.7636), (8, 0.8169)],
    "renas-plus-once": [(1, 0.658), (5, 0.7546), (6, 0.7636), (8, 0.8169)],
    "renas-plus-single": [(1, 0.658), (5, 0.7546), (6, 0.8034), (8, 0.8169)],
    "renas-plus-founded": [(1, 0.658), (11, 0.7711), (12, 0.8034), (13, 0.8169)],
    "random": [(1, 0.658), (28, 0.6955), (30, 0.7312)],
}


@pytest.mark.parametrize("name", CONTESTANTS)
def test_every_contestant_goes_where_it_went(table, name):
    trial = run_trial(NasBench201(table), CONTESTANTS[name], seed=0, evaluations=60)
    assert trial.improvements[0][0] == 1
    numbers, best = zip(*trial.improvements, strict=True)
    assert list(numbers) == sorted(set(numbers))
    assert list(best) == sorted(set(best))
    assert len(trial.population) == len(trial.entropies) == 6
    learns = name.startswith(("renas", "reinforcement"))
    # Later, renas-plus may know all that it imagines; then chance proposes.
    assert any(entropy is not None for entropy in trial.entropies) == learns
    found = [(number, round(fitness, 4)) for number, fitness in trial.improvements]
    assert found == TRAJECTORIES[name]


def proposals(benchmark, name, evaluations):
    """Return all that a contestant asks for from seed 0."""
    strategy, asked = CONTESTANTS[name].make(benchmark.space, 0), []
    for _ in range(evaluations):
        proposal = strategy.ask()
        strategy.tell(proposal, benchmark.fitness(proposal.genotype))
        asked.append(str(proposal.genotype))
    return asked


def test_every_setting_changes_what_is_asked_for(table):
    # Baselines make little difference at first: 120 evaluations show it.
    benchmark, learned = NasBench201(table), ("renas", "renas-parent", "renas-gradient")
    long = {tuple(proposals(benchmark, name, 120)) for name in learned}
    assert len(long) == len(learned)
    others = [name for name in CONTESTANTS if name not in learned]
    assert len({tuple(proposals(benchmark, name, 60)) for name in others}) == len(others)


def trial(seed, *improvements, contestant="renas", evaluations=20):
    return Trial(
        contestant=contestant,
        settings="s",
        seed=seed,
        improvements=improvements,
        population=((0.5, 0.1), (0.6, 0.05)),
        entropies=(None, 1.25),
        evaluations=evaluations,
    )


def test_a_trial_knows_when_it_found_what():
    one = trial(0, (1, 0.2), (4, 0.5), (17, 0.8))
    assert [one.best_after(count) for count in (1, 3, 4, 20)] == [0.2, 0.2, 0.5, 0.8]
    assert [one.evaluations_to(target) for target in (0.1, 0.5, 0.51, 0.9)] == [1, 4, 17, None]


def test_a_trial_without_the_target_counts_with_one_more_than_the_budget():
    trials = [trial(0, (1, 0.9)), trial(1, (1, 0.1), (7, 0.9)), trial(2, (1, 0.1))]
    effort = Effort.of(trials, 0.9)
    assert effort.evaluations == (1, 7, 21)
    assert (effort.median, effort.unsolved) == (7.0, pytest.approx(1 / 3))
    assert effort.mean == pytest.approx(29 / 3)
    low, high = effort.interval()
    assert (low, high) == (1.0, 21.0)


def test_the_interval_of_a_ratio_has_the_truth_as_often_as_it_says():
    rng, hits = np.random.default_rng(0), 0
    for _ in range(100):
        slow, fast = (
            Effort(
                contestant=name,
                evaluations=tuple(np.ceil(rng.exponential(scale, 100)).astype(int).tolist()),
                budget=10_000,
            )
            for name, scale in (("slow", 200), ("fast", 100))
        )
        value, low, high, *_ = ratio(slow, fast)
        assert low <= value <= high
        hits += low <= 2 <= high
    assert 88 <= hits <= 100


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


def test_an_end_of_an_interval_that_hangs_on_the_budget_is_a_lower_bound():
    # Half of the trials of the rival find nothing, so some of the medians drawn anew do not either.
    rival = Effort(contestant="rival", evaluations=(6,) * 21 + (21,) * 19, budget=20)
    own = Effort(contestant="own", evaluations=(3,) * 40, budget=20)
    assert ratio(rival, own)[:4] == (2.0, 2.0, 7.0, (False, False, True))
    assert ratio_rows([own, rival], "own")[1] == ["rival", "2.00", "2.00 to > 7.00"]
    assert ratio(own, own).at_least == (False, False, False)


def test_a_ratio_to_a_contestant_that_is_beyond_the_budget_is_an_upper_bound():
    rival = Effort(contestant="rival", evaluations=(7,) * 40, budget=20)
    own = Effort(contestant="own", evaluations=(21,) * 40, budget=20)
    assert ratio_rows([own, rival], "own")[1] == ["rival", "< 0.33", "< 0.33 to < 0.33"]


def test_of_two_that_are_beyond_the_budget_no_ratio_is_known():
    rival, own = (
        Effort(contestant=name, evaluations=(21,) * 40, budget=20) for name in ("rival", "own")
    )
    assert ratio_rows([own, rival], "own")[1] == ["rival", "?", "? to ?"]


def test_a_median_between_a_trial_that_found_the_target_and_one_that_did_not_is_beyond():
    effort = Effort(contestant="one", evaluations=(4,) * 10 + (21,) * 10, budget=20)
    assert effort.median == 21.0
    assert Effort(contestant="one", evaluations=(4, 8, 21, 2), budget=20).median == 6.0


def test_the_tidy_table_has_a_row_for_every_ten_evaluations():
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


def test_the_evaluations_of_every_trial_have_a_row():
    trials = [trial(3, (1, 0.2), (12, 0.7)), trial(4, (1, 0.2))]
    assert list(csv.reader(efforts_csv({"renas": trials}, 0.7).splitlines())) == [
        ["contestant", "seed", "evaluations_to_target", "budget"],
        ["renas", "3", "12", "20"],
        ["renas", "4", "", "20"],
    ]


def test_a_file_of_trials_is_taken_up_after_a_kill(tmp_path):
    path, about = tmp_path / "t.jsonl", {"benchmark": "b", "digest": "d", "evaluations": 20}
    made = [trial(0, (1, 0.5)), trial(1, (1, 0.5), (3, 0.6))]
    for one in made:
        TrialsFile(path, **about).append(one)
    with path.open("a") as file:
        file.write('{"contestant": "renas", "se')  # cut off
    again = TrialsFile(path, **about)
    assert again.trials == made
    assert again.has("renas", 1)
    assert not again.has("renas", 2)
    assert not again.has("evolution", 1)
    again.append(trial(2, (1, 0.5)))
    assert len(TrialsFile(path, **about).trials) == 3
    for name, value in (("benchmark", "x"), ("digest", "x"), ("evaluations", 30)):
        with pytest.raises(InputError, match=f"is of {name} .*: give another --out"):
            TrialsFile(path, **{**about, name: value})
    head = path.read_text().splitlines()[0]
    for content in (f"{head}\n{{}}\n", f"{head}\n[1]\n", f"{head}\n\n"):
        path.write_text(content)
        with pytest.raises(InputError, match="is damaged"):
            TrialsFile(path, **about)


LEANING = {"slots": [1.0], "values": [1.0], "change": [0.0, 0.0], "improves": [0.0, 0.0]}


def why_damaged(tmp_path, change):
    """Why a file of one trial is refused whose line was changed."""
    path, about = tmp_path / "t.jsonl", {"benchmark": "b", "digest": "d", "evaluations": 20}
    TrialsFile(path, **about).append(trial(0, (1, 0.5)))
    head, row = path.read_text().splitlines()
    path.write_text(f"{head}\n{change(row)}\n")
    with pytest.raises(InputError, match="is damaged") as error:
        TrialsFile(path, **about)
    return str(error.value)


@pytest.mark.parametrize(
    "change",
    [
        {"improvements": []},
        {"improvements": [[1, float("nan")]]},
        {"improvements": [[2, 0.5]]},
        {"improvements": [[1, 0.5], [3, 0.4]]},
        {"population": [[0.5, 0.1]]},
        {"population": [[0.5, 0.1], [float("inf"), 0.1]]},
        {"entropies": []},
        {"entropies": ["x", None]},
        {"evaluations": 10},
        {"population": [[0.5, 0.1], [1.5, 0.1]]},
        {"leaning": {**LEANING, "values": [float("nan")]}},
    ],
)
def test_a_trial_that_cannot_be_is_damaged(tmp_path, change):
    assert why_damaged(tmp_path, lambda row: json.dumps({**json.loads(row), **change}))


def test_policies_choose_from_as_much_in_every_trial(tmp_path):
    def two(row):
        rows = ({**json.loads(row), "seed": seed} for seed in (0, 1))
        leanings = LEANING, {**LEANING, "slots": [1.0, 1.0]}
        return "\n".join(
            json.dumps({**row, "leaning": each}) for row, each in zip(rows, leanings, strict=True)
        )

    assert "(the policies of some trials have other choices than" in why_damaged(tmp_path, two)


def test_a_trial_that_is_there_twice_is_refused(tmp_path):
    assert "(a trial is there twice)" in why_damaged(tmp_path, lambda row: f"{row}\n{row}")


def test_a_file_that_is_none_of_trials_is_left_as_it_is(tmp_path):
    path, about = tmp_path / "t.jsonl", {"benchmark": "b", "digest": "d", "evaluations": 20}
    for content in (b"my only copy", b"two\nlines", b"\xff\xfe\n", b"[]\n"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="is no file of trials: move it away"):
            TrialsFile(path, **about)
        assert path.read_bytes() == content


def test_a_file_that_was_cut_off_in_its_first_line_is_begun_anew(tmp_path):
    path, about = tmp_path / "t.jsonl", {"benchmark": "b", "digest": "d", "evaluations": 20}
    TrialsFile(path, **about)
    whole = path.read_bytes()
    path.write_bytes(whole[:50])
    assert TrialsFile(path, **about).trials == []
    assert path.read_bytes() == whole


def test_the_command_compares_and_is_taken_up(table, tmp_path, capsys):
    out = tmp_path / "a" / "r"  # neither is there
    given = [f"--data-dir={table}", f"--out={out}", "--evaluations=40", "--workers=2"]
    some = ["--strategies", "renas", "evolution-1", "local-search"]
    assert main([*given, *some, "--seeds=7"]) == 0
    assert "21 of 21 trials" in capsys.readouterr().out
    before = (out / "trials.jsonl").read_text().splitlines()
    assert len(before) == 1 + 21
    assert main([*given, *some, "random", "--seeds=8"]) == 0
    after = (out / "trials.jsonl").read_text().splitlines()
    assert after[: len(before)] == before
    assert len(after) == 1 + 32
    names = {path.name for path in out.iterdir()}
    drawn = {
        f"{what}.{kind}"
        for what in ("best", "population", "evaluations", "entropy", "policy")
        for kind in ("svg", "png")
    }
    written = {"trials.jsonl", "trials.csv", "efforts.csv", "policy.csv", "lock"}
    written |= {"report.html", "report.md"}
    assert names == written | drawn
    page = (out / "report.html").read_text()
    assert page.count("<svg") == 5
    assert "<script" not in page
    rows = list(csv.DictReader((out / "trials.csv").open()))
    assert len(rows) == 4 * 8 * 4
    needed = list(csv.DictReader((out / "efforts.csv").open()))
    assert len(needed) == 4 * 8
    assert {row["budget"] for row in needed} == {"40"}
    assert main([*given, "--strategies", "random", "--seeds=8"]) == 0
    left = {path.name for path in out.iterdir()}
    assert names - left == {f"{what}" for what in names if what.startswith(("policy", "entropy"))}
    assert (out / "report.html").read_text().count("<svg") == 3


def test_one_process_and_two_make_the_same_trials(table, tmp_path):
    given = [f"--data-dir={table}", "--evaluations=30", "--seeds=4", "--strategies", "renas"]
    for workers in (1, 2):
        out = f"--out={tmp_path / str(workers)}"
        assert main([*given, "renas-plus", out, f"--workers={workers}"]) == 0
    first, second = ((tmp_path / str(n) / "trials.csv").read_text() for n in (1, 2))
    assert first == second


def test_the_last_evaluation_is_looked_at_whatever_its_number(table, tmp_path):
    given = [f"--data-dir={table}", "--strategies", "evolution", "random", "--seeds=2"]
    for evaluations, looked_at in ((1, ["1"]), (20, ["10", "20"]), (23, ["10", "20", "23"])):
        out = tmp_path / f"{evaluations}"
        assert main([*given, f"--evaluations={evaluations}", f"--out={out}"]) == 0
        rows = list(csv.DictReader((out / "trials.csv").open()))
        assert [row["evaluations"] for row in rows] == 4 * looked_at
        # what is read again is whole
        assert main([*given, f"--evaluations={evaluations}", f"--out={out}"]) == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--seeds=0"], "--seeds is 0: give a number of at least 1"),
        (["--seeds=10000000000000000000000"], "--seeds is 10000000000000000000000: give at most"),
        (
            [f"--first-seed={2**64 - 1}", "--seeds=2"],
            f"--first-seed is {2**64 - 1}: give at most {2**64 - 2}, the seeds end there",
        ),
        (["--evaluations=100001"], "--evaluations is 100001: give at most 100000"),
        (["--evaluations=0"], "--evaluations is 0: give a number of at least 1"),
        (["--first-seed=-1"], "--first-seed is -1: give a number of at least 0"),
        (["--strategies", "anneal"], "there is no strategy 'anneal' to compare: --list names all"),
        (["--data-dir=no"], "no is no directory: give that of nasbench201-cifar10.csv.gz"),
        (["--measure=x"], "the measure is 'x': give one of valid-12, test-12, test-200"),
    ],
)
def test_bad_settings_are_refused(table, tmp_path, monkeypatch, capsys, given, message):
    monkeypatch.chdir(tmp_path)
    assert main([f"--data-dir={table}", "--out=r", *given]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"renas-compare: {message}")
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_directory_of_another_comparison_is_refused(table, tmp_path, capsys):
    given = [f"--data-dir={table}", f"--out={tmp_path / 'r'}", "--strategies", "random"]
    assert main([*given, "--seeds=2", "--evaluations=20"]) == 0
    capsys.readouterr()
    assert main([*given, "--seeds=2", "--evaluations=30"]) == 2
    assert "is of evaluations 20, not 30: give another --out" in capsys.readouterr().err


def test_a_file_where_the_directory_should_be_is_refused(table, tmp_path, capsys):
    (tmp_path / "r").write_text("mine")
    for out in ("r", "r/s"):
        given = [f"--data-dir={table}", f"--out={tmp_path / out}", "--strategies", "random"]
        assert main([*given, "--seeds=1", "--evaluations=10"]) == 2
        assert "cannot be made" in (said := capsys.readouterr().err)
        assert said.endswith(": give another --out\n")
    assert (tmp_path / "r").read_text() == "mine"


def test_trials_of_other_settings_are_not_mixed_with_those_of_today(
    table, tmp_path, monkeypatch, capsys
):
    given = [f"--data-dir={table}", f"--out={tmp_path / 'r'}", "--evaluations=20", "--workers=1"]
    some = ["--strategies", "random", "evolution", "--seeds=2"]
    assert main([*given, *some]) == 0
    other = replace(CONTESTANTS["evolution"], settings={"population_size": 5, "sample_size": 2})
    monkeypatch.setitem(CONTESTANTS, "evolution", other)
    capsys.readouterr()
    assert main([*given, *some]) == 2
    said = capsys.readouterr().err
    assert "has trials of evolution with other settings than it has now: give another --out" in said
    assert main([*given, "--strategies", "random", "--seeds=2"]) == 0


def test_trials_under_another_predictor_are_of_other_settings(monkeypatch):
    now = {name: settings_digest(CONTESTANTS[name].make(SPACE, 0)) for name in ("bananas", "renas")}
    monkeypatch.setattr(predictor, "NOISE", 0.1)
    assert settings_digest(CONTESTANTS["bananas"].make(SPACE, 0)) != now["bananas"]
    assert settings_digest(CONTESTANTS["renas"].make(SPACE, 0)) == now["renas"]


def test_a_comparison_whose_reader_is_gone_has_not_succeeded(table, tmp_path, monkeypatch, capsys):
    def gone(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("renas_apps.compare._Progress.__call__", gone)
    given = [f"--data-dir={table}", f"--out={tmp_path}", "--strategies", "random", "--workers=1"]
    assert main([*given, "--seeds=2", "--evaluations=10"]) == 1
    assert capsys.readouterr().err.endswith("reads the output any more: the same command goes on\n")


def test_a_single_trial_has_no_interval(table, tmp_path, capsys):
    given = [f"--data-dir={table}", f"--out={tmp_path}", "--strategies", "renas", "random"]
    assert main([*given, "--seeds=1", "--evaluations=20", "--workers=1"]) == 0
    assert "| random | 1 | > 20 | ? |" in capsys.readouterr().out
    assert "compared with" not in (tmp_path / "report.md").read_text()


def test_a_contestant_has_one_digest_whatever_its_seed():
    digests = {
        name: {settings_digest(contestant.make(SPACE, seed)) for seed in (0, 1)}
        for name, contestant in CONTESTANTS.items()
    }
    assert all(len(found) == 1 for found in digests.values())
    assert len(set.union(*digests.values())) == len(CONTESTANTS)


def test_the_population_of_a_noisy_trial_has_the_fitness_without_the_noise(additive):
    class Noisy(type(additive(2))):
        def observe(self, fitness, rng):  # noqa: ARG002 (so noisy that the cell does not count)
            return 0.9 + rng.random() / 10

    of = run_trial(Noisy(2), CONTESTANTS["random"], seed=0, evaluations=20)
    assert all(mean <= 0.5 + 4 * 0.05 + 4 * 0.02 for mean, _ in of.population)


def test_an_interrupted_comparison_ends_at_once_and_keeps_what_is_done(table, tmp_path):
    out = tmp_path / "r"
    command = [sys.executable, "-m", "renas_apps.compare", f"--data-dir={table}", f"--out={out}"]
    many = ["--strategies", "random", "renas-plus", "--evaluations=1000", "--seeds=2"]
    process = subprocess.Popen([*command, *many], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        if (out / "trials.jsonl").exists() and lines_of(out / "trials.jsonl") == 3:
            break
        time.sleep(0.1)
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == "renas-compare: interrupted: the same command goes on\n"
    assert time.monotonic() - asked < 10  # the trials in the making take longer
    assert lines_of(out / "trials.jsonl") == 3


def lines_of(path):
    return path.read_bytes().count(b"\n")


def test_strategies_are_listed(capsys):
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "local-search: local search (White et al. 2021): on to the first better neighbour" in (
        lines
    )
    assert sum(line.endswith(" (ablation: on request only)") for line in lines) == 12
    assert len(lines) == len(CONTESTANTS)


def test_the_time_left_is_that_of_trials_made_since_the_first(capsys, monkeypatch):
    clock = iter([0.0, 50.0, 61.0, 62.0])  # starting processes takes 50 seconds
    monkeypatch.setattr("renas_apps.compare.time.monotonic", lambda: next(clock))
    progress = _Progress()
    for made in (1, 12, 22):
        progress("renas", made, 22)
    assert capsys.readouterr().out.splitlines() == [
        "1 of 22 trials (renas)",
        "12 of 22 trials (renas), 10s left",
        "22 of 22 trials (renas)",
    ]
