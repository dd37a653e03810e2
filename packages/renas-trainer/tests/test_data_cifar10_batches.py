"""CIFAR-10 in pickled batches, as torchvision downloads it."""

import pickle

import numpy as np
import pytest
import torch

from renas_space import InputError
from renas_trainer.data import load_data

NAMES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]


def batch_of(number):
    """Return images and labels of a batch: two of each class."""
    pixels = np.random.default_rng(number).integers(0, 256, (20, 3072), dtype=np.uint8)
    return pixels, [label % 10 for label in range(20)]


def python_2(pixels, labels):
    """Return what Python 2's cPickle wrote for CIFAR-10's authors, opcode by opcode."""
    count = len(labels)
    return b"".join(
        [
            b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5q\x03",
            b"U\x06labelsq\x04]q\x05(",
            b"".join(b"K" + bytes([label]) for label in labels),
            b"eU\x04dataq\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08",
            b"K\x00\x85U\x01b\x87Rq\x09(K\x01K" + bytes([count]) + b"M\x00\x0c\x86",
            b"cnumpy\ndtype\nq\x0aU\x02u1K\x00K\x01\x87Rq\x0b(K\x03U\x01|NNNJ\xff\xff\xff\xff",
            b"J\xff\xff\xff\xffK\x00tb\x89T" + pixels.size.to_bytes(4, "little"),
            pixels.tobytes(),
            b"tbU\tfilenamesq\x0c]q\x0d(U\x05a.pngU\x05b.pngeu.",
        ]
    )


def python_3(pixels, labels):
    return pickle.dumps({b"data": pixels, b"labels": labels, b"filenames": [b"a.png"]}, protocol=4)


def write(folder, dump):
    folder.mkdir()
    for number, name in enumerate(NAMES):
        (folder / name).write_bytes(dump(*batch_of(number)))


@pytest.mark.parametrize("dump", [python_2, python_3])
@pytest.mark.parametrize("inside", [True, False])
def test_batches_are_found_and_read(tmp_path, dump, inside):
    folder = tmp_path / "cifar-10-batches-py"
    write(folder, dump)
    data = load_data(
        "cifar10", directory=tmp_path if inside else folder, validation_images=30, seed=0
    )
    assert [len(split) for split in (data.train, data.validation, data.test)] == [70, 30, 20]
    assert (data.image_size, data.channels, data.flip) == (32, 3, True)
    assert (data.classes[0], data.classes[9]) == ("airplane", "truck")
    pixels, labels = batch_of(5)
    assert torch.equal(data.test.images, torch.from_numpy(pixels).view(20, 3, 32, 32))
    assert data.test.labels.tolist() == labels
    everything = np.concatenate([batch_of(number)[0] for number in range(5)])
    read = torch.cat([data.train.images, data.validation.images]).flatten(1)
    assert {row.tobytes() for row in read.numpy()} == {row.tobytes() for row in everything}


def test_a_missing_batch_is_said(tmp_path):
    folder = tmp_path / "cifar-10-batches-py"
    write(folder, python_3)
    (folder / "data_batch_3").unlink()
    with pytest.raises(InputError) as error:
        load_data("cifar10", directory=tmp_path, seed=0)
    assert str(error.value) == f"{folder / 'data_batch_3'} is missing: download CIFAR-10 again"


def bad_batches():
    pixels, labels = batch_of(0)
    return [
        (
            python_2(pixels, labels)[:5000],
            "the pickle cannot be read as plain values (expected 61440 bytes in a string4, "
            "but only 4761 remain)",
        ),
        (pickle.dumps({"labels": labels}), "it has no data or no labels"),
        (pickle.dumps({"data": labels, "labels": labels}), "its data are no array"),
        (python_3(pixels.astype(np.float32), labels), "its data are no bytes of colour images"),
        (python_3(pixels[:, :100], labels), "its data are no bytes of colour images"),
        (python_3(pixels, labels[1:]), "its labels do not fit its images"),
        (python_3(pixels[:0], []), "it has no images"),
        (python_3(pixels, [10] * 20), "its labels do not fit its images"),
    ]


@pytest.mark.parametrize(("content", "cause"), bad_batches())
def test_a_damaged_batch_is_said(tmp_path, content, cause):
    folder = tmp_path / "cifar-10-batches-py"
    write(folder, python_3)
    (folder / "data_batch_2").write_bytes(content)
    with pytest.raises(InputError) as error:
        load_data("cifar10", directory=tmp_path, seed=0)
    file = folder / "data_batch_2"
    assert str(error.value) == f"{file} is damaged ({cause}): download CIFAR-10 again"
