"""RENASNet as a model of timm: registered, with everything that timm's own models answer to.

Importing this module registers ``renasnet_4_44`` (ImageNet, mobile), ``renasnet_6_32`` (CIFAR) and
``renasnet``, which takes any genotype, N, F and skeleton.
"""

from collections.abc import Sequence
from typing import Any, Literal

import torch
from timm.layers.classifier import create_classifier
from timm.models import build_model_with_cfg, generate_default_cfgs, register_model
from timm.models._features import feature_take_indices
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from renas_space import RENASNET, Genotype, InputError, plan_like, plan_network, read_genotype
from renas_space.plan import NetworkPlan, SkeletonName
from renas_trainer.initialisation import initialise
from renas_trainer.network import AuxiliaryHead, CellNetwork, is_auxiliary

GREY_MEAN = (123.68, 116.78, 103.94)
"""Of red, green and blue in grey levels, as the authors' checkpoint expects them."""

GREY_STD = (1 / 0.017,) * 3
"""Likewise: the authors multiply by 0.017, once the mean is taken off."""

MEAN = tuple(level / 255 for level in GREY_MEAN)
"""The same of images between 0 and 1, as timm has them."""

STD = tuple(level / 255 for level in GREY_STD)
"""Likewise."""


class RenasNet(CellNetwork):
    """A `CellNetwork` with timm's interface.

    Feature maps are taken, rectified, from the stem, from the first of its reduction cells, and
    from the last normal cell of each stage. With CIFAR's skeleton, from the stages only. That of
    ImageNet's stem, which does not pad images, repeats its last row and column where it would be
    smaller than half the image: decoders expect maps that fit each other.
    """

    pretrained_cfg: dict[str, Any]
    """What timm knows of its images; it is there where timm or `load_model` built the network."""

    def __init__(
        self,
        plan: NetworkPlan,
        *,
        global_pool: str = "avg",
        drop_rate: float = 0.0,
        drop_path_rate: float = 0.0,
        auxiliary: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        """Build the network that is planned.

        Args:
            plan: what to build.
            global_pool: ``avg``, ``max``, ``avgmax``, ``catavgmax``, or empty for none.
            drop_rate: probability of dropout before the classifiers.
            drop_path_rate: probability that a side of a block is dropped, in the last cell.
            auxiliary: whether to build the auxiliary head, for training.
            generator: where the initial weights come from; torch's own where None.
        """
        super().__init__(plan, generator=generator, dropout=drop_rate, auxiliary=auxiliary)
        self.set_drop_path(drop_path_rate)
        self.num_classes, self.in_chans = plan.classes, plan.channels
        self.num_features = self.head_hidden_size = plan.head.shape_in.channels
        self.pool_type = "avg"
        self.grad_checkpointing = False
        self.taps = _taps(plan)
        self.feature_info = [_feature(plan, tap) for tap in self.taps]
        if global_pool != self.pool_type:
            self.reset_classifier(plan.classes, global_pool)
        self.register_load_state_dict_pre_hook(_without_needless_head)

    def get_classifier(self) -> nn.Module:
        """Return the last layer."""
        return self.classifier

    def reset_classifier(self, num_classes: int, global_pool: str | None = None) -> None:
        """Put a new classifier, and if asked another pooling, in place of what is there.

        Args:
            num_classes: outputs; 0 for none, so that the network returns features.
            global_pool: as for the constructor; None leaves it as it is.
        """
        self.pool_type = self.pool_type if global_pool is None else global_pool
        like = self.stem.conv.weight
        head = create_classifier(
            self.num_features, num_classes, self.pool_type, device=like.device, dtype=like.dtype
        )
        self.global_pool, self.classifier = head[0], head[-1]
        if self.auxiliary is not None and num_classes != self.num_classes:
            self.auxiliary = _for_classes(self.auxiliary, num_classes)
        self.num_classes = num_classes
        if num_classes:
            self.plan = plan_like(self.plan, classes=num_classes)
        if not like.is_meta:
            initialise(self.classifier, None)
        self.classifier.train(self.training)
        self.global_pool.train(self.training)

    def set_grad_checkpointing(self, enable: bool = True) -> None:
        """Compute cells again in the backward pass rather than keep what is inside them.

        A step then takes its images into BN's running statistics twice.
        """
        self.grad_checkpointing = enable

    def group_matcher(self, coarse: bool = False) -> dict[str, Any]:  # noqa: ARG002 (as in timm)
        """Return how parameters group into layers, for layer-wise learning rates."""
        return {"stem": r"^stem", "blocks": r"^cells\.(\d+)"}

    def forward_intermediates(
        self,
        x: Tensor,
        indices: int | Sequence[int] | None = None,
        norm: bool = False,  # noqa: ARG002 (as in timm)
        stop_early: bool = False,
        output_fmt: Literal["NCHW"] = "NCHW",
        intermediates_only: bool = False,
    ) -> list[Tensor] | tuple[Tensor, list[Tensor]]:
        """Return the feature maps of some levels, and the last map unless told otherwise.

        Args:
            x: images (n, C, S, S).
            indices: levels of `feature_info`: which ones, how many of the last, or all if None.
            norm: without effect, since maps are rectified and have no further normalisation.
            stop_early: whether to compute no more than the levels need.
            output_fmt: only ``NCHW``.
            intermediates_only: whether to leave the last map out.

        Raises:
            InputError: another output format.
        """
        if output_fmt != "NCHW":
            raise InputError(f"output_fmt is {output_fmt!r}: only NCHW is known")
        take, deepest = feature_take_indices(len(self.feature_info), indices)  # pyright: ignore[reportArgumentType]
        wanted = {self.taps[level] for level in take}
        maps: list[Tensor] = []
        last = x
        for number, output in enumerate(self.outputs(x)):
            last = output if number else self._fitted(output, x)
            if number in wanted:
                maps.append(last)
            if stop_early and number == self.taps[deepest]:
                break
        return maps if intermediates_only else (last, maps)

    def forward_features(self, x: Tensor) -> Tensor:
        """Map images (n, C, S, S) to the last feature map (n, C', S', S')."""
        last = super().forward_features(x)
        return last if len(self.cells) else self._fitted(last, x)  # the stem may be all there is

    def _fitted(self, x: Tensor, images: Tensor) -> Tensor:
        """Repeat the last row and column of the stem's map of images, where they are missing."""
        below, right = (
            whole // self.plan.stem.stride - there
            for whole, there in zip(images.shape[-2:], x.shape[-2:], strict=True)
        )
        return functional.pad(x, (0, right, 0, below), mode="replicate")

    def prune_intermediate_layers(
        self,
        indices: int | Sequence[int] = 1,
        prune_norm: bool = False,  # noqa: ARG002 (as in timm)
        prune_head: bool = True,
    ) -> list[int]:
        """Remove the cells behind the deepest of some levels; return the levels' numbers.

        Args:
            indices: as for `forward_intermediates`.
            prune_norm: without effect, as there.
            prune_head: whether to remove pooling and classifier too.
        """
        take, deepest = feature_take_indices(len(self.feature_info), indices)  # pyright: ignore[reportArgumentType]
        self.cells = self.cells[: self.taps[deepest]]  # output 0 is the stem's
        if prune_head:
            self.auxiliary = None
            self.reset_classifier(0, "")
        return take

    def run_cell(self, cell: nn.Module, older: Tensor, newer: Tensor) -> Tensor:
        """Run a cell, if asked without keeping what is inside it."""
        if self.grad_checkpointing and torch.is_grad_enabled():
            return checkpoint(cell, older, newer, use_reentrant=False)
        return cell(older, newer)


def _for_classes(head: AuxiliaryHead, num_classes: int) -> AuxiliaryHead | None:
    """Put a new classifier into an auxiliary head; return the head, None for no classes."""
    if not num_classes:
        return None
    like = head.classifier.weight
    head.classifier = nn.Linear(
        head.classifier.in_features, num_classes, device=like.device, dtype=like.dtype
    )
    if not like.is_meta:
        initialise(head.classifier, None)
    return head


def _without_needless_head(
    network: nn.Module, state: dict[str, Tensor], prefix: str, *_: object
) -> None:
    """Leave out a saved auxiliary head where the network has none: only training needs it."""
    if getattr(network, "auxiliary", None) is None:
        for name in list(state):
            if is_auxiliary(name.removeprefix(prefix)):
                del state[name]


def _taps(plan: NetworkPlan) -> list[int]:
    """Return which outputs of a network are its feature levels: 0 is the stem, k + 1 is cell k."""
    stems = 2 if plan.skeleton == "imagenet" else 0
    # Stage s ends after s * N normal cells and the s - 1 reduction cells between them.
    ends = [stems + stage * (plan.cells_per_stage + 1) - 1 for stage in (1, 2, 3)]
    return [0, 1, *ends] if stems else ends


def _feature(plan: NetworkPlan, tap: int) -> dict[str, Any]:
    """Describe one feature level as timm does."""
    if tap == 0:
        return {
            "num_chs": plan.stem.shape_out.channels,
            "reduction": plan.stem.stride,
            "module": "stem",
        }
    halvings = sum(cell.kind == "reduction" for cell in plan.cells[:tap])
    natural = plan.stem.stride * 2**halvings
    return {
        "num_chs": plan.cells[tap - 1].shape_out.channels,
        "reduction": min(natural, plan.output_stride),
        "module": f"cells.{tap - 1}",
    }


def _build(
    genotype: Genotype | str = RENASNET,
    cells: int = 4,
    filters: int = 44,
    skeleton: SkeletonName = "imagenet",
    num_classes: int = 1000,
    in_chans: int = 3,
    img_size: int | None = None,
    output_stride: int | None = None,
    global_pool: str = "avg",
    drop_rate: float = 0.0,
    drop_path_rate: float = 0.0,
    auxiliary: bool = False,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
) -> RenasNet:
    """Build a network from the arguments of `timm.create_model`.

    Raises:
        InputError: a setting is out of range.
    """
    plan = plan_network(
        read_genotype(genotype) if isinstance(genotype, str) else genotype,
        skeleton=skeleton,
        cells=cells,
        filters=filters,
        image_size=img_size,
        classes=num_classes or 1,
        channels=in_chans,
        output_stride=output_stride,
    )
    with torch.device(device or torch.get_default_device()):
        network = RenasNet(
            plan,
            global_pool=global_pool,
            drop_rate=drop_rate,
            drop_path_rate=drop_path_rate,
            auxiliary=auxiliary,
        )
    if not num_classes:
        network.reset_classifier(0)
    return network.to(dtype=dtype)


def timm_config(
    input_size: int,
    pool_size: int,
    num_classes: int,
    *,
    crop: float = 0.875,
    mean: tuple[float, ...] = MEAN,
    std: tuple[float, ...] = STD,
) -> dict[str, Any]:
    """Return timm's description of a model without weights to download.

    Args:
        input_size: height and width of images, in pixels.
        pool_size: height and width of the last map, likewise.
        num_classes: outputs.
        crop: side of the middle that is cut out, as a share of the shorter side.
        mean: taken off the pixels of each channel, from 0 to 1.
        std: then they are divided by this, likewise.
    """
    return {
        "url": "",
        "num_classes": num_classes,
        "input_size": (len(mean), input_size, input_size),
        "pool_size": (pool_size, pool_size),
        "crop_pct": crop,
        "interpolation": "bilinear",  # as in training and scoring here
        "mean": mean,
        "std": std,
        "first_conv": "stem.conv",
        "classifier": "classifier",
    }


default_cfgs = generate_default_cfgs(
    {
        "renasnet_4_44.untrained": timm_config(224, 7, 1000),
        "renasnet_6_32.untrained": timm_config(32, 8, 10, crop=1.0),
        "renasnet.untrained": timm_config(224, 7, 1000),
    }
)


def _create(
    variant: str,
    pretrained: bool,
    levels: int,
    pretrained_cfg_overlay: dict[str, Any] | None = None,
    **arguments: Any,
) -> RenasNet:
    """Build a registered variant as timm builds its own; its description has its images' size."""
    cifar = arguments.get("skeleton") == "cifar"
    size = arguments.get("img_size") or (32 if cifar else 224)
    own = {"crop_pct": 1.0} if cifar else {}
    if (3, size, size) != default_cfgs[variant].default.input_size:
        own |= {"input_size": (3, size, size), "pool_size": None}
    return build_model_with_cfg(
        _build,
        variant,
        pretrained,
        pretrained_cfg_overlay={**own, **(pretrained_cfg_overlay or {})},
        feature_cfg={"out_indices": tuple(range(levels)), "feature_cls": "getter"},
        **arguments,
    )


@register_model
def renasnet_4_44(pretrained: bool = False, **kwargs: Any) -> RenasNet:
    """RENASNet for ImageNet in the mobile setting: N = 4, F = 44 (section 5.3)."""
    return _create("renasnet_4_44", pretrained, 5, **{"cells": 4, "filters": 44, **kwargs})


@register_model
def renasnet_6_32(pretrained: bool = False, **kwargs: Any) -> RenasNet:
    """RENASNet for CIFAR-10: N = 6, F = 32 (section 5.2)."""
    settings = {"cells": 6, "filters": 32, "skeleton": "cifar", "num_classes": 10}
    return _create("renasnet_6_32", pretrained, 3, **{**settings, **kwargs})


@register_model
def renasnet(pretrained: bool = False, **kwargs: Any) -> RenasNet:
    """The network of any genotype: ``genotype=``, ``cells=``, ``filters=``, ``skeleton=``."""
    levels = 3 if kwargs.get("skeleton") == "cifar" else 5
    return _create("renasnet", pretrained, levels, **kwargs)
