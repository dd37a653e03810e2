"""The command, to the letter of what it prints, and how it ends."""

import io
import json
import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from renas_space import (
    DARTS_V2,
    NASNET_A,
    RENASNET,
    Block,
    Cell,
    Genotype,
    SearchSpace,
    draw_dot,
    draw_svg,
)
from renas_space.command_line import main

COMPACT = "0110.1150.0003.1010.2250"
COMMANDS = ["cost", "fit", "size", "sample", "show", "encode", "decode", "draw", "diff"]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    """Run the command in this process: what it printed."""

    def run_it(*arguments: str) -> str:
        assert main(arguments) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return run_it


@pytest.fixture
def fails(capsys: pytest.CaptureFixture[str]):
    """Run the command and see it fail on bad input: the sentence."""

    def run_it(*arguments: str) -> str:
        try:
            status = main(arguments)
        except SystemExit as stop:  # argparse ends by itself
            status = stop.code
        assert status == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("renas-space: ")
        assert err.count("\n") == 1
        return err.removeprefix("renas-space: ").rstrip("\n")

    return run_it


def test_cost_in_the_mobile_setting_names_both_conventions(run) -> None:
    printed = run("cost", "renasnet", "--skeleton", "imagenet", "--cells", "4", "--filters", "44")
    assert (
        printed
        == f"""\
{COMPACT}, imagenet, N = 4, F = 44, 224x224 pixels, 1000 classes, without the auxiliary head

standard convention (all parameters, decimal units)
  parameters          5,677,268
  multiply-adds     608,200,896
paper's convention (weights of convolutions and linear layers, units of 2^20)
  parameters             5.3666
  multiply-adds          580.03
activation memory of one image (float32)
  bytes              79,596,560
"""
    )


def test_cost_on_cifar(run) -> None:
    printed = run("cost", "renasnet", "--skeleton", "cifar", "--cells", "6", "--filters", "32")
    assert "  parameters          3,737,578\n" in printed
    assert "  parameters             3.5174\n" in printed


def test_cost_takes_the_papers_sizes_by_default(run) -> None:
    assert ", N = 6, F = 32, " in run("cost", COMPACT)
    assert ", N = 4, F = 44, " in run("cost", COMPACT, "--skeleton", "imagenet")


def test_cost_counts_the_auxiliary_head_only_if_asked(run) -> None:
    printed = run("cost", COMPACT, "--auxiliary")
    assert "with the auxiliary head" in printed
    small = run("cost", COMPACT, "--auxiliary", "--image-size", "2")  # whose maps have no room
    assert "without the auxiliary head" in small
    assert "3,737,578" not in printed


def test_cost_lists_the_layers_which_add_up(run) -> None:
    printed = run("cost", "darts-v2", "--cells", "1", "--filters", "8", "--layers")
    summary, table = printed.split("\n\nlayer ")
    rows = [line.split() for line in table.splitlines()[1:]]
    assert rows[0] == ["stem.conv", "conv", "3x3", "1", "3x32x32", "24x32x32", "648", "663,552"]
    for column, what in ((6, "parameters"), (7, "multiply-adds")):
        total = sum(int(row[column].replace(",", "")) for row in rows)
        (told,) = [line for line in summary.splitlines() if line.endswith(f" {total:,}")]
        assert told.split()[0] == what


def test_cost_as_json_keeps_the_conventions_apart(run) -> None:
    document = json.loads(run("cost", "renasnet", "--skeleton", "imagenet", "--json"))
    assert document["standard"] == {"parameters": 5_677_268, "multiply_adds": 608_200_896}
    assert document["paper"] == {"unit": 2**20, "parameters": 5.3666, "multiply_adds": 580.03}
    assert (document["cells"], document["filters"], document["auxiliary"]) == (4, 44, False)
    assert document["digest"] == RENASNET.digest()
    assert "layers" not in document
    listed = json.loads(run("cost", "renasnet", "--json", "--layers"))["layers"]
    assert listed[0]["name"] == "stem.conv"
    assert listed[0]["shape_out"] == [96, 32, 32]


def test_size(run) -> None:
    assert run("size") == "(6^5 * 6!)^2 = 31,345,665,638,400 = 3.1e13\n"
    assert run("size", "--blocks", "1") == "(6^1 * 2!)^2 = 144 = 1.4e02\n"
    (formula, exact, _) = run("size", "--separate-reduction").split(" = ")
    assert formula == "(6^5 * 6!)^4"
    assert int(exact.replace(",", "")) == 31_345_665_638_400**2


def test_sample_is_repeatable_and_of_the_space(run) -> None:
    printed = run("sample", "--count", "5", "--seed", "3", "--blocks", "4")
    assert printed == run("sample", "--count", "5", "--seed", "3", "--blocks", "4")
    drawn = [Genotype.from_string(line) for line in printed.splitlines()]
    assert len(set(drawn)) == 5
    assert all(SearchSpace(blocks=4).contains(genotype) for genotype in drawn)
    assert len(run("sample").splitlines()) == 1
    assert "/" in run("sample", "--separate-reduction", "--seed", "0")


def test_sample_by_number(run) -> None:
    index = SearchSpace().index(RENASNET)
    assert run("sample", "--index", str(index)) == f"{COMPACT}\n"


def test_show_a_published_cell_by_any_of_its_isomorphic_forms(run) -> None:
    printed = run("show", "1001.1150.0003.1010.2250")
    assert printed.startswith("normal and reduction cell\n\n  block 1 = sep_conv_3x3(c-1)")
    assert f"digest  {RENASNET.digest()}\n" in printed
    assert "\nRENASNet: Chen et al., RENAS, CVPR 2019, Fig. 5\nhttps://" in printed
    assert "Note: " not in printed
    assert "\nNote: earlier versions of the figure" in run("show", "amoebanet-a")
    assert "://" not in run("show", "0155")


def test_encode_prints_each_encoding(run) -> None:
    index = SearchSpace().index(RENASNET)
    assert run("encode", "renasnet") == (
        "tokens  0 1 1 0 0 1 1 5 0 0 0 0 0 3 0 1 0 1 0 0 2 2 5 0 0\n"
        f"string  {COMPACT}\n"
        f"json    {RENASNET.to_json()}\n"
        f"index   {index}\n"
        f"digest  {RENASNET.digest()}\n"
    )
    assert run("encode", "renasnet", "--format", "digest") == f"{RENASNET.digest()}\n"
    assert "\nindex   none: operation 'dil_conv_3x3' is none of" in run("encode", "darts-v2")


@pytest.mark.parametrize("genotype", [RENASNET, NASNET_A])
def test_decode_takes_back_what_encode_wrote(run, genotype: Genotype) -> None:
    apart = ["--separate-reduction"] if genotype.reduction else []
    tokens = run("encode", str(genotype), "--format", "tokens").split()
    index = run("encode", str(genotype), "--format", "index").strip()
    assert Genotype.from_json(run("decode", str(genotype))) == genotype
    assert Genotype.from_json(run("decode", "--tokens", *tokens, *apart)) == genotype
    assert run("decode", "--index", index, *apart, "--format", "string") == f"{genotype}\n"


def test_decode_takes_an_output_rule(run) -> None:
    printed = run("decode", "--tokens", *"01550", "--output", "all", "--format", "string")
    assert printed == "0155@all\n"


def test_draw_prints_or_writes_by_the_ending(run, fails, tmp_path: Path) -> None:
    assert run("draw", "renasnet") == run("decode", COMPACT, "--format", "text")
    assert run("draw", "renasnet", "--format", "svg") == draw_svg(RENASNET)
    for name, drawing in (("a.svg", draw_svg), ("a.dot", draw_dot), ("a.GV", draw_dot)):
        assert run("draw", "darts-v2", "--out", str(tmp_path / name)) == ""
        assert (tmp_path / name).read_text() == drawing(DARTS_V2)
    assert fails("draw", "renasnet", "--out", str(tmp_path / "a.svg")).endswith(
        "a.svg is there already: give another --out, or --force to replace it"
    )
    assert (tmp_path / "a.svg").read_text() == draw_svg(DARTS_V2)
    run("draw", "renasnet", "--out", str(tmp_path / "a.svg"), "--force")
    assert (tmp_path / "a.svg").read_text() == draw_svg(RENASNET)
    run("draw", "renasnet", "--format", "dot", "--out", str(tmp_path / "a.txt"))
    assert (tmp_path / "a.txt").read_text() == draw_dot(RENASNET)


def test_diff_lists_mutations_and_says_whether_isomorphic(run) -> None:
    assert run("diff", "renasnet", "0110.1150.0003.1040.2230") == (
        "block 4: o1 sep_conv_5x5 -> max_pool_3x3\n"
        "block 5: o1 skip_connect -> avg_pool_3x3\n"
        "2 mutations\nnot isomorphic\n"
    )
    assert run("diff", "renasnet", "0110.1150.0003.1020.2250").splitlines()[1] == "1 mutation"
    same = "isomorphic: the same but for the order of blocks and of the sides of a block\n"
    assert run("diff", "renasnet", "renasnet") == "equal\n" + same
    assert run("diff", COMPACT, "1001.1150.0003.1010.2250").endswith("4 mutations\n" + same)


def test_diff_of_what_no_mutation_joins(run) -> None:
    assert run("diff", "0155", "0155@loose") == (
        "no mutations lead from 0155 to 0155@loose: their output rules differ\n"
        "not isomorphic: only the output rules differ\n"
    )
    assert run("diff", "renasnet", "nasnet-a").endswith("reduction cell\nnot isomorphic\n")


def test_fit_marks_the_network_nearest_the_budget(run) -> None:
    printed = run("fit", "renasnet", "--skeleton", "imagenet", "--max-madds", "608.200896M")
    lines = printed.splitlines()
    assert "standard convention" in lines[1]
    starred = [line.split() for line in lines[3:] if line.startswith("*")]
    assert starred == [["*", "4", "44", "5,677,268", "608,200,896", "100.0%"]]
    only = run("fit", "--skeleton", "cifar", "--max-params", "3.5M", "--cells", "6", "--json")
    document = json.loads(only)
    assert document["best"]["cells"] == 6
    assert document["max_params"] == 3_500_000
    assert document["candidates"] == [document["best"]]


def test_a_genotype_may_come_from_a_file_or_standard_input(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "best.json"
    file.write_text(RENASNET.to_json())
    assert run("encode", str(file), "--format", "string") == f"{COMPACT}\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(RENASNET.to_json()))
    assert run("encode", "-", "--format", "string") == f"{COMPACT}\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{COMPACT}\n"))
    assert run("decode", "-", "--format", "string") == f"{COMPACT}\n"


def test_a_cell_too_large_for_a_string_is_called_by_its_digest(run, tmp_path: Path) -> None:
    blocks = tuple(Block((i, i + 1), ("skip_connect", "skip_connect")) for i in range(36))
    genotype = Genotype(Cell(blocks))
    file = tmp_path / "large.json"
    file.write_text(genotype.to_json())
    assert "string  none: too many blocks, use JSON\n" in run("show", str(file))
    assert run("cost", str(file)).startswith(f"{genotype.digest()}, cifar, ")
    assert run("fit", str(file), "--max-params", "3M").startswith(
        f"{genotype.digest()}, imagenet: "
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", "0210"], "block 1 reads input 2, which is not there yet: it may read 0 to 1 "),
        (["show", "renasne"], "'renasne' is no file, compact string or published name ("),
        (["cost", "renasnet", "--cells", "0"], "the number of cells N is 0: give a whole number"),
        (["cost", "renasnet", "--filters", "x"], "argument --filters: invalid int value: 'x'"),
        (
            ["cost", "renasnet", "--skeleton", "imagenet", "--filters", "42"],
            "the number of filters F is 42: the ImageNet stem has cells of F/4 and F/2 filters, "
            "so give a multiple of 4",
        ),
        (["cost"], "the following arguments are required: genotype: see 'renas-space cost --help'"),
        ([], "the following arguments are required: COMMAND: see 'renas-space --help'"),
        (["size", "--blocks", "0"], "a cell of 0 blocks: use 1 to 34"),
        (["sample", "--count", "0"], "the count is 0: give at least 1"),
        (["sample", "--index", "144", "--blocks", "1"], "there is no cell 144: this space has 0 "),
        (["encode", "darts-v2", "--format", "index"], "operation 'dil_conv_3x3' is none of this"),
        (["decode"], "nothing or too much to decode: give a string, --tokens or --index"),
        (["decode", "0155", "--index", "1"], "nothing or too much to decode: give a string, "),
        (["decode", "--tokens", "0", "1", "5"], "3 tokens do not make a genotype: give 5 tokens"),
        (
            ["sample", "--index", "3", "--seed", "1"],
            "--index names one genotype: leave out --count and --seed",
        ),
        (
            ["draw", "renasnet", "--out", "a.png"],
            "the ending of 'a.png' names no format: add --format text, svg or dot",
        ),
        (["diff", "-", "-"], "both genotypes are -: standard input holds only one"),
        (["fit", "renasnet"], "no budget was given: give --max-madds, --max-params or both"),
        (["fit", "renasnet", "--max-madds", "6Q"], "--max-madds is '6Q': give a count such as "),
    ],
)
def test_bad_input_is_told_in_one_sentence(fails, arguments: list[str], told: str) -> None:
    assert fails(*arguments).startswith(told)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_an_example_that_works(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("best.json").write_text(NASNET_A.to_json())
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    examples = [line.split("|")[0].split() for line in lines if line.startswith("  renas-space ")]
    assert examples
    for program, *arguments in examples:
        assert (program, arguments[0]) == ("renas-space", command)
        assert main(arguments) == 0


def test_the_help_lists_all_commands_and_published_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    printed = capsys.readouterr().out
    assert all(f"\n    {command} " in printed for command in COMMANDS)
    assert "published names: renasnet, nasnet-a, amoebanet-a, pnasnet-5, enas, darts-v2" in printed


def process(*arguments: str, **options) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    command = [sys.executable, "-m", "renas_space", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, **(pipes | options))


def test_the_module_is_the_command() -> None:
    out, err = process("--version").communicate()
    assert (out, err) == (f"renas-space {version('renas-space')}\n", "")


def test_a_reader_that_has_enough_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    running = process("cost", "renasnet", "--layers", stdout=writer)
    os.close(writer)
    assert running.communicate()[1] == ""
    assert running.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_full_disk_is_a_failure() -> None:
    with Path("/dev/full").open("w") as full:
        running = process("show", "renasnet", stdout=full)
        err = running.communicate()[1]
    assert running.returncode == 1
    assert err == (
        "renas-space: the output cannot be written (No space left on device): give another place\n"
    )


def test_a_folder_that_is_not_there_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "renasnet", "--out", "nowhere/a.svg"]) == 1
    assert capsys.readouterr().err == (
        "renas-space: nowhere/a.svg cannot be written (No such file or directory): "
        "give another place\n"
    )


def test_ctrl_c_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> str:
        signal.raise_signal(signal.SIGINT)
        return ""

    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setattr("sys.stdin.read", interrupted, raising=False)
    assert main(["show", "-"]) == 130


def test_a_closed_output_is_no_error() -> None:
    command = f'"{sys.executable}" -m renas_space show renasnet >&-'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
