import os

import pytest

from renas_apps.outputs import check_out
from renas_space import InputError


def refused(*arguments, **settings):
    with pytest.raises(InputError) as caught:
        check_out(*arguments, **settings)
    return str(caught.value)


def test_a_new_file_may_be_written(tmp_path):
    check_out(tmp_path / "new.csv")


def test_a_file_that_is_there_is_replaced_by_force_alone(tmp_path):
    out = tmp_path / "there.csv"
    out.touch()
    assert refused(out, flag="--confusion", force=False) == (
        f"{out} is there already: give another --confusion, or --force to replace it"
    )
    assert refused(out) == f"{out} is there already: give another --out"  # there is no --force
    check_out(out, force=True)


def test_what_is_read_is_never_replaced(tmp_path, monkeypatch):
    read = tmp_path / "model.params"
    read.touch()
    monkeypatch.chdir(tmp_path)
    for out in (read, read.relative_to(tmp_path)):
        assert refused(out, force=True, read=[tmp_path / "gone", read]) == (
            f"{out} is what is read: give another --out"
        )


def test_links_and_devices_stay_what_they_are(tmp_path):
    file, link, dangling = (tmp_path / name for name in ("file", "link", "dangling"))
    file.touch()
    link.symlink_to(file)
    dangling.symlink_to(tmp_path / "nowhere")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for out in (link, dangling, pipe):
        assert refused(out, force=True) == (
            f"{out} is a link or a device: give the name of a file to --out"
        )


def test_a_file_needs_a_name_and_a_directory(tmp_path):
    assert refused(tmp_path, force=True) == (
        f"{tmp_path} is a directory: give the name of a file to --out"
    )
    out = tmp_path / "none" / "x"
    assert refused(out) == f"there is no directory {out.parent}: make it, or give another --out"
