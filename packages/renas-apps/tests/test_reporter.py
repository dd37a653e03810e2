"""What is left when a search has ended."""

from renas_apps.journal import Journal
from renas_apps.reporter import Reporter


def search(directory, row):
    """Leave a search of one individual in a directory."""
    settings = {"population": 2, "evaluations": 1, "final_epochs": 0, "seed": 0}
    with Journal.create(directory / "search.db", {"settings": settings}) as journal:
        journal.record(row(0, 0.5, epochs=1), population=[0], strategy=b"", elapsed=1.0)


def test_the_end_of_a_search_leaves_a_page_and_prints_the_summary(tmp_path, capsys, row):
    search(tmp_path, row)
    Reporter().finished(tmp_path)
    printed = capsys.readouterr().out
    assert printed.startswith(f"\n1 evaluations in 1s: {tmp_path}\n")
    assert printed.endswith(f"  report: {tmp_path}/report.html\n")
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")


def test_damaged_results_of_a_retraining_do_not_hide_what_the_search_found(tmp_path, capsys, row):
    search(tmp_path, row)
    (tmp_path / "retrained").mkdir()
    (tmp_path / "retrained" / "results.jsonl").write_text("[]\n")
    Reporter().finished(tmp_path)
    *_, last = capsys.readouterr().out.splitlines()
    assert last.startswith(f"note: {tmp_path}/report.html was not written anew ({tmp_path}/retrain")
    assert not (tmp_path / "report.html").exists()
