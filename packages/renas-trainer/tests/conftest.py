"""What the tests of segmentation share."""

import pytest


@pytest.fixture
def voc(tmp_path, write_voc):
    """A data set in VOC's layout that a test may spoil: 6 images to train on, 3 to score on."""
    return write_voc(tmp_path / "voc")
