"""Networks of searched cells: building, weight inheritance, training, in PyTorch.

`CellNetwork` is the network of a plan, `inherit` what it takes over from its parent, `train_child`
and `train_from_scratch` are its trainings in a search, on what `load_data` reads, where
`make_fabric` says; `renas_trainer.training` trains by a whole recipe. `save_model` and `load_model`
keep a trained network in one file. The import registers RENASNet with timm: see `RenasNet`. What
leaves torch is in `renas_trainer.deployment`, what comes from MXNet in `renas_trainer.mxnet`.
"""

from renas_trainer.__about__ import __version__
from renas_trainer.augment import AugmentPolicy, augment, normalise
from renas_trainer.checkpoint import ModelMetadata, load_model, save_model
from renas_trainer.child import ChildRecipe, ChildResult, train_child
from renas_trainer.compute import make_fabric
from renas_trainer.data import DATA_NAMES, ImageData, Split, load_data
from renas_trainer.inheritance import Inheritance, Ledger, Parent, inherit
from renas_trainer.loop import DivergedError, accuracy, train_epoch
from renas_trainer.network import CellNetwork
from renas_trainer.renasnet import RenasNet
from renas_trainer.scratch import ScratchRecipe, ScratchResult, train_from_scratch
from renas_trainer.weights import load_weights, save_weights

__all__ = [
    "DATA_NAMES",
    "AugmentPolicy",
    "CellNetwork",
    "ChildRecipe",
    "ChildResult",
    "DivergedError",
    "ImageData",
    "Inheritance",
    "Ledger",
    "ModelMetadata",
    "Parent",
    "RenasNet",
    "ScratchRecipe",
    "ScratchResult",
    "Split",
    "__version__",
    "accuracy",
    "augment",
    "inherit",
    "load_data",
    "load_model",
    "load_weights",
    "make_fabric",
    "normalise",
    "save_model",
    "save_weights",
    "train_child",
    "train_epoch",
    "train_from_scratch",
]
