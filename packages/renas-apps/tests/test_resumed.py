from pathlib import Path

import pytest

from renas_apps.config import SearchConfig
from renas_apps.resumed import resumed
from renas_apps.run_directory import RunDirectory
from renas_space import InputError


@pytest.fixture
def run(tmp_path):
    path = tmp_path / "run"
    settings = SearchConfig(filters=8, strategy="renas", evaluations=30, max_time="2h").settings()
    directory = RunDirectory.create(path)
    directory.write_settings(settings)
    directory.journal.touch()
    return path


def test_a_run_goes_on_with_its_own_settings(run):
    expected = SearchConfig(filters=8, strategy="renas", evaluations=30, max_time="2h", resume=run)
    assert resumed(run) == resumed(str(run)) == expected


def test_what_may_change_is_changed(run):
    config = resumed(run, evaluations=60, threads=2)
    assert (config.evaluations, config.threads, config.filters) == (60, 2, 8)


def test_what_would_make_another_run_of_it_is_refused(run):
    with pytest.raises(InputError) as error:
        resumed(run, filters=9)
    assert str(error.value) == (
        f"{run} was made with --filters 8, not 9: leave the flag out, or start another run"
    )


def test_a_change_is_checked(run):
    with pytest.raises(InputError, match="^--evaluations is 0: give a number of at least 1$"):
        resumed(run, evaluations=0)


def test_without_a_run_there_is_nothing_to_go_on_with(tmp_path):
    with pytest.raises(InputError):
        resumed(Path(tmp_path / "none"))
