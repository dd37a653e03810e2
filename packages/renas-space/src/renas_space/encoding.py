"""Compact strings and JSON, both ways, on plain rows: `Genotype` gives them their values."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from renas_space.canonical import Row
from renas_space.errors import InputError

FORMAT = "renas.genotype"
"""Value of ``format`` in genotype JSON."""

VERSION = 1
"""Newest version of genotype JSON that this package reads, and the one that it writes."""

DEFAULT_OUTPUT = "loose+c-2"
"""The output rule that is left unsaid in every encoding."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

NamedRow = tuple[int, int, str, str]
"""A block as (input 1, input 2, operation 1, operation 2), operations by name."""


def compact(cells: Sequence[tuple[Sequence[Row], str]]) -> str:
    """Return the compact string of one or two cells, each given as rows and output rule.

    Raises:
        InputError: an index needs more than one base-36 digit (a cell of more than 34 blocks).
    """
    largest = max(token for rows, _ in cells for row in rows for token in row)
    if largest >= len(_DIGITS):
        raise InputError(
            f"input {largest} does not fit the compact string, which has one base-36 digit for it: "
            "use JSON for cells of more than 34 blocks"
        )
    return "/".join(
        ".".join("".join(_DIGITS[token] for token in row) for row in rows)
        + ("" if rule == DEFAULT_OUTPUT else f"@{rule}")
        for rows, rule in cells
    )


def parse_compact(text: str) -> list[tuple[list[Row], str]]:
    """Return the rows and the output rule of each cell of a compact string.

    Raises:
        InputError: the text is no compact string.
    """
    cells = text.strip().lower().split("/")
    if len(cells) > 2:
        raise InputError(
            f"{text!r} has {len(cells)} cells: give one, or a normal and a reduction cell"
        )
    return [_parse_compact_cell(cell, text) for cell in cells]


def _parse_compact_cell(cell: str, text: str) -> tuple[list[Row], str]:
    """Return rows and rule of one cell of the compact string ``text``."""
    blocks, _, rule = cell.partition("@")
    rows: list[Row] = []
    for block in blocks.split("."):
        tokens = [_DIGITS.find(digit) for digit in block]
        if len(tokens) != 4 or -1 in tokens:
            raise InputError(
                f"{block!r} in {text!r} is no block: give four base-36 digits "
                "(two inputs, two operations), as in 0110.1150.0003.1010.2250"
            )
        rows.append((tokens[0], tokens[1], tokens[2], tokens[3]))
    return rows, rule or DEFAULT_OUTPUT


def to_json(cells: Sequence[tuple[Sequence[NamedRow], str]], *, indent: int | None) -> str:
    """Return the JSON of one or two cells; an output rule is written if it is not the default."""
    import json  # late: other forms need none of it

    document: dict[str, object] = {"format": FORMAT, "version": VERSION}
    document["normal"] = cells[0][0]
    document["reduction"] = cells[1][0] if len(cells) > 1 else None
    for key, (_, rule) in zip(("output", "reduction_output"), cells, strict=False):
        if rule != DEFAULT_OUTPUT:
            document[key] = rule
    return json.dumps(document, indent=indent)


def parse_json(text: str) -> list[tuple[list[NamedRow], str]]:
    """Return the named rows and the output rule of each cell of a genotype in JSON.

    Raises:
        InputError: the text is not JSON, not a genotype, or of a newer version.
    """
    import json  # late, as above

    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the genotype is not JSON ({error}): is the file whole?") from None
    if not isinstance(parsed, dict):
        raise InputError(f"the genotype is a JSON {type(parsed).__name__}: give an object")
    document = cast("Mapping[str, object]", parsed)
    _check_version(document)
    cells = [_cell_of(document, "normal", "output")]
    if document.get("reduction") is not None:
        cells.append(_cell_of(document, "reduction", "reduction_output"))
    return cells


def _check_version(document: Mapping[str, object]) -> None:
    """Check that the document says that it is a genotype of a version that is known here."""
    kind, version = document.get("format"), document.get("version")
    if kind != FORMAT:
        raise InputError(f'the JSON has "format" {kind!r}: a genotype has {FORMAT!r}')
    if type(version) is not int or version < 1:
        raise InputError(
            f'the genotype has "version" {version!r}: it must be a whole number from 1'
        )
    if version > VERSION:
        raise InputError(
            f"the genotype is of version {version}, this renas-space reads up to {VERSION}: "
            "install a newer renas-space"
        )


def _cell_of(document: Mapping[str, object], key: str, rule_key: str) -> tuple[list[NamedRow], str]:
    """Return the rows and the rule that stand under two keys of the document."""
    rows, rule = document.get(key), document.get(rule_key, DEFAULT_OUTPUT)
    if not isinstance(rows, list):
        raise InputError(f'the genotype has "{key}" {rows!r}: give a list of blocks')
    if not isinstance(rule, str):
        raise InputError(f'the genotype has "{rule_key}" {rule!r}: give a string')
    for position, row in enumerate(cast("list[object]", rows), start=1):
        if not isinstance(row, list) or len(cast("list[Any]", row)) != 4:
            raise InputError(
                f"block {position} of the {key} cell is {row!r}: "
                'give [i1, i2, "operation 1", "operation 2"]'
            )
    return [(row[0], row[1], row[2], row[3]) for row in cast("list[Any]", rows)], rule
