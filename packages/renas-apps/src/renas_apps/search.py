"""The command ``renas-search``: set a search up, or take it up again, and run it to its end."""

import sqlite3
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from renas_apps.command_line import parse_search, run_command
from renas_apps.config import SearchConfig
from renas_apps.errors import RunError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``renas-search``; return its exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if "--version" in given:
        from renas_apps.__about__ import __version__

        print(f"renas-search {__version__}")
        return 0
    return run_command("renas-search", lambda: search(parse_search(given)))


def search(config: SearchConfig) -> None:
    """Search as the settings say.

    Raises:
        InputError: a setting or a file is of no use.
        RunError: the run cannot go on, or the disk cannot be written.
        KeyboardInterrupt: somebody stops it; the message says how to go on.
    """
    # torch takes seconds to import, which --help and a misspelt flag need not wait for.
    from renas_apps.session import Session

    with ExitStack() as stack:
        session = stack.enter_context(Session.of(config))
        try:
            session.run()
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"interrupted: go on with renas-search --resume {session.path}"
            ) from None
        except BrokenPipeError:
            raise
        except (OSError, sqlite3.OperationalError) as error:
            raise RunError(
                f"the run cannot be written ({error}): make room, then go on with "
                f"renas-search --resume {session.path}"
            ) from error


if __name__ == "__main__":
    sys.exit(main())
