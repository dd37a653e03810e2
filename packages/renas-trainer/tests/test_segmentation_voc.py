"""The layouts of PASCAL VOC and SBD: what is found, and what is refused."""

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.io import savemat

from renas_space import InputError
from renas_trainer.segmentation.masks import write_mask
from renas_trainer.segmentation.voc import VOC_CLASSES, find_voc, lists_of


def names(found):
    return [path.stem for path in found.images]


def test_a_list_names_images_and_masks(voc):
    found = find_voc(voc, "val")
    assert found.classes == ("sky", "road", "car")
    assert names(found) == ["v0", "v1", "v2"]
    assert [path.name for path in found.masks] == ["v0.png", "v1.png", "v2.png"]
    found.check()
    assert names(found.take(torch.tensor([2, 0]))) == ["v2", "v0"]
    assert lists_of(voc) == ["train", "val"]


def test_torchvisions_directory_is_found_and_vocs_classes_are_the_default(voc, tmp_path):
    (voc / "classes.txt").unlink()
    (tmp_path / "root/VOCdevkit").mkdir(parents=True)
    voc.rename(tmp_path / "root/VOCdevkit/VOC2012")
    found = find_voc(tmp_path / "root", "train")
    assert (found.classes, len(found)) == (VOC_CLASSES, 6)
    assert len(VOC_CLASSES) == 21
    assert VOC_CLASSES[15] == "person"


@pytest.fixture
def sbd(tmp_path):
    """SBD's layout: t0 and v0 are in VOC's lists too, s1 is of its val list."""
    root = tmp_path / "sbd"
    for folder in ("img", "cls"):
        (root / folder).mkdir(parents=True)
    for name in ("t0", "v0", "s0", "s1"):
        Image.new("RGB", (50, 40)).save(root / f"img/{name}.jpg")
        mask = np.ones((40, 50), dtype=np.uint8)
        savemat(root / f"cls/{name}.mat", {"GTcls": {"Segmentation": mask}})
    (root / "train.txt").write_text("t0\ns0\nv0\n")
    (root / "val.txt").write_text("s1\n")
    return root


def test_sbd_adds_all_but_the_validation_list_and_vocs_masks_come_first(voc, sbd):
    found = find_voc(voc, "train", sbd=sbd)
    assert names(found) == ["s0", "s1", "t0", "t1", "t2", "t3", "t4", "t5"]
    assert [path.suffix for path in found.masks] == [".mat", ".mat", *[".png"] * 6]
    found.check()


def test_the_list_that_is_scored_is_held_out_of_sbd_too(voc, sbd):
    lists = voc / "ImageSets/Segmentation"
    (lists / "mine.txt").write_text("t0\n")
    (lists / "rest.txt").write_text("t1\n")
    found = find_voc(voc, "rest", sbd=sbd, held_out=["mine"])
    assert names(found) == ["s0", "s1", "t1"]
    (lists / "val.txt").unlink()
    found = find_voc(voc, "rest", sbd=sbd, held_out=["mine"])
    assert names(found) == ["s0", "s1", "t1", "v0"]


def test_lists_and_files_of_windows_are_read(voc):
    (voc / "JPEGImages/t0.png").rename(voc / "JPEGImages/t0.PNG")
    for folder in ("JPEGImages", "SegmentationClass"):
        (voc / folder / "t1.png").rename(voc / folder / "a street.Png")
    text = "\ufefft0 \r\nt2 1\r\na street\r\nt2\r\n\r\n"
    (voc / "ImageSets/Segmentation/train.txt").write_bytes(text.encode())
    (voc / "classes.txt").write_bytes("\ufeffsky\r\nroad\r\ncar\r\n".encode())
    found = find_voc(voc, "train")
    assert names(found) == ["a street", "t0", "t2"]
    assert found.classes == ("sky", "road", "car")


def test_some_are_drawn_alike_each_time(voc):
    found = find_voc(voc, "train")
    some = found.some(3)
    assert (len(some), some) == (3, find_voc(voc, "train").some(3))
    assert set(some.images) < set(found.images)
    assert found.some(None) is found.some(9) is found


def test_a_list_is_a_bare_name(voc):
    with pytest.raises(InputError) as error:
        find_voc(voc, "../../classes")
    assert str(error.value) == ("the list '../../classes' is a path: give the bare name of a list")


def test_sbds_archive_is_found_where_it_was_unpacked(voc, sbd, tmp_path):
    (tmp_path / "archive/benchmark_RELEASE").mkdir(parents=True)
    sbd.rename(tmp_path / "archive/benchmark_RELEASE/dataset")
    assert len(find_voc(voc, "train", sbd=tmp_path / "archive")) == 8


def spoil_image(voc):
    (voc / "JPEGImages/t1.png").unlink()
    return (
        f"the list train of {voc} names t1, and there is no {voc}/JPEGImages/t1.jpg: "
        "add the image, or take it off the list"
    )


def spoil_mask(voc):
    (voc / "SegmentationClass/t1.png").unlink()
    return (
        f"the image {voc}/JPEGImages/t1.png has no mask {voc}/SegmentationClass/t1.png: "
        f"add it, or take the image off the list train of {voc}"
    )


def spoil_size(voc):
    write_mask(voc / "SegmentationClass/t1.png", np.zeros((40, 50), dtype=np.uint8))
    return (
        f"the mask {voc}/SegmentationClass/t1.png is 50x40 and its image 51x40: "
        "give a mask of the image's size"
    )


def spoil_list(voc):
    path = voc / "ImageSets/Segmentation/train.txt"
    path.write_text("\n")
    return f"the list {path} is empty: write the name of an image in each line"


def spoil_name(voc):
    path = voc / "ImageSets/Segmentation/train.txt"
    path.write_text("../t1\n")
    return f"the list {path} has '../t1', which is a path: give the bare name"


def spoil_classes(voc):
    (voc / "classes.txt").write_text("sky\nsky\n")
    return (
        f"{voc}/classes.txt names 2 classes, 1 of them different: "
        "give 2 to 254 different names, one in each line"
    )


def remove_list(voc):
    path = voc / "ImageSets/Segmentation/train.txt"
    path.unlink()
    return f"there is no list {path}: there are val"


@pytest.mark.parametrize(
    "spoil",
    [
        *(spoil_image, spoil_mask, spoil_size, spoil_list),
        *(spoil_name, spoil_classes, remove_list),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_with_the_file(voc, spoil):
    expected = spoil(voc)
    with pytest.raises(InputError) as error:
        find_voc(voc, "train").check()
    assert str(error.value) == expected


def test_another_layout_is_refused(tmp_path, voc):
    with pytest.raises(InputError) as error:
        find_voc(tmp_path / "nowhere", "train")
    assert str(error.value) == (
        f"{tmp_path / 'nowhere'} does not have VOC's layout: "
        "it lacks the directory ImageSets/Segmentation"
    )
    with pytest.raises(InputError, match="does not have SBD's layout: it lacks the directory cls"):
        find_voc(voc, "train", sbd=tmp_path)


def test_camvid_is_read_whole(real_data):
    directory = real_data("camvid-voc")
    counts = []
    for split in ("train", "val", "test"):
        found = find_voc(directory, split)
        found.check()
        counts.append(len(found))
    assert counts == [367, 101, 233]
    assert found.classes[3] == "Road"
