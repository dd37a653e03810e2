import pytest

from renas_apps.provenance import check_same, provenance
from renas_space import InputError


def test_a_run_knows_versions_machine_threads_and_data():
    facts = provenance(threads=2, data_digest="abc")
    assert set(facts) == {"versions", "machine", "cpu", "threads", "data_digest"}
    assert set(facts["versions"]) == {
        *("python", "renas-space", "renas-controller", "renas-trainer", "renas-apps"),
        *("torch", "numpy"),
    }
    assert (facts["threads"], facts["data_digest"]) == (2, "abc")


def test_the_same_machine_gives_no_warning():
    facts = provenance(threads=1, data_digest="abc")
    assert check_same(facts, provenance(threads=1, data_digest="abc")) == []


def test_another_machine_gives_a_warning_for_each_difference():
    made = {**provenance(threads=1, data_digest="abc"), "cpu": "Z80"}
    now = {**provenance(threads=2, data_digest="abc"), "cpu": "6502"}
    assert check_same(made, now) == [
        "the run was made with cpu Z80 and goes on with 6502: "
        "the rest may differ in the last digits",
        "the run was made with threads 1 and goes on with 2: "
        "the rest may differ in the last digits",
    ]


def test_another_version_is_named_alone():
    made = provenance(threads=1, data_digest="abc")
    made["versions"] = {**made["versions"], "torch": "1.0"}
    now = provenance(threads=1, data_digest="abc")
    assert check_same(made, now) == [
        f"the run was made with torch 1.0 and goes on with {now['versions']['torch']}: "
        "the rest may differ in the last digits"
    ]


def test_other_images_are_refused():
    made = provenance(threads=1, data_digest="abc")
    with pytest.raises(InputError) as caught:
        check_same(made, provenance(threads=1, data_digest="abd"))
    assert str(caught.value) == (
        "the images are not those that the run was made with: restore them, or start a new run"
    )
