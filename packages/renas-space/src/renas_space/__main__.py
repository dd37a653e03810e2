"""`python -m renas_space` is the command `renas-space`."""

import sys

from renas_space.command_line import main

if __name__ == "__main__":
    sys.exit(main())
