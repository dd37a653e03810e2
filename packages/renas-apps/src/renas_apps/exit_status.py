"""How a command ends: from what goes wrong to one sentence and an exit status."""

import errno
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from renas_apps.errors import RunError
from renas_space import InputError

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses of every command."""


def run_command(name: str, command: Callable[[], None]) -> int:
    """Run a command and return its exit status, with one sentence on stderr if it went wrong.

    What is a bug of ours is raised: its traceback is wanted.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where it is ignored
        signal.signal(signal.SIGINT, _interrupt)
    if sys.stdout is None:  # closed by the shell: nobody wants to read
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 (for good)
    threading.excepthook = _thread_failed
    try:
        command()
    except BrokenPipeError:  # the reader of our output is gone, as in `... | head`
        sys.stderr.close()
        return DONE
    except (Exception, KeyboardInterrupt) as error:
        ending = _ending(as_interruption(error))
        if ending is None:
            raise
        status, sentence = ending
        print(f"{name}: {sentence}", file=sys.stderr)
        return status
    finally:
        if signal.getsignal(signal.SIGINT) is _interrupt:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        _interruption.came = _interruption.waits = False
        threading.excepthook = threading.__excepthook__
    return DONE


def _thread_failed(failure: threading.ExceptHookArgs) -> None:
    """Print what is a bug in a thread; an error of the disk is told by whoever waits for it."""
    if not isinstance(failure.exc_value, OSError):
        threading.__excepthook__(failure)


def _ending(error: BaseException) -> tuple[int, str] | None:
    """Return the exit status of what went wrong, and the sentence for people; None of a bug."""
    match error:
        case InputError():
            return BAD_INPUT, str(error)
        case KeyboardInterrupt():
            return INTERRUPTED, str(error) or "interrupted"
        case UnicodeEncodeError():
            before, after = error.object[: error.start], error.object[error.start :]
            line = before.rpartition("\n")[2] + after.partition("\n")[0]
            return BAD_INPUT, f"{line!a} cannot be written in {error.encoding}: rename it"
        case OSError():
            remedy = _REMEDIES.get(error.errno or 0, "")
            return FAILED, f"{error.strerror or error}: {error.filename or 'disk'}{remedy}"
        case ZeroDivisionError() | OverflowError() | FloatingPointError():
            return None
        case RunError() | sqlite3.Error() | ArithmeticError():  # the last are renas-trainer's own
            return FAILED, str(error)
        case _ if _lacks_memory(error):
            return FAILED, "there is not enough memory: lower the image size, or take fewer images"
        case _:
            return None


_REMEDIES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "; make room, or write elsewhere"),
    errno.EFBIG: "; raise the limit on the size of files, or write elsewhere",
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), "; name another place, or unlock it"),
}
"""What to do about an error of the disk, by its number."""


def _lacks_memory(error: BaseException) -> bool:
    """Return whether there was no memory left; torch raises a plain error on a processor."""
    if isinstance(error, RuntimeError):
        return any(sign in str(error) for sign in ("tried to allocate", "out of memory"))
    return isinstance(error, MemoryError)


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
    except BaseException as error:
        match as_interruption(error):
            case KeyboardInterrupt():
                raise KeyboardInterrupt(f"interrupted: go on with {command}") from None
            case BrokenPipeError():
                raise RunError(f"nobody reads the output any more: go on with {command}") from None
            case OSError() | sqlite3.OperationalError():
                raise RunError(
                    f"the run cannot be written ({error}): make room, then go on with {command}"
                ) from error
            case _:
                raise


@dataclass(slots=True)
class _Interruption:
    """Whether somebody has stopped the command; no lock, which a handler could find locked."""

    came: bool = False
    """Whether SIGINT or SIGTERM came."""
    shields: int = 0
    """How many `uninterrupted` parts are under way, within each other."""
    waits: bool = False
    """Whether it came in one of these, and is still to be raised."""


_interruption = _Interruption()


@contextmanager
def uninterrupted() -> Generator[None]:
    """Let an interruption wait until a short part is done, such as a write that a thread shares.

    Raised between a lock and what it guards, it would leave the other thread waiting for ever.

    Raises:
        KeyboardInterrupt: at the end, if one came meanwhile.
    """
    _interruption.shields += 1
    try:
        yield
    finally:
        _interruption.shields -= 1
    if _interruption.waits and not _interruption.shields:
        _interruption.waits = False
        raise KeyboardInterrupt


def as_interruption(error: BaseException) -> BaseException:
    """Return an error, or the interruption that it was before a library made something of it.

    A library's own code may answer a KeyboardInterrupt that is raised within it with another error.
    """
    interrupted = isinstance(error, Exception) and _interruption.came
    return KeyboardInterrupt() if interrupted else error


def raise_interruption(error: Exception) -> None:
    """Raise the interruption that an error was before a library made it of one, if so it was.

    Raises:
        KeyboardInterrupt: it was one.
    """
    if isinstance(interruption := as_interruption(error), KeyboardInterrupt):
        raise interruption from error


def _interrupt(*_: object) -> None:
    """Remember that SIGINT or SIGTERM came, and raise, at once or when it may be."""
    _interruption.came = True
    if not _interruption.shields:
        raise KeyboardInterrupt
    _interruption.waits = True
