import errno
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from renas_apps.errors import RunError
from renas_apps.exit_status import as_interruption, resumable, run_command, uninterrupted
from renas_space import InputError
from renas_trainer.deployment.onnx_file import ParityError
from renas_trainer.loop import DivergedError


@pytest.fixture(autouse=True)
def signals():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (InputError("no: do that"), 2, "no: do that"),
        (RunError("it failed: do this"), 1, "it failed: do this"),
        (DivergedError("the loss is nan"), 1, "the loss is nan"),
        (ParityError("it differs: try another opset"), 1, "it differs: try another opset"),
        (sqlite3.OperationalError("disk I/O error"), 1, "disk I/O error"),
        (
            OSError(errno.ENOSPC, "No space left on device", "/runs/x"),
            1,
            "No space left on device: /runs/x; make room, or write elsewhere",
        ),
        (
            OSError(errno.EROFS, "Read-only file system", "/runs/x"),
            1,
            "Read-only file system: /runs/x; name another place, or unlock it",
        ),
        (
            RuntimeError(
                "DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
            ),
            1,
            "there is not enough memory: lower the image size, or take fewer images",
        ),
        (
            MemoryError(),
            1,
            "there is not enough memory: lower the image size, or take fewer images",
        ),
        (OSError("broken"), 1, "broken: disk"),
        (KeyboardInterrupt("interrupted: go on"), 130, "interrupted: go on"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (
            UnicodeEncodeError("utf-8", "a = 1\nb = caf\udce9\nc = 2", 13, 14, "surrogates"),
            2,
            "'b = caf\\udce9' cannot be written in utf-8: rename it",
        ),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_a_status(raised, status, said, capsys):
    def command():
        raise raised

    assert run_command("renas-x", command) == status
    assert capsys.readouterr().err == f"renas-x: {said}\n"


@pytest.mark.parametrize(
    "bug", [ZeroDivisionError, OverflowError, FloatingPointError, TypeError, RuntimeError]
)
def test_a_bug_keeps_its_traceback(bug):
    def command():
        raise bug

    with pytest.raises(bug):
        run_command("renas-x", command)


def test_what_goes_well_is_status_0(capsys):
    assert run_command("renas-x", lambda: None) == 0
    assert capsys.readouterr().err == ""


def test_a_run_whose_reader_is_gone_has_not_succeeded(capsys):
    def command():
        with resumable("renas-x --resume r"):
            raise BrokenPipeError

    assert run_command("renas-x", command) == 1
    said = capsys.readouterr().err
    assert said == "renas-x: nobody reads the output any more: go on with renas-x --resume r\n"


def test_sigterm_is_an_interrupt(capsys):
    def command():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)

    assert run_command("renas-x", command) == 130
    assert capsys.readouterr().err == "renas-x: interrupted\n"


def test_a_command_whose_output_is_closed_says_nothing_and_works():
    script = (
        "import sys\nfrom renas_apps.exit_status import run_command\n"
        "sys.exit(run_command('renas-x', lambda: print(sys.stdout.isatty())))"
    )
    run = ["sh", "-c", f'"{sys.executable}" -c "{script}" >&-']
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_a_library_makes_of_an_interruption_is_one(number, capsys):
    def command():
        with resumable("go on"):
            try:
                os.kill(os.getpid(), number)
            except KeyboardInterrupt:
                raise ValueError("could not determine the shape") from None

    assert run_command("renas-search", command) == 130
    assert capsys.readouterr().err == "renas-search: interrupted: go on with go on\n"


def test_an_error_after_another_commands_interruption_is_itself():
    def stopped():
        os.kill(os.getpid(), signal.SIGINT)

    def broken():
        raise ValueError("a bug")

    assert run_command("renas-search", stopped) == 130
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert isinstance(as_interruption(ValueError("a bug")), ValueError)
    with pytest.raises(ValueError, match="a bug"):
        run_command("renas-search", broken)


def test_where_ctrl_c_is_ignored_it_stays_so():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert run_command("renas-search", lambda: os.kill(os.getpid(), signal.SIGINT)) == 0


def test_an_interruption_waits_for_what_must_be_done_whole():
    done = []

    def command():
        with uninterrupted():
            with uninterrupted():
                os.kill(os.getpid(), signal.SIGTERM)
                done.append("within")
            done.append("without")
        done.append("never")

    assert run_command("renas-search", command) == 130
    assert done == ["within", "without"]
    with uninterrupted():  # it has been raised once
        pass


@pytest.mark.parametrize(
    ("error", "told"), [(OSError(28, "no room"), False), (KeyError("x"), True)]
)
def test_an_error_of_the_disk_in_a_thread_is_told_by_who_waits_for_it(capsys, error, told):
    def raising():
        raise error

    def command():
        thread = threading.Thread(target=raising)
        thread.start()
        thread.join()

    assert run_command("renas-x", command) == 0
    assert ("Traceback" in capsys.readouterr().err) is told
    assert threading.excepthook is threading.__excepthook__
