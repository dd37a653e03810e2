"""Networks against their plans: names, shapes, costs, wiring, and dilation in place of strides."""

from math import prod

import pytest
import torch
from torch import nn
from torch.nn import functional

from renas_space import PUBLISHED, RENASNET, cost, layers, plan_network
from renas_trainer.network import CellNetwork

KINDS = {
    nn.Conv2d: "conv",
    nn.BatchNorm2d: "norm",
    nn.Linear: "linear",
    nn.AvgPool2d: "pool",
    nn.MaxPool2d: "pool",
}

SETTINGS = {
    "cifar": {"skeleton": "cifar", "cells": 1, "filters": 8, "image_size": 16},
    "cifar, odd, grey": {
        "skeleton": "cifar",
        "cells": 2,
        "filters": 5,
        "image_size": 19,
        "channels": 1,
        "classes": 3,
    },
    "cifar, (6, 32)": {"skeleton": "cifar", "cells": 6, "filters": 32},
    "imagenet": {"skeleton": "imagenet", "cells": 1, "filters": 8, "image_size": 80},
    "imagenet, odd, grey": {
        "skeleton": "imagenet",
        "cells": 2,
        "filters": 12,
        "image_size": 91,
        "channels": 1,
        "classes": 7,
    },
    "imagenet, stem as it is": {
        "skeleton": "imagenet",
        "cells": 1,
        "filters": 128,
        "image_size": 80,
    },
    "imagenet, (4, 44)": {"skeleton": "imagenet", "cells": 4, "filters": 44},
}


def build(plan, seed=0, **settings):
    return CellNetwork(plan, generator=torch.Generator().manual_seed(seed), **settings)


def small(**settings):
    return plan_network(RENASNET, cells=1, filters=4, **{"image_size": 16, **settings})


def images(plan, n=2, seed=1):
    shape = (n, *plan.stem.shape_in)
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def unsettle(network, seed=2):
    """Give the BNs of a network statistics unlike those they begin with."""
    generator = torch.Generator().manual_seed(seed)
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.running_mean.normal_(0, 0.1, generator=generator)
            norm.running_var.uniform_(0.5, 2.0, generator=generator)
    return network


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("name", PUBLISHED)
def test_every_layer_is_the_planned_one_and_costs_what_the_plan_counts(name, settings):
    plan = plan_network(PUBLISHED[name].genotype, **settings)
    with torch.device("meta"):  # shapes only
        network = CellNetwork(plan, auxiliary=True)
        batch = torch.empty(2, *plan.stem.shape_in)

    found, multiply_adds = {}, 0

    def record(name, module, kind):
        def hook(_module, inputs, output):
            nonlocal multiply_adds
            pixels = (1, 1) if kind == "linear" else (1,) * (4 - output.ndim)
            found[name] = (
                kind,
                (*inputs[0].shape[1:], *pixels),
                (*output.shape[1:], *pixels),
            )
            if kind in ("conv", "linear"):
                multiply_adds += module.weight.numel() * prod(output.shape[2:])

        module.register_forward_hook(hook)

    for module_name, module in network.named_modules():
        for of_kind, kind in KINDS.items():
            if isinstance(module, of_kind):
                record(module_name, module, kind)
    network.forward_with_auxiliary(batch)

    planned = {
        layer.name: (layer.kind, tuple(layer.shape_in), tuple(layer.shape_out))
        for layer in layers(plan, auxiliary=True)
    }
    assert found == planned
    counted = cost(plan, auxiliary=True)
    assert sum(parameter.numel() for parameter in network.parameters()) == counted.parameters
    assert multiply_adds == counted.multiply_adds


@pytest.mark.parametrize(
    ("settings", "parameters", "multiply_adds"),
    [("imagenet, (4, 44)", 5_677_268, 608_200_896), ("cifar, (6, 32)", 3_737_578, None)],
)
def test_renasnet_has_the_size_of_the_authors_network(settings, parameters, multiply_adds):
    # Counted in the authors' published parameter file, auxiliary head left out (DESIGN, section 5).
    plan = plan_network(RENASNET, **SETTINGS[settings])
    with torch.device("meta"):
        network = CellNetwork(plan)
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
    assert multiply_adds in (None, cost(plan).multiply_adds)


def test_the_auxiliary_head_is_there_only_where_it_is_asked_for_and_planned():
    assert build(small(), auxiliary=True).auxiliary is not None
    assert build(small()).auxiliary is None
    assert small(image_size=8).auxiliary is None  # its map would be 4x4
    network = build(small(image_size=8), auxiliary=True)
    logits, auxiliary = network.forward_with_auxiliary(images(network.plan))
    assert (logits.shape, auxiliary) == ((2, 10), None)


def test_the_auxiliary_head_reads_the_last_normal_cell_of_the_second_stage():
    plan = plan_network(RENASNET, cells=2, filters=4, image_size=16)
    network = build(plan, auxiliary=True).eval()
    outputs = {}
    for index, cell in enumerate(network.cells):
        cell.register_forward_hook(lambda _m, _i, out, k=index: outputs.update({k: out}))
    with torch.no_grad():
        logits, auxiliary = network.forward_with_auxiliary(images(plan))
        # Cells 0, 1 | reduction 2 | 3, 4 | reduction 5 | 6, 7.
        assert torch.equal(auxiliary, network.auxiliary(outputs[4]))
        assert torch.equal(logits, network(images(plan)))


def test_the_auxiliary_head_by_a_plain_computation():
    plan = small()
    network = unsettle(build(plan, auxiliary=True)).eval()
    head = network.auxiliary
    x = torch.rand(2, *plan.auxiliary.shape_in, generator=torch.Generator().manual_seed(0))
    y = functional.avg_pool2d(x, 5, 3)
    y = functional.relu(head.norm1(functional.conv2d(y, head.project.weight)))
    y = functional.relu(head.norm2(functional.conv2d(y, head.conv.weight))).flatten(1)
    with torch.no_grad():
        torch.testing.assert_close(head(x), functional.linear(y, *head.classifier.parameters()))


@pytest.mark.parametrize(
    ("settings", "raw_stem"),
    [(SETTINGS["cifar"], False), (SETTINGS["imagenet, stem as it is"], True)],
)
def test_each_cell_reads_the_two_before_it(settings, raw_stem):
    network = build(plan_network(RENASNET, **settings)).eval()
    read, made = [], []
    network.stem.register_forward_hook(lambda _m, _i, out: made.append(out.clone()))
    for cell in network.cells:
        cell.register_forward_pre_hook(lambda _m, inputs: read.append(inputs))
        cell.register_forward_hook(lambda _m, _i, out: made.append(out))
    with torch.no_grad():
        logits = network(images(network.plan, n=1))
    stem = made[0]
    rectified = [functional.relu(x) for x in made]
    # The first cell has the stem on both sides; it is as it is where the channels fit.
    assert torch.equal(read[0][0], stem if raw_stem else rectified[0])
    assert torch.equal(read[0][1], rectified[0])
    for k in range(1, len(network.cells)):
        assert torch.equal(read[k][0], rectified[k - 1])
        assert torch.equal(read[k][1], rectified[k])
    pooled = rectified[-1].mean((2, 3))
    expected = functional.linear(pooled, network.classifier.weight, network.classifier.bias)
    torch.testing.assert_close(logits, expected)


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("output_stride", [8, 16])
def test_dilation_needs_no_other_weights_and_agrees_where_both_have_a_pixel(output_stride, name):
    settings = SETTINGS["imagenet"] | {"filters": 4, "image_size": 35}
    genotype = PUBLISHED[name].genotype
    plain = unsettle(build(plan_network(genotype, **settings))).eval().double()
    dilated = build(plan_network(genotype, **settings, output_stride=output_stride))
    dilated = dilated.eval().double()
    shapes = [
        {key: tensor.shape for key, tensor in network.state_dict().items()}
        for network in (plain, dilated)
    ]
    assert shapes[0] == shapes[1]
    dilated.load_state_dict(plain.state_dict())
    x = images(plain.plan, n=1).double()
    step = 32 // output_stride
    with torch.no_grad():  # in float64, save for the ninths of a dilated average pooling
        coarse, fine = plain.forward_features(x), dilated.forward_features(x)
    assert fine.shape[1:] == dilated.plan.head.shape_in
    assert (coarse.shape[-1] - 1) * step < fine.shape[-1] <= coarse.shape[-1] * step
    tolerance = 1e-6 * float(coarse.max())
    torch.testing.assert_close(fine[:, :, ::step, ::step], coarse, rtol=1e-6, atol=tolerance)


def test_the_default_output_stride_keeps_every_stride():
    settings = SETTINGS["imagenet"]
    assert plan_network(RENASNET, **settings) == plan_network(
        RENASNET, **settings, output_stride=32
    )


def test_channels_last_changes_the_layout_and_not_the_logits():
    network = unsettle(build(small())).eval()
    x = images(network.plan)
    with torch.no_grad():
        expected = network(x)
        network.to(memory_format=torch.channels_last)
        logits = network(x.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-5)


def test_gradients_reach_every_parameter():
    network = build(small(), auxiliary=True).train()
    logits, auxiliary = network.forward_with_auxiliary(images(network.plan, n=4))
    (logits.square().sum() + auxiliary.square().sum()).backward()
    # None would mean that a parameter takes no part; zero alone could be chance.
    assert [n for n, p in network.named_parameters() if p.grad is None] == []


def test_drop_path_grows_linearly_with_depth():
    # NASNet (Zoph et al. 2018), appendix A.7: ScheduledDropPath.
    network = build(small())
    network.set_drop_path(0.5)
    assert [cell.drop_path for cell in network.cells] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])


def test_drop_path_and_dropout_are_for_training_only():
    network = build(small(), dropout=0.5)
    x = images(network.plan)
    with torch.no_grad():
        expected = network.eval()(x)
        network.set_drop_path(0.9)
        assert torch.equal(network.eval()(x), expected)


def test_logits_are_the_classifier_of_pre_logits():
    network = build(small()).eval()
    x = images(network.plan)
    with torch.no_grad():
        pooled = network.forward_head(network.forward_features(x), pre_logits=True)
        assert torch.equal(network.classifier(pooled), network(x))
