import importlib.util
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[3] / "tools" / "kill_and_resume.py"


@pytest.mark.skipif(not TOOL.exists(), reason="the tools are in the repository only")
def test_a_search_that_is_killed_is_what_it_would_have_been(tmp_path, capsys):
    spec = importlib.util.spec_from_file_location("kill_and_resume", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.compare(tmp_path, kills=3, seed=3) == []
    said = capsys.readouterr().out
    assert "1 before the journal" in said
    assert "retraining, 1" in said  # of 14 rows, ten or more
    assert "evaluations (10): equal" in said
    assert "finals (4): equal" in said
