"""Crops, flips and cutout of batches, against plain loops over images."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from renas_space import InputError
from renas_trainer.augment import AugmentPolicy, augment, normalise
from renas_trainer.data import load_data

IMAGES = torch.randint(
    1, 256, (40, 3, 6, 6), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def policy(pad=0, flip=False, cutout=0, fill=(0,)):
    return AugmentPolicy(pad=pad, flip=flip, cutout=cutout, fill=fill)


def numbered(n, height, width):
    """Return images whose pixels all differ: 16 bits in two channels, 1 upwards."""
    numbers = torch.arange(1, height * width + 1).view(1, height, width)
    both = torch.stack([numbers % 256, numbers // 256], dim=1)
    return both.to(torch.uint8).expand(n, 2, height, width).contiguous()


def shifts(images, pad, size):
    """Return how far down and right the window of each numbered image has begun."""
    numbers = images[:, 0].long() + 256 * images[:, 1].long()
    found = []
    for number in numbers:
        (row, column) = (number > 0).nonzero()[0].tolist()
        original = int(number[row, column]) - 1
        found.append((pad + original // size - row, pad + original % size - column))
    return torch.tensor(found)


@pytest.mark.parametrize("channels_last", [False, True])
def test_a_crop_is_a_window_of_the_padded_image(channels_last):
    images = IMAGES.contiguous(memory_format=torch.channels_last) if channels_last else IMAGES
    fill = (10, 20, 30)
    cropped = augment(images, policy(pad=2, fill=fill), generator())
    for image, result in zip(IMAGES, cropped, strict=True):
        padded = torch.tensor(fill, dtype=torch.uint8).view(3, 1, 1).repeat(1, 10, 10)
        padded[:, 2:8, 2:8] = image
        windows = [padded[:, y : y + 6, x : x + 6] for y in range(5) for x in range(5)]
        assert sum(torch.equal(result, window) for window in windows) == 1


def test_all_shifts_are_equally_likely_in_both_directions():
    n, size, pad = 20_000, 6, 2
    moved = shifts(augment(numbered(n, size, size), policy(pad=pad), generator()), pad, size)
    counts = torch.bincount(moved[:, 0] * 5 + moved[:, 1], minlength=25).double()
    # Chi-squared with 24 degrees of freedom is above 51.2 once in a thousand times.
    assert float(((counts - n / 25) ** 2 / (n / 25)).sum()) < 51.2


def test_flips_are_of_whole_images_and_half_of_them():
    images = torch.randint(0, 256, (2000, 3, 5, 5), dtype=torch.uint8, generator=generator(1))
    flipped = augment(images, policy(flip=True), generator())
    same = (flipped == images).flatten(1).all(1)
    mirrored = (flipped == images.flip(3)).flatten(1).all(1)
    assert bool((same ^ mirrored).all())
    assert 900 < int(mirrored.sum()) < 1100


@given(
    side=st.integers(1, 15), height=st.integers(1, 9), width=st.integers(1, 9), seed=st.integers(0)
)
@settings(deadline=None)
def test_cutout_blanks_one_square_around_any_pixel_clipped_at_the_border(side, height, width, seed):
    seed %= 2**63
    images = torch.full((8, 2, height, width), 200, dtype=torch.uint8)
    cut = augment(images, policy(cutout=side, fill=(1, 2)), generator(seed))
    holes = []  # as DeVries & Taylor's code, which halves `side` and clips
    for y in range(height):
        for x in range(width):
            hole = images[0].clone()
            top, left = y - side // 2, x - side // 2
            rows = slice(max(top, 0), max(top + side, 0))
            columns = slice(max(left, 0), max(left + side, 0))
            hole[:, rows, columns] = torch.tensor([1, 2], dtype=torch.uint8).view(2, 1, 1)
            holes.append(hole)
    assert all(any(torch.equal(result, hole) for hole in holes) for result in cut)


def test_the_centre_of_cutout_is_uniform():
    images = torch.full((18_000, 1, 3, 3), 200, dtype=torch.uint8)
    cut = augment(images, policy(cutout=1), generator())
    counts = (cut == 0).sum(0).double().flatten()
    assert int(counts.sum()) == 18_000
    # Chi-squared with 8 degrees of freedom is above 26.1 once in a thousand times.
    assert float(((counts - 2000) ** 2 / 2000).sum()) < 26.1


def test_the_generator_decides():
    everything = policy(pad=2, flip=True, cutout=3)
    first, same, other = (augment(IMAGES, everything, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_the_layout_of_the_images_makes_no_difference():
    everything = policy(pad=1, flip=True, cutout=3)
    last = IMAGES.contiguous(memory_format=torch.channels_last)
    results = [augment(images, everything, generator()) for images in (IMAGES, last)]
    assert torch.equal(*results)
    for result in results:
        assert result.is_contiguous(memory_format=torch.channels_last)
        assert result.dtype == torch.uint8


@pytest.mark.parametrize("height", [4, 7])
def test_images_need_not_be_square(height):
    images = numbered(50, height, 5)
    changed = augment(images, policy(pad=1, flip=True, cutout=2), generator())
    assert changed.shape == images.shape


def test_the_originals_stay_as_they_are():
    before = IMAGES.clone()
    augment(IMAGES, policy(pad=2, flip=True, cutout=3), generator())
    assert torch.equal(IMAGES, before)


def test_nothing_to_do_changes_nothing():
    assert torch.equal(augment(IMAGES, policy(), generator()), IMAGES)


def test_digits_are_shifted_by_one_pixel_and_never_flipped():
    data = load_data("digits", seed=0)
    assert AugmentPolicy.for_data(data) == policy(pad=1, fill=(round(data.mean.item()),))
    assert AugmentPolicy.for_data(data, cutout=4).cutout == 4


def test_padding_is_an_eighth_of_the_size_as_four_of_thirty_two():
    for size, pad in ((32, 4), (16, 2), (20, 3), (3, 0)):
        data = load_data("digits", image_size=size, train_images=20, seed=0)
        assert AugmentPolicy.for_data(data).pad == pad


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pad": -1}, "pad is -1: give 0 or a number of pixels"),
        ({"cutout": -2}, "cutout is -2: give 0 or a number of pixels"),
        ({"fill": (256,)}, "fill is (256,): give grey levels from 0 to 255"),
        ({"fill": ()}, "fill is (): give grey levels from 0 to 255"),
    ],
)
def test_a_policy_out_of_range_is_refused(changes, message):
    with pytest.raises(InputError) as error:
        policy(**changes)
    assert str(error.value) == message


@pytest.mark.parametrize("channels_last", [False, True])
def test_whitened_images_are_those_of_the_formula(channels_last):
    images = IMAGES.contiguous(memory_format=torch.channels_last) if channels_last else IMAGES
    mean, std = torch.tensor([125.3, 122.9, 113.9]), torch.tensor([63.0, 62.1, 66.7])
    white = normalise(images, mean, std)
    expected = (IMAGES.double() - mean.view(3, 1, 1)) / std.view(3, 1, 1)
    torch.testing.assert_close(white.double(), expected, rtol=0, atol=1e-6)
    assert white.dtype == torch.float32
    assert white.is_contiguous(memory_format=torch.channels_last)
