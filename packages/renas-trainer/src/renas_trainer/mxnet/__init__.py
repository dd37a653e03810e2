"""The authors' official weights: their MXNet file read without MXNet, and turned into ours."""

from renas_trainer.mxnet.convert import MismatchError, convert
from renas_trainer.mxnet.names import Counterpart, counterparts
from renas_trainer.mxnet.ndarray_file import parse_arrays, read_arrays

__all__ = [
    "Counterpart",
    "MismatchError",
    "convert",
    "counterparts",
    "parse_arrays",
    "read_arrays",
]
