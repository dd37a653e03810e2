"""Block, Cell and Genotype: the description of a network's cells, frozen and self-checking."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Self, cast, get_args

from renas_space import encoding
from renas_space.canonical import Row, canonical_rows
from renas_space.errors import InputError
from renas_space.operations import OPERATION_TOKENS, OPERATIONS, unknown_operation

OutputRule = Literal["loose+c-2", "loose", "all"]
"""Which states a cell concatenates (see `Cell.output`)."""

OUTPUT_RULES: tuple[OutputRule, ...] = get_args(OutputRule)
"""All of them."""

AUTHORS_OUTPUT: OutputRule = "loose+c-2"
"""The rule of the authors' published network, and the default."""

TOKENS_PER_BLOCK = 5
"""(i1, i2, o1, o2, A), section 3.1; A is always addition, token 0."""


def check_output(rule: str) -> None:
    """Check that an output rule is known.

    Raises:
        InputError: it is not.
    """
    if rule not in OUTPUT_RULES:
        raise InputError(f"unknown output rule {rule!r}: use one of {', '.join(OUTPUT_RULES)}")


@dataclass(frozen=True, slots=True)
class Block:
    """Two inputs, an operation on each, and their sum (section 3.1)."""

    inputs: tuple[int, int]
    """What the two sides read: 0 is c-2, 1 is c-1, 2 and above are earlier blocks of the cell."""
    operations: tuple[str, str]
    """What the two sides do, by name."""

    def __post_init__(self) -> None:
        """Check types, ranges and names.

        Raises:
            InputError: an input is not an index or an operation is unknown.
        """
        for name in ("inputs", "operations"):
            pair: object = getattr(self, name)
            if not isinstance(pair, tuple) or len(cast("tuple[object, ...]", pair)) != 2:
                raise InputError(f"a block's {name} are {pair!r}: give a tuple of two")
        for index in self.inputs:
            if type(index) is not int or index < 0:
                raise InputError(
                    f"a block reads input {index!r}: give a whole number, 0 for c-2, 1 for c-1, "
                    "2 and above for earlier blocks"
                )
        for name in self.operations:
            known = isinstance(name, str) and name in OPERATION_TOKENS  # pyright: ignore[reportUnnecessaryIsInstance]
            if not known:
                raise InputError(unknown_operation(name))

    @property
    def row(self) -> Row:
        """The block as tokens (i1, i2, o1, o2)."""
        left, right = self.operations
        return (*self.inputs, OPERATION_TOKENS[left], OPERATION_TOKENS[right])


@dataclass(frozen=True, slots=True)
class Cell:
    """A directed acyclic graph of blocks (section 3.1, Fig. 1)."""

    blocks: tuple[Block, ...]
    """The blocks in order; each reads c-2, c-1 or blocks before it."""
    output: OutputRule = AUTHORS_OUTPUT
    """What is concatenated: ``loose+c-2`` (authors' code: the blocks that no other block reads, in
    order, and in a normal cell c-2 last), ``loose`` (without c-2), ``all`` (every block)."""

    def __post_init__(self) -> None:
        """Check that the cell has blocks and that none reads forward.

        Raises:
            InputError: there is no block, one reads itself or a later one, or the rule is unknown.
        """
        if not isinstance(self.blocks, tuple) or not self.blocks:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InputError(f"a cell has blocks {self.blocks!r}: give a tuple of at least one")
        for position, block in enumerate(self.blocks):
            if not isinstance(block, Block):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise InputError(f"block {position + 1} is {block!r}: give a Block")
            first, second = block.inputs
            last = position + 1
            if first > last or second > last:
                raise InputError(
                    f"block {position + 1} reads input {max(first, second)}, which is not there "
                    f"yet: it may read 0 to {last} (0 is c-2, 1 is c-1, 2 is block 1)"
                )
        check_output(self.output)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The blocks as tokens (i1, i2, o1, o2)."""
        return tuple(block.row for block in self.blocks)

    @property
    def loose(self) -> tuple[int, ...]:
        """Input indices (2 and above) of the blocks that no other block reads."""
        read = {index for block in self.blocks for index in block.inputs}
        return tuple(i for i in range(2, len(self.blocks) + 2) if i not in read)

    def concatenated(self, *, reduction: bool) -> tuple[int, ...]:
        """Return the input indices of the states that form the output, in order.

        Args:
            reduction: whether the cell serves as a reduction cell, where c-2 has another resolution
                and is never part of the output (authors' code).
        """
        if self.output == "all":
            return tuple(range(2, len(self.blocks) + 2))
        if self.output == "loose" or reduction:
            return self.loose
        return (*self.loose, 0)

    def canonical(self, *, reduction: bool = False) -> "Cell":
        """Return the cell with blocks and sides in canonical order, and the plainest equal rule."""
        rule = self.output
        if rule == "all" and len(self.loose) == len(self.blocks):
            rule = "loose"
        if rule == "loose+c-2" and reduction:
            rule = "loose"
        return _cell(canonical_rows(self.rows), rule)


@dataclass(frozen=True, slots=True)
class Genotype:
    """A normal and a reduction cell; without the latter one cell serves as both, as in RENAS."""

    normal: Cell
    """The cell that keeps the resolution."""
    reduction: Cell | None = None
    """The cell that halves it; None where the normal cell serves. One equal to the normal cell is
    stored as None, so that the two ways of saying so are equal."""

    def __post_init__(self) -> None:
        """Check the cells and drop a reduction cell that repeats the normal one.

        Raises:
            InputError: a part is not a cell.
        """
        if not isinstance(self.normal, Cell):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InputError(f"the normal cell is {self.normal!r}: give a Cell")
        if not isinstance(self.reduction, Cell | None):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InputError(f"the reduction cell is {self.reduction!r}: give a Cell or None")
        if self.reduction == self.normal:
            object.__setattr__(self, "reduction", None)

    @property
    def reduction_cell(self) -> Cell:
        """The cell that serves as reduction cell."""
        return self.normal if self.reduction is None else self.reduction

    @property
    def tokens(self) -> tuple[int, ...]:
        """The genotype as tokens, five a block (section 3.1).

        The normal cell comes first, then a separate reduction cell if there is one.
        """
        cells = (self.normal,) if self.reduction is None else (self.normal, self.reduction)
        return tuple(token for cell in cells for block in cell.blocks for token in (*block.row, 0))

    @classmethod
    def from_tokens(
        cls,
        tokens: Sequence[int],
        *,
        separate_reduction: bool = False,
        output: OutputRule = AUTHORS_OUTPUT,
    ) -> Self:
        """Build a genotype from its tokens; the inverse of `tokens`.

        Args:
            tokens: five a block: i1, i2, o1, o2, A.
            separate_reduction: whether the second half describes the reduction cell.
            output: the output rule, which tokens do not carry.

        Raises:
            InputError: the number of tokens or a token is out of range.
        """
        per_cell, odd = divmod(len(tokens), 2 if separate_reduction else 1)
        if odd or not tokens or per_cell % TOKENS_PER_BLOCK:
            shape = "two cells of 5 tokens a block" if separate_reduction else "5 tokens a block"
            raise InputError(f"{len(tokens)} tokens do not make a genotype: give {shape}")
        if any(tokens[4::TOKENS_PER_BLOCK]):
            raise InputError(
                f"the combination tokens are {list(tokens[4::TOKENS_PER_BLOCK])}: "
                "only 0, addition, is known"
            )
        cells = [
            _cell_from_tokens(tokens[start : start + per_cell], output)
            for start in range(0, len(tokens), per_cell)
        ]
        return cls(*cells)

    @classmethod
    def from_string(cls, text: str) -> Self:
        """Build a genotype from its compact string, such as ``0110.1150.0003.1010.2250``.

        Raises:
            InputError: the text is no compact string.
        """
        return cls(*(_cell(rows, rule) for rows, rule in encoding.parse_compact(text)))

    def __str__(self) -> str:
        """Return the compact string.

        Four base-36 digits a block, ``/`` before a reduction cell, and ``@rule`` after a cell whose
        output rule is not the authors'.

        Raises:
            InputError: a cell has more than 34 blocks, for which there is JSON.
        """
        cells = (self.normal,) if self.reduction is None else (self.normal, self.reduction)
        return encoding.compact([(cell.rows, cell.output) for cell in cells])

    @property
    def label(self) -> str:
        """What to call it: the compact string, or the digest of a cell too large for one."""
        try:
            return str(self)
        except InputError:
            return self.digest()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Build a genotype from JSON; keys that the format does not name are ignored.

        Raises:
            InputError: the text is not JSON, not a genotype, or of a newer version.
        """
        return cls(
            *(
                Cell(
                    tuple(Block((row[0], row[1]), (row[2], row[3])) for row in rows),
                    rule,  # pyright: ignore[reportArgumentType]  (checked by Cell)
                )
                for rows, rule in encoding.parse_json(text)
            )
        )

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the genotype as JSON (``renas.genotype``, version 1)."""
        cells = (self.normal,) if self.reduction is None else (self.normal, self.reduction)
        named = [
            ([(*block.inputs, *block.operations) for block in cell.blocks], cell.output)
            for cell in cells
        ]
        return encoding.to_json(named, indent=indent)

    def canonical(self) -> "Genotype":
        """Return the canonical one of all genotypes that compute the same function.

        The same, that is, up to the order of blocks and of the two sides of a block.
        """
        normal = self.normal.canonical()
        reduction = self.reduction_cell.canonical(reduction=True)
        if reduction == normal.canonical(reduction=True):
            return Genotype(normal)
        return Genotype(normal, reduction)

    def digest(self) -> str:
        """Return ``v1:`` and 32 hex digits, equal exactly for isomorphic genotypes.

        It is the start of the SHA-256 of both canonical cells, written out.
        """
        import hashlib  # late: with OpenSSL, it would be a tenth of `import renas_space`

        normal = self.normal.canonical()
        # Without a cell of its own, the reduction cell is the normal one but for its rule.
        reduction = (
            _cell(normal.rows, "loose" if normal.output == "loose+c-2" else normal.output)
            if self.reduction is None
            else self.reduction.canonical(reduction=True)
        )
        text = f"{normal.output} {normal.rows} {reduction.output} {reduction.rows}"
        return "v1:" + hashlib.sha256(text.encode()).hexdigest()[:32]


@lru_cache(maxsize=1 << 14, typed=True)  # typed: 0.0 and True equal tokens and are none
def _block(first: int, second: int, operation1: int, operation2: int) -> Block:
    """Return the block with these tokens. Blocks are immutable, so equal ones are shared."""
    for token in (operation1, operation2):
        if type(token) is not int or not 0 <= token < len(OPERATIONS):
            raise InputError(
                f"operation token {token!r} is out of range: use 0 to {len(OPERATIONS) - 1}"
            )
    return Block((first, second), (OPERATIONS[operation1], OPERATIONS[operation2]))


def _cell(rows: Sequence[Row], output: str) -> Cell:
    """Return the cell with these rows."""
    return Cell(tuple(_block(*row) for row in rows), output)  # pyright: ignore[reportArgumentType]  (checked by Cell)


def _cell_from_tokens(tokens: Sequence[int], output: OutputRule) -> Cell:
    """Return the cell with these tokens, five a block."""
    n = TOKENS_PER_BLOCK
    return Cell(
        tuple(map(_block, tokens[0::n], tokens[1::n], tokens[2::n], tokens[3::n])),
        output,
    )
