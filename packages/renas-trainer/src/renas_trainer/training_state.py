"""Where a training stands, in one file: safetensors and JSON, whole or not there.

Random numbers need no place in it: they follow from the seed and the step.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from timm.utils.model_ema import ModelEmaV3
from torch import Tensor, nn

from renas_space import InputError
from renas_trainer.weights import load_weights, read_strings, save_weights

FORMAT = "renas.training"
"""What a file says it is."""


@dataclass(slots=True, kw_only=True)
class TrainingState:
    """Everything that changes while a network is trained."""

    network: nn.Module
    """As built, not as wrapped for several processes or compiled."""
    optimizer: torch.optim.Optimizer
    """Of its parameters; as made, not as set up by Fabric."""
    ema: ModelEmaV3 | None
    """The moving average of its weights."""
    scaler: Any = None
    """Of the loss in 16-mixed precision: what Fabric keeps, with ``state_dict``."""
    loss_sum: Tensor
    """Scalar, float64 where the device has it: the losses that were not logged yet, summed."""
    losses: int = 0
    """How many steps they are of."""
    step: int = 0
    """Steps made."""
    best: float = -math.inf
    """Largest merit so far."""

    def save(self, path: Path, of: str) -> None:
        """Write it to a file.

        Args:
            path: of the file.
            of: says which training it is, for `load` to compare.

        Raises:
            OSError: the file cannot be written.
        """
        metadata = {
            "format": FORMAT,
            "of": of,
            "step": self.step,
            "losses": self.losses,
            "best": self.best,
            "scaler": None if self.scaler is None else self.scaler.state_dict(),
        }
        strings = {"format": FORMAT, "state": json.dumps(metadata)}
        save_weights(path, dict(self._tensors()), strings)

    def load(self, path: Path, of: str) -> None:
        """Go back to where a file was written.

        Raises:
            InputError: there is none, it is damaged, or of another training.
        """
        tensors, strings = load_weights(path)
        try:
            if strings.get("format") != FORMAT:
                raise ValueError("it is no state of a training")
            values = json.loads(strings["state"])
            if values["of"] != of:
                raise InputError(
                    f"{path} is of another genotype, network or recipe: resume with the settings "
                    "that it was made with"
                )
            step, losses, best = int(values["step"]), int(values["losses"]), float(values["best"])
            if self.scaler is not None:
                self.scaler.load_state_dict(values["scaler"])
            self._restore(tensors)
        except InputError:
            raise
        except (ValueError, TypeError, KeyError, RuntimeError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise InputError(f"the checkpoint {path} is damaged ({reason}): restore it") from None
        self.step, self.losses, self.best = step, losses, best

    def _tensors(self) -> "list[tuple[str, Tensor]]":
        """Return all tensors by name."""
        named = [(f"network.{name}", value) for name, value in self.network.state_dict().items()]
        if self.ema is not None:
            averaged = self.ema.module.state_dict()
            named += [(f"ema.{name}", value) for name, value in averaged.items()]
        for name, parameter in self.network.named_parameters():
            for key, value in self.optimizer.state.get(parameter, {}).items():
                if isinstance(value, Tensor):
                    named.append((f"optimizer.{key}.{name}", value))
        return [*named, ("loss_sum", self.loss_sum)]

    def _restore(self, tensors: dict[str, Tensor]) -> None:
        """Take tensors over, each into memory laid out as it was."""
        self.network.load_state_dict(_below("network.", tensors))
        if self.ema is not None:
            self.ema.module.load_state_dict(_below("ema.", tensors))
        parameters = dict(self.network.named_parameters())
        for name, value in _below("optimizer.", tensors).items():
            key, _, of = name.partition(".")
            parameter = parameters[of]
            # Momentum lies in memory as its parameter does: SGD walks over both at once.
            own = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
            self.optimizer.state[parameter][key] = own.detach()
        self.loss_sum.copy_(tensors["loss_sum"])


def step_of(path: Path) -> int:
    """Return how many steps had been made when a file was written.

    Raises:
        InputError: there is none, or it is damaged.
    """
    strings = read_strings(path)
    try:
        return int(json.loads(strings["state"])["step"])
    except (ValueError, TypeError, KeyError):
        raise InputError(f"the checkpoint {path} is damaged: restore it") from None


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names begin so, without the beginning."""
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }
