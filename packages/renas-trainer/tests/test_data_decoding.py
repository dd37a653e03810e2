"""Image files to pixels."""

import io

import numpy as np
import pytest
from PIL import Image

from renas_space import InputError
from renas_trainer.data.decoding import decode, is_grey, read_image, shorter_side


def gradient(width, height):
    """Return a colour image, smooth so that JPEG keeps it well."""
    x = np.linspace(0, 255, width)[None, :].repeat(height, 0)
    y = np.linspace(0, 255, height)[:, None].repeat(width, 1)
    return Image.fromarray(np.stack([x, y, 255 - x], axis=2).astype(np.uint8))


def encoded(image, kind):
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def test_a_png_in_memory_is_decoded_exactly():
    image = gradient(8, 8)
    assert np.array_equal(decode(encoded(image, "PNG"), "it", 8), np.asarray(image))


def test_a_grey_jpeg_in_memory_comes_in_colour():
    assert decode(encoded(gradient(8, 8).convert("L"), "JPEG"), "it", 8).shape == (8, 8, 3)


def test_another_size_or_no_image_is_refused():
    with pytest.raises(InputError) as error:
        decode(encoded(gradient(9, 8), "PNG"), "in row 3", 8)
    assert str(error.value) == (
        "the image in row 3 cannot be read (it is 9x8, not 8x8): replace or remove it"
    )
    with pytest.raises(InputError, match=r"the image in row 4 cannot be read \(cannot identify"):
        decode(b"", "in row 4", 8)


def test_the_shorter_side_is_resized_and_the_longer_one_cropped_centrally(tmp_path):
    gradient(60, 20).save(tmp_path / "wide.png")
    pixels = read_image(tmp_path / "wide.png", "RGB", 10)
    middle = gradient(60, 20).crop((20, 0, 40, 20)).resize((10, 10), Image.Resampling.BILINEAR)
    assert np.abs(pixels.astype(int) - np.asarray(middle)).max() <= 1


def test_large_jpegs_are_decoded_small_without_harm(tmp_path):
    gradient(640, 640).save(tmp_path / "large.jpg", quality=95)
    pixels = read_image(tmp_path / "large.jpg", "RGB", 32)
    expected = np.asarray(gradient(640, 640).resize((32, 32), Image.Resampling.BILINEAR))
    assert np.abs(pixels.astype(int) - expected).mean() < 2


def test_a_camera_held_upright_gives_an_upright_image(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: to be turned by a quarter, clockwise
    gradient(16, 16).save(tmp_path / "turned.png", exif=exif)
    expected = np.rot90(np.asarray(gradient(16, 16)), k=-1)
    assert np.array_equal(read_image(tmp_path / "turned.png", "RGB", 16), expected)


def test_sixteen_bits_are_scaled_to_eight(tmp_path):
    levels = (np.arange(256, dtype=np.uint16) * 256 + 7).reshape(16, 16)
    Image.fromarray(levels).save(tmp_path / "deep.png")
    assert is_grey(tmp_path / "deep.png")
    expected = np.arange(256).reshape(16, 16)
    assert np.array_equal(read_image(tmp_path / "deep.png", "L", 16), expected)


def test_floating_point_pixels_are_refused_not_clipped_to_black(tmp_path):
    path = tmp_path / "float.tif"
    Image.fromarray(np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)).save(path)
    assert is_grey(path)
    with pytest.raises(InputError) as error:
        read_image(path, "L", 16)
    assert str(error.value) == (
        f"the image {path} cannot be read (its pixels are floating-point numbers, not of 8 or 16 "
        "bits): replace or remove it"
    )


@pytest.mark.parametrize(
    ("mode", "grey"), [("L", True), ("1", True), ("LA", True), ("RGB", False), ("P", False)]
)
def test_an_image_is_grey_by_its_format(tmp_path, mode, grey):
    gradient(8, 8).convert(mode).save(tmp_path / "image.png")
    assert is_grey(tmp_path / "image.png") is grey


def test_the_shorter_side_is_known_without_decoding(tmp_path):
    gradient(30, 20).save(tmp_path / "image.png")
    assert shorter_side(tmp_path / "image.png") == 20


@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_a_truncated_file_is_said_by_name(tmp_path, kind):
    path = tmp_path / f"image.{kind}"
    gradient(64, 64).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError) as error:
        read_image(path, "RGB", 32)
    assert str(error.value).startswith(f"the image {path} cannot be read (")
    assert str(error.value).endswith("): replace or remove it")


@pytest.mark.parametrize("ask", [is_grey, shorter_side, lambda path: read_image(path, "L", 8)])
def test_a_file_that_is_no_image_is_said_by_name(tmp_path, ask):
    path = tmp_path / "image.png"
    path.write_text("no image")
    with pytest.raises(InputError) as error:
        ask(path)
    assert str(error.value) == (
        f"the image {path} cannot be read (cannot identify image file '{path}'): "
        "replace or remove it"
    )
