"""Settings from a TOML file or from Python, checked against the fields of a dataclass."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path, PurePath
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from renas_space import InputError

Config = TypeVar("Config")


def read_toml(path: Path) -> dict[str, Any]:
    """Return the settings of a TOML file.

    Raises:
        InputError: it is not there, or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(f"there is no file {path}: give one that there is") from None
    except (OSError, ValueError) as error:
        raise InputError(f"the settings {path} cannot be read ({error}): mend the file") from None


def with_settings(base: Config, settings: Mapping[str, Any], source: Path) -> Config:
    """Return a dataclass with some of its fields set anew.

    Args:
        base: an instance of a dataclass.
        settings: values by the name of a field; ``-`` and ``_`` are the same.
        source: where they are from, for messages.

    Raises:
        InputError: there is no such field, or a value is of another type.
    """
    hints = get_type_hints(type(base))
    names = [field.name for field in fields(base)]  # pyright: ignore[reportArgumentType]
    values: dict[str, Any] = {}
    for key, value in settings.items():
        name = key.replace("-", "_")
        if name not in names:
            close = difflib.get_close_matches(name, names, n=1)
            hint = f": did you mean {close[0]}?" if close else ": remove it"
            raise InputError(f"{source} sets {key!r}, which is no setting{hint}")
        if not _fits(value, hints[name]):
            raise InputError(f"{source} sets {key} to {value!r}: give {_wanted(hints[name])}")
        values[name] = Path(value) if Path in _members(hints[name]) else value
    return replace(base, **values)  # pyright: ignore[reportArgumentType]  (any dataclass)


def checked_types(settings: Any) -> dict[str, Any]:
    """Return the values of a dataclass by field, each of its type; strings become paths.

    Raises:
        InputError: one is of another type.
    """
    hints = get_type_hints(type(settings))
    values: dict[str, Any] = {}
    for field in fields(settings):
        value, hint = getattr(settings, field.name), hints[field.name]
        if Path in _members(hint) and isinstance(value, str | PurePath):
            value = Path(value)
        elif not _fits(value, hint):
            raise InputError(f"{field.name} is {value!r}: give {_wanted(hint)}")
        values[field.name] = value
    return values


def _members(hint: Any) -> tuple[Any, ...]:
    """Return the types of a union, or the one type."""
    return get_args(hint) if isinstance(hint, UnionType) else (hint,)


def _fits(value: Any, hint: Any) -> bool:
    """Return whether a TOML value can stand for a field of this type."""
    for member in _members(hint):
        if get_origin(member) is Literal:
            if value in get_args(member) and isinstance(value, str):
                return True
        elif member is float:
            if type(value) in (int, float):
                return True
        elif type(value) is (str if member is Path else member):
            return True
    return False


def _wanted(hint: Any) -> str:
    """Say what a field takes."""
    member = _members(hint)[0]
    if get_origin(member) is Literal:
        return "one of " + ", ".join(get_args(member))
    names = {int: "a whole number", float: "a number", bool: "true or false"}
    return names.get(member, "a string")
