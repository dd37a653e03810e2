import os
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
