import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SPECIFICATION = importlib.util.spec_from_file_location("release", ROOT / "tools/release.py")
release = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(release)


@pytest.fixture
def package(tmp_path):
    """A copy of a package's metadata, without any fragment."""
    folder = tmp_path / "packages" / "renas-space"
    (folder / "changes").mkdir(parents=True)
    settings = (ROOT / "packages/renas-space/pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(settings)
    return folder


def test_every_fragment_of_the_repository_is_in_order():
    assert release.check(ROOT, since=None) == 0


def test_a_fragment_with_an_issue_or_a_name_is_in_order(package):
    (package / "changes/12.bugfix.md").write_text("The digest no longer depends on the platform.")
    (package / "changes/12.bugfix.2.md").write_text("The digest is longer.")
    (package / "changes/+speed.change.md").write_text("Sampling is twice as fast.")

    assert release.faults(package) == []


def test_a_badly_named_fragment_is_named_with_the_remedy(package):
    (package / "changes/fix.md").write_text("Something.")

    (fault,) = release.faults(package)
    assert fault == (
        "packages/renas-space/changes/fix.md: call it ISSUE.KIND.md or +name.KIND.md, "
        "KIND one of feature|change|removal|bugfix"
    )


def test_each_change_has_a_fragment_of_its_own(package):
    (package / "changes/12.bugfix.md").write_text("The digest is longer.\nSampling is faster.\n")

    (fault,) = release.faults(package)
    assert fault == (
        "packages/renas-space/changes/12.bugfix.md: it has several lines; "
        "give each change a fragment of its own"
    )


def test_an_empty_fragment_is_refused(package):
    (package / "changes/12.bugfix.md").write_text("\n")

    (fault,) = release.faults(package)
    assert fault == (
        "packages/renas-space/changes/12.bugfix.md: it is empty; "
        "say in a sentence what changed for a user"
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (["packages/renas-space/src/renas_space/space.py"], True),
        (["packages/renas-space/tests/test_space.py"], False),
        (
            [
                "packages/renas-space/src/renas_space/space.py",
                "packages/renas-space/changes/1.feature.md",
            ],
            False,
        ),
        (["packages/renas-spaceship/src/a.py"], False),
    ],
)
def test_changed_source_without_a_fragment_is_unannounced(package, changed, expected):
    assert release.unannounced(package, changed) is expected


def test_something_that_is_no_version_is_refused(package):
    with pytest.raises(SystemExit, match="'next' is no version: write one like 0.2.0 or 0.2.0rc1"):
        release.build(package, "next")
