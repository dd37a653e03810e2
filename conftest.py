"""What the tests of all packages share."""

import signal


def pytest_configure() -> None:
    """Let Ctrl-C interrupt the tests, and the processes that they start.

    A shell's background jobs ignore it, and what they start inherits that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
