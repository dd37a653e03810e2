"""Parameters for the optimizer, in groups that decay alike."""

from typing import Any

from torch import nn

from renas_trainer.recipes import Recipe


def parameter_groups(
    network: nn.Module, recipe: Recipe, rate_share: float = 1.0
) -> list[dict[str, Any]]:
    """Return two groups: weights of convolutions and classifiers, and all the rest.

    Args:
        network: whose parameters these are.
        recipe: how they decay.
        rate_share: their learning rate, as a share of the recipe's.
    """
    parameters = list(network.parameters())
    weights = [one for one in parameters if one.ndim > 1]
    others = [one for one in parameters if one.ndim <= 1]  # BN's, and biases
    decay = recipe.weight_decay
    norms_decay = decay if recipe.decay_norms else 0.0
    return [
        {"params": weights, "weight_decay": decay, "lr_scale": rate_share},
        {"params": others, "weight_decay": norms_decay, "lr_scale": rate_share},
    ]
