"""How the mutation controller is built and learns: one value for all of it."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from renas_space import InputError

EntropyBonus = Literal["reward", "gradient"]
"""How the entropy enters the policy gradient (see `ControllerSettings.entropy_bonus`)."""

Baseline = Literal["average", "parent"]
"""What the reward is compared with (see `ControllerSettings.baseline`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerSettings:
    """Settings of the controller; the defaults are the paper's (sections 4.2 and 4.3)."""

    hidden: int = 100
    """Size of an embedding and of a hidden state; even, since a bidirectional encoder gives half of
    it to each direction."""
    learning_rate: float = 1e-3
    """Of Adam (4.3)."""
    entropy_weight: float = 0.1
    """Of the child's entropy beside its reward (4.3)."""
    entropy_bonus: EntropyBonus = "reward"
    """``"reward"`` adds the entropy to the reward as a number (4.3, as ENAS does). Being a closed
    form, it is the same for every child of a parent, so it moves the baseline more than the policy;
    ``"gradient"`` adds it to the objective as a differentiable term, which does keep the policy
    from settling early (our choice, an option)."""
    baseline: Baseline = "average"
    """``"average"`` is an exponential moving average of the rewards, ``"parent"`` the reward of the
    child's parent. The paper states none: both are our choice."""
    baseline_decay: float = 0.9
    """What the moving average keeps at each step (our choice: it remembers about ten children,
    since fitness rises during a search and an older average would praise every child)."""
    validation_images: int = 5000
    """n, the number of images a fitness is measured on (5.1): it bounds the reward of a perfect
    child, see `renas_controller.reward`."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InputError: one of them is of no use.
        """
        if self.hidden < 2 or self.hidden % 2:
            raise InputError(f"hidden is {self.hidden}: give an even number, 2 or more")
        if not 0 < self.learning_rate < math.inf:
            raise InputError(f"learning_rate is {self.learning_rate}: give a number above 0")
        if not 0 <= self.entropy_weight < math.inf:
            raise InputError(f"entropy_weight is {self.entropy_weight}: give 0 or more")
        if not 0 <= self.baseline_decay < 1:
            raise InputError(
                f"baseline_decay is {self.baseline_decay}: give a number from 0 to below 1"
            )
        if self.validation_images < 1:
            raise InputError(f"validation_images is {self.validation_images}: give 1 or more")
        for name, value, known in (
            ("entropy_bonus", self.entropy_bonus, get_args(EntropyBonus)),
            ("baseline", self.baseline, get_args(Baseline)),
        ):
            if value not in known:
                raise InputError(f"{name} is {value!r}: give one of {', '.join(known)}")


PAPER_SETTINGS = ControllerSettings()
"""The defaults."""
