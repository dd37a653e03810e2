"""From a command line to settings.

A setting's default gives way to the TOML file, and that to the flag. A resumed run has the settings
that it was made with; a flag that says otherwise is refused.
"""

import argparse
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import tyro

from renas_apps.arguments import check_not_empty
from renas_apps.config import MAY_CHANGE, SearchConfig, flag
from renas_apps.resumed import Config, check_same_settings, checked, unchecked
from renas_apps.run_directory import RunDirectory
from renas_apps.settings_file import read_toml, with_settings
from renas_apps.tyro_errors import refusing
from renas_space import InputError

_DESCRIPTION = f"""{SearchConfig.__doc__}

Example: renas-search --data folder --data-dir photos --filters 16 --cells 1 --run-dir runs/photos
"""


def parse_search(arguments: Sequence[str]) -> SearchConfig:
    """Return the settings of ``renas-search``.

    Raises:
        InputError: the command line is not understood, a setting is of no use, a file is damaged,
            or a resumed run was made otherwise.
        SystemExit: it asks for help.
    """
    return parse_settings(
        SearchConfig,
        arguments,
        prog="renas-search",
        description=_DESCRIPTION,
        made_with=lambda run: RunDirectory.existing(run).settings(),
        may_change=MAY_CHANGE,
    )


def parse_settings(
    kind: type[Config],
    arguments: Sequence[str],
    *,
    prog: str,
    description: str,
    made_with: Callable[[Path], Mapping[str, Any]],
    may_change: Collection[str],
) -> Config:
    """Return settings from defaults, a resumed run, a file and flags; the last one wins.

    They are checked when all is known: what a file sets wrong on its own, a flag may set right.

    Args:
        kind: the class of the settings; every field has a default.
        arguments: of the command line.
        prog: name of the command.
        description: of the command, for ``--help``.
        made_with: returns the settings of the run in a directory.
        may_change: names of settings that a resumed run may be given anew.

    Raises:
        InputError: the command line is not understood, a setting is of no use, a file is damaged,
            or a resumed run was made otherwise.
        SystemExit: it asks for help.
    """
    check_not_empty(arguments)
    found = find_files(arguments)
    defaults = made = unchecked(kind)()
    if found.resume is not None:
        source = found.resume / "config.toml"
        defaults = made = with_settings(defaults, made_with(found.resume), source)
    if found.config is not None:
        settings = read_toml(found.config)
        for name in ("resume", "config"):
            if name in settings:
                raise InputError(f"{found.config} sets {name!r}: give it as a flag, {flag(name)}")
        defaults = with_settings(defaults, settings, found.config)
    with refusing(prog), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of tyro, on types: they are checked above
        asked = tyro.cli(
            type(defaults),
            args=list(arguments),
            prog=prog,
            description=description,
            default=defaults,
        )
    if found.resume is not None:
        check_same_settings(made, asked, found.resume, may_change)
    return checked(kind, asked)


def find_files(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the files that the defaults come from, ahead of reading the flags."""
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    finder.add_argument("--config", type=Path)
    finder.add_argument("--resume", type=Path)
    try:
        return finder.parse_known_args(list(arguments))[0]
    except argparse.ArgumentError:  # a flag without its value: the real parser says so
        return argparse.Namespace(config=None, resume=None)
