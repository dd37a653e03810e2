"""What ends a run although nobody asked for anything wrong."""


class RunError(RuntimeError):
    """A run cannot go on. The message is one sentence: what happened, and how to go on.

    Commands print it and exit with status 1.
    """
