"""The file of trials: taken up after a kill, and refused where it cannot be."""

import json

import pytest

from renas_apps.comparison.trials_file import TrialsFile
from renas_space import InputError

ABOUT = {"benchmark": "b", "digest": "d", "evaluations": 20}
LEANING = {"slots": [1.0], "values": [1.0], "change": [0.0, 0.0], "improves": [0.0, 0.0]}


def test_a_file_of_trials_is_taken_up_after_a_kill(tmp_path, trial):
    path = tmp_path / "t.jsonl"
    made = [trial(0, (1, 0.5)), trial(1, (1, 0.5), (3, 0.6))]
    for one in made:
        TrialsFile(path, **ABOUT).append(one)
    with path.open("a") as file:
        file.write('{"contestant": "renas", "se')  # cut off
    again = TrialsFile(path, **ABOUT)
    assert again.trials == made
    assert again.has("renas", 1)
    assert not again.has("renas", 2)
    assert not again.has("evolution", 1)
    again.append(trial(2, (1, 0.5)))
    assert len(TrialsFile(path, **ABOUT).trials) == 3
    for name, value in (("benchmark", "x"), ("digest", "x"), ("evaluations", 30)):
        with pytest.raises(InputError, match=f"is of {name} .*: give another --out"):
            TrialsFile(path, **{**ABOUT, name: value})
    head = path.read_text().splitlines()[0]
    for content in (f"{head}\n{{}}\n", f"{head}\n[1]\n", f"{head}\n\n"):
        path.write_text(content)
        with pytest.raises(InputError, match="is damaged"):
            TrialsFile(path, **ABOUT)


def test_a_file_that_is_none_of_trials_is_left_as_it_is(tmp_path):
    path = tmp_path / "t.jsonl"
    for content in (b"my only copy", b"two\nlines", b"\xff\xfe\n", b"[]\n"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="is no file of trials: move it away"):
            TrialsFile(path, **ABOUT)
        assert path.read_bytes() == content


def test_a_file_that_was_cut_off_in_its_first_line_is_begun_anew(tmp_path):
    path = tmp_path / "t.jsonl"
    TrialsFile(path, **ABOUT)
    whole = path.read_bytes()
    path.write_bytes(whole[:50])
    assert TrialsFile(path, **ABOUT).trials == []
    assert path.read_bytes() == whole


@pytest.fixture
def why_damaged(tmp_path, trial):
    """Say why a file of one trial is refused whose line was changed."""

    def reason(change):
        path = tmp_path / "t.jsonl"
        TrialsFile(path, **ABOUT).append(trial(0, (1, 0.5)))
        head, row = path.read_text().splitlines()
        path.write_text(f"{head}\n{change(row)}\n")
        with pytest.raises(InputError, match="is damaged") as error:
            TrialsFile(path, **ABOUT)
        return str(error.value)

    return reason


@pytest.mark.parametrize(
    "change",
    [
        {"improvements": []},
        {"improvements": [[1, float("nan")]]},
        {"improvements": [[2, 0.5]]},
        {"improvements": [[1, 0.5], [3, 0.4]]},
        {"population": [[0.5, 0.1]]},
        {"population": [[0.5, 0.1], [float("inf"), 0.1]]},
        {"entropies": []},
        {"entropies": ["x", None]},
        {"evaluations": 10},
        {"population": [[0.5, 0.1], [1.5, 0.1]]},
        {"leaning": {**LEANING, "values": [float("nan")]}},
    ],
)
def test_a_trial_that_cannot_be_is_damaged(why_damaged, change):
    assert why_damaged(lambda row: json.dumps({**json.loads(row), **change}))


def test_policies_choose_from_as_much_in_every_trial(why_damaged):
    def two(row):
        rows = ({**json.loads(row), "seed": seed} for seed in (0, 1))
        leanings = LEANING, {**LEANING, "slots": [1.0, 1.0]}
        return "\n".join(
            json.dumps({**row, "leaning": each}) for row, each in zip(rows, leanings, strict=True)
        )

    assert "(the policies of some trials have other choices than" in why_damaged(two)


def test_a_trial_that_is_there_twice_is_refused(why_damaged):
    assert "(a trial is there twice)" in why_damaged(lambda row: f"{row}\n{row}")
