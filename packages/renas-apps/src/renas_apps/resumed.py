"""The settings of a run that goes on: those that it was made with, but for some that may change."""

from collections.abc import Collection
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar, cast

from renas_apps.config import MAY_CHANGE, SearchConfig, flag
from renas_apps.run_directory import RunDirectory
from renas_apps.settings_file import with_settings
from renas_space import InputError


class Settings(Protocol):
    """The settings of a command: a dataclass of which every field is a flag."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def settings(self) -> dict[str, Any]:
        """Return what decides the run, as values that TOML and JSON can hold."""
        ...


Config = TypeVar("Config", bound=Settings)


def resumed(run: Path | str, **changes: Any) -> SearchConfig:
    """Return the settings that go on with a search.

    Args:
        run: its directory.
        changes: settings that are given anew, of those that may be (`MAY_CHANGE`).

    Raises:
        InputError: there is no run, or a change would make another one of it.
    """
    asked = replace(_made_with(Path(run)), resume=Path(run), **changes)
    config = checked(SearchConfig, asked)
    check_resumed(config)
    return config


def check_resumed(config: SearchConfig) -> None:
    """Check that the settings that go on with a search are those that it was made with.

    Raises:
        InputError: one is another, and may not be.
    """
    if config.resume is not None:
        check_same_settings(_made_with(config.resume), config, config.resume, MAY_CHANGE)


def check_same_settings(
    made: Settings, asked: Settings, run: Path, may_change: Collection[str]
) -> None:
    """Check that a run is not asked to become another one.

    Args:
        made: its settings.
        asked: those that it is to go on with.
        run: its directory, for the message.
        may_change: names of settings that may be given anew.

    Raises:
        InputError: it is.
    """
    before, now = made.settings(), asked.settings()  # with absolute paths
    for name in {**before, **now}:
        if before.get(name) != now.get(name) and name not in may_change:
            raise InputError(
                f"{run} was made with {flag(name)} {before.get(name)}, not {now.get(name)}: "
                "leave the flag out, or start another run"
            )


def unchecked(kind: type[Config]) -> type[Config]:
    """Return the class of the same settings on their way: its instances do not check themselves."""
    return cast(type[Config], type(kind.__name__, (kind,), {"__post_init__": lambda _: None}))


def checked(kind: type[Config], settings: Config) -> Config:
    """Return settings that were on their way as an instance that checks itself.

    Raises:
        InputError: a setting is of no use.
    """
    return kind(**{field.name: getattr(settings, field.name) for field in fields(settings)})


def _made_with(run: Path) -> SearchConfig:
    """Return the settings that a search was made with, unchecked."""
    settings = RunDirectory.existing(run).settings()
    return with_settings(unchecked(SearchConfig)(), settings, run / "config.toml")
