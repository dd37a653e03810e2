import inspect
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from renas_apps import config as module
from renas_apps.config import MAY_CHANGE, NOT_OF_THE_RUN, SearchConfig, flag
from renas_controller import STRATEGIES, ControllerSettings, make_strategy
from renas_controller.settings import Baseline, EntropyBonus
from renas_controller.strategies import making
from renas_controller.strategies.predicting import PredictingProposer
from renas_space import InputError, SearchSpace
from renas_trainer.compute import ACCELERATORS, PRECISIONS
from renas_trainer.data import DATA_NAMES


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"population": 1}, "--population is 1: give a number of at least 2"),
        ({"evaluations": 0}, "--evaluations is 0: give a number of at least 1"),
        ({"final_epochs": -1}, "--final-epochs is -1: give a number of at least 0"),
        ({"seed": -1}, "--seed is -1: give a number of at least 0"),
        ({"val_images": 0}, "--val-images is 0: give a number of at least 1"),
        ({"seed": 2**64}, "--seed is 18446744073709551616: give a number below 2^64"),
        ({"lr_new": 0.0}, "--lr-new is 0.0: give a number above 0"),
        ({"lr_inherited": float("nan")}, "--lr-inherited is nan: give a number above 0"),
        ({"learning_rate": float("inf")}, "--learning-rate is inf: give a number above 0"),
        ({"entropy_weight": -0.1}, "--entropy-weight is -0.1: give a number from 0"),
        (
            {"strategy": "renas", "sample": 30},
            "--sample is 30 and --population 20: a tournament cannot be larger than the "
            "population, so give a smaller --sample",
        ),
        (
            {"mutations": 6},
            "--mutations is 6: a genotype has 5 blocks, so give at most that",
        ),
        (
            {"mutations": 11, "separate_reduction": True},
            "--mutations is 11: a genotype has 10 blocks, so give at most that",
        ),
        ({"data": "folder"}, "--data folder needs images: say where with --data-dir"),
        (
            {"max_time": "soon"},
            "--max-time is 'soon': give a duration such as 90s, 30m, 2h or 1d",
        ),
        (
            {"max_params": "few"},
            "--max-params is 'few': give a count such as 500000, 500K, 5.3M or 1.2G",
        ),
        (
            {"max_madds": "0"},
            "--max-madds is '0': give a count such as 500000, 500K, 5.3M or 1.2G",
        ),
        (
            {"resume": Path("a"), "run_dir": Path("b")},
            "--run-dir is b and --resume a: "
            "a run goes on in its own directory, so leave --run-dir out",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, sentence):
    with pytest.raises(InputError) as caught:
        SearchConfig(**settings)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"inherit": "allways"}, "inherit is 'allways': give one of auto, always, never"),
        ({"population": 20.0}, "population is 20.0: give a whole number"),
        ({"replay": 1}, "replay is 1: give true or false"),
        ({"max_time": 3600}, "max_time is 3600: give a string"),
    ],
)
def test_settings_of_another_type_are_refused(settings, sentence):
    with pytest.raises(InputError) as error:
        SearchConfig(**settings)
    assert str(error.value) == sentence


def test_paths_may_be_strings():
    config = SearchConfig(data="folder", data_dir="photos", run_dir="runs/photos")
    assert (config.data_dir, config.run_dir) == (Path("photos"), Path("runs/photos"))


def test_the_defaults_are_the_papers():
    config = SearchConfig()
    assert (config.blocks, config.filters, config.cells, config.population) == (5, 24, 2, 20)
    assert (config.learning_rate, config.entropy_weight) == (0.001, 0.1)
    assert (config.lr_new, config.lr_inherited) == (0.01, 0.001)


def test_what_the_paper_leaves_open_has_defaults_of_ours():
    config = SearchConfig()
    assert (config.evaluations, config.sample, config.batch_size) == (200, 5, 64)
    assert (config.initial_epochs, config.child_epochs, config.final_epochs) == (1, 1, 3)


def test_the_default_strategy_learns_on_a_predictor():
    assert SearchConfig().strategy == "renas-plus"


@pytest.mark.parametrize(
    ("strategy", "idle"),
    [
        ("renas", set()),
        ("evolution", {"learning_rate", "entropy_weight", "entropy_bonus", "baseline"}),
        (
            "regularized-evolution",
            {"learning_rate", "entropy_weight", "entropy_bonus", "baseline", "allow_idle"},
        ),
        (
            "reinforcement",
            {
                *("sample", "mutations", "allow_idle", "baseline"),
                *("child_epochs", "lr_inherited", "inherit"),
            },
        ),
        (
            "renas-plus",
            {
                *("sample", "allow_idle", "learning_rate", "entropy_weight", "entropy_bonus"),
                *("baseline", "child_epochs", "lr_inherited"),
            },
        ),
    ],
)
def test_settings_without_effect_are_known(strategy, idle):
    assert SearchConfig(strategy=strategy).without_effect == ()
    config = SearchConfig(
        strategy=strategy,
        sample=4,
        mutations=2,
        allow_idle=False,
        learning_rate=0.01,
        entropy_weight=0.2,
        entropy_bonus="gradient",
        baseline="parent",
        child_epochs=2,
        lr_inherited=0.002,
        inherit="never" if strategy == "renas-plus" else "always",
    )
    assert set(config.without_effect) == idle


def test_a_small_population_needs_no_smaller_sample_where_there_are_no_tournaments():
    assert SearchConfig(population=4).sample == 5


def test_limits_are_read_as_numbers():
    config = SearchConfig(max_params="500K", max_madds="20M", max_time="30m")
    assert config.parameters_limit == 500_000
    assert config.multiply_adds_limit == 20_000_000
    assert config.seconds_limit == 1800


def test_settings_are_what_decides_a_run_with_absolute_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = SearchConfig(data="folder", data_dir=Path("photos"), run_dir=Path("run"))
    settings = config.settings()
    assert settings["data_dir"] == str(tmp_path / "photos")
    assert not {*NOT_OF_THE_RUN, "max_time"} & set(settings)
    assert settings["population"] == 20


def test_what_may_change_are_fields():
    assert {*MAY_CHANGE, *NOT_OF_THE_RUN} <= {field.name for field in fields(SearchConfig)}


def test_a_flag_is_spelt_with_hyphens():
    assert flag("data_dir") == "--data-dir"


def test_help_on_a_flag_can_be_read_alone():
    assert not re.search(r'"""Of |likewise|same three', inspect.getsource(SearchConfig))


def test_names_are_those_of_the_other_packages():
    assert sorted(get_args(module.StrategyName)) == sorted(STRATEGIES)
    assert get_args(module.DataName) == DATA_NAMES
    assert get_args(module.Device) == ACCELERATORS
    assert get_args(module.Precision) == PRECISIONS
    assert get_type_hints(SearchConfig)["entropy_bonus"] == EntropyBonus
    assert get_type_hints(SearchConfig)["baseline"] == Baseline
    assert module.SEEDS == making.SEEDS


def test_who_evolves_and_who_mutates_is_what_the_controller_says():
    assert set(module.EVOLVING) == set(making._EVOLUTIONS)
    assert module._OF_STRATEGIES["sample"] == module.EVOLVING
    assert set(module._OF_STRATEGIES["mutations"]) == set(making._OWNERS["mutations"])
    assert set(module.PREDICTING) == set(making._OWNERS["feasible"])
    # That of renas-plus learns from a predictor, and has its size alone to be set.
    assert {*module.CONTROLLED, "renas-plus"} == set(making._OWNERS["controller"])
    # Regularized evolution has this setting too, but off by default, where the flag is on.
    owners = {*module._OF_STRATEGIES["allow_idle"], "regularized-evolution"}
    assert owners == set(making._OWNERS["allow_idle"])


def course(name, **learning):
    """Search with a made-up fitness; return all that the strategy proposed."""
    strategy = make_strategy(
        name,
        SearchSpace(blocks=2),
        population_size=4,
        sample_size=2 if name in module.EVOLVING else None,
        seed=1,
        controller=ControllerSettings(**learning) if name in module.CONTROLLED else None,
    )
    proposals = []
    for _ in range(14):  # bananas begins with ten at random
        proposal = strategy.ask()
        strategy.tell(proposal, sum(proposal.genotype.tokens) % 11 / 11)
        proposals.append(proposal)
    return proposals


@pytest.mark.parametrize("name", STRATEGIES)
def test_which_settings_a_strategy_learns_by(name):
    usual = course(name)
    for setting, value in (
        ("learning_rate", 0.1),
        ("entropy_weight", 10.0),
        ("entropy_bonus", "gradient"),
        ("baseline", "parent"),
    ):
        if (name, setting) == ("reinforcement", "baseline"):  # refused
            continue
        differs = course(name, **{setting: value}) != usual
        assert differs == (name in module._OF_STRATEGIES[setting]), setting


@pytest.mark.parametrize("name", STRATEGIES)
def test_who_has_parents_and_who_predicts(name):
    config = SearchConfig(strategy=name)
    assert config.has_parents == any(each.parent_id is not None for each in course(name))
    proposer = getattr(make_strategy(name, SearchSpace(blocks=2)), "_proposer", None)
    assert (name in module.PREDICTING) == isinstance(proposer, PredictingProposer)


def test_settings_need_neither_torch_nor_numpy():
    script = (
        "import sys, renas_apps.config; print({'torch', 'numpy', 'sqlite3'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


def test_a_directory_without_the_name_of_its_data_is_refused():
    with pytest.raises(InputError) as error:
        SearchConfig(data_dir=Path("photos"))
    assert str(error.value) == (
        "--data-dir is photos, but digits come with a library: "
        "say with --data what is there, or leave it out"
    )


def test_only_flags_of_inheritance_wait_for_inherited_weights():
    config = SearchConfig(strategy="bananas", mutations=2, child_epochs=3)
    assert set(config.without_effect) == {"mutations", "child_epochs"}
    assert config.why_without_effect("mutations") == "bananas"
    assert config.why_without_effect("child_epochs") == "bananas without inherited weights"
