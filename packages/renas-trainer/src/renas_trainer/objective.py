"""What a training minimises: the loss of both heads, with smoothed labels in the main one."""

from torch import Tensor
from torch.nn import functional

from renas_trainer.recipes import ClassificationRecipe


def training_loss(
    logits: Tensor, auxiliary_logits: Tensor | None, labels: Tensor, recipe: ClassificationRecipe
) -> Tensor:
    """Return the mean loss of some images.

    Args:
        logits: (n, classes).
        auxiliary_logits: likewise, of the auxiliary head; None without one.
        labels: int64 (n,).
        recipe: label smoothing and the weight of the auxiliary loss.
    """
    classes = logits.shape[1]
    # Authors' code: a wrong class gets smoothing / (classes - 1), and the right one the rest.
    # torch shares the smoothing among all classes, the right one included: hence the factor.
    smoothing = recipe.label_smoothing * classes / (classes - 1)
    loss = functional.cross_entropy(logits, labels, label_smoothing=min(smoothing, 1.0))
    if auxiliary_logits is None:
        return loss
    return loss + recipe.auxiliary_weight * functional.cross_entropy(auxiliary_logits, labels)
