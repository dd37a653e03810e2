import os
import signal
import subprocess
import sys

import pytest

from renas_apps.lock import locked
from renas_space import InputError


def test_a_second_holder_is_refused_and_told_who_holds_it(tmp_path):
    with locked(tmp_path):
        with pytest.raises(InputError) as caught, locked(tmp_path):
            pass
        assert str(caught.value) == (
            f"the run {tmp_path} is in use by process {os.getpid()}: wait for it, or stop it"
        )


def test_the_lock_is_let_go_of_also_after_an_error(tmp_path):
    with pytest.raises(ArithmeticError), locked(tmp_path):
        raise ArithmeticError
    with locked(tmp_path):
        pass


def test_a_process_that_dies_lets_go_of_it(tmp_path):
    script = (
        "import os, pathlib; from renas_apps.lock import locked\n"
        f"with locked(pathlib.Path({str(tmp_path)!r})): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    with locked(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_forked_process_does_not_hold_the_lock_when_its_parent_is_killed(tmp_path):
    # As the processes that decode images, which notice only after seconds that they are alone.
    code = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from renas_apps.lock import locked\n"
        "with locked(Path(sys.argv[1])):\n"
        "    if os.fork() == 0:\n"
        "        print('ready', flush=True)\n"
        "        time.sleep(30)\n"
        "        os._exit(0)\n"
        "    time.sleep(30)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        process.stdout.readline()
        process.kill()
        process.wait(timeout=10)
        with locked(tmp_path):
            pass
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
