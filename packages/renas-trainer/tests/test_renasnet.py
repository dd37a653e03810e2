"""RENASNet answers to what timm's own models answer to."""

import subprocess
import sys

import pytest
import timm
import torch
from safetensors.torch import save_file
from timm.data import resolve_model_data_config

from renas_space import PUBLISHED, RENASNET, InputError, cost, plan_network
from renas_trainer.checkpoint import ModelMetadata, load_model, save_model
from renas_trainer.network import CellNetwork
from renas_trainer.renasnet import MEAN, STD

SMALL = {"cells": 1, "filters": 8}


def parameters(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_the_mobile_network_has_the_parameters_of_the_authors_checkpoint() -> None:
    # 5,677,268 without the auxiliary head: authors' checkpoint; DESIGN of renas_space.counting.
    with torch.device("meta"):
        assert parameters(timm.create_model("renasnet_4_44")) == 5_677_268
        assert parameters(timm.create_model("renasnet_6_32")) == 3_737_578


def test_the_package_registers_the_models() -> None:
    code = "import renas_trainer, timm; print(*timm.list_models('renasnet*'))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["renasnet", "renasnet_4_44", "renasnet_6_32"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_cells_build_as_comparators(name: str) -> None:
    network = timm.create_model("renasnet", genotype=name, **SMALL)
    plan = plan_network(PUBLISHED[name].genotype, skeleton="imagenet", **SMALL)
    assert parameters(network) == cost(plan).parameters
    assert network.eval()(torch.zeros(1, 3, 64, 64)).shape == (1, 1000)


def test_images_are_normalised_as_the_authors_did() -> None:
    # (x - mean) * 0.017 for x from 0 to 255.
    cfg = timm.create_model("renasnet", **SMALL).pretrained_cfg
    assert cfg["mean"] == MEAN == pytest.approx((0.48502, 0.45796, 0.40761), abs=1e-5)
    assert cfg["std"] == STD == pytest.approx((0.23068,) * 3, abs=1e-5)


@pytest.mark.parametrize(
    ("settings", "size", "crop"),
    [
        ({}, 224, 0.875),
        ({"img_size": 160}, 160, 0.875),
        ({"skeleton": "cifar"}, 32, 1.0),
        ({"skeleton": "cifar", "img_size": 8, "features_only": True}, 8, 1.0),
    ],
)
def test_timm_is_told_the_size_of_images(settings, size, crop) -> None:
    found = resolve_model_data_config(timm.create_model("renasnet", **SMALL, **settings))
    assert (found["input_size"], found["crop_pct"]) == ((3, size, size), crop)


def test_what_timm_is_told_can_be_overlaid() -> None:
    mine = {"mean": (0.5,) * 3, "input_size": (3, 40, 40)}
    network = timm.create_model(
        "renasnet", **SMALL, skeleton="cifar", img_size=36, pretrained_cfg_overlay=mine
    )
    found = resolve_model_data_config(network)
    assert (found["mean"], found["input_size"]) == ((0.5,) * 3, (3, 40, 40))


def test_a_compiled_network_agrees_and_trains_all_parameters() -> None:
    small = {"genotype": "0151", "skeleton": "cifar", "num_classes": 3, **SMALL}
    chance = {"drop_rate": 0.5, "drop_path_rate": 0.5}
    torch.manual_seed(0)
    network = timm.create_model("renasnet", **small, **chance, auxiliary=True)
    compiled = torch.compile(network.forward_with_auxiliary, backend="aot_eager", fullgraph=True)
    images = torch.randn(16, 3, 32, 32)
    with torch.no_grad():
        expected = network.eval().forward_with_auxiliary(images)
        torch.testing.assert_close(compiled(images), expected)
    network.train()
    sum(logits.square().mean() for logits in compiled(images)).backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in network.parameters())


@pytest.mark.parametrize(
    ("output_stride", "reductions"),
    [(32, [2, 4, 8, 16, 32]), (16, [2, 4, 8, 16, 16]), (8, [2, 4, 8, 8, 8])],
)
def test_features_at_every_output_stride(output_stride: int, reductions: list[int]) -> None:
    network = timm.create_model(
        "renasnet", features_only=True, output_stride=output_stride, **SMALL
    ).eval()
    assert network.feature_info.reduction() == reductions
    maps = network(torch.randn(1, 3, 64, 64))
    assert [m.shape[1] for m in maps] == network.feature_info.channels()
    assert [m.shape[-1] for m in maps] == [64 // r for r in reductions]


@pytest.mark.parametrize("size", [(64, 96), (65, 67), (64, 33)])
def test_the_stems_map_is_brought_to_half_the_image_by_its_last_row_and_column(size) -> None:
    network = timm.create_model("renasnet", **SMALL).eval()
    image = torch.randn(2, 3, *size)
    (found,) = network.forward_intermediates(image, indices=[0], intermediates_only=True)
    seen = network.stem(image).relu()
    assert found.shape[2:] == (size[0] // 2, size[1] // 2)
    last = [
        [min(place, seen.shape[side] - 1) for place in range(n // 2)]
        for side, n in zip((2, 3), size, strict=True)
    ]
    assert torch.equal(found, seen[:, :, last[0]][:, :, :, last[1]])


def test_weights_fit_every_output_stride() -> None:
    natural = timm.create_model("renasnet", **SMALL)
    dilated = timm.create_model("renasnet", output_stride=8, **SMALL)
    dilated.load_state_dict(natural.state_dict())


def test_chosen_features_keep_only_the_cells_they_need() -> None:
    whole = timm.create_model("renasnet", **SMALL)
    chosen = timm.create_model("renasnet", features_only=True, out_indices=(1, 2), **SMALL).eval()
    assert parameters(chosen) < parameters(whole) / 4
    assert [m.shape[1] for m in chosen(torch.randn(1, 3, 64, 64))] == [8, 40]


def test_intermediates_can_stop_early_and_count_from_the_end() -> None:
    network = timm.create_model("renasnet", **SMALL).eval()
    x = torch.randn(1, 3, 64, 64)
    last, maps = network.forward_intermediates(x, indices=[-1])
    torch.testing.assert_close(last, maps[0])
    torch.testing.assert_close(last, network.forward_features(x))
    early = network.forward_intermediates(x, indices=[1], stop_early=True, intermediates_only=True)
    assert early[0].shape == (1, 8, 16, 16)
    with pytest.raises(InputError) as error:
        network.forward_intermediates(x, output_fmt="NLC")
    assert str(error.value) == "output_fmt is 'NLC': only NCHW is known"


def test_other_channels_classes_and_poolings() -> None:
    network = timm.create_model(
        "renasnet", in_chans=1, num_classes=7, global_pool="catavgmax", **SMALL
    ).eval()
    x = torch.randn(2, 1, 64, 64)
    assert network(x).shape == (2, 7)
    network.reset_classifier(0)
    assert network(x).shape == (2, 2 * network.num_features)
    network.reset_classifier(0, "")
    assert network(x).shape == (2, network.num_features, 2, 2)
    network.reset_classifier(3, "avg")
    assert network(x).shape == (2, 3)
    assert network.get_classifier().out_features == 3


def test_gradient_checkpointing_changes_no_gradient() -> None:
    network = timm.create_model("renasnet", **SMALL).train()
    x = torch.randn(2, 3, 64, 64)
    gradients = []
    for enable in (False, True):
        network.zero_grad()
        network.set_grad_checkpointing(enable)
        network(x).square().mean().backward()
        gradients.append([p.grad.clone() for p in network.parameters()])
    for plain, again in zip(*gradients, strict=True):
        torch.testing.assert_close(plain, again)


def test_drop_path_grows_with_depth() -> None:
    network = timm.create_model("renasnet", drop_path_rate=0.5, **SMALL)
    probabilities = [cell.drop_path for cell in network.cells]
    assert probabilities == sorted(probabilities)
    assert probabilities[-1] == 0.5
    x = torch.randn(2, 3, 64, 64)
    assert not torch.equal(network.train()(x), network(x))
    assert torch.equal(network.eval()(x), network(x))


def test_a_checkpoint_of_safetensors_loads(tmp_path) -> None:
    network = timm.create_model("renasnet", **SMALL)
    path = tmp_path / "weights.safetensors"
    save_file(network.state_dict(), path)
    loaded = timm.create_model("renasnet", checkpoint_path=str(path), **SMALL)
    x = torch.randn(1, 3, 64, 64)
    assert torch.equal(network.eval()(x), loaded.eval()(x))


def test_the_file_of_a_training_loads_with_and_without_its_auxiliary_head(tmp_path) -> None:
    plan = plan_network(RENASNET, skeleton="imagenet", **SMALL)
    trained = CellNetwork(plan, auxiliary=True)
    names = tuple(map(str, range(1000)))
    path = tmp_path / "model.safetensors"
    metadata = ModelMetadata(classes=names, mean=(1.0,) * 3, std=(1.0,) * 3, data="imagenet")
    save_model(path, trained, metadata)
    images = torch.randn(2, 3, 224, 224)
    for auxiliary in (False, True):
        network = timm.create_model(
            "renasnet", **SMALL, auxiliary=auxiliary, checkpoint_path=str(path)
        )
        assert (network.auxiliary is not None) == auxiliary
        assert torch.equal(network.eval()(images), trained.eval()(images))
    with pytest.raises(RuntimeError, match=r"Unexpected key.*cells\.4"):
        timm.create_model("renasnet", **SMALL, genotype="nasnet-a", checkpoint_path=str(path))


def test_a_needless_auxiliary_head_is_passed_over_within_another_module_too() -> None:
    saved = timm.create_model("renasnet", **SMALL, auxiliary=True).state_dict()
    network = torch.nn.Sequential(timm.create_model("renasnet", **SMALL))
    network.load_state_dict({f"0.{name}": value for name, value in saved.items()})
    assert torch.equal(network[0].classifier.weight, saved["classifier.weight"])


def test_unknown_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match="not_an_argument"):
        timm.create_model("renasnet", not_an_argument=1)


def test_filters_that_do_not_divide_are_refused() -> None:
    with pytest.raises(InputError, match="give a multiple of 4"):
        timm.create_model("renasnet", filters=42)


def test_other_classes_are_saved_with_the_network_and_trained_by_both_heads(tmp_path) -> None:
    network = timm.create_model("renasnet", **SMALL, num_classes=10, auxiliary=True)
    network.reset_classifier(3)
    images = torch.randn(2, 3, 224, 224)
    logits, auxiliary = network.forward_with_auxiliary(images)
    assert (logits.shape, auxiliary.shape) == ((2, 3), (2, 3))
    path = tmp_path / "model.safetensors"
    metadata = ModelMetadata(classes=("a", "b", "c"), mean=(1.0,) * 3, std=(1.0,) * 3, data="x")
    save_model(path, network, metadata)
    assert torch.equal(load_model(path)[0](images), network.eval()(images))
    network.reset_classifier(3, "max")
    with pytest.raises(InputError, match="pooling"):
        save_model(path, network, metadata)


def test_a_drop_path_that_is_no_probability_is_refused() -> None:
    with pytest.raises(InputError, match=r"drop path is 2.0: give a number from 0 and below 1"):
        timm.create_model("renasnet", **SMALL, drop_path_rate=2.0)
