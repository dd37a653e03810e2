"""What the commands of `renas-space` print, but for those in `renas_space.network_commands`."""

import random
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from renas_space.canonical import canonical_rows
from renas_space.drawing_dot import draw_dot
from renas_space.drawing_svg import draw_svg
from renas_space.drawing_text import draw_text
from renas_space.errors import InputError
from renas_space.genotype import Genotype
from renas_space.mutation import difference
from renas_space.published import PUBLISHED
from renas_space.reading import read_argument, standard_input
from renas_space.space import SearchSpace


def show(arguments: Namespace) -> None:
    """Print a genotype's blocks, its encodings, and where it was published."""
    genotype = read_argument(arguments.genotype)
    print(draw_text(genotype))
    string, digest = genotype.label, genotype.digest()
    print(f"\nstring  {string if string != digest else 'none: too many blocks, use JSON'}")
    print(f"digest  {digest}")
    for published in PUBLISHED.values():
        if published.genotype.digest() == digest:
            print(f"\n{published.name}: {published.source}\n{published.url}")
            if published.note:
                print(f"Note: {published.note}.")


def size(arguments: Namespace) -> None:
    """Print how many genotypes the space has."""
    number = SearchSpace(
        blocks=arguments.blocks, separate_reduction=arguments.separate_reduction
    ).size
    power = 4 if arguments.separate_reduction else 2
    formula = f"(6^{arguments.blocks} * {arguments.blocks + 1}!)^{power}"
    print(f"{formula} = {number:,} = {number:.1e}".replace("e+", "e"))


def sample(arguments: Namespace) -> None:
    """Print genotypes of the space, drawn at random or by number."""
    space = SearchSpace(blocks=arguments.blocks, separate_reduction=arguments.separate_reduction)
    if arguments.index is not None:
        if arguments.count is not None or arguments.seed is not None:
            raise InputError("--index names one genotype: leave out --count and --seed")
        print(space.at(arguments.index))
        return
    count = 1 if arguments.count is None else arguments.count
    if count < 1:
        raise InputError(f"the count is {count}: give at least 1")
    if arguments.seed is not None and arguments.seed < 0:
        raise InputError(f"the seed is {arguments.seed}: give a number from 0")
    rng = random.Random(arguments.seed)
    for _ in range(count):
        print(space.sample(rng))


def _index(genotype: Genotype) -> str:
    """Return the genotype's number in the space of as many blocks."""
    space = SearchSpace(
        blocks=len(genotype.normal.blocks),
        separate_reduction=genotype.reduction is not None,
        output=genotype.normal.output,
    )
    return str(space.index(genotype))


def _tokens(genotype: Genotype) -> str:
    """Return the tokens, with spaces between."""
    return " ".join(map(str, genotype.tokens))


ENCODINGS: dict[str, Callable[[Genotype], str]] = {
    "tokens": _tokens,
    "string": str,
    "json": Genotype.to_json,
    "index": _index,
    "digest": Genotype.digest,
    "text": draw_text,
}
"""What a genotype can be written as."""


def encode(arguments: Namespace) -> None:
    """Print a genotype in one encoding, or in each with its name."""
    genotype = read_argument(arguments.genotype)
    if arguments.format is not None:
        print(ENCODINGS[arguments.format](genotype))
        return
    for name in ("tokens", "string", "json", "index", "digest"):
        try:
            print(f"{name:<7} {ENCODINGS[name](genotype)}")
        except InputError as error:  # a genotype with other operations has no number
            print(f"{name:<7} none: {error}")


def decode(arguments: Namespace) -> None:
    """Print the genotype that tokens, a compact string or a number stand for."""
    given = (arguments.string, arguments.tokens, arguments.index)
    if sum(one is not None for one in given) != 1:
        raise InputError("nothing or too much to decode: give a string, --tokens or --index")
    if arguments.string is not None:
        text = standard_input() if arguments.string == "-" else arguments.string
        genotype = Genotype.from_string(text)
    elif arguments.tokens is not None:
        genotype = Genotype.from_tokens(
            arguments.tokens,
            separate_reduction=arguments.separate_reduction,
            output=arguments.output,
        )
    else:
        genotype = SearchSpace(
            blocks=arguments.blocks,
            separate_reduction=arguments.separate_reduction,
            output=arguments.output,
        ).at(arguments.index)
    print(ENCODINGS[arguments.format](genotype))


DRAWINGS: dict[str, Callable[[Genotype], str]] = {
    "text": lambda genotype: draw_text(genotype) + "\n",
    "svg": draw_svg,
    "dot": draw_dot,
}
"""What a genotype can be drawn as; each ends with a line break."""


def draw(arguments: Namespace) -> None:
    """Print a drawing, or write it to a file whose ending names the format unless it is given.

    Raises:
        InputError: there is no such genotype, or a file already.
    """
    drawing = _drawing(arguments.format, arguments.out)(read_argument(arguments.genotype))
    if arguments.out is None:
        sys.stdout.write(drawing)
        return
    try:
        with Path(arguments.out).open("w" if arguments.force else "x", encoding="utf-8") as file:
            file.write(drawing)
    except FileExistsError:
        raise InputError(
            f"{arguments.out} is there already: give another --out, or --force to replace it"
        ) from None


def _drawing(name: str | None, out: str | None) -> Callable[[Genotype], str]:
    """Return how to draw: as asked for, or as the file's name says, else as text."""
    if name is None:
        ending = Path(out).suffix.lower() if out is not None else ".txt"
        name = {".txt": "text", ".svg": "svg", ".dot": "dot", ".gv": "dot"}.get(ending)
    if name is None:
        raise InputError(f"the ending of {out!r} names no format: add --format text, svg or dot")
    return DRAWINGS[name]


def diff(arguments: Namespace) -> None:
    """Print the mutations that lead from one genotype to another, and whether they are isomorphic.

    Raises:
        InputError: one of them is no genotype.
    """
    if arguments.before == arguments.after == "-":
        raise InputError("both genotypes are -: standard input holds only one")
    before, after = read_argument(arguments.before), read_argument(arguments.after)
    try:
        mutations = difference(before, after)
    except InputError as error:
        print(error)
    else:
        for mutation in mutations:
            print(mutation.describe(before))
        plural = "" if len(mutations) == 1 else "s"
        print(f"{len(mutations)} mutation{plural}" if mutations else "equal")
    if before.digest() == after.digest():
        print("isomorphic: the same but for the order of blocks and of the sides of a block")
    else:
        print("not isomorphic" + _what_differs(before, after))


def _what_differs(before: Genotype, after: Genotype) -> str:
    """Say where two genotypes that are not isomorphic differ all the same only in a rule."""
    cells = ((before.normal, after.normal), (before.reduction_cell, after.reduction_cell))
    if all(canonical_rows(one.rows) == canonical_rows(other.rows) for one, other in cells):
        return ": only the output rules differ"
    return ""
