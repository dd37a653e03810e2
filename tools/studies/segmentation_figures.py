r"""Draw the curves of trainings of segmentation networks, and predicted masks side by side.

Example:
    renas-eval R/model.safetensors --predict street.jpg park.jpg --out masks
    python tools/studies/segmentation_figures.py --run scratch=R1 --run pretrained=R \
        --masks masks --out figures
"""

import argparse
import sys
from pathlib import Path

import matplotlib.pyplot as plt
from PIL import Image

from renas_apps.exit_status import run_command
from renas_apps.training.log import read_log
from renas_space import InputError

COLUMNS = 3
"""Masks in a row."""

GAP = 8
"""Pixels between them."""


def main() -> None:
    """Draw what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", action="append", required=True, metavar="NAME=DIR")
    parser.add_argument("--masks", type=Path, help="directory of predicted masks")
    parser.add_argument("--out", type=Path, required=True, help="directory of the figures")
    asked = parser.parse_args()
    runs = dict(one.split("=", 1) for one in asked.run)
    draw_curves({name: Path(run) for name, run in runs.items()}, asked.out / "segmentation.svg")
    if asked.masks is not None:
        draw_masks(asked.masks, asked.out / "segmentation-masks.png")


def draw_curves(runs: dict[str, Path], path: Path) -> None:
    """Draw the mean IOU of each run over its epochs."""
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for name, run in runs.items():
        rows = [row for row in read_log(run / "log.csv") if row["miou"]]
        if not rows:
            raise InputError(f"{run} has no mean IOU in log.csv: give a run of renas-train")
        epochs = [float(row["epoch"]) for row in rows]
        axes.plot(epochs, [100 * float(row["miou"]) for row in rows], marker=".", label=name)
    axes.set(xlabel="epoch", ylabel="mean IOU, %", ylim=(0, None))
    axes.legend()
    figure.savefig(path, metadata={"Date": None})


def draw_masks(directory: Path, path: Path) -> None:
    """Put masks of one size and palette into one picture."""
    files = [file for file in sorted(directory.glob("*.png")) if ".overlay" not in file.name]
    masks = [Image.open(file) for file in files]
    wide, tall = masks[0].size
    rows = -(-len(masks) // COLUMNS)
    size = (COLUMNS * (wide + GAP) - GAP, rows * (tall + GAP) - GAP)
    sheet = Image.new("P", size, 255)  # void, which is nearly white
    sheet.putpalette(masks[0].getpalette() or [])
    for number, mask in enumerate(masks):
        row, column = divmod(number, COLUMNS)
        sheet.paste(mask, (column * (wide + GAP), row * (tall + GAP)))
    sheet.save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(run_command("segmentation_figures.py", main))
