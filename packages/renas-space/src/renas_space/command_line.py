"""The command `renas-space`: its arguments, and how it ends.

Exit status: 0 done, 1 failed, 2 bad input, 130 Ctrl-C. An error is one sentence on standard error.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from renas_space import commands, network_commands
from renas_space.__about__ import __version__
from renas_space.errors import InputError
from renas_space.genotype import AUTHORS_OUTPUT, OUTPUT_RULES
from renas_space.published import PUBLISHED

PROGRAM = "renas-space"
FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130

_GENOTYPE = (
    "a file (JSON such as best.json, or a compact string), a compact string such as "
    "0110.1150.0003.1010.2250, a published name, or - for standard input"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Args:
        arguments: what follows the command's name; by default what the shell gave.
    """
    parsed = _parser().parse_args(arguments)
    if sys.stdout is None:  # closed by the shell: nobody wants to read
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 (for good)
    try:
        parsed.run(parsed)
        sys.stdout.flush()
    except InputError as error:
        return _say(error, BAD_INPUT)
    except BrokenPipeError:
        # Whoever reads, `head` for instance, has enough. Python flushes once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        where = "the output" if error.filename is None else error.filename
        return _say(f"{where} cannot be written ({error.strerror}): give another place", FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _say(sentence: object, status: int) -> int:
    """Print an error as one sentence and return the exit status."""
    print(f"{PROGRAM}: {sentence}", file=sys.stderr)
    return status


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, with the command that explains."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and end."""
        self.exit(BAD_INPUT, f"{PROGRAM}: {message}: see '{self.prog} --help'\n")


Add = Callable[..., argparse.ArgumentParser]
"""Adds a command: its name, what runs it, what it does in a sentence, an example."""


def _parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = _Parser(
        prog=PROGRAM,
        description="Encode, hash, count, draw and compare the cells of neural networks.",
        epilog=f"example:\n  {PROGRAM} show renasnet\n\n"
        f"published names: {', '.join(PUBLISHED)}\n'{PROGRAM} COMMAND --help' says more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    added = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    def add(
        run: Callable[[argparse.Namespace], None], does: str, *examples: str
    ) -> argparse.ArgumentParser:
        lines = "\n".join(f"  {PROGRAM} {example}" for example in examples)
        command = added.add_parser(
            run.__name__,
            help=does,
            description=f"{does[0].upper()}{does[1:]}.",
            epilog=f"example{'s' * (len(examples) > 1)}:\n{lines}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(run=run)
        return command

    _add_networks(add)
    _add_space(add)
    _add_forms(add)
    return parser


def _add_networks(add: Add) -> None:
    """Add the commands about networks of a genotype."""
    cost = add(
        network_commands.cost,
        "count parameters, multiply-adds and activation memory",
        "cost renasnet --skeleton imagenet --cells 4 --filters 44",
        "cost best.json --image-size 16 --cells 1 --filters 8 --layers",
    )
    _network(cost)
    cost.add_argument("--cells", type=int, metavar="N", help="N; by default the paper's, 6 or 4")
    cost.add_argument("--filters", type=int, metavar="F", help="F; by default the paper's")
    cost.add_argument("--output-stride", type=int, metavar="S", help="turn strides into dilation")
    cost.add_argument("--auxiliary", action="store_true", help="count the auxiliary head too")
    cost.add_argument("--layers", action="store_true", help="list every layer")
    cost.add_argument("--json", action="store_true", help="print JSON")

    fit = add(
        network_commands.fit,
        "find the largest network within a budget",
        "fit --max-madds 600M",
        "fit best.json --skeleton cifar --max-params 3.5M --cells 6",
    )
    # Budgets are the mobile setting's habit: without more words, RENASNet's and ImageNet's.
    _network(fit, genotype="renasnet", skeleton="imagenet")
    fit.add_argument("--max-madds", metavar="M", help="multiply-adds, such as 600M or 1.2G")
    fit.add_argument("--max-params", metavar="M", help="parameters, such as 5.3M or 500K")
    fit.add_argument("--cells", type=int, metavar="N", help="only this N; by default 1 to 12")
    fit.add_argument("--json", action="store_true", help="print JSON")


def _network(
    command: argparse.ArgumentParser, *, genotype: str | None = None, skeleton: str = "cifar"
) -> None:
    """Add the arguments that say what kind of network is meant, with their defaults."""
    if genotype is None:
        command.add_argument("genotype", help=_GENOTYPE)
    else:
        help_text = f"{_GENOTYPE} (default: %(default)s)"
        command.add_argument("genotype", nargs="?", default=genotype, help=help_text)
    command.add_argument(
        "--skeleton",
        choices=list(network_commands.PAPER_SIZES),
        default=skeleton,
        help="which stem (default: %(default)s)",
    )
    command.add_argument("--image-size", type=int, metavar="PIXELS", help="by default 32 or 224")
    command.add_argument("--classes", type=int, metavar="K", help="by default 10 or 1000")


def _add_space(add: Add) -> None:
    """Add the commands about the search space."""
    size = add(commands.size, "print how many genotypes the search space has", "size --blocks 5")
    _space(size)
    sample = add(
        commands.sample,
        "draw genotypes at random, or one by its number",
        "sample --count 3 --seed 1",
        "sample --index 12345",
    )
    _space(sample)
    sample.add_argument("--count", type=int, metavar="K", help="how many (default: 1)")
    sample.add_argument("--seed", type=int, help="the same seed, the same genotypes")
    sample.add_argument(
        "--index", type=int, metavar="I", help="the genotype of this number, from 0"
    )


def _space(command: argparse.ArgumentParser) -> None:
    """Add the arguments that say which space is meant."""
    command.add_argument(
        "--blocks", type=int, default=5, metavar="B", help="blocks of a cell (default: %(default)s)"
    )
    command.add_argument(
        "--separate-reduction", action="store_true", help="with a reduction cell of its own"
    )


def _add_forms(add: Add) -> None:
    """Add the commands that write a genotype in another form."""
    show = add(commands.show, "show a genotype, its encodings and its source", "show renasnet")
    show.add_argument("genotype", help=_GENOTYPE)

    encode = add(
        commands.encode,
        "write a genotype as tokens, compact string, JSON, number and digest",
        "encode renasnet",
        "encode best.json --format digest",
    )
    encode.add_argument("genotype", help=_GENOTYPE)
    encode.add_argument("--format", choices=list(commands.ENCODINGS), help="only this one")

    decode = add(
        commands.decode,
        "read a compact string, tokens or a number",
        "decode 0110.1150.0003.1010.2250",
        "decode --tokens 0 1 1 0 0  1 1 5 0 0",
        "decode --index 12345 --format string",
    )
    decode.add_argument("string", nargs="?", help="a compact string, or - for standard input")
    decode.add_argument("--tokens", type=int, nargs="+", metavar="T", help="five for each block")
    decode.add_argument("--index", type=int, metavar="I", help="a number of the search space")
    _space(decode)
    decode.add_argument(
        "--output",
        choices=OUTPUT_RULES,
        default=AUTHORS_OUTPUT,
        help="the output rule, which tokens and numbers do not carry (default: %(default)s)",
    )
    decode.add_argument(
        "--format",
        choices=list(commands.ENCODINGS),
        default="json",
        help="how to print it (default: %(default)s)",
    )

    draw = add(
        commands.draw,
        "draw a genotype as text, SVG or Graphviz",
        "draw renasnet --out renasnet.svg",
        "draw nasnet-a --format dot | dot -Tpng > nasnet-a.png",
    )
    draw.add_argument("genotype", help=_GENOTYPE)
    draw.add_argument("--format", choices=list(commands.DRAWINGS), help="by default text")
    draw.add_argument("--out", metavar="FILE", help="write it here; .svg or .dot names the format")
    draw.add_argument("--force", action="store_true", help="replace a file that is there")

    diff = add(
        commands.diff,
        "list the mutations between two genotypes, and say whether they are isomorphic",
        "diff renasnet best.json",
    )
    diff.add_argument("before", help=_GENOTYPE)
    diff.add_argument("after", help="likewise")
