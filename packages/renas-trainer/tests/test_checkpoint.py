"""A trained network in a file is built again, and a damaged file is refused."""

import json

import pytest
import torch
from safetensors.torch import save_file
from timm.data import resolve_model_data_config

from renas_space import PUBLISHED, RENASNET, InputError, plan_network
from renas_trainer.checkpoint import ModelMetadata, load_model, save_model
from renas_trainer.network import CellNetwork
from renas_trainer.weights import load_weights, save_weights

PLAN = plan_network(RENASNET, cells=1, filters=4, image_size=24, classes=3, channels=1)
METADATA = ModelMetadata(
    classes=("ape", "bär", "cat"),
    mean=(120.5,),
    std=(60.25,),
    data="folder",
    resize=30,
    facts={"top1": 0.5},
)


def network(plan=PLAN, *, auxiliary=False):
    return CellNetwork(plan, generator=torch.Generator().manual_seed(0), auxiliary=auxiliary)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.safetensors"
    save_model(path, network(), METADATA)
    return path


def test_a_network_and_its_metadata_come_back(saved):
    again, metadata = load_model(saved)
    assert metadata == METADATA
    assert again.plan == PLAN
    assert not again.training
    images = torch.randn(2, 1, 24, 24, generator=torch.Generator().manual_seed(1))
    assert torch.equal(again(images), network().eval()(images))


def test_a_loaded_network_is_a_model_of_timm_that_knows_its_images(saved):
    loaded = load_model(saved)[0]
    assert loaded.get_classifier().out_features == 3
    config = resolve_model_data_config(loaded)
    assert config["input_size"] == (1, 24, 24)
    assert config["mean"] == (120.5 / 255,)
    assert config["std"] == (60.25 / 255,)
    assert config["crop_pct"] == 24 / 30
    assert loaded.pretrained_cfg["pool_size"] == (6, 6)
    loaded.reset_classifier(7)
    assert loaded(torch.zeros(2, 1, 24, 24)).shape == (2, 7)


def test_loading_leaves_torchs_generator_alone(saved):
    before = torch.random.get_rng_state()
    load_model(saved)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_cell_comes_back(name, tmp_path):
    plan = plan_network(
        PUBLISHED[name].genotype,
        skeleton="imagenet",
        cells=1,
        filters=8,
        image_size=64,
        classes=3,
        output_stride=16,
    )
    three = ModelMetadata(classes=("a", "b", "c"), mean=(0, 0, 0), std=(1, 1, 1), data="imagenet")
    save_model(tmp_path / "m", network(plan), three)
    before, again = network(plan).eval(), load_model(tmp_path / "m")[0]
    assert again.plan == plan
    images = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    assert torch.equal(again(images), before(images))


def test_the_auxiliary_head_is_built_where_asked_for(tmp_path):
    path = tmp_path / "model.safetensors"
    save_model(path, network(auxiliary=True), METADATA)
    assert load_model(path)[0].auxiliary is None
    with_head = load_model(path, auxiliary=True)[0]
    assert with_head.auxiliary is not None
    assert torch.equal(
        with_head.auxiliary.classifier.weight, load_weights(path)[0]["auxiliary.classifier.weight"]
    )


def test_a_head_that_the_file_lacks_is_not_built(saved):
    assert load_model(saved, auxiliary=True)[0].auxiliary is None


def refused(path):
    with pytest.raises(InputError) as error:
        load_model(path)
    return str(error.value)


def test_weights_without_metadata_are_refused(tmp_path):
    path = tmp_path / "other.safetensors"
    save_file({"x": torch.zeros(2)}, path)
    assert refused(path) == (
        f"{path} holds no network of this project: give the model.safetensors of renas-train, "
        "or a file of renas-export"
    )


def changed(path, **strings):
    state, metadata = load_weights(path)
    save_weights(path, state, {**metadata, **strings})


def test_a_newer_version_is_refused(saved):
    changed(saved, version="2")
    assert refused(saved) == (
        f"{saved} has version 2 and this program knows 1: update renas-trainer"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("genotype", "{}"),
        ("genotype", "nonsense"),
        ("skeleton", "tower"),
        ("cells", "many"),
        ("cells", "null"),
        ("filters", "0"),
        ("filters", "Infinity"),
        ("cells", "1e400"),
        ("classes", "[" * 100_000),
        ("classes", "7"),
        ("mean", "[1.0, 2.0]"),
        ("std", "[0.0]"),
        ("std", "7"),
        ("facts", "3"),
    ],
)
def test_metadata_that_make_no_network_are_damaged(saved, name, text):
    changed(saved, **{name: text})
    message = refused(saved)
    assert message.startswith(f"the model {saved} is damaged (")
    assert message.endswith("): restore it")


def test_metadata_that_are_missing_are_named(saved):
    state, metadata = load_weights(saved)
    del metadata["filters"]
    save_weights(saved, state, metadata)
    assert refused(saved) == f"the model {saved} does not say its filters: restore it"


def test_weights_of_another_network_are_refused(saved):
    changed(saved, filters="8")
    assert refused(saved) == (
        f"the model {saved} has stem.conv.weight of shape (12, 1, 3, 3) and not (24, 1, 3, 3): "
        "it is not the network it says it is"
    )


def test_a_tensor_too_many_or_too_few_is_named(saved):
    state, metadata = load_weights(saved)
    bias = state.pop("classifier.bias")
    save_weights(saved, state, metadata)
    why = "it is not the network it says it is"
    assert refused(saved) == f"the model {saved} lacks classifier.bias: {why}"
    save_weights(saved, {**state, "classifier.bias": bias, "extra": bias + 1}, metadata)
    assert refused(saved) == f"the model {saved} has a needless extra: {why}"


def test_numbers_that_are_not_finite_are_refused(saved):
    state, metadata = load_weights(saved)
    state["classifier.bias"][1] = torch.nan
    save_weights(saved, state, metadata)
    assert refused(saved) == (
        f"the model {saved} has numbers in classifier.bias that are not finite: restore it, or "
        "train it again"
    )


def test_a_truncated_file_is_refused(saved):
    saved.write_bytes(saved.read_bytes()[:-100])
    assert refused(saved).startswith(f"the weights at {saved} are damaged, or of another")


def test_metadata_of_another_network_are_not_written(tmp_path):
    other = plan_network(RENASNET, cells=1, filters=4, image_size=24, classes=4, channels=1)
    with pytest.raises(InputError) as error:
        save_model(tmp_path / "m", network(other), METADATA)
    assert str(error.value) == (
        "a network of 4 classes and 1 channels does not go with 3 names and 1 means: "
        "give one for each"
    )
    assert not (tmp_path / "m").exists()


def test_metadata_are_plain_strings(saved):
    _, strings = load_weights(saved)
    assert strings["skeleton"] == "cifar"
    assert json.loads(strings["classes"]) == ["ape", "bär", "cat"]
    assert json.loads(strings["genotype"])["format"] == "renas.genotype"


def test_a_file_that_asks_for_more_memory_than_there_is_is_refused(saved):
    changed(saved, filters="1000000")
    message = refused(saved)
    assert message.startswith(f"the model {saved} has ")
    assert " of shape " in message
    assert message.endswith("it is not the network it says it is")
    changed(saved, cells="1000000000")
    assert refused(saved) == (
        f"the model {saved} is damaged (the number of cells N is 1000000000: give 1,000 at most): "
        "restore it"
    )


def test_a_network_takes_images_of_another_size(saved):
    before, after = load_model(saved)[0], load_model(saved, image_size=20)[0]
    assert after.plan.image_size == 20
    images = torch.randn(2, after.plan.channels, 20, 20)
    assert torch.equal(before(images), after(images))


def test_the_size_of_photographs_grows_with_their_middle(tmp_path):
    plan = plan_network(RENASNET, skeleton="imagenet", cells=1, filters=4, image_size=64, classes=2)
    metadata = ModelMetadata(
        classes=("a", "b"), mean=(1.0,) * 3, std=(1.0,) * 3, data="imagenet", resize=73
    )
    save_model(tmp_path / "m.safetensors", CellNetwork(plan), metadata)
    assert load_model(tmp_path / "m.safetensors", image_size=96)[1].resize == 110  # 73 * 1.5
