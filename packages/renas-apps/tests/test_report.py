"""The command renas-report, the summary and the page, on a small made-up run."""

import csv
import io
import re
import subprocess
import sys
from dataclasses import replace
from xml.dom import minidom

import pytest

from renas_apps.html_report import html_report
from renas_apps.journal import Journal
from renas_apps.journal_rows import Final
from renas_apps.report import main
from renas_apps.retraining.results import FILE, ResultsFile, Scoring
from renas_apps.run import Run
from renas_apps.summary import summarise

CELL = "0110.1150.0003.1010.2250"


@pytest.fixture
def directory(tmp_path, row):
    path = tmp_path / "r<1>"
    (path / "weights").mkdir(parents=True)
    (path / "config.toml").write_text('data = "digits"\n')
    settings = {"data": "<digits>", "evaluations": 2, "population": 2, "final_epochs": 3, "seed": 1}
    facts = {"settings": settings, "versions": {"torch": "2"}}
    with Journal.create(path / "search.db", facts) as journal:
        for number, fitness in ((0, 0.25), (1, 0.5)):
            done = row(number, fitness, epochs=1, lineage_epochs=1)
            journal.record(done, population=[0, 1][: number + 1], strategy=b"", elapsed=61.0)
        journal.record_final(
            Final(
                id=1,
                genotype=CELL,
                epochs=3,
                accuracy=0.75,
                test_accuracy=0.7,
                loss=1.0,
                curve="[0.75]",
            )
        )
    return path


def test_the_summary_says_what_was_found_and_how_to_go_on(directory) -> None:
    text = summarise(Run.open(directory))
    assert text.startswith("2 evaluations in 1m01s")
    assert "fitness of the first 2 cells 0.3750 +- 0.1250, of the 2 in the last population" in text
    assert "inherited" not in text  # both were trained from scratch
    assert "#1     accuracy 0.7500   test 0.7000" in text
    assert "as searched: 1,000 parameters, 2,000 multiply-adds" in text
    # RENASNet at the paper's size: section 5.2, Table 1.
    assert "3,737,578 parameters" in text
    assert f"renas-search --resume '{directory}' --evaluations 4" in text  # for a shell: r<1>
    assert (
        f"renas-search --config '{directory}/config.toml' "
        f"--init-from '{directory}/best.json' --seed 2"
    ) in text


def test_inherited_weights_are_warned_of_where_there_are_any(directory) -> None:
    run = Run.open(directory)
    child = replace(run.evaluations[1], parameters_kept=3, parameters_sliced=0, parameters_new=1)
    inheriting = replace(run, evaluations=(run.evaluations[0], child))
    assert "its children inherited 75% of their parameters\n" in summarise(inheriting)
    assert "only retraining compares the cells" in summarise(inheriting)
    assert "Inherited weights" in html_report(inheriting)
    assert "Inherited weights" not in html_report(run)


def test_the_best_of_many_are_not_compared_with_the_first_without_a_word(directory) -> None:
    run = Run.open(directory)
    # A better cell pushes the worst out of the best: that is no tournament.
    further = replace(run.evaluations[1], id=2, kind="child", parent_id=1, leaver_id=0)
    chosen = replace(run, evaluations=(*run.evaluations, further))
    flattered = "the last are the best by that very fitness, so chance flatters them"
    assert flattered in summarise(chosen)
    settings = {**run.settings, "strategy": "regularized-evolution"}
    evolved = replace(chosen, facts={**run.facts, "settings": settings})
    assert flattered not in summarise(evolved)
    assert flattered not in summarise(run)  # nothing was chosen yet


def test_show_prints_the_summary(directory, capsys) -> None:
    assert main(["show", str(directory)]) == 0
    assert capsys.readouterr().out.startswith("2 evaluations in 1m01s")


def test_export_writes_csv_and_overwrites_nothing_unasked(directory, tmp_path, capsys) -> None:
    out = tmp_path / "e.csv"
    assert main(["export", str(directory), "--out", str(out)]) == 0
    rows = list(csv.DictReader(out.open()))
    assert [row["fitness"] for row in rows] == ["0.25", "0.5"]
    assert rows[0]["parent_id"] == ""
    assert main(["export", str(directory), "--out", str(out)]) == 2
    assert capsys.readouterr().err == (
        f"renas-report: {out} is there already: give another --out, or --force to replace it\n"
    )
    assert main(["export", str(directory), "--out", str(out), "--force"]) == 0


@pytest.mark.parametrize(("table", "ids"), [("finals", ["1"]), ("lineage", ["1"])])
def test_export_knows_other_tables(directory, capsys, table: str, ids: list[str]) -> None:
    assert main(["export", str(directory), "--table", table]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["id"] for row in rows] == ids


def test_the_page_is_whole_and_escaped(directory) -> None:
    page = html_report(Run.open(directory))
    assert "&lt;digits&gt;" in page
    assert "<digits>" not in page
    assert "r&lt;1&gt;" in page
    pictures = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(pictures) == 2  # the curve and the cell
    for picture in pictures:
        minidom.parseString(picture)  # noqa: S318 (our own)
    for reaches_out in ("<script", "<link", "src=", 'href="http', "@import"):
        assert reaches_out not in page


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("", "{} is a directory: give the name of a file to --out"),
        ("none/e.csv", "there is no directory {}: make it, or give another --out"),
    ],
)
@pytest.mark.parametrize("command", ["export", "html"])
def test_out_must_be_a_file_that_can_be(directory, tmp_path, capsys, command, out, sentence):
    assert main([command, str(directory), "--force", "--out", str(tmp_path / out)]) == 2
    named = tmp_path / "none" if out else tmp_path
    assert capsys.readouterr().err == f"renas-report: {sentence.format(named)}\n"


def test_an_id_is_for_lineages(directory, capsys) -> None:
    assert main(["export", str(directory), "--id", "1"]) == 2
    assert capsys.readouterr().err == (
        "renas-report: --id 1 is for --table lineage: add that, or leave --id out\n"
    )
    assert main(["export", str(directory), "--table", "lineage", "--id", "7"]) == 2
    assert capsys.readouterr().err == (
        "renas-report: the run has no individual 7: see renas-report export\n"
    )


def test_retraining_is_refused_where_there_is_no_run_or_a_number_is_out_of_range(tmp_path, capsys):
    assert main(["retrain", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"renas-report: there is no journal at {tmp_path}/search.db: give the directory of a "
        "search, as renas-search made it\n"
    )
    assert main(["retrain", str(tmp_path), "--every", "0"]) == 2
    assert capsys.readouterr().err == "renas-report: --every is 0: give a number of at least 1\n"


def test_a_run_may_be_named_as_a_command(directory, tmp_path, monkeypatch, capsys) -> None:
    directory.rename(tmp_path / "retrain")
    monkeypatch.chdir(tmp_path)
    assert main(["show", "retrain"]) == 0
    assert "2 evaluations in 1m01s" in capsys.readouterr().out
    (tmp_path / "retrain/search.db").unlink()
    assert main(["retrain", "retrain"]) == 2  # the command, of the run
    assert capsys.readouterr().err == (
        "renas-report: there is no journal at retrain/search.db: give the directory of a "
        "search, as renas-search made it\n"
    )


def test_the_page_has_the_checkpoints_that_are_retrained(directory) -> None:
    (directory / "retrained").mkdir()
    file = ResultsFile.open(directory / "retrained" / FILE)
    file.ask(Scoring(every=1, epochs=7, seed=1), {})
    page = html_report(Run.open(directory))
    assert "<h2>Checkpoints retrained from scratch (epochs: 7)</h2>" in page
    assert "after every 1 evaluations and the last, seed 1: 0 of 2 are done" in page
    assert page.count("<svg") == 2
    final = Run.open(directory).finals[0]
    file.add("v1:0", 1, replace(final, epochs=7, accuracy=0.625))
    page = html_report(Run.open(directory))
    assert ": 2 of 2 are done" in page
    assert page.count("<svg") == 3
    for picture in re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL):
        minidom.parseString(picture)  # noqa: S318 (our own)
    # evaluations, individuals, cells, failed, mean, deviation, best, fitness
    row = ("2", "2", "1", "0", "0.6250", "0.0000", "0.6250", "0.3750")
    assert "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" in page
    assert page == html_report(Run.open(directory))


def test_a_newer_journal_is_refused(directory, capsys) -> None:
    with Journal.open(directory / "search.db") as journal:
        journal.state_facts({"schema_version": 2})
    assert main(["show", str(directory)]) == 2
    assert capsys.readouterr().err == (
        f"renas-report: the journal {directory}/search.db is of version 2, this renas-apps reads "
        "up to 1: install a newer renas-apps\n"
    )


def test_a_directory_without_a_run_is_refused(tmp_path, capsys) -> None:
    assert main(["show", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"renas-report: there is no journal at {tmp_path}/search.db: give the directory of a "
        "search, as renas-search made it\n"
    )


def test_the_page_takes_the_colours_of_its_reader(directory) -> None:
    page = html_report(Run.open(directory))
    assert "currentColor" in page
    assert "#010203" not in page
    assert "background: #fff" not in page


def test_one_run_always_makes_one_page(directory) -> None:
    assert html_report(Run.open(directory)) == html_report(Run.open(directory))


def test_a_run_without_evaluations_has_a_page_and_a_summary(tmp_path) -> None:
    with Journal.create(tmp_path / "search.db", {"settings": {"population": 2, "final_epochs": 3}}):
        pass
    run = Run.open(tmp_path)
    assert summarise(run) == f"{tmp_path}: no individual has been scored yet"
    assert "0 evaluations in 0s" in html_report(run)


@pytest.mark.parametrize("arguments", [["--help"], ["retrain", "--help"]])
def test_help_is_quick_and_needs_no_torch(arguments) -> None:
    code = (
        "import sys\n"
        "from renas_apps.report import main\n"
        f"try:\n    main({arguments})\nexcept SystemExit as end:\n    print(end.code)\n"
        "print('torch' in sys.modules, 'matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.endswith("0\nFalse False\n")
    assert f"renas-report {'retrain' if len(arguments) > 1 else 'export'} runs/small" in done.stdout
