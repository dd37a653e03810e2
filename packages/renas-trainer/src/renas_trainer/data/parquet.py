"""Images in Hugging Face's parquet files: a column of encoded images and one of labels.

Only the columns that are needed are read, and only the images that are picked are decoded.
"""

import json
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

from renas_space import InputError
from renas_trainer.data.decoding import decode
from renas_trainer.data.source import Source

IMAGE_COLUMNS = ("img", "image")
"""Names of the column of images, structs whose field ``bytes`` is a JPEG or PNG file."""

LABEL_COLUMN = "label"
"""Name of the column of class numbers."""


def parquet_files(directory: Path, split: str) -> list[Path]:
    """Return the files of a split, ``train-00000-of-00002.parquet`` and so on, in order.

    Raises:
        InputError: some of them are missing.
    """
    files = sorted(directory.glob(f"{split}-*.parquet"))
    if files and (numbers := re.search(r"-of-(\d+)\.parquet$", files[0].name)):
        whole = int(numbers[1])
        if len(files) != whole:
            raise InputError(
                f"{directory} has {len(files)} of {whole} files {split}-*.parquet: "
                "download the others too"
            )
    return files


def read_parquet(
    directory: Path, split: str, image_size: int
) -> tuple[Source, tuple[str, ...] | None]:
    """Return the images of a split as a source, and the class names if the schema has them.

    Args:
        directory: has files of the split.
        split: ``train`` or ``test``.
        image_size: what the images' sides must be.

    Raises:
        InputError: a file is damaged or has other columns.
    """
    files = parquet_files(directory, split)
    table = pa.concat_tables([_read_table(file) for file in files])
    labels = torch.from_numpy(table["label"].to_numpy().copy())

    def read(indices: Tensor) -> Tensor:
        rows = indices.tolist()
        contents = table["content"].take(pa.array(rows)).to_pylist()
        pixels = [
            decode(content or b"", f"in row {row} of {directory / split}-*.parquet", image_size)
            for row, content in zip(rows, contents, strict=True)
        ]
        return torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2)

    return Source(labels=labels, read=read), _class_names(pq.read_schema(files[0]))


def _read_table(file: Path) -> pa.Table:
    """Return the columns ``content``, encoded images, and ``label``, int64, of a file."""
    try:
        with pq.ParquetFile(file) as parquet:
            image = _check_columns(file, parquet.schema_arrow)
            table = parquet.read(columns=[f"{image}.bytes", LABEL_COLUMN])
    except (pa.ArrowException, OSError) as error:
        cause = str(error).splitlines()[0].rstrip(".")
        raise InputError(f"{file} is damaged ({cause}): download it again") from None
    labels = table[LABEL_COLUMN]
    if not len(labels) or labels.null_count or labels.to_numpy().min() < 0:
        raise InputError(f"{file} has no images or unlabelled ones: use a split that has labels")
    content = table.flatten()[f"{image}.bytes"].cast(pa.binary())
    return pa.table({"content": content, "label": labels.cast(pa.int64())})


def _check_columns(file: Path, schema: pa.Schema) -> str:
    """Return the name of the column of images, if there is one and one of labels."""
    images = [name for name in IMAGE_COLUMNS if name in schema.names]
    if not images or LABEL_COLUMN not in schema.names:
        raise InputError(
            f"{file} has the columns {', '.join(schema.names)}: "
            "it must have 'img' or 'image', and 'label'"
        )
    image, label = schema.field(images[0]).type, schema.field(LABEL_COLUMN).type
    if not pa.types.is_struct(image) or not pa.types.is_integer(label):
        raise InputError(
            f"{file} has images of type {image} and labels of type {label}: "
            "they must be struct<bytes: binary, path: string> and whole numbers"
        )
    return images[0]


def _class_names(schema: pa.Schema) -> tuple[str, ...] | None:
    """Return the names that the `datasets` library writes into the schema's metadata."""
    try:
        described = json.loads((schema.metadata or {})[b"huggingface"])
        return tuple(described["info"]["features"][LABEL_COLUMN]["names"])
    except (KeyError, TypeError, ValueError):
        return None
