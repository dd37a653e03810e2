"""Pictures of masks."""

import torch

from renas_trainer.segmentation.masks import VOID
from renas_trainer.segmentation.pictures import OPACITY, coloured, overlaid, side_by_side

IMAGE = torch.full((3, 2, 3), 100, dtype=torch.uint8)
MASK = torch.tensor([[0, 1, 2], [VOID, 1, 0]], dtype=torch.uint8)


def test_a_mask_has_vocs_colours():
    colours = coloured(MASK)
    assert colours.shape == (3, 2, 3)
    assert colours[:, 0, 1].tolist() == [128, 0, 0]
    assert colours[:, 0, 2].tolist() == [0, 128, 0]
    assert colours[:, 1, 0].tolist() == [224, 224, 192]


def test_an_overlay_mixes_colours_and_leaves_background_and_void():
    drawn = overlaid(IMAGE, MASK, ("background", "aeroplane", "bicycle"))
    assert drawn[:, 1, 0].tolist() == drawn[:, 0, 0].tolist() == [100, 100, 100]
    mixed = [int(100 * (1 - OPACITY) + value * OPACITY) for value in (128, 0, 0)]
    assert drawn[:, 0, 1].tolist() == mixed
    assert torch.equal(overlaid(IMAGE, torch.full_like(MASK, VOID), ("a", "b")), IMAGE)


def test_where_no_class_is_background_all_are_drawn():
    drawn = overlaid(IMAGE, MASK, ("sky", "road", "car"))
    assert drawn[:, 0, 0].tolist() == [40, 40, 40]  # sky has VOC's first colour, black


def test_image_prediction_and_truth_stand_in_a_row():
    row = side_by_side(IMAGE, MASK, MASK.flip(1))
    assert row.shape == (3, 2, 9)
    assert torch.equal(row[:, :, :3], IMAGE)
    assert torch.equal(row[:, :, 3:6], coloured(MASK))
    assert torch.equal(row[:, :, 6:], coloured(MASK.flip(1)))
