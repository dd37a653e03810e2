"""DeepLabv3 on the networks of cells, and on others: semantic segmentation (5.4).

`DeepLab` is the network of a `DeepLabPlan`, `find_voc` reads the layout of PASCAL VOC, and
`Segmentation` is what `renas_trainer.training` lets a network learn by a `VocRecipe`.
"""

from renas_trainer.segmentation.deeplab import DeepLab, DeepLabPlan
from renas_trainer.segmentation.encoder import TABLE_3, Encoder
from renas_trainer.segmentation.images import SegmentationImages
from renas_trainer.segmentation.model_file import load_encoder, load_segmenter, save_segmenter
from renas_trainer.segmentation.recipe import VocRecipe
from renas_trainer.segmentation.scoring import SegmentationScore, score
from renas_trainer.segmentation.task import Segmentation
from renas_trainer.segmentation.voc import VOC_CLASSES, MaskedImages, find_voc

__all__ = [
    "TABLE_3",
    "VOC_CLASSES",
    "DeepLab",
    "DeepLabPlan",
    "Encoder",
    "MaskedImages",
    "Segmentation",
    "SegmentationImages",
    "SegmentationScore",
    "VocRecipe",
    "find_voc",
    "load_encoder",
    "load_segmenter",
    "save_segmenter",
    "score",
]
