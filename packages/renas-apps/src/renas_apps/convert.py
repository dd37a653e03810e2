"""The command ``renas-convert``: weights of others as a model of this project."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from renas_apps.__about__ import __version__
from renas_apps.arguments import Parser
from renas_apps.exit_status import run_command
from renas_apps.outputs import check_out

_EXAMPLES = """example:
  renas-convert mxnet renasnet-0000.params --out renasnet.safetensors
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``renas-convert``; return its exit status."""
    asked = _parser().parse_args(arguments)
    return run_command("renas-convert", lambda: asked.command(asked))


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(
        prog="renas-convert",
        description="Turn weights of others into a model of this project.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"renas-convert {__version__}")
    commands = parser.add_subparsers(required=True, metavar="format")
    mxnet = commands.add_parser("mxnet", help="the authors' checkpoint of RENASNet (4, 44)")
    mxnet.add_argument("params", type=Path, help="the .params file of MXNet")
    mxnet.add_argument("--out", type=Path, required=True, help="file to write (.safetensors)")
    mxnet.add_argument("--force", action="store_true", help="replace a file that is there")
    mxnet.set_defaults(command=_convert_mxnet)
    return parser


def _convert_mxnet(asked: argparse.Namespace) -> None:
    """Convert the authors' checkpoint.

    Raises:
        InputError: the file is damaged or holds other arrays; all of these are listed.
    """
    check_out(asked.out, force=asked.force, read=(asked.params,))
    # torch takes seconds to import, which a misspelt path need not wait for.
    from renas_space import RENASNET, plan_network
    from renas_trainer.checkpoint import save_model
    from renas_trainer.mxnet import MismatchError, convert, read_arrays
    from renas_trainer.network import CellNetwork
    from renas_trainer.photographs import imagenet_metadata

    plan = plan_network(RENASNET, skeleton="imagenet", cells=4, filters=44)
    try:
        state = convert(read_arrays(asked.params), plan)
    except MismatchError as error:
        for what in ("missing", "left_over", "misfits"):
            for name in getattr(error, what):
                print(f"{what.replace('_', ' ')}: {name}", file=sys.stderr)
        raise
    network = CellNetwork(plan, auxiliary=True)
    network.load_state_dict(state)
    save_model(asked.out, network, imagenet_metadata(plan.image_size))
    print(f"{asked.out}: {sum(p.numel() for p in network.parameters()):,} parameters")


if __name__ == "__main__":
    sys.exit(main())
