"""The command ``renas-train``: a network from a genotype, by one of the paper's recipes."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from renas_apps.command_line import find_files, parse_settings
from renas_apps.exit_status import DONE, run_command
from renas_apps.settings_file import read_toml
from renas_apps.training.config import MAY_CHANGE, TrainConfig
from renas_apps.training.configs import CONFIGS, RecipeName
from renas_space import InputError, read_genotype

_HELP = """usage: renas-train {cifar10,imagenet,voc} [-h] [OPTIONS]
       renas-train --resume DIR

Train the network of a cell by one of the paper's recipes, and write it to a file.

  cifar10   630 epochs with cosine restarts, on CIFAR-10, digits or an image folder
  imagenet  200 epochs in the mobile setting, on train/<class>/* and val/<class>/*
  voc       DeepLabv3 on the network of a cell, on images with masks in PASCAL VOC's layout

renas-train RECIPE --help shows all settings; --dry-run shows what they come to.

Example: renas-train cifar10 --data digits --genotype best.json --filters 8 --cells 1 --epochs 10
"""

_EXAMPLES = {
    "cifar10": "renas-train cifar10 --data-dir cifar10 --genotype best.json --run-dir runs/best",
    "imagenet": "renas-train imagenet --data-dir imagenet --device cuda --precision bf16-mixed",
    "voc": "renas-train voc --data-dir VOCdevkit/VOC2012 --sbd-dir SBD "
    "--encoder-weights renasnet.safetensors",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``renas-train``; return its exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if "--version" in given:
        from renas_apps.__about__ import __version__

        print(f"renas-train {__version__}")
        return DONE
    if given[:1] in (["--help"], ["-h"]):
        print(_HELP, end="")
        return DONE
    return run_command("renas-train", lambda: _train(parse_train(given)))


def parse_train(arguments: Sequence[str]) -> TrainConfig:
    """Return the settings of ``renas-train``.

    Raises:
        InputError: the command line is not understood, a setting is of no use, a file is damaged,
            or a resumed run was made otherwise.
        SystemExit: it asks for help.
    """
    recipe, rest = _recipe(arguments)

    def made_with(run: Path) -> dict[str, Any]:
        made, settings = _made(run)
        if made != recipe:
            raise InputError(
                f"{run} was made by the recipe {made}, not {recipe}: leave the recipe out"
            )
        return settings

    kind = CONFIGS[recipe]
    config = parse_settings(
        kind,
        rest,
        prog=f"renas-train {recipe}",
        description=f"{kind.__doc__}\n\nExample: {_EXAMPLES[recipe]}\n",
        made_with=made_with,
        may_change=MAY_CHANGE,
    )
    if config.genotype is None:
        return config
    # Read once: its file may change, and a pipe has it once.
    return replace(config, genotype=str(read_genotype(config.genotype)))


def _recipe(arguments: Sequence[str]) -> tuple[RecipeName, list[str]]:
    """Return the recipe that is asked for, or that a resumed run has, and all other arguments."""
    first = arguments[0] if arguments else ""
    if first in CONFIGS:
        return first, list(arguments[1:])
    resumed: Path | None = find_files(arguments).resume
    if resumed is not None and first.startswith("-"):
        return _made(resumed)[0], list(arguments)
    named = f"{first!r} is no recipe" if first else "no recipe was given"
    raise InputError(f"{named}: give cifar10, imagenet or voc, as in renas-train cifar10 --help")


def _made(run: Path) -> tuple[RecipeName, dict[str, Any]]:
    """Return the recipe and the settings that a run was made with.

    Raises:
        InputError: there is no run, or its settings are damaged.
    """
    if not (run / "config.toml").is_file() or (run / "search.db").exists():
        raise InputError(f"{run} holds no training: give the directory of one to --resume")
    settings = read_toml(run / "config.toml")
    recipe = settings.pop("recipe", None)
    if recipe not in CONFIGS:
        raise InputError(f"{run / 'config.toml'} names no recipe: restore it")
    return recipe, settings


def _train(config: TrainConfig) -> None:
    """Train as the settings say, or show what that would be."""
    # torch takes seconds to import, which --help and a misspelt flag need not wait for.
    if config.dry_run:
        from renas_apps.training.outline import outline

        print(outline(config), end="")
        return
    from renas_apps.training.session import run_training

    run_training(config)


if __name__ == "__main__":
    sys.exit(main())
