"""From a command line to settings, and from what goes wrong to an exit status.

A setting's default gives way to the TOML file, and that to the flag. A resumed run has the settings
that it was made with; a flag that says otherwise is refused.
"""

import argparse
import signal
import sqlite3
import sys
import warnings
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NoReturn, Protocol, TypeVar

import tyro

from renas_apps.config import MAY_CHANGE, SearchConfig, flag
from renas_apps.errors import RunError
from renas_apps.run_directory import RunDirectory
from renas_apps.settings_file import read_toml, with_settings
from renas_space import InputError

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses of every command."""


class Settings(Protocol):
    """The settings of a command: a dataclass of which every field is a flag."""

    def settings(self) -> dict[str, Any]:
        """Return what decides the run, as values that TOML and JSON can hold."""
        ...


Config = TypeVar("Config", bound=Settings)

_DESCRIPTION = f"""{SearchConfig.__doc__}

Example: renas-search --data folder --data-dir photos --filters 16 --cells 1 --run-dir runs/photos
"""


def parse_search(arguments: Sequence[str]) -> SearchConfig:
    """Return the settings of ``renas-search``.

    Raises:
        InputError: a setting is of no use, a file is damaged, or a resumed run was made otherwise.
        SystemExit: the command line is not understood (2), or asks for help (0).
    """
    asked = parse_settings(
        _Unchecked(),
        arguments,
        prog="renas-search",
        description=_DESCRIPTION,
        made_with=lambda run: RunDirectory.existing(run).settings(),
        may_change=MAY_CHANGE,
    )
    return SearchConfig(**{field.name: getattr(asked, field.name) for field in fields(asked)})


def parse_settings(
    defaults: Config,
    arguments: Sequence[str],
    *,
    prog: str,
    description: str,
    made_with: Callable[[Path], Mapping[str, Any]],
    may_change: Collection[str],
) -> Config:
    """Return settings from defaults, a resumed run, a file and flags; the last one wins.

    Args:
        defaults: an instance whose class does not check itself: what a file sets wrong on its own,
            a flag may still set right.
        arguments: of the command line.
        prog: name of the command.
        description: of the command, for ``--help``.
        made_with: returns the settings of the run in a directory.
        may_change: names of settings that a resumed run may be given anew.

    Raises:
        InputError: a file is damaged, or a resumed run was made otherwise.
        SystemExit: the command line is not understood (2), or asks for help (0).
    """
    found = find_files(arguments)
    made = defaults
    if found.resume is not None:
        source = found.resume / "config.toml"
        defaults = made = with_settings(defaults, made_with(found.resume), source)
    if found.config is not None:
        settings = read_toml(found.config)
        for name in ("resume", "config"):
            if name in settings:
                raise InputError(f"{found.config} sets {name!r}: give it as a flag, {flag(name)}")
        defaults = with_settings(defaults, settings, found.config)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of tyro, on types: they are checked above
        asked = tyro.cli(
            type(defaults),
            args=list(arguments),
            prog=prog,
            description=description,
            default=defaults,
        )
    if found.resume is not None:
        _check_same(made, asked, found.resume, may_change)
    return asked


@dataclass(frozen=True, kw_only=True)
class _Unchecked(SearchConfig):
    """Settings on their way: what a file sets wrong on its own, a flag may still set right."""

    def __post_init__(self) -> None:
        """Wait with the checks until all is known."""


def find_files(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the files that the defaults come from, ahead of reading the flags."""
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    finder.add_argument("--config", type=Path)
    finder.add_argument("--resume", type=Path)
    try:
        return finder.parse_known_args(list(arguments))[0]
    except argparse.ArgumentError:  # a flag without its value: the real parser says so
        return argparse.Namespace(config=None, resume=None)


def _check_same(made: Settings, asked: Settings, run: Path, may_change: Collection[str]) -> None:
    """Check that a resumed run is not asked to become another one."""
    before, now = made.settings(), asked.settings()  # with absolute paths
    for name in {**before, **now}:
        if before.get(name) != now.get(name) and name not in may_change:
            raise InputError(
                f"{run} was made with {flag(name)} {before.get(name)}, not {now.get(name)}: "
                "leave the flag out, or start another run"
            )


def run_command(name: str, command: Callable[[], None]) -> int:
    """Run a command and return its exit status, with one sentence on stderr if it went wrong."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        command()
    except InputError as error:
        return _complain(name, str(error), BAD_INPUT)
    except KeyboardInterrupt as interrupt:
        return _complain(name, str(interrupt) or "interrupted", INTERRUPTED)
    except UnicodeEncodeError as error:
        before, after = error.object[: error.start], error.object[error.start :]
        line = before.rpartition("\n")[2] + after.partition("\n")[0]
        return _complain(
            name, f"{line!a} cannot be written in {error.encoding}: rename it", BAD_INPUT
        )
    except BrokenPipeError:  # the reader of our output is gone, as in `... | head`
        sys.stderr.close()
        return DONE
    except OSError as error:
        return _complain(name, f"{error.strerror or error}: {error.filename or 'disk'}", FAILED)
    except (RunError, sqlite3.Error, ArithmeticError) as error:
        return _complain(name, str(error), FAILED)
    return DONE


@contextmanager
def resumable(command: str) -> Generator[None]:
    """Let whatever stops a run say how to go on with it.

    Args:
        command: that resumes the run.

    Raises:
        KeyboardInterrupt: somebody stopped it.
        RunError: the disk cannot be written, or nobody reads the output any more.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted: go on with {command}") from None
    except BrokenPipeError:
        raise RunError(f"nobody reads the output any more: go on with {command}") from None
    except (OSError, sqlite3.OperationalError) as error:
        raise RunError(
            f"the run cannot be written ({error}): make room, then go on with {command}"
        ) from error


def check_out(out: Path, *, force: bool) -> None:
    """Check that a file can be written where ``--out`` says, and nothing is lost unasked.

    Raises:
        InputError: there is a file already, or no directory for it.
    """
    if out.is_dir():
        raise InputError(f"{out} is a directory: give the name of a file to --out")
    if not out.parent.is_dir():
        raise InputError(f"there is no directory {out.parent}: make it, or give another --out")
    if out.exists() and not force:
        raise InputError(f"{out} is there already: give another --out, or --force to replace it")


def _complain(name: str, sentence: str, status: int) -> int:
    """Print a sentence for people; return the status."""
    print(f"{name}: {sentence}", file=sys.stderr)
    return status


def _interrupt(*_: object) -> NoReturn:
    """Treat SIGTERM like Ctrl-C."""
    raise KeyboardInterrupt
