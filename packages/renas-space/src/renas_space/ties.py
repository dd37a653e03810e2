"""Which of several blocks with the same row comes first in the canonical order.

Trying every order would take factorial time. So a decision is put off until a row depends on it:
blocks that tie share a range of labels, and a row that reads one of them takes the lowest label of
the range for it. Then there are *options*, each a block or two to get the lowest labels. Where no
row can depend on their order, all are taken at once. Else,

- those whose descendants read nothing else that is undecided are compared by their descendants
  alone, and the one with the smallest rows is taken: with the places of two such families
  exchanged, the rows are the same up to the first where the families differ;
- of two that an automorphism of what is undecided exchanges, one is taken;
- the others are all begun, and the one with the smallest rows so far goes on.

Cells of up to 16 blocks take milliseconds. Of larger random ones that are made to have ties, one in
two thousand takes seconds.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappush, heappushpop
from itertools import count

from renas_space.automorphism import Automorphisms, Sides

Packed = tuple[int, int]
"""A row as two numbers, one for each side, the smaller first: label * SHIFT + operation."""

SHIFT = 1 << 10
"""Larger than any operation token, so that (label, operation) packs into one int."""

_END: Packed = (1 << 62, 0)  # larger than any row: of equal families the one with more comes first

_Option = tuple[int, ...]


@dataclass(slots=True)
class _Numbering:
    """A part of a numbering; blocks are named by their input index, 2 and above."""

    reads: dict[int, Sides]
    """What each block reads: (input, operation), twice. Shared by all numberings of a cell."""
    labels: list[int]
    """The label of each input, the lowest of the range that it shares with others, or -1."""
    remaining: list[int]
    """The blocks without a row, each after those that it reads."""
    first: int
    """The first label that this numbering gives."""
    done: list[Packed]
    """The rows so far."""

    def copy(self) -> "_Numbering":
        """Return one that can go on another way."""
        labels, remaining, done = self.labels.copy(), self.remaining.copy(), self.done.copy()
        return _Numbering(self.reads, labels, remaining, self.first, done)

    def place(self, blocks: Sequence[int], rows: Sequence[Packed]) -> None:
        """Give the next rows and labels to as many blocks, in an order that is left open."""
        label = self.first + len(self.done)
        for block in blocks:
            self.labels[block] = label
            self.remaining.remove(block)
        self.done += rows

    def take(self, option: _Option, row: Packed) -> None:
        """Give each block of an option the lowest label of its range, or the next row."""
        for chosen in option:
            label = self.labels[chosen]
            if label < 0:
                self.place([chosen], [row])
                continue
            for block, other in enumerate(self.labels):
                if other == label and block != chosen:
                    self.labels[block] = label + 1

    def row(self, block: int) -> Packed:
        """Return the row of a block that reads what has a label of its own."""
        left, right = (
            self.labels[near] * SHIFT + operation for near, operation in self.reads[block]
        )
        return (left, right) if left <= right else (right, left)

    def undecided(self) -> set[int]:
        """Return the blocks without a label of their own."""
        sizes = Counter(self.labels)
        return {block for block, label in enumerate(self.labels) if label < 0 or sizes[label] > 1}


def complete(
    rows: Sequence[tuple[int, int, int, int]], labels: Sequence[int], remaining: Sequence[int]
) -> list[Packed]:
    """Return the smallest sequence of rows for what remains of a cell.

    Args:
        rows: its blocks.
        labels: the canonical index of each input that has one, else -1.
        remaining: the blocks without one, in an order in which each reads earlier ones only.
    """
    reads = {
        block + 2: ((first, operation1), (second, operation2))
        for block, (first, second, operation1, operation2) in enumerate(rows)
    }
    start = len(rows) - len(remaining) + 2
    return _search(_Numbering(reads, [*labels], [block + 2 for block in remaining], start, []))


def _search(numbering: _Numbering) -> list[Packed]:
    """Return the smallest way to go on.

    Of all numberings begun it is always the one with the smallest rows that goes on.
    """
    begun: list[tuple[list[Packed], int, _Numbering]] = []
    number = count()
    while numbering.remaining:
        row, options = _options(numbering)
        if not options[0][0]:
            ties = [block for _, block in options]
            followed = [block for block in ties if _is_followed_at_once(numbering, block, row)]
            if len(ties) == 1 or not followed:
                numbering.place(ties, [row] * len(ties))
            else:
                _choose(numbering, [(block,) for block in followed], row, begun, number)
        elif len(options) == 1 or not _take_all(numbering, options):
            different = list(dict.fromkeys(option for option, _ in options))
            _choose(numbering, different, row, begun, number)
        if begun:
            _, _, numbering = heappushpop(begun, (numbering.done, next(number), numbering))
    return numbering.done


def _choose(
    numbering: _Numbering,
    options: list[_Option],
    row: Packed,
    begun: list[tuple[list[Packed], int, _Numbering]],
    number: Iterator[int],
) -> None:
    """Take an option, and begin another numbering with each other that may be better."""
    options = _distinct(numbering, options, row)
    for option in options[1:]:
        other = numbering.copy()
        other.take(option, row)
        heappush(begun, (other.done, next(number), other))
    numbering.take(options[0], row)


def _options(numbering: _Numbering) -> tuple[Packed, list[tuple[_Option, int]]]:
    """Return the smallest row that can come next, who must be chosen for it, and who has it then.

    Nobody must be chosen where all that is read has a label of its own.
    """
    sizes = Counter(numbering.labels)
    smallest: Packed | None = None
    options: list[tuple[_Option, int]] = []
    for block in numbering.remaining:
        (one, operation1), (two, operation2) = sorted(
            numbering.reads[block], key=lambda side: (numbering.labels[side[0]], side[1])
        )
        label1, label2 = numbering.labels[one], numbering.labels[two]
        if label1 < 0:
            continue
        shared = one != two and label1 == label2  # the smaller operation takes the lowest label
        row = label1 * SHIFT + operation1, (label2 + shared) * SHIFT + operation2
        if smallest is None or row < smallest:
            smallest, options = row, []
        if row == smallest:
            sides = (one,) if one == two else (one, two)
            option = tuple(side for side in sides if sizes[numbering.labels[side]] > 1)
            options.append((option, block))
            if shared and operation1 == operation2:
                options.append((option[::-1], block))
    if smallest is None:
        raise ValueError("no block can come next: they read each other in a circle")
    return smallest, options


def _take_all(numbering: _Numbering, options: list[tuple[_Option, int]]) -> bool:
    """Take all options one after the other if their order can be left open.

    It can if nothing comes between the blocks that read them, and either only these read the
    options or nothing reads these: so the order of the one says nothing about that of the other.
    """
    option_of = {block: option for option, block in options}
    reader = {side: block for block, option in option_of.items() for side in option}
    taken = numbering.copy()
    rows: list[Packed] = []
    for block, option in option_of.items():
        taken.take(option, (0, 0))
        rows.append(taken.row(block))
    if _is_interrupted(numbering, reader, rows[0][0], rows[-1][0]):
        return False
    options_live = any(
        reader.get(near, block) != block
        for block in numbering.remaining
        for near, _ in numbering.reads[block]
    )
    if options_live:
        blocks_live = any(
            near in option_of for block in numbering.remaining for near, _ in numbering.reads[block]
        )
        if blocks_live or len(reader) < len(option_of) or any(len(one) > 1 for one, _ in options):
            return False
        lowest = min(taken.labels[side] for side in reader)
        for side in reader:
            taken.labels[side] = lowest
    numbering.labels = taken.labels
    numbering.place([*option_of], rows)
    return True


def _is_interrupted(numbering: _Numbering, reader: dict[int, int], first: int, last: int) -> bool:
    """Whether a row may come between those of the blocks that read the options.

    Args:
        numbering: before any option is taken.
        reader: the block that reads each input of an option.
        first: the smaller side of the first of these rows.
        last: that of the last of them.
    """
    labels, blocks = numbering.labels, set(reader.values())
    for block in numbering.remaining:
        sides = numbering.reads[block]
        lowest = min(labels[near] * SHIFT + operation for near, operation in sides)
        for (near, _), (other, operation) in (sides, sides[::-1]):
            if reader.get(near, block) != block and 0 <= lowest <= last:
                return True
            if near in blocks and labels[other] >= 0:
                # What shares the range of the options moves up with each that is taken.
                end = first if labels[other] == first // SHIFT else last
                if labels[other] * SHIFT + operation < end:
                    return True
    return False


def _is_followed_at_once(numbering: _Numbering, block: int, row: Packed) -> bool:
    """Whether a block that reads this one comes before others with this one's row.

    It does if it also reads an input that is smaller than any that this one reads.
    """
    labels = numbering.labels
    for reader in numbering.remaining:
        one, two = numbering.reads[reader]
        for (near, operation), (source, _) in ((one, two), (two, one)):
            if source == block and labels[near] >= 0 and labels[near] * SHIFT + operation < row[0]:
                return True
    return False


def _distinct(numbering: _Numbering, options: list[_Option], row: Packed) -> list[_Option]:
    """Drop options that lead to nothing smaller than one that is kept."""
    if len(options) == 1:
        return options
    undecided = numbering.undecided()
    families = {option: _family(numbering, option, undecided) for option in options}
    apart = [option for option in options if families[option] is not None]
    kept: list[_Option] = []
    if apart:
        kept.append(
            min(apart, key=lambda option: _rows_of(numbering, option, families[option] or [], row))
        )
    # Of the others only the first block is chosen: what it is read with may then be left open.
    together = list(dict.fromkeys(option[:1] for option in options if families[option] is None))
    if len(together) == 1:
        return kept + together
    automorphisms = Automorphisms(numbering.reads, numbering.labels, numbering.remaining, undecided)
    others: list[_Option] = []
    for option in together:
        if not any(automorphisms.exchange(option[0], other[0]) for other in others):
            others.append(option)
    return kept + others


def _family(numbering: _Numbering, option: _Option, undecided: set[int]) -> list[int] | None:
    """Return the descendants of an option, None if they read anything else that is undecided."""
    family = set(option)
    for block in numbering.remaining:
        sources = {side[0] for side in numbering.reads[block]}
        if block in family or sources.isdisjoint(family):
            continue
        if not undecided.isdisjoint(sources - family):
            return None
        family.add(block)
    return [block for block in numbering.remaining if block in family]


def _rows_of(
    numbering: _Numbering, option: _Option, family: Sequence[int], row: Packed
) -> list[Packed]:
    """Return the rows of a family as if there were no other."""
    alone = numbering.copy()
    alone.take(option, row)
    alone.first += len(alone.done)
    alone.remaining, alone.done = [block for block in family if block not in option], []
    return [*_search(alone), _END]
