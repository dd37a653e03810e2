"""Write what MXNet itself makes of RENASNet: a parameter file, and the logits of a few images.

The graph is written down here once more, array names included, without renas-space and
renas-trainer, so that the converted network is compared with something of another origin. Weights
are random; running statistics are those of random images.

MXNet is no longer maintained and wants an old numpy, so give it an environment of its own:

    python3.11 -m venv mxnet-env && mxnet-env/bin/pip install mxnet==1.9.1 numpy==1.23.5
    mxnet-env/bin/python tools/mxnet_reference.py DIRECTORY
    RENAS_MXNET_REFERENCE=DIRECTORY pytest packages/renas-trainer/tests/test_mxnet_convert.py

The files in packages/renas-trainer/tests/data/mxnet come from the same with `--small`.
"""

import argparse
import json
import lzma
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# Its fast kernels divide by zero where a convolution has a single channel (1.9.1).
os.environ["MXNET_MKLDNN_ENABLED"] = "0"
os.environ["MXNET_SUBGRAPH_BACKEND"] = "NONE"
os.environ["MXNET_STORAGE_FALLBACK_LOG_VERBOSE"] = "0"

import mxnet as mx  # pyright: ignore[reportMissingImports]  # it has an environment of its own
import numpy as np

MEAN, SCALE = np.array([123.68, 116.78, 103.94]), 0.017

Symbol = Any
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Settings:
    """Which network to make; saved beside it as ``settings.json``."""

    cells: int = 4
    filters: int = 44
    image_size: int = 224
    classes: int = 1000


SMALL = Settings(cells=1, filters=4, image_size=80, classes=3)
"""About the least that has an auxiliary head: its map is 5x5."""


class Graph:
    """The published graph as a symbol, built cell by cell."""

    def __init__(self, settings: Settings) -> None:
        """Start before the first cell."""
        self.settings = settings
        self.number = -2  # of the last cell: the stem cells are -1 and 0
        self.filters = 0  # of the last cell

    def build(self) -> Symbol:
        """Return the auxiliary logits and the logits as one symbol, in this order."""
        filters = self.settings.filters
        stem = self.conv(mx.sym.Variable("data"), "nasnet_conv0", 32, kernel=3, stride=2)
        stem = self.norm(stem, "nasnet_conv0_bn")
        pre, cur = stem, self.cell(stem, stem, "nasnet_stem0", filters // 4, stride=2)
        pre, cur = cur, self.cell(pre, cur, "nasnet_stem1", filters // 2, stride=2)
        auxiliary = None
        for stage in (1, 2, 3):
            for index in range(self.settings.cells):
                name = f"nomcell_stage{stage}_{index}"
                pre, cur = cur, self.cell(pre, cur, name, filters * 2 ** (stage - 1), stride=1)
            if stage == 2:
                auxiliary = self.auxiliary(cur)
            if stage < 3:
                name = f"redcell_stage{stage}"
                pre, cur = cur, self.cell(pre, cur, name, filters * 2**stage, stride=2)
        pooled = mx.sym.Pooling(self.relu(cur), kernel=(1, 1), global_pool=True, pool_type="avg")
        return mx.sym.Group([auxiliary, self.linear(pooled, "fc_backbone")])

    def cell(self, pre: Symbol, cur: Symbol, name: str, filters: int, *, stride: int) -> Symbol:
        """Return a cell's output: blocks that no block reads, then c-2 if nothing is halved."""
        self.number += 1
        self.filters = filters
        cur = self.squeeze(cur, f"{name}_data_cur")
        if name == "nasnet_stem1" or re.fullmatch(r"nomcell_stage\d_0", name):
            pre = self.factorized(pre, f"{name}_data_pre_factorized_data")
        else:
            again = "_data_pre" if name == "nasnet_stem0" else ""
            pre = self.squeeze(pre, f"{name}_data_pre{again}")
        skip = self.pool(cur, "max", stride) if stride == 2 else cur
        block1 = self.separable(pre, 1, 5, stride) + self.separable(cur, 2, 3, stride)
        block2 = skip + self.separable(cur, 4, 3, stride)
        block3 = self.separable(pre, 5, 3, stride) + self.pool(pre, "avg", stride)
        block4 = self.separable(cur, 7, 5, stride) + self.separable(pre, 8, 3, stride)
        block5 = block1 + self.separable(block1, 10, 3, 1)
        outputs = [block2, block3, block4, block5, *([pre] if stride == 1 else [])]
        return mx.sym.Concat(*outputs, dim=1)

    def squeeze(self, x: Symbol, name: str) -> Symbol:
        """Return a state with the channels of the cell."""
        x = self.conv(self.relu(x), f"{name}_sequeeze_channels_conv", self.filters)
        return self.norm(x, f"{name}_sequeeze_channels_bn")

    def factorized(self, x: Symbol, name: str) -> Symbol:
        """Return two halves on every second pixel, the second one pixel further."""
        x = self.relu(x)
        shifted = mx.sym.Pad(x, mode="constant", pad_width=(0, 0, 0, 0, 0, 1, 0, 1))
        shifted = mx.sym.slice(shifted, begin=(None, None, 1, 1), end=(None, None, None, None))
        half = self.filters // 2
        first = self.conv(self.every_second(x), f"{name}_p1_conv", half)
        second = self.conv(self.every_second(shifted), f"{name}_p2_conv", self.filters - half)
        return self.norm(mx.sym.Concat(first, second, dim=1), f"{name}_out_bn")

    def every_second(self, x: Symbol) -> Symbol:
        """Return every second pixel of every second row."""
        return mx.sym.Pooling(x, kernel=(1, 1), stride=(2, 2), pool_type="avg")

    def separable(self, x: Symbol, place: int, kernel: int, stride: int) -> Symbol:
        """Return a separable convolution, which is applied twice."""
        for turn in (1, 2):
            name = f"{self.number}({place:02})_sep{turn}"
            x = self.depthwise(self.relu(x), f"{name}_conv_conv2d_depthwise", kernel, stride)
            x = self.conv(x, f"{name}_conv_conv2d_pointwise", self.filters)
            x = self.norm(x, f"{name}_bn")
            stride = 1
        return x

    def auxiliary(self, x: Symbol) -> Symbol:
        """Return the auxiliary logits."""
        name, size = "nasnet_auxiliary_head_au_head_conv", self.settings.image_size
        x = mx.sym.Pooling(self.relu(x), kernel=(5, 5), stride=(3, 3), pool_type="avg")
        height = x.infer_shape(data=(1, 3, size, size))[1][0][2]
        x = self.relu(self.norm(self.conv(x, f"{name}1x1", 128), f"{name}1x1_bn"))
        x = self.conv(x, f"{name}_output", 768, kernel=height)
        return self.linear(self.relu(self.norm(x, f"{name}_output_bn")), "fc_aux_head")

    def conv(
        self, x: Symbol, name: str, filters: int, *, kernel: int = 1, stride: int = 1
    ) -> Symbol:
        """Return a convolution without bias and without padding."""
        sizes = {"kernel": (kernel, kernel), "stride": (stride, stride)}
        return mx.sym.Convolution(x, name=name, num_filter=filters, no_bias=True, **sizes)

    def depthwise(self, x: Symbol, name: str, kernel: int, stride: int) -> Symbol:
        """Return a depthwise convolution, padded by half its kernel."""
        sizes = {"kernel": (kernel,) * 2, "stride": (stride,) * 2, "pad": (kernel // 2,) * 2}
        count = {"num_filter": self.filters, "num_group": self.filters}
        return mx.sym.Convolution(x, name=name, no_bias=True, **count, **sizes)

    def norm(self, x: Symbol, name: str) -> Symbol:
        """Return a batch normalisation; one training step takes the batch's statistics over."""
        return mx.sym.BatchNorm(x, name=name, fix_gamma=False, eps=2e-5, momentum=0.0)

    def relu(self, x: Symbol) -> Symbol:
        """Return max(x, 0)."""
        return mx.sym.Activation(x, act_type="relu")

    def pool(self, x: Symbol, kind: str, stride: int) -> Symbol:
        """Return a 3x3 pooling; the average counts the padded zeros."""
        sizes = {"kernel": (3, 3), "stride": (stride, stride), "pad": (1, 1)}
        rules = {"pooling_convention": "valid", "count_include_pad": True}
        return mx.sym.Pooling(x, pool_type=kind, **sizes, **rules)

    def linear(self, x: Symbol, name: str) -> Symbol:
        """Return the logits."""
        return mx.sym.FullyConnected(x, num_hidden=self.settings.classes, name=name)


def random_images(count: int, size: int, rng: np.random.RandomState) -> np.ndarray:
    """Return images of 8x8 patches, normalised as the authors did, of shape (n, 3, size, size)."""
    patches = rng.randint(0, 256, (count, 3, -(-size // 8), -(-size // 8)))
    images = patches.repeat(8, axis=2).repeat(8, axis=3)[:, :, :size, :size]
    return ((images - MEAN[:, None, None]) * SCALE).astype(np.float32)


def random_parameter(
    name: str, shape: tuple[int, ...], rng: np.random.RandomState, *, small: bool
) -> np.ndarray:
    """Return a weight that keeps the scale of its input, or a BN parameter near its usual value.

    In a small file values are few, most weights are 0 and only 32 channels differ, so that it packs
    well.
    """
    if small and shape[0] > 32:
        few = random_parameter(name, (32, *shape[1:]), rng, small=True)
        return np.resize(few, shape)
    if name.endswith(("_gamma", "_beta", "_bias")):
        value = rng.randint(-1, 2, shape) / 4 if small else rng.uniform(-0.5, 0.5, shape)
        return value + name.endswith("_gamma")
    fan_in = int(np.prod(shape[1:]))
    if not small:
        return rng.normal(0, (2 / fan_in) ** 0.5, shape)
    sparse = rng.uniform(size=shape) < 4 / fan_in
    return rng.choice([-0.5, 0.5, 1.0], size=shape) * sparse


def run(symbol: Symbol, parameters: Arrays, images: np.ndarray, *, train: bool) -> Any:
    """Return the executor after a forward pass; in training a backward pass updates statistics."""
    executor = symbol.simple_bind(
        mx.cpu(), data=images.shape, grad_req="write" if train else "null"
    )
    for name, value in parameters.items():
        kind, bare = name.split(":", 1)
        (executor.arg_dict if kind == "arg" else executor.aux_dict)[bare][:] = value
    outputs = executor.forward(is_train=train, data=mx.nd.array(images))
    if train:
        executor.backward([mx.nd.ones_like(output) for output in outputs])
    mx.nd.waitall()
    return executor


def make_parameters(symbol: Symbol, settings: Settings, rng: np.random.RandomState) -> Arrays:
    """Return random weights, and the running statistics of a batch of random images."""
    images = random_images(8, settings.image_size, rng)
    shapes, _, _ = symbol.infer_shape(data=images.shape)
    small = settings == SMALL
    parameters = {
        f"arg:{name}": random_parameter(name, shape, rng, small=small)
        for name, shape in zip(symbol.list_arguments(), shapes, strict=True)
        if name != "data"
    }
    statistics = run(symbol, parameters, images, train=True).aux_dict
    for name, array in statistics.items():
        value = array.asnumpy()
        if name.endswith("_var"):
            value = np.maximum(value, 0.0625)  # a channel of zeros would magnify rounding
            parameters[f"aux:{name}"] = np.exp2(np.round(np.log2(value))) if small else value
        else:
            parameters[f"aux:{name}"] = np.round(value * 2) / 2 if small else value
    return parameters


def save(path: Path, arrays: Arrays) -> None:
    """Save arrays as MXNet does."""
    mx.nd.save(str(path), {name: mx.nd.array(value) for name, value in arrays.items()})


def save_types(directory: Path) -> None:
    """Save one array of every element type, and a scalar, which needs a newer file version."""
    kinds = ("float32", "float64", "float16", "uint8", "int32", "int8", "int64")
    values = {kind: np.array([[1, 2, 3], [4, 5, 100]], kind) for kind in kinds}
    mx.nd.save(
        str(directory / "types.params"),
        {kind: mx.nd.array(value, dtype=kind) for kind, value in values.items()},
    )
    with mx.util.np_shape(True):
        mx.nd.save(str(directory / "scalar.params"), {"scalar": mx.nd.array(np.float32(2.5))})
    dense = mx.nd.array([[0, 0], [1, 2]])
    mx.nd.save(str(directory / "sparse.params"), {"rows": dense.tostype("row_sparse")})


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--small", action="store_true", help="a small network, packed with xz")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    directory, settings = arguments.directory, SMALL if arguments.small else Settings()
    directory.mkdir(parents=True, exist_ok=True)
    rng = np.random.RandomState(arguments.seed)

    symbol = Graph(settings).build()
    parameters = make_parameters(symbol, settings, rng)
    images = random_images(2, settings.image_size, rng)
    auxiliary, logits = run(symbol, parameters, images, train=False).outputs
    expected = {"images": images, "logits": logits.asnumpy(), "auxiliary": auxiliary.asnumpy()}
    save(directory / "network.params", parameters)
    save(directory / "expected.params", expected)
    (directory / "settings.json").write_text(json.dumps(asdict(settings)) + "\n")
    if arguments.small:
        save_types(directory)
        for path in (directory / "network.params", directory / "expected.params"):
            path.with_suffix(".params.xz").write_bytes(lzma.compress(path.read_bytes()))
            path.unlink()
    numbers = sum(value.size for value in parameters.values())
    print(f"{directory}: {len(parameters)} arrays, {numbers:,} numbers")


if __name__ == "__main__":
    main()
