"""Cells to start a search from."""

from pathlib import Path

from renas_space import Genotype, InputError, SearchSpace, read_genotype


def read_cells(path: Path, space: SearchSpace) -> list[Genotype]:
    """Return the cells of a file: one in JSON, as ``best.json``, or one a line.

    A line is a compact string or the name of a published cell; what follows ``#`` is ignored.

    Args:
        path: of the file.
        space: that the cells must be of.

    Raises:
        InputError: the file cannot be read, holds no cell, or a line is none of this space.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}): give a file with cells") from None
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    try:
        if text.lstrip().startswith("{"):
            cells = [Genotype.from_json(text)]
        else:
            cells = [read_genotype(line) for line in lines if line]
        for cell in cells:
            space.check(cell)
    except InputError as error:
        raise InputError(f"{path} cannot be searched from: {error}") from None
    if not cells:
        raise InputError(f"{path} holds no cell: write one a line, such as renasnet")
    return cells
