import resource
import subprocess
import sys
from pathlib import Path

import pytest

from renas_apps.command_line import parse_search
from renas_apps.config import SearchConfig
from renas_apps.journal import Journal
from renas_apps.run_directory import RunDirectory
from renas_space import InputError


@pytest.fixture
def toml(tmp_path):
    def write(text):
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return ["--config", str(path)]

    return write


def run_of(path, **settings):
    """Make the directory of a run with these settings."""
    run = RunDirectory.create(path)
    run.write_settings(SearchConfig(**settings).settings())
    Journal.create(run.journal, {}).close()
    return ["--resume", str(path)]


def refused(arguments):
    with pytest.raises(InputError) as caught:
        parse_search(arguments)
    return str(caught.value)


def test_flags_win_over_the_file_and_the_file_over_defaults(toml):
    given = toml("population = 8\nseed = 3\nreplay = true\n")
    config = parse_search([*given, "--seed", "4", "--no-replay", "--max-time=2h"])
    assert (config.population, config.seed, config.replay, config.max_time) == (8, 4, False, "2h")
    assert config.cells == 2
    assert type(config) is SearchConfig


def test_a_flag_may_set_right_what_a_file_sets_wrong_alone(toml):
    given = toml('sample = 30\ndata = "folder"\n')
    config = parse_search([*given, "--population", "40", "--data-dir", "photos"])
    assert (config.sample, config.population, config.data_dir) == (30, 40, Path("photos"))


def test_settings_that_make_no_sense_are_one_sentence(toml):
    sentence = (
        "--sample is 30 and --population 20: a tournament cannot be larger than the population, "
        "so give a smaller --sample"
    )
    assert refused(["--strategy", "renas", "--sample", "30"]) == sentence
    assert refused(toml('strategy = "renas"\nsample = 30')) == sentence


@pytest.mark.parametrize("name", ["resume", "config"])
def test_a_file_cannot_say_what_only_a_flag_can(toml, name):
    given = toml(f'{name} = "elsewhere"')
    assert refused(given) == f"{given[1]} sets '{name}': give it as a flag, --{name}"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--precision", "8"],
            "invalid choice '8' for argument '--precision'. Expected one of ('32-true', "
            "'bf16-mixed', '16-mixed'): see renas-search --help",
        ),
        (
            ["--population", "many"],
            "Error parsing --population: invalid literal for int() with base 10: 'many': see "
            "renas-search --help",
        ),
        (
            ["--populaton", "4"],
            "Unrecognized options: --populaton, 4: did you mean --population?",
        ),
        (
            ["--resume"],
            "Missing value for argument '--resume'. Expected 1 values: see renas-search --help",
        ),
        (["digits"], "Unrecognized options: digits: see renas-search --help"),
    ],
)
def test_a_command_line_that_is_not_understood_is_one_sentence(arguments, sentence, capsys):
    assert refused(arguments) == sentence
    assert capsys.readouterr() == ("", "")


def test_help_is_printed(capsys):
    with pytest.raises(SystemExit) as caught:
        parse_search(["--help"])
    assert caught.value.code == 0
    assert "--population" in capsys.readouterr().out


def test_a_file_of_settings_may_begin_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text("\ufeffpopulation = 7\nsample = 3\n", encoding="utf-8")
    assert parse_search(["--config", str(path)]).population == 7


@pytest.mark.parametrize("arguments", [["--run-dir", ""], ["--run-dir="]])
def test_an_empty_path_is_not_the_working_directory(arguments):
    assert refused(arguments) == "--run-dir is empty: give a value, or leave it out"


def test_a_resumed_run_has_the_settings_it_was_made_with(tmp_path):
    given = run_of(tmp_path / "run", population=8, seed=3, max_params="500K", replay=True)
    config = parse_search(given)
    assert (config.population, config.seed, config.max_params) == (8, 3, "500K")
    assert config.replay
    assert config.resume == tmp_path / "run"
    parse_search([*given, "--population", "8", "--run-dir", str(tmp_path / "run")])


def test_a_resumed_run_may_get_another_end(tmp_path):
    given = run_of(tmp_path / "run")
    config = parse_search(
        [*given, "--evaluations", "400", "--max-time", "1h", "--final-epochs", "0"]
    )
    assert (config.evaluations, config.max_time, config.final_epochs) == (400, "1h", 0)
    assert parse_search([*given, "--threads", "2"]).threads == 2  # the session warns


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--population", "9"], "--population 8, not 9"),
        (["--strategy", "random"], "--strategy renas-plus, not random"),
        (["--max-params", "1M"], "--max-params None, not 1M"),
        (["--no-allow-idle"], "--allow-idle True, not False"),
        (["--init-from", "/other"], "--init-from /cells, not /other"),
    ],
)
def test_a_resumed_run_cannot_become_another_one(tmp_path, toml, flags, named):
    path = tmp_path / "run"
    given = run_of(path, population=8, init_from=Path("/cells"))
    sentence = f"{path} was made with {named}: leave the flag out, or start another run"
    assert refused([*given, *flags]) == sentence
    if flags[0] == "--population":
        assert refused([*given, *toml("population = 9")]) == sentence


def test_a_relative_directory_of_images_is_the_same_from_everywhere(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    run_of(tmp_path / "run", data="folder", data_dir=Path("photos"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    given = ["--resume", "../run"]
    assert parse_search(given).data_dir == tmp_path / "photos"


def test_images_may_have_moved_when_a_run_goes_on(tmp_path):
    given = run_of(tmp_path / "run", data="folder", data_dir=Path("/photos"))
    assert parse_search([*given, "--data-dir", "/moved"]).data_dir == Path("/moved")


def test_damaged_settings_of_a_run_are_refused(tmp_path):
    path = tmp_path / "run"
    given = run_of(path)
    (path / "config.toml").write_text("population = [")
    assert refused(given).startswith(f"{path}/config.toml cannot be read (")
    (path / "config.toml").write_text('population = "8"')
    assert refused(given) == f"{path}/config.toml sets population to '8': give a whole number"


def test_a_run_that_is_not_there_cannot_be_resumed(tmp_path):
    path = tmp_path / "none"
    assert refused(["--resume", str(path)]) == (
        f"{path} holds no run: give the directory of one to --resume"
    )


def processor_time():
    """Seconds that processes which this one started have computed for, whoever else was busy."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_help_answers_at_once_and_without_torch(tmp_path):
    script = (
        "import sys\nfrom renas_apps.search import main\n"
        "try: main(['--help'])\n"
        "finally: print({'torch', 'numpy'} & set(sys.modules), file=sys.stderr)"
    )
    run = [sys.executable, "-c", script]
    taken = []
    for _ in range(3):  # the best of three, on a machine that has other things to do
        start = processor_time()
        done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True)
        taken.append(processor_time() - start)
    assert done.stderr == "set()\n"
    assert "Example: renas-search --data folder" in done.stdout
    for name in SearchConfig.__dataclass_fields__:
        assert "--" + name.replace("_", "-") in done.stdout
    assert min(taken) < 1.0
    assert list(tmp_path.iterdir()) == []
