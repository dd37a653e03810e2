"""A cell against a plain reading of its genotype, and its parts by hand."""

import random

import pytest
import torch
from torch import nn
from torch.nn import functional

from renas_space import PUBLISHED, Block, Cell, Genotype, SearchSpace, operation, plan_network
from renas_space.plan import InputPlan, Segment, Shape
from renas_trainer.cell import ConvolutionalCell, FactorizedReduction, build_input
from renas_trainer.initialisation import initialise


def randomised(module, seed=0):
    """Return a module in eval mode, its weights drawn and its BNs unlike the identity."""
    generator = torch.Generator().manual_seed(seed)
    initialise(module, generator)
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.running_mean.normal_(generator=generator)
            norm.running_var.uniform_(0.5, 2.0, generator=generator)
            nn.init.uniform_(norm.weight, 0.5, 1.5, generator=generator)
            nn.init.normal_(norm.bias, generator=generator)
    return module.eval()


def state_of(plan, position, seed=1):
    """Return what the cell reads at one of its two inputs, before any ReLU."""
    generator = torch.Generator().manual_seed(seed + position)
    return torch.randn(2, *plan.inputs[position].shape_in, generator=generator)


# --- a plain reading: every operation begins with its own ReLU, nothing is shared -----------------


def norm(x, state, name):
    names = ("running_mean", "running_var", "weight", "bias")
    return functional.batch_norm(x, *(state[f"{name}.{part}"] for part in names), eps=2e-5)


def plain_input(raw, state, name):
    """Take one input of a cell: as it is, through a 1x1, or through two on every second pixel."""
    if f"{name}.conv.weight" in state:
        x = functional.conv2d(functional.relu(raw), state[f"{name}.conv.weight"])
    elif f"{name}.even.weight" in state:
        x = functional.relu(raw)
        shifted = functional.pad(x, (0, 1, 0, 1))[:, :, 1:, 1:]
        halves = zip(("even", "odd"), (x, shifted), strict=True)
        x = torch.cat(
            [functional.conv2d(m[:, :, ::2, ::2], state[f"{name}.{h}.weight"]) for h, m in halves],
            dim=1,
        )
    else:
        return raw
    return norm(x, state, f"{name}.norm")


def plain_side(raw, chosen, state, name, stride):
    """Run one operation of a block on a state before any ReLU."""
    known, channels = operation(chosen), raw.shape[1]
    name = f"{name}.{chosen}"

    def conv(x, part, **settings):
        return functional.conv2d(x, state[f"{name}.{part}.weight"], **settings)

    def depthwise(x, part, stride, dilation=1):
        pad = known.kernel // 2 * dilation
        return conv(x, part, stride=stride, padding=pad, dilation=dilation, groups=channels)

    match known.family:
        case "separable":
            x = conv(depthwise(functional.relu(raw), "depthwise1", stride), "pointwise1")
            x = functional.relu(norm(x, state, f"{name}.norm1"))
            x = conv(depthwise(x, "depthwise2", 1), "pointwise2")
            return norm(x, state, f"{name}.norm2")
        case "dilated":
            x = conv(depthwise(functional.relu(raw), "depthwise", stride, 2), "pointwise")
            return norm(x, state, f"{name}.norm")
        case "factorized":
            reach = known.kernel // 2
            x = conv(functional.relu(raw), "conv1", stride=(1, stride), padding=(0, reach))
            x = conv(x, "conv2", stride=(stride, 1), padding=(reach, 0))
            return norm(x, state, f"{name}.norm")
        case "average":
            return functional.avg_pool2d(functional.pad(raw, (1, 1, 1, 1)), 3, stride)
        case "maximum":
            return functional.max_pool2d(raw, 3, stride, 1)
        case "identity":
            return raw if stride == 1 else functional.max_pool2d(raw, 3, stride, 1)


def plain_cell(cell, older, newer, state, *, reduction):
    """Compute a cell's output, before the ReLU of its readers, from its genotype and weights."""
    states = [plain_input(older, state, "inputs.0"), plain_input(newer, state, "inputs.1")]
    for b, block in enumerate(cell.blocks):
        left, right = (
            plain_side(
                states[source],
                chosen,
                state,
                f"blocks.{b}.{side}",
                2 if reduction and source < 2 else 1,
            )
            for side, (source, chosen) in enumerate(
                zip(block.inputs, block.operations, strict=True)
            )
        )
        states.append(left + right)
    return torch.cat([states[i] for i in cell.concatenated(reduction=reduction)], dim=1)


def check_every_cell(genotype, **settings):
    plan = plan_network(genotype, cells=1, **settings)
    for cell_plan in plan.cells:
        module = randomised(ConvolutionalCell(cell_plan))
        raw = [state_of(cell_plan, position) for position in (0, 1)]
        reduction = cell_plan.kind == "reduction"
        cell = genotype.reduction_cell if reduction else genotype.normal
        expected = plain_cell(cell, *raw, module.state_dict(), reduction=reduction)
        given = [functional.relu(x) for x in raw]
        if cell_plan.inputs[0].kind == "identity":
            given[0] = raw[0]
        before = [x.clone() for x in given]
        with torch.no_grad():
            output = module(*given)
        assert output.shape[1:] == cell_plan.shape_out
        torch.testing.assert_close(output, functional.relu(expected), rtol=1e-4, atol=1e-4)
        assert all(map(torch.equal, given, before)), "an input was overwritten"


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_cell_of_a_published_network_computes_what_its_genotype_says(name):
    genotype = PUBLISHED[name].genotype
    check_every_cell(genotype, skeleton="cifar", filters=3, image_size=9)
    check_every_cell(genotype, skeleton="imagenet", filters=4, image_size=33)


@pytest.mark.parametrize("output", ["loose+c-2", "loose", "all"])
def test_random_cells_compute_what_their_genotype_says(output):
    space = SearchSpace(blocks=3, separate_reduction=True, output=output)
    rng = random.Random(0)
    for _ in range(5):
        check_every_cell(space.sample(rng), skeleton="cifar", filters=4, image_size=8)


def test_c_2_may_be_taken_as_it_is():
    # F/4 = 32 are the channels of the ImageNet stem.
    genotype = PUBLISHED["renasnet"].genotype
    check_every_cell(genotype, skeleton="imagenet", filters=128, image_size=17)


def test_c_2_is_concatenated_before_any_relu_of_its_own():
    # One block reads c-1 only, so c-2 reaches the output through its 1x1 and BN and no operation.
    genotype = Genotype(Cell((Block((1, 1), ("skip_connect", "skip_connect")),)))
    plan = plan_network(genotype, cells=1, filters=4, image_size=4).cells[0]
    module = randomised(ConvolutionalCell(plan))
    seen = {}
    module.inputs[0].register_forward_hook(lambda _m, _i, out: seen.update(c2=out.clone()))
    with torch.no_grad():
        output = module(*(functional.relu(state_of(plan, position)) for position in (0, 1)))
    assert plan.concatenated == (2, 0)
    assert seen["c2"].min() < 0
    assert torch.equal(output[:, 4:], functional.relu(seen["c2"]))


# --- parts ----------------------------------------------------------------------------------------


def factorized(*, size, channels_in=1, channels_out=2, stride=2, shift=1):
    out = -(-size // stride)
    return InputPlan(
        kind="factorized",
        source=0,
        segments=(Segment("blocks.0", channels_in),),
        stride=stride,
        shift=shift,
        shape_in=Shape(channels_in, size, size),
        shape_out=Shape(channels_out, out, out),
    )


def without_norm(plan):
    module = FactorizedReduction(plan)
    module.norm = nn.Identity()
    return module


def test_a_factorised_reduction_by_hand():
    module = without_norm(factorized(size=3))
    module.even.weight.data.fill_(1)
    module.odd.weight.data.fill_(10)
    x = torch.tensor([[[[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]]])
    # The even half sees pixels 0 and 2 of rows 0 and 2; the odd one the map moved up and left by
    # one, with zeros at the bottom and the right: pixels 1 and 3, of which 3 is padding.
    assert module(x)[0].tolist() == [[[1, 3], [7, 9]], [[50, 0], [0, 0]]]


def test_an_odd_number_of_filters_gives_the_shifted_half_one_more():
    module = FactorizedReduction(factorized(size=4, channels_out=5))
    assert (module.even.out_channels, module.odd.out_channels) == (2, 3)


@pytest.mark.parametrize("size", [7, 8])
@pytest.mark.parametrize("before", [1, 2])
def test_without_its_stride_a_factorised_reduction_agrees_on_every_second_pixel(before, size):
    strided = without_norm(factorized(size=size, channels_in=3, channels_out=5, shift=before))
    dropped = without_norm(
        factorized(size=size, channels_in=3, channels_out=5, stride=1, shift=before)
    )
    dropped.load_state_dict(strided.state_dict())
    x = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(dropped(x)[:, :, ::2, ::2], strided(x))


def test_an_input_that_nothing_reads_has_no_weights():
    genotype = Genotype(Cell((Block((1, 1), ("skip_connect", "skip_connect")),), output="loose"))
    plan = plan_network(genotype, cells=1, filters=4, image_size=4).cells[0]
    assert plan.inputs[0].kind == "unused"
    assert not list(build_input(plan.inputs[0]).parameters())


def identities(*blocks):
    """Return a cell whose inputs are handed on unchanged, so that sums can be read off."""
    genotype = Genotype(Cell(tuple(blocks), output="all"))
    plan = plan_network(genotype, cells=1, filters=2, image_size=4).cells[0]
    module = ConvolutionalCell(plan)
    module.inputs = nn.ModuleList([nn.Identity(), nn.Identity()])
    return module


def test_drop_path_spares_skips_and_drops_everything_else():
    module = identities(Block((0, 1), ("skip_connect", "avg_pool_3x3")))
    older, newer = torch.rand(2, 2, 4, 4), torch.rand(2, 2, 4, 4)
    module.drop_path = 1.0
    assert torch.equal(module.train()(older, newer), older)
    assert not torch.equal(module.eval()(older, newer), older)


def test_drop_path_drops_whole_images_and_keeps_the_mean():
    module = identities(Block((0, 0), ("avg_pool_3x3", "skip_connect"))).train()
    module.drop_path = 0.25
    ones = torch.ones(4000, 2, 1, 1)
    torch.manual_seed(0)
    side = module(ones, ones) - 1
    kept = side[:, 0, 0, 0]
    assert torch.equal(side, kept[:, None, None, None].expand_as(side))
    # An average over a lone pixel and eight padded zeros is 1/9, scaled by 1 / (1 - 0.25).
    torch.testing.assert_close(kept.unique(), torch.tensor([0.0, 1 / 9 / 0.75]))
    # 3,000 of 4,000 are kept, give or take 27 (one deviation).
    assert abs(int((kept > 0).sum()) - 3000) < 110


@pytest.mark.parametrize("channels", [4, 12, 15])
def test_a_narrow_reduction_of_a_large_map_learns_what_a_plain_one_does(channels):
    # In a process of its own this once ended with a segmentation fault: see `_NarrowConv2d`.
    plan = InputPlan(
        kind="factorized",
        source=0,
        segments=(Segment("stem", channels),),
        stride=2,
        shift=1,
        shape_in=Shape(channels, 56, 56),
        shape_out=Shape(4, 28, 28),
    )
    module = build_input(plan).to(memory_format=torch.channels_last)
    x = torch.randn(4, channels, 56, 56, generator=torch.Generator().manual_seed(0))
    x = x.to(memory_format=torch.channels_last)
    for _ in range(4):
        module.zero_grad()
        module.even(x).square().sum().backward()
    plain = module.even.weight.detach().clone().double().requires_grad_()
    functional.conv2d(x[:, :, ::2, ::2].double(), plain).square().sum().backward()
    assert torch.allclose(module.even.weight.grad.double(), plain.grad, rtol=1e-4)
    assert torch.allclose(module.even(x), module.eval().even(x), atol=1e-5)
