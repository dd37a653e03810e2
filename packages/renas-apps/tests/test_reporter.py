"""What is left when a search has ended."""

from renas_apps.journal import Journal
from renas_apps.reporter import Reporter


def test_the_end_of_a_search_leaves_a_page_and_prints_the_summary(tmp_path, capsys, row):
    settings = {"population": 2, "evaluations": 1, "final_epochs": 0, "seed": 0}
    with Journal.create(tmp_path / "search.db", {"settings": settings}) as journal:
        journal.record(row(0, 0.5, epochs=1), population=[0], strategy=b"", elapsed=1.0)
        Reporter().finished(tmp_path)
    printed = capsys.readouterr().out
    assert printed.startswith(f"\n1 evaluations in 1s: {tmp_path}\n")
    assert printed.endswith(f"  report: {tmp_path}/report.html\n")
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
