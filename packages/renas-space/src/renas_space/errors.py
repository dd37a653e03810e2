"""The one error that says: what you handed in is wrong."""


class InputError(ValueError):
    """Something that a user handed in cannot be used.

    The message is one sentence: what was wrong, the value, the remedy. Commands print it and exit
    with status 2; libraries let it rise.
    """
