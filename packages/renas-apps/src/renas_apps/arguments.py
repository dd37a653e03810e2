"""What a shell gives to a command: arguments that are understood, or one sentence."""

import argparse
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NoReturn

from renas_apps.exit_status import BAD_INPUT
from renas_space import InputError


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence."""

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] (overloads)
        """Return what is asked for; an empty argument ends the program too."""
        given = sys.argv[1:] if args is None else list(args)
        try:
            check_not_empty(given)
        except InputError as error:
            self.exit(BAD_INPUT, f"{self.prog}: {error}\n")
        return super().parse_args(given, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and end."""
        self.exit(BAD_INPUT, f"{self.prog}: {message}: see {self.prog} --help\n")


def check_not_empty(arguments: Sequence[str]) -> None:
    """Check that no argument is empty, as a shell's variable that is not set.

    Raises:
        InputError: one is. An empty path would be the working directory.
    """
    for before, argument in pairwise(("an argument", *arguments)):
        name, equals, value = argument.partition("=")
        if argument == "" or (name.startswith("--") and equals and value == ""):
            named = name or (before if before.startswith("--") else "an argument")
            raise InputError(f"{named} is empty: give a value, or leave it out")
