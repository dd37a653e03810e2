"""The command ``renas-search``: set a search up, or take it up again, and run it to its end."""

import sys
from collections.abc import Sequence

from renas_apps.command_line import parse_search
from renas_apps.config import SearchConfig
from renas_apps.exit_status import run_command


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

    with Session.of(config) as session:
        session.run()


if __name__ == "__main__":
    sys.exit(main())
