"""The encoder of a segmentation network: a cell's network, or any of timm and smp."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import segmentation_models_pytorch as smp
import timm

import renas_trainer.renasnet  # noqa: F401  (registers the cells' networks with timm)
from renas_space import NASNET_A, RENASNET, Genotype, InputError

_CELLS = "tu-renasnet"
"""What smp calls the network of a cell, which timm knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    """Which encoder; a value that JSON can hold."""

    name: str
    """As smp spells it: ``tu-`` and a name of timm's, or one of its own."""
    settings: Mapping[str, str | int] = field(default_factory=dict)
    """Genotype, N and F of a cell's network; empty for all others."""

    def __post_init__(self) -> None:
        """Check that there is such an encoder.

        Raises:
            InputError: smp and timm know no such name, or settings are missing or out of range.
        """
        known = self.name in smp.encoders.encoders or (
            self.name.startswith("tu-") and timm.is_model(self.name.removeprefix("tu-"))
        )
        if not known:
            raise InputError(
                f"there is no encoder {self.name!r}: give a name of smp's, or tu- and one of timm's"
            )
        expected = {"genotype", "cells", "filters"} if self.name == _CELLS else set[str]()
        if set(self.settings) != expected:
            raise InputError(
                f"the encoder {self.name} has settings {sorted(self.settings)}: "
                f"give {', '.join(sorted(expected)) or 'none'}"
            )
        if expected and not type(self.cells) is type(self.filters) is int:
            raise InputError(f"the encoder {self} has other than whole numbers: give N and F")
        _ = self.genotype  # which says what is wrong with it

    @classmethod
    def of_cells(cls, genotype: Genotype, *, cells: int, filters: int) -> Self:
        """Return the encoder of a cell: ImageNet's skeleton with N cells a stage and F filters."""
        settings = {"genotype": str(genotype), "cells": cells, "filters": filters}
        return cls(name=_CELLS, settings=settings)

    @classmethod
    def named(cls, name: str) -> Self:
        """Return a network of Table 3, or an encoder by a name of smp's or timm's.

        Args:
            name: ``renasnet``, ``nasnet-a``, ``mobilenet-v1``, ``mobilenet-v2``; or smp's, such as
                ``resnet18``; or timm's, such as ``mobilenetv3_large_100``, with ``tu-`` before it
                where smp has one of that name too.

        Raises:
            InputError: there is none.
        """
        if name in TABLE_3:
            found = TABLE_3[name]
            return cls(name=found.name, settings=found.settings)
        if name not in smp.encoders.encoders and timm.is_model(name):
            name = f"tu-{name}"
        return cls(name=name)

    @property
    def genotype(self) -> Genotype | None:
        """The cell, where it is a cell's network."""
        found = self.settings.get("genotype")
        return None if found is None else Genotype.from_string(str(found))

    @property
    def cells(self) -> str | int | None:
        """N, where it is a cell's network."""
        return self.settings.get("cells")

    @property
    def filters(self) -> str | int | None:
        """F, where it is a cell's network."""
        return self.settings.get("filters")

    def build(self, *, output_stride: int, pretrained: bool) -> Any:
        """Return smp's encoder of this name.

        Args:
            output_stride: by how much its last map is smaller than the image.
            pretrained: whether to download weights of ImageNet.

        Raises:
            InputError: it has no such stride, or no weights.
        """
        try:
            return smp.encoders.get_encoder(
                self.name,
                weights=self._weights if pretrained else None,
                output_stride=output_stride,
                **self.settings,  # pyright: ignore[reportArgumentType]  (smp's stubs name its own alone)
            )
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 (those of timm and smp share no class)
            if pretrained and isinstance(error, OSError):
                raise self._not_downloaded(error) from None
            raise InputError(
                f"the encoder {self.name} cannot be built with output stride {output_stride} "
                f"({_reason(error)}): give output stride 32, or another encoder"
            ) from None

    def normalisation(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return mean and deviation, in grey levels, that its weights of ImageNet expect.

        timm knows its own; those of smp's are downloaded.

        Raises:
            InputError: there are no such weights, or they are of images other than RGB from 0 to 1.
        """
        try:
            expected = smp.encoders.get_preprocessing_params(self.name, pretrained="imagenet")
        except (OSError, ValueError) as error:
            raise self._not_downloaded(error) from None
        space, values = expected["input_space"], expected["input_range"]
        if (space, values) != ("RGB", [0, 1]):
            raise InputError(
                f"the weights of {self.name} expect {space} images with values {values}: give an "
                "encoder for RGB in [0, 1]"
            )
        return tuple(255 * v for v in expected["mean"]), tuple(255 * v for v in expected["std"])

    def _not_downloaded(self, error: Exception) -> InputError:
        """Return what to say where its weights cannot be had."""
        return InputError(
            f"the weights of {self.name} cannot be downloaded ({_reason(error)}): give a file of "
            "weights, or none"
        )

    @property
    def _weights(self) -> Any:
        """What smp calls the weights of ImageNet: a flag for timm's, a name for its own."""
        return True if self.name.startswith("tu-") else "imagenet"

    def __str__(self) -> str:
        """Say which one."""
        if self.name != _CELLS:
            return self.name
        return f"{self.settings['genotype']}, N = {self.cells}, F = {self.filters}"


def _reason(error: Exception) -> str:
    """Return the first line of what an error says, or its name."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__


TABLE_3 = {
    "renasnet": Encoder.of_cells(RENASNET, cells=4, filters=44),
    "nasnet-a": Encoder.of_cells(NASNET_A, cells=4, filters=44),
    "mobilenet-v1": Encoder(name="tu-mobilenetv1_100"),
    "mobilenet-v2": Encoder(name="tu-mobilenetv2_100"),
}
"""The encoders that the paper compares (Table 3), as it sizes them for ImageNet (Table 2)."""
