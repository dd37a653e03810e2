"""Files that are all there, or none."""

import pytest

from renas_apps.files_at_once import files_at_once
from renas_space import InputError


def test_files_appear_together(tmp_path):
    target = tmp_path / "new"
    with files_at_once(target, ["a", "b"], [], force=False) as directory:
        for name in ("a", "b"):
            (directory / name).write_text(name)
        assert not (target / "a").exists()
    assert {path.name: path.read_text() for path in target.iterdir()} == {"a": "a", "b": "b"}


def interrupted(target):
    with files_at_once(target, ["a"], [], force=True) as directory:
        (directory / "a").write_text("after")
        raise KeyboardInterrupt


@pytest.mark.parametrize("there", [True, False])
def test_what_is_interrupted_leaves_nothing(tmp_path, there):
    target = tmp_path / "new"
    if there:
        target.mkdir()
        (target / "a").write_text("before")
    with pytest.raises(KeyboardInterrupt):
        interrupted(target)
    assert target.exists() == there
    if there:
        assert [path.read_text() for path in target.iterdir()] == ["before"]


def test_a_file_that_is_read_is_not_written(tmp_path):
    (tmp_path / "a").write_text("photograph")
    with (
        pytest.raises(InputError, match="/a is what is read: give another directory"),
        files_at_once(tmp_path, ["a"], [tmp_path / "." / "a"], force=True),
    ):
        pass
    assert (tmp_path / "a").read_text() == "photograph"


def test_what_cannot_be_replaced_is_refused_before_anything_is_written(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for directory, names, said in (
        (tmp_path, ["a", "b"], f"{tmp_path / 'b'} is a directory: give another directory, or move"),
        (tmp_path / "link", ["a"], f"{tmp_path / 'link'} is no directory: give the name of one"),
    ):
        with pytest.raises(InputError) as caught, files_at_once(directory, names, [], force=True):
            pass
        assert str(caught.value).startswith(said)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "link"]
