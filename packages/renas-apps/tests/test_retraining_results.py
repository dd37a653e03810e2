"""The file of what came of each cell: appended, cut off, damaged."""

import json
import math
from dataclasses import asdict

import pytest

from renas_apps.journal_rows import Final
from renas_apps.retraining.results import FILE, ResultsFile, Scoring, read_results
from renas_space import InputError

SCORING = Scoring(every=5, epochs=2, seed=3)


def final(number, accuracy=0.5, epochs=2):
    return Final(
        id=number,
        genotype="0110",
        epochs=epochs,
        accuracy=accuracy,
        test_accuracy=None,
        loss=1.0,
        curve="[0.5]",
    )


@pytest.fixture
def path(tmp_path):
    file = ResultsFile.open(tmp_path / FILE)
    file.ask(SCORING, {"threads": 1})
    file.add("v1:a", 3, final(1))
    file.add("v1:b", 3, final(2, None))
    return tmp_path / FILE


def test_what_is_added_is_there_at_once_and_later(path):
    results = read_results(path)
    assert results.asked == [SCORING]
    assert results.of(SCORING) == {"v1:a": final(1), "v1:b": final(2, None)}
    assert ResultsFile.open(path).results.of(SCORING) == results.of(SCORING)


def test_other_epochs_and_another_seed_are_other_results(path):
    file = ResultsFile.open(path)
    file.add("v1:a", 3, final(1, 0.7, epochs=4))
    file.add("v1:a", 4, final(1, 0.9))
    accuracies = {
        (epochs, seed): read_results(path)
        .of(Scoring(every=9, epochs=epochs, seed=seed))["v1:a"]
        .accuracy
        for epochs, seed in ((2, 3), (4, 3), (2, 4))
    }
    assert accuracies == {(2, 3): 0.5, (4, 3): 0.7, (2, 4): 0.9}
    assert read_results(path).of(Scoring(every=5, epochs=9, seed=3)) == {}


def test_what_is_asked_again_is_asked_once(path):
    file = ResultsFile.open(path)
    other = Scoring(every=6, epochs=2, seed=3)
    for scoring in (other, SCORING, other):
        file.ask(scoring, {})
    assert read_results(path).asked == [SCORING, other]


def test_a_file_says_where_its_numbers_are_from(path):
    head, asked, _, last = map(json.loads, path.read_text().splitlines())
    assert head == {"format": "renas.retrained", "version": 1}
    assert asked == {"asked": asdict(SCORING), "made_with": {"threads": 1}}
    assert (last["digest"], last["seed"]) == ("v1:b", 3)


def test_a_line_without_its_end_is_passed_over_and_then_taken_away(path):
    whole = path.read_bytes()
    for size in range(1, 40):
        path.write_bytes(whole + whole[-60:][:size].replace(b"\n", b" "))
        assert len(read_results(path).of(SCORING)) == 2
    ResultsFile.open(path).add("v1:c", 3, final(3))
    assert path.read_bytes().startswith(whole)
    assert list(read_results(path).of(SCORING)) == ["v1:a", "v1:b", "v1:c"]


def test_a_missing_file_holds_nothing(tmp_path):
    results = read_results(tmp_path / FILE)
    assert results.asked == []
    assert results.of(SCORING) == {}
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "not enough values to unpack (expected at least 1, got 0)"),
        ("[]\n", "list indices must be integers or slices, not str"),
        ('{"format": "renas.other", "version": 1}\n', "it has another head"),
        ('{"version": 1}\n', "'format'"),
        (
            '{"format": "renas.retrained", "version": 1}\nno\n',
            "Expecting value: line 1 column 1 (char 0)",
        ),
        ('{"format": "renas.retrained", "version": 1}\n{"digest": "a"}\n', "'final'"),
        *(
            (
                '{"format": "renas.retrained", "version": 1}\n'
                f'{{"asked": {{"every": {every}, "epochs": 2, "seed": 3}}}}\n',
                f"every is {said} and no whole number of at least 1",
            )
            for every, said in (("0", "0"), ('"x"', "'x'"), ("4.0", "4.0"))
        ),
        *(
            (
                '{"format": "renas.retrained", "version": 1}\n'
                + json.dumps({"digest": "a", "seed": 3, "final": {**asdict(final(1)), **changed}})
                + "\n",
                f"accuracy is {changed['accuracy']!r} and not from 0 to 1",
            )
            for changed in ({"accuracy": "x"}, {"accuracy": math.nan}, {"accuracy": 70})
        ),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, content, reason):
    path = tmp_path / FILE
    path.write_text(content)
    for open_ in (read_results, ResultsFile.open):
        with pytest.raises(InputError) as caught:
            open_(path)
        assert str(caught.value) == f"{path} is damaged ({reason}): restore it, or remove it"
    assert path.read_text() == content


def test_a_newer_file_is_refused(tmp_path):
    path = tmp_path / FILE
    path.write_text('{"format": "renas.retrained", "version": 2}\n{"new": 1}\n')
    with pytest.raises(InputError) as caught:
        read_results(path)
    assert str(caught.value) == (
        f"{path} is of version 2, this renas-apps reads up to 1: install a newer renas-apps"
    )
