"""Encoders: those of Table 3, timm's and smp's, and dilation in place of strides."""

import pytest
import segmentation_models_pytorch as smp
import torch

from renas_space import NASNET_A, RENASNET, InputError
from renas_trainer.segmentation.encoder import TABLE_3, Encoder

SMALL = Encoder.of_cells(RENASNET, cells=1, filters=8)


def test_table_3_has_the_papers_four():
    assert TABLE_3["renasnet"].genotype == RENASNET
    assert TABLE_3["nasnet-a"].genotype == NASNET_A
    assert [TABLE_3[name].settings["filters"] for name in ("renasnet", "nasnet-a")] == [44, 44]
    assert [TABLE_3[name].name for name in ("mobilenet-v1", "mobilenet-v2")] == [
        "tu-mobilenetv1_100",
        "tu-mobilenetv2_100",
    ]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("renasnet", "tu-renasnet"),
        ("mobilenet-v2", "tu-mobilenetv2_100"),
        ("resnet18", "resnet18"),  # both have it: smp's
        ("tu-resnet18", "tu-resnet18"),
        ("mobilenetv3_large_100", "tu-mobilenetv3_large_100"),
        ("renasnet_4_44", "tu-renasnet_4_44"),
    ],
)
def test_a_name_is_table_3s_or_smps_or_timms(name, found):
    assert Encoder.named(name).name == found


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Encoder.named("resnet1"),
            "there is no encoder 'resnet1': give a name of smp's, or tu- and one of timm's",
        ),
        (
            lambda: Encoder(name="resnet18", settings={"cells": 1}),
            "the encoder resnet18 has settings ['cells']: give none",
        ),
        (
            lambda: Encoder(name="tu-renasnet", settings={"cells": 1}),
            "the encoder tu-renasnet has settings ['cells']: give cells, filters, genotype",
        ),
        (
            lambda: Encoder(
                name="tu-renasnet", settings={"genotype": "x", "cells": 1, "filters": "8"}
            ),
            "the encoder x, N = 1, F = 8 has other than whole numbers: give N and F",
        ),
        (
            lambda: SMALL.build(output_stride=7, pretrained=False),
            "the output stride is 7: use one of 8, 16, 32",
        ),
        (
            lambda: SMALL.build(output_stride=16, pretrained=True),
            "the encoder tu-renasnet cannot be built with output stride 16 (No pretrained weights "
            "exist for renasnet. Use `pretrained=False` for random init.): give output stride 32, "
            "or another encoder",
        ),
        (
            lambda: Encoder.named("hrnet_w18_small").build(output_stride=16, pretrained=False),
            "the encoder tu-hrnet_w18_small cannot be built with output stride 16 "
            "(AssertionError): give output stride 32, or another encoder",
        ),
    ],
)
def test_what_there_is_not_is_refused(make, message):
    with pytest.raises(InputError) as error:
        make()
    assert str(error.value) == message


def test_smp_finds_renasnet_by_name():
    network = smp.create_model(
        "deeplabv3", encoder_name="tu-renasnet_4_44", encoder_weights=None, classes=3
    )
    assert network.encoder.out_channels == [3, 32, 44, 220, 440, 880]


@pytest.mark.parametrize("name", smp.MODEL_ARCHITECTURES_MAPPING)
def test_every_decoder_of_smp_takes_a_small_one(name):
    # DPT asks a transformer for its first tokens, which no network of convolutions has.
    own = {"decoder_readout": "ignore"} if name == "dpt" else {}
    network = smp.create_model(
        name,
        encoder_name="tu-renasnet",
        encoder_weights=None,
        classes=3,
        cells=1,
        filters=8,
        **own,
    )
    with torch.no_grad():
        assert network.eval()(torch.zeros(1, 3, 128, 160)).shape == (1, 3, 128, 160)


@pytest.mark.parametrize("genotype", [RENASNET, NASNET_A], ids=["renasnet", "nasnet-a"])
@pytest.mark.parametrize("output_stride", [8, 16])
def test_weights_stay_valid_where_strides_become_dilation(genotype, output_stride):
    encoder = Encoder.of_cells(genotype, cells=1, filters=8)
    strided = encoder.build(output_stride=32, pretrained=False).double().eval()
    dilated = encoder.build(output_stride=output_stride, pretrained=False).double().eval()
    generator = torch.Generator().manual_seed(0)
    for module in strided.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
    dilated.load_state_dict(strided.state_dict())
    x = torch.randn(1, 3, 96, 128, generator=generator, dtype=torch.float64)
    with torch.no_grad():
        coarse, fine = strided(x)[-1], dilated(x)[-1]
    step = 32 // output_stride
    assert fine.shape[2:] == (96 // output_stride, 128 // output_stride)
    on_the_grid = fine[:, :, ::step, ::step]
    torch.testing.assert_close(on_the_grid, coarse, rtol=1e-6, atol=1e-6 * float(coarse.max()))
