"""What a comparison writes down of policies: on the page, as Markdown, as figures and as CSV."""

from renas_apps.comparison import CONTESTANTS, run_trial
from renas_apps.comparison.effects import Effects
from renas_apps.comparison.effort import Effort
from renas_apps.comparison.report import write_report
from renas_apps.comparison.trials_file import TrialsFile


def write(benchmark, directory, names):
    """Write a report of three short trials of each, read from their file."""
    file = TrialsFile(directory / "trials.jsonl", benchmark="b", digest="d", evaluations=30)
    for name in names:
        for seed in range(3):
            file.append(run_trial(benchmark, CONTESTANTS[name], seed=seed, evaluations=30))
    again = TrialsFile(directory / "trials.jsonl", benchmark="b", digest="d", evaluations=30)
    assert again.trials == file.trials
    by = {name: [one for one in again.trials if one.contestant == name] for name in names}
    efforts = [Effort.of(trials, benchmark.target) for trials in by.values()]
    write_report("title", benchmark, by, efforts, names[0], directory)
    return {path.name for path in directory.iterdir() if path.name.startswith("policy")}


def test_those_with_a_policy_are_in_every_form(additive, tmp_path):
    written = write(additive(2), tmp_path, ["random", "renas", "renas-plus"])
    assert written == {"policy.csv", "policy.png", "policy.svg"}
    text, html = (tmp_path / "report.md").read_text(), (tmp_path / "report.html").read_text()
    assert "\n## speed-up of renas (Fig. 4): evaluations until the population is as good\n" in text
    assert "\n## what the controllers learned\n\n- Effects are those of 576 cells" in text
    assert "| operation | renas | renas-plus | effect, points | near the top |" in text
    assert "- renas-plus, 3 seeds: when it mutates a block" in text
    assert "<li>renas-plus, 3 seeds: when it mutates a block" in html
    assert "<h2>policy</h2>" in html
    assert html.count("<svg") == 5
    assert "random" not in (tmp_path / "policy.csv").read_text()


def test_without_a_policy_nothing_appears_and_nothing_is_measured(additive, tmp_path, monkeypatch):
    monkeypatch.setattr(Effects, "of", None)
    assert write(additive(2), tmp_path, ["random", "evolution"]) == set()
    assert "controllers" not in (tmp_path / "report.md").read_text()
    assert "controllers" not in (tmp_path / "report.html").read_text()
