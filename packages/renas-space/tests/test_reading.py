"""A genotype from a name, a file, a compact string or JSON; one sentence if it is none."""

import io
import json
import os
from pathlib import Path

import pytest

from renas_space import NASNET_A, PUBLISHED, RENASNET, InputError, read_genotype
from renas_space.reading import read_argument

COMPACT = "0110.1150.0003.1010.2250"
NAMES = "renasnet, nasnet-a, amoebanet-a, pnasnet-5, enas, darts-v2"


def message(text: str) -> str:
    with pytest.raises(InputError) as error:
        read_genotype(text)
    return str(error.value)


@pytest.mark.parametrize("name", [*PUBLISHED, *(p.name for p in PUBLISHED.values()), " RENASNET\n"])
def test_a_published_name_in_any_case(name: str) -> None:
    assert read_genotype(name) == PUBLISHED[name.strip().lower()].genotype


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_compact_string(name: str) -> None:
    genotype = PUBLISHED[name].genotype
    assert read_genotype(str(genotype)) == genotype
    assert read_genotype(f"  {str(genotype).upper()}\n") == genotype


@pytest.mark.parametrize("name", PUBLISHED)
def test_json(name: str) -> None:
    genotype = PUBLISHED[name].genotype
    assert read_genotype(genotype.to_json(indent=2)) == genotype


@pytest.mark.parametrize("content", [RENASNET.to_json(), "\ufeff" + RENASNET.to_json(), COMPACT])
def test_a_file(tmp_path: Path, content: str) -> None:
    file = tmp_path / "best.json"
    file.write_text(content + "\n", encoding="utf-8")
    assert read_genotype(str(file)) == RENASNET


def test_best_json_has_keys_that_readers_ignore(tmp_path: Path) -> None:
    file = tmp_path / "best.json"
    document = json.loads(NASNET_A.to_json()) | {"fitness": 0.91, "parent": 3}
    file.write_text(json.dumps(document))
    assert read_genotype(str(file)) == NASNET_A


def test_a_file_called_like_a_published_name_needs_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("enas").write_text(COMPACT)
    assert read_genotype("enas") == PUBLISHED["enas"].genotype
    assert read_genotype("./enas") == RENASNET


def test_a_file_wins_over_a_compact_string(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("0155").write_text(COMPACT)
    assert read_genotype("0155") == RENASNET


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("renasnt", "did you mean 'renasnet'?"),
        ("NASNet", "did you mean 'nasnet-a'?"),
        ("darts", "did you mean 'darts-v2'?"),
        ("enaz", "did you mean 'enas'?"),
        ("something else", "give one of these"),
        ("0110.115", "give one of these"),
    ],
)
def test_an_unknown_name(text: str, remedy: str) -> None:
    assert message(text) == (
        f"{text!r} is no file, compact string or published name ({NAMES}): {remedy}"
    )


def test_a_long_text_is_shown_in_part() -> None:
    assert message("x" * 10_000).startswith("'" + "x" * 57 + "...' is no file, compact string")
    assert message("a\0b").startswith("'a\\x00b' is no file")


@pytest.mark.parametrize("text", ["runs/best.json", "best.json", "C:\\cells\\best"])
def test_a_file_that_is_not_there(text: str) -> None:
    assert message(text) == (
        f"there is no file {text!r}: give a file, a compact string or a published name"
    )


def test_nothing() -> None:
    assert message(" ") == (
        "no genotype was given: give a file, a compact string or a published name"
    )


def test_an_error_in_a_compact_string_is_told() -> None:
    assert message("0210").startswith("block 1 reads input 2, which is not there yet")


@pytest.mark.parametrize("length", range(0, len(RENASNET.to_json()) - 1, 7))
def test_a_truncated_file_names_the_file(tmp_path: Path, length: int) -> None:
    file = tmp_path / "best.json"
    file.write_text(RENASNET.to_json()[:length])
    told = message(str(file))
    assert told.startswith(f"{file}: ")
    assert "\n" not in told
    if length:
        assert told.endswith("is the file whole?")
    else:
        assert told == f"{file}: the file is empty: give JSON or a compact string"


def test_an_edited_file_names_the_file_and_the_operation(tmp_path: Path) -> None:
    file = tmp_path / "best.json"
    file.write_text(RENASNET.to_json().replace("sep_conv_5x5", "sep_conv_5x4", 1))
    assert message(str(file)) == (
        f"{file}: unknown operation 'sep_conv_5x4': did you mean 'sep_conv_5x5'?"
    )


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "best.json"
    file.write_text(RENASNET.to_json().replace('"version": 1', '"version": 2'))
    assert message(str(file)) == (
        f"{file}: the genotype is of version 2, this renas-space reads up to 1: "
        "install a newer renas-space"
    )


def test_a_folder_and_a_file_that_is_not_text(tmp_path: Path) -> None:
    assert message(str(tmp_path)) == (
        f"{tmp_path} cannot be read (Is a directory): give another file"
    )
    file = tmp_path / "1.safetensors"
    file.write_bytes(b"\xff\xfe\x00\x80")
    assert message(str(file)) == f"{file} is not a text file: give JSON or a compact string"


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="pipes have no path here")
def test_a_pipe_of_the_shell_is_a_file() -> None:
    # `renas-space show <(...)` names a pipe, which is no regular file.
    reader, writer = os.pipe()
    os.write(writer, COMPACT.encode())
    os.close(writer)
    try:
        assert read_genotype(f"/dev/fd/{reader}") == RENASNET
    finally:
        os.close(reader)


def test_an_argument_may_stand_for_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{COMPACT}\n"))
    assert read_argument("-") == RENASNET
    assert read_argument("nasnet-a") == NASNET_A
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff"), encoding="utf-8"))
    with pytest.raises(InputError) as error:
        read_argument("-")
    assert str(error.value) == "standard input is not text: give JSON or a compact string"
