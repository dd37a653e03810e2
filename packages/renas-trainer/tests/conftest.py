"""What the tests of several modules share."""

import os
import pickle
from pathlib import Path

import pytest


@pytest.fixture
def real_data():
    """Find what lies under a name in ``RENAS_DATA``; a test that finds nothing is skipped."""

    def find(name):
        path = Path(os.environ.get("RENAS_DATA", "")) / name
        if "RENAS_DATA" not in os.environ or not path.exists():
            pytest.skip(f"RENAS_DATA names no directory with {name} in it")
        return path

    return find


@pytest.fixture
def sent_to_workers(monkeypatch):
    """Let all that a module gives to its workers be sent to them, and return what was sent."""

    def watch(module):
        load, sent = module.load_batches, []

        def send(read, keys, **settings):
            sent.append(pickle.dumps(read))
            return load(pickle.loads(sent[-1]), keys, **settings)  # noqa: S301 (its own)

        monkeypatch.setattr(module, "load_batches", send)
        return sent

    return watch


@pytest.fixture
def voc(tmp_path, write_voc):
    """A data set in VOC's layout that a test may spoil: 6 images to train on, 3 to score on."""
    return write_voc(tmp_path / "voc")
