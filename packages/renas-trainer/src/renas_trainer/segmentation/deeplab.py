"""DeepLabv3 on any encoder, for images of any size (5.4; Chen et al. 2017, section 3).

The network is segmentation-models-pytorch's, with the paper's settings in place of its defaults,
and its logits where the encoder has seen them.
"""

from dataclasses import dataclass

import torch
from segmentation_models_pytorch.base import SegmentationHead
from segmentation_models_pytorch.base.initialization import initialize_decoder, initialize_head
from segmentation_models_pytorch.decoders.deeplabv3.decoder import DeepLabV3Decoder
from torch import Tensor, nn
from torch.nn import functional

from renas_space import InputError
from renas_trainer.segmentation.encoder import Encoder

CHANNELS = 256
"""Of each branch of the ASPP, and of what it puts out (DeepLabv3)."""

RATES_STRIDE = 16
"""The output stride that rates are given for."""

LEAST_MULTIPLE = 16
"""Of what images are padded to: maps within the encoder may be smaller than its last one."""

MOST_CLASSES = 254
"""What fits into a mask of 8 bits beside void."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepLabPlan:
    """Which network; the paper's settings are the defaults."""

    encoder: Encoder
    """What sees the image."""
    classes: int
    """Of a pixel."""
    output_stride: int = 16
    """By how much the encoder's last map is smaller than the image: 8 or 16; 32 for encoders that
    cannot keep their maps larger."""
    rates: tuple[int, int, int] = (6, 12, 18)
    """Dilations of the ASPP's 3x3 convolutions, for an output stride of 16; 8 doubles them."""
    extra_conv: bool = False
    """Whether a 3x3 convolution follows the ASPP, as in smp and torchvision. DeepLabv3 has none."""

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            InputError: a setting is out of range.
        """
        if self.output_stride not in (8, 16, 32):
            raise InputError(f"the output stride is {self.output_stride}: give 8, 16 or 32")
        if not 2 <= self.classes <= MOST_CLASSES:
            raise InputError(f"there are {self.classes} classes: give 2 to {MOST_CLASSES}")
        if len(self.rates) != 3 or not all(1 <= rate <= 1000 for rate in self.rates):
            raise InputError(f"the rates are {self.rates}: give three numbers from 1 to 1,000")


class DeepLab(nn.Module):
    """An encoder, atrous spatial pyramid pooling, and a classifier of pixels."""

    def __init__(
        self,
        plan: DeepLabPlan,
        *,
        dropout: float = 0.5,
        pretrained: bool = False,
        seed: int | None = None,
    ) -> None:
        """Build the network that is planned, on torch's default device.

        Args:
            plan: what to build.
            dropout: probability behind the ASPP, in training.
            pretrained: whether to download the encoder's weights of ImageNet.
            seed: decides the other initial weights; None leaves them to torch's own generator,
                from which smp and timm draw.

        Raises:
            InputError: there is no such encoder, or it has no weights to download.
        """
        super().__init__()
        self.plan = plan
        with torch.random.fork_rng(devices=[], enabled=seed is not None):
            if seed is not None:
                torch.manual_seed(seed)
            encoder = plan.encoder.build(output_stride=plan.output_stride, pretrained=pretrained)
            self.encoder: nn.Module = encoder
            self.decoder = DeepLabV3Decoder(
                in_channels=encoder.out_channels[-1],
                out_channels=CHANNELS,
                atrous_rates=[
                    max(rate * RATES_STRIDE // plan.output_stride, 1) for rate in plan.rates
                ],
                aspp_separable=False,
                aspp_dropout=dropout,
            )
            if not plan.extra_conv:
                self.decoder.conv = self.decoder.bn = self.decoder.relu = nn.Identity()  # pyright: ignore[reportAttributeAccessIssue]
            self.head = SegmentationHead(CHANNELS, plan.classes, kernel_size=1)
            initialize_decoder(self.decoder)
            initialize_head(self.head)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (n, 3, H, W), normalised, to logits (n, classes, H, W).

        Images are padded by zeros at the bottom and the right to a multiple of 16 (32 with that
        output stride), and the logits cut off there.
        """
        height, width = x.shape[-2:]
        multiple = max(LEAST_MULTIPLE, self.plan.output_stride)
        padded = functional.pad(x, (0, -width % multiple, 0, -height % multiple))
        logits = self.head(self.decoder(self.encoder(padded)))
        return enlarged(logits, self.plan.output_stride)[..., :height, :width]


def enlarged(x: Tensor, stride: int) -> Tensor:
    """Map (n, C, h, w) to (n, C, stride h, stride w), bilinearly: value i comes to pixel stride i.

    A convolution of that stride has looked there; RENASNet, whose stem is not padded, to within the
    stem's one pixel. So it is in DeepLabv3, whose 33 x 33 values lie on the corners of 513 x 513
    pixels; smp lays them on those of 528 x 528, half a stride off in the middle. Pixels beyond the
    last value repeat it.
    """
    height, width = x.shape[-2:]
    size = [stride * (height - 1) + 1, stride * (width - 1) + 1]
    x = functional.interpolate(x, size=size, mode="bilinear", align_corners=True)
    return functional.pad(x, (0, stride - 1, 0, stride - 1), mode="replicate")
