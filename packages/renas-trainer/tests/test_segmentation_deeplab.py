"""DeepLabv3: its size, images of any size, and how it differs from smp's."""

import pytest
import segmentation_models_pytorch as smp
import torch

from renas_space import RENASNET, InputError
from renas_trainer.segmentation.deeplab import DeepLab, DeepLabPlan, enlarged
from renas_trainer.segmentation.encoder import Encoder

SMALL = Encoder.of_cells(RENASNET, cells=1, filters=8)


def build(**settings):
    plan = DeepLabPlan(encoder=SMALL, classes=5, **settings)
    return DeepLab(plan, seed=0).eval()


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


# What Table 3 counts: with 21 classes, in plain decimal. docs/reproduction.md compares.
@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("renasnet", 11_665_537),
        ("nasnet-a", 12_325_867),
        ("mobilenet-v1", 11_145_301),
        ("mobilenet-v2", 4_523_541),
    ],
)
def test_the_networks_of_table_3_have_so_many_parameters(name, parameters):
    plan = DeepLabPlan(encoder=Encoder.named(name), classes=21)
    with torch.device("meta"):
        network = DeepLab(plan)
    assert count(network) == parameters
    channels = network.encoder.out_channels[-1]
    # 1x1, three 3x3, 1x1 of the pooling; BN of 6 branches; 1x1 of five; classes.
    aspp = channels * 256 * (1 + 3 * 9 + 1) + 5 * 256 * 256 + 6 * 2 * 256
    assert count(network) - count(network.encoder) == aspp + 256 * 21 + 21


@pytest.mark.parametrize("size", [(513, 513), (360, 480), (16, 32), (33, 50), (1, 1)])
def test_images_of_any_size_are_taken(size):
    with torch.no_grad():
        assert build()(torch.zeros(1, 3, *size)).shape == (1, 5, *size)


def test_an_image_is_padded_by_zeros_at_the_bottom_and_the_right():
    network, image = build(), torch.randn(1, 3, 33, 50, generator=torch.Generator().manual_seed(0))
    padded = torch.zeros(1, 3, 48, 64)
    padded[:, :, :33, :50] = image
    with torch.no_grad():
        torch.testing.assert_close(network(image), network(padded)[:, :, :33, :50])


@pytest.mark.parametrize(("output_stride", "rates"), [(16, (6, 12, 18)), (8, (12, 24, 36))])
def test_with_the_extra_convolution_it_is_smps_but_for_where_logits_lie(output_stride, rates):
    ours = build(output_stride=output_stride, extra_conv=True)
    theirs = smp.DeepLabV3(
        "tu-renasnet",
        encoder_weights=None,
        encoder_output_stride=output_stride,
        decoder_atrous_rates=rates,
        classes=5,
        genotype=str(RENASNET),
        cells=1,
        filters=8,
    ).eval()
    renamed = {
        name.replace("head.", "segmentation_head.", 1) if name.startswith("head.") else name: value
        for name, value in ours.state_dict().items()
    }
    theirs.load_state_dict(renamed)
    x = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    theirs.segmentation_head[1] = torch.nn.Identity()  # its upsampling
    with torch.no_grad():
        torch.testing.assert_close(ours(x), enlarged(theirs(x), output_stride))


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_value_i_comes_to_pixel_stride_times_i_and_the_last_is_repeated(stride):
    ramp = stride * torch.arange(5.0).expand(1, 1, 3, 5)  # value i is stride * i
    wide = enlarged(ramp, stride)
    assert wide.shape == (1, 1, 3 * stride, 5 * stride)
    expected = torch.arange(5.0 * stride).clamp(max=4 * stride)
    torch.testing.assert_close(wide, expected.expand(1, 1, 3 * stride, -1))


def test_an_image_that_moves_by_a_stride_moves_its_logits():
    values = torch.randn(1, 2, 4, 7, generator=torch.Generator().manual_seed(0))
    here, there = enlarged(values[..., :-1], 16), enlarged(values[..., 1:], 16)
    torch.testing.assert_close(here[..., 16:81], there[..., :65])  # where both have all values


def test_the_extra_convolution_costs_590_336_parameters():
    assert count(build(extra_conv=True)) - count(build()) == 256 * 256 * 9 + 2 * 256 == 590_336


def test_a_seed_decides_the_weights_and_torchs_own_is_left_alone():
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first, second = build(), build()
    assert torch.equal(torch.random.get_rng_state(), before)
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    assert all(torch.equal(left, right) for left, right in pairs)
    other = DeepLab(first.plan, seed=1)
    assert not torch.equal(other.head[0].weight, first.head[0].weight)


@pytest.mark.parametrize("name", ["densenet121", "mit_b0", "tu-hrnet_w18_small"])
def test_encoders_that_cannot_keep_their_maps_larger_have_output_stride_32(name):
    network = DeepLab(DeepLabPlan(encoder=Encoder.named(name), classes=5, output_stride=32)).eval()
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 65, 100)).shape == (1, 5, 65, 100)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"output_stride": 4}, "the output stride is 4: give 8, 16 or 32"),
        ({"classes": 255}, "there are 255 classes: give 2 to 254"),
        ({"rates": (0, 1, 2)}, "the rates are (0, 1, 2): give three numbers from 1 to 1,000"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(InputError) as error:
        DeepLabPlan(**{"encoder": SMALL, "classes": 5, **settings})
    assert str(error.value) == message
