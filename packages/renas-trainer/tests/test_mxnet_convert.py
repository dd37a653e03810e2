"""A converted network computes what MXNet computes, and a file that does not fit is refused."""

import json
import lzma
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from renas_space import Genotype, InputError, plan_network
from renas_trainer.mxnet import MismatchError, convert, counterparts, parse_arrays
from renas_trainer.network import CellNetwork

RENASNET = Genotype.from_string("0110.1150.0003.1010.2250")
SMALL = Path(__file__).parent / "data" / "mxnet"  # made by tools/mxnet_reference.py --small


class Reference:
    """What tools/mxnet_reference.py wrote into a directory."""

    def __init__(self, directory):
        self.directory = directory
        settings = json.loads((directory / "settings.json").read_text())
        self.plan = plan_network(RENASNET, skeleton="imagenet", **settings)
        self.arrays = self.read("network.params")

    def read(self, name):
        packed = self.directory / f"{name}.xz"
        if packed.exists():
            return parse_arrays(lzma.decompress(packed.read_bytes()))
        return parse_arrays((self.directory / name).read_bytes())


@pytest.fixture(scope="module")
def small():
    return Reference(SMALL)


def differences(reference):
    """Return the largest difference of the logits and of the auxiliary logits, relative to MXNet's.

    Relative to the largest logit: single ones may be near 0.
    """
    network = CellNetwork(reference.plan, auxiliary=True).eval()
    network.load_state_dict(convert(reference.arrays, reference.plan))
    expected = reference.read("expected.params")
    with torch.inference_mode():
        images = torch.tensor(expected["images"])
        logits, auxiliary = network.forward_with_auxiliary(images)
        torch.testing.assert_close(network(images), logits)
    found = {"logits": logits.numpy(), "auxiliary": auxiliary.numpy()}
    return {
        name: float(np.abs(found[name] - expected[name]).max() / np.abs(expected[name]).max())
        for name in found
    }


def test_a_small_network_gives_the_logits_of_mxnet(small):
    found = differences(small)
    assert found["logits"] < 1e-4
    assert found["auxiliary"] < 1e-4


@pytest.mark.skipif(
    "RENAS_MXNET_REFERENCE" not in os.environ,
    reason="RENAS_MXNET_REFERENCE names no directory that tools/mxnet_reference.py wrote",
)
def test_the_published_network_gives_the_logits_of_mxnet():
    reference = Reference(Path(os.environ["RENAS_MXNET_REFERENCE"]))
    assert len(reference.arrays) == 1527
    found = differences(reference)
    print(f"relative to MXNet: {found}")
    assert found["logits"] < 1e-4
    assert found["auxiliary"] < 1e-4


def test_the_state_dict_is_that_of_the_network(small):
    state = convert(small.arrays, small.plan)
    expected = CellNetwork(small.plan, auxiliary=True).state_dict()
    assert set(state) == set(expected)
    assert {name: t.shape for name, t in state.items()} == {
        name: t.shape for name, t in expected.items()
    }
    assert {name: t.dtype for name, t in state.items()} == {
        name: t.dtype for name, t in expected.items()
    }


def test_tensors_are_copies_in_float32(small):
    arrays = {key: array.astype("f8") for key, array in small.arrays.items()}
    state = convert(arrays, small.plan)
    kept = state["stem.conv.weight"].clone()
    arrays["arg:nasnet_conv0_weight"][:] = 7
    assert kept.dtype == torch.float32
    assert torch.equal(state["stem.conv.weight"], kept)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("arg:nasnet_conv0_weight", np.nan, "has numbers that are not finite"),
        ("arg:fc_backbone_bias", 1e300, "has numbers that are not finite"),
        ("aux:nasnet_conv0_bn_moving_var", -1.0, "has variances below zero"),
    ],
)
def test_numbers_that_no_training_leaves_are_refused(small, key, value, said):
    arrays = {**small.arrays, key: np.full_like(small.arrays[key], value, dtype="f8")}
    with pytest.raises(InputError) as caught:
        convert(arrays, small.plan)
    assert str(caught.value) == f"{key} {said}: fetch the file again"


def test_what_does_not_fit_is_listed(small):
    arrays = dict(small.arrays)
    del arrays["arg:fc_backbone_bias"]
    arrays["arg:more"] = arrays["arg:nasnet_conv0_weight"]
    arrays["arg:fc_backbone_weight"] = np.zeros((5, 80), "f4")
    arrays["aux:nasnet_conv0_bn_moving_var"] = np.zeros((), "f4")
    arrays["aux:nasnet_conv0_bn_moving_mean"] = np.zeros(32, "i8")
    with pytest.raises(MismatchError) as caught:
        convert(arrays, small.plan)
    assert str(caught.value) == (
        "the arrays are not those of the network: 1 missing (arg:fc_backbone_bias); 1 left over "
        "(arg:more); 3 of another shape or type (aux:nasnet_conv0_bn_moving_mean is int64 and not "
        "float32, aux:nasnet_conv0_bn_moving_var is a scalar and not 32, arg:fc_backbone_weight is "
        "5x80 and not 3x80); give the file of a network with this genotype, N, F, image size and "
        "number of classes"
    )
    assert isinstance(caught.value, InputError)
    assert caught.value.missing == ("arg:fc_backbone_bias",)
    assert caught.value.left_over == ("arg:more",)
    assert len(caught.value.misfits) == 3


def test_a_long_list_is_shortened_in_the_message_and_whole_beside_it(small):
    with pytest.raises(MismatchError) as caught:
        convert({}, small.plan)
    assert str(caught.value) == (
        "the arrays are not those of the network: 681 missing (arg:nasnet_conv0_weight, "
        "arg:nasnet_conv0_bn_gamma, arg:nasnet_conv0_bn_beta, aux:nasnet_conv0_bn_moving_mean, "
        "aux:nasnet_conv0_bn_moving_var and 676 more); give the file of a network with this "
        "genotype, N, F, image size and number of classes"
    )
    assert caught.value.missing == tuple(one.official for one in counterparts(small.plan))
