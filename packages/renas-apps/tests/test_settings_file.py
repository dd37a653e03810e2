from pathlib import Path

import pytest

from renas_apps.config import SearchConfig
from renas_apps.settings_file import read_toml, with_settings
from renas_space import InputError

SOURCE = Path("mine.toml")


def test_a_file_sets_what_it_names_and_nothing_else(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('data = "cifar10"\ndata-dir = "images"\nlr_new = 1\nreplay = true\nseed = 3\n')
    config = with_settings(SearchConfig(), read_toml(path), path)
    assert config == SearchConfig(
        data="cifar10", data_dir=Path("images"), lr_new=1, replay=True, seed=3
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"populaton": 4},
            "mine.toml sets 'populaton', which is no setting: did you mean population?",
        ),
        ({"x": 4}, "mine.toml sets 'x', which is no setting: remove it"),
        ({"run": {"seed": 3}}, "mine.toml sets 'run', which is no setting: did you mean run_dir?"),
        ({"population": "4"}, "mine.toml sets population to '4': give a whole number"),
        ({"population": 4.0}, "mine.toml sets population to 4.0: give a whole number"),
        ({"population": True}, "mine.toml sets population to True: give a whole number"),
        ({"image_size": "16"}, "mine.toml sets image_size to '16': give a whole number"),
        ({"lr_new": "0.1"}, "mine.toml sets lr_new to '0.1': give a number"),
        ({"replay": 1}, "mine.toml sets replay to 1: give true or false"),
        ({"data-dir": 7}, "mine.toml sets data-dir to 7: give a string"),
        ({"max_time": 30}, "mine.toml sets max_time to 30: give a string"),
        (
            {"strategy": "rl"},
            "mine.toml sets strategy to 'rl': give one of renas, renas-nonbi, renas-plus, "
            "evolution, reinforcement, regularized-evolution, local-search, bananas, random",
        ),
        (
            {"data": ["digits"]},
            "mine.toml sets data to ['digits']: give one of digits, folder, cifar10",
        ),
    ],
)
def test_what_is_no_setting_is_refused(settings, sentence):
    with pytest.raises(InputError) as caught:
        with_settings(SearchConfig(), settings, SOURCE)
    assert str(caught.value) == sentence


def test_a_file_that_is_not_there_is_named(tmp_path):
    path = tmp_path / "mine.toml"
    with pytest.raises(InputError) as caught:
        read_toml(path)
    assert str(caught.value) == f"there is no file {path}: give one that there is"


@pytest.mark.parametrize("content", [b"seed = ", b"\xff"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path, content):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_toml(path)
    assert str(caught.value).startswith(f"the settings {path} cannot be read (")
    assert str(caught.value).endswith("): mend the file")
