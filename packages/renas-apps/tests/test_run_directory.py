import errno
import os
from pathlib import Path

import pytest

from renas_apps.journal import Journal
from renas_apps.run_directory import RunDirectory, write_whole
from renas_space import InputError


def test_a_run_directory_is_made_with_its_parents(tmp_path):
    run = RunDirectory.create(tmp_path / "runs" / "first")
    assert run.weights.is_dir()
    assert run.weights_of(7) == run.path / "weights" / "7.safetensors"
    assert [run.config.name, run.journal.name, run.best.name, run.events.name, run.report.name] == [
        "config.toml",
        "search.db",
        "best.json",
        "events",
        "report.html",
    ]


def test_an_empty_directory_will_do(tmp_path):
    assert RunDirectory.create(tmp_path).weights.is_dir()


def test_what_was_killed_before_it_had_a_journal_is_begun_again(tmp_path):
    run = RunDirectory.create(tmp_path)
    run.write_settings({"seed": 1})
    for name in (".config.toml.new", ".search.db.new", ".search.db.new-wal", "lock"):
        (tmp_path / name).touch()
    assert RunDirectory.create(tmp_path) == run


def test_a_directory_with_other_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(InputError) as caught:
        RunDirectory.create(tmp_path)
    assert str(caught.value) == f"{tmp_path} is not empty: give another --run-dir"
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_run_that_is_there_is_refused(tmp_path):
    run = RunDirectory.create(tmp_path)
    Journal.create(run.journal, {}).close()
    with pytest.raises(InputError) as caught:
        RunDirectory.create(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} holds a run already: go on with it with --resume {tmp_path}, "
        "or give another --run-dir"
    )


def test_a_file_in_the_way_is_refused(tmp_path):
    file = tmp_path / "run"
    file.touch()
    with pytest.raises(InputError) as caught:
        RunDirectory.create(file)
    assert str(caught.value) == f"{file} cannot be made (File exists): give another --run-dir"
    with pytest.raises(InputError) as caught:
        RunDirectory.create(file / "below")
    assert str(caught.value) == (
        f"{file / 'below'} cannot be made (Not a directory): give another --run-dir"
    )


def test_a_name_that_is_too_long_is_refused(tmp_path):
    path = tmp_path / ("x" * 300)
    with pytest.raises(InputError) as caught:
        RunDirectory.create(path)
    assert str(caught.value) == (
        f"{path} cannot be made (File name too long): give another --run-dir"
    )


def test_a_run_that_is_there_is_called_so_that_a_shell_finds_it(tmp_path):
    run = RunDirectory.create(tmp_path / "my runs")
    Journal.create(run.journal, {}).close()
    with pytest.raises(InputError, match="go on with it with --resume '.*/my runs', or"):
        RunDirectory.create(run.path)


def test_a_run_that_is_not_there_cannot_go_on(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError) as caught:
            RunDirectory.existing(path)
        assert str(caught.value) == f"{path} holds no run: give the directory of one to --resume"


@pytest.mark.parametrize("part", ["config", "weights"])
def test_a_run_of_which_a_part_is_gone_says_which(tmp_path, part):
    run = RunDirectory.create(tmp_path / "run")
    Journal.create(run.journal, {}).close()
    run.write_settings({})
    assert RunDirectory.existing(run.path) == run
    gone = getattr(run, part)
    gone.rename(tmp_path / "elsewhere")
    with pytest.raises(InputError) as caught:
        RunDirectory.existing(run.path)
    assert str(caught.value) == f"{gone} is gone: a run goes on with it, so restore it"


def test_settings_come_back_as_they_were(tmp_path):
    settings = {
        "data_dir": 'C:\\images "of" mine/ä\t',
        "seed": 3,
        "lr_new": 0.01,
        "tiny": 1e-07,
        "replay": False,
    }
    run = RunDirectory.create(tmp_path)
    run.write_settings(settings)
    assert run.settings() == settings


def test_damaged_settings_are_refused(tmp_path):
    run = RunDirectory.create(tmp_path)
    for content in (b"seed = ", b"\xff\xfe"):
        run.config.write_bytes(content)
        with pytest.raises(InputError) as caught:
            run.settings()
        assert str(caught.value).startswith(f"{run.config} cannot be read (")
        assert str(caught.value).endswith("): restore it")


def test_weights_that_nobody_needs_go_and_those_being_written_stay(tmp_path):
    run = RunDirectory.create(tmp_path)
    for name in ("1.safetensors", "12.safetensors", ".1.safetensors.x", ".3.safetensors.y"):
        (run.weights / name).touch()
    run.delete_weights_except([1, 5])
    assert {file.name for file in run.weights.iterdir()} == {"1.safetensors", ".1.safetensors.x"}


def test_a_text_is_written_whole_over_the_old_one(tmp_path):
    path = tmp_path / "best.json"
    write_whole(path, "old")
    write_whole(path, "new ä\n")
    assert path.read_text(encoding="utf-8") == "new ä\n"
    assert [file.name for file in tmp_path.iterdir()] == ["best.json"]


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_a_text_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch, fails):
    path = tmp_path / "best.json"
    write_whole(path, "old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*((os, "fsync", full) if fails == "fsync" else (Path, "replace", full)))
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["best.json"]
