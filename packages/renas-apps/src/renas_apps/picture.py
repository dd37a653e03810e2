"""Figures of matplotlib as files, or within a page in the colours of its reader."""

import io
from collections.abc import Callable

import matplotlib as mpl
from matplotlib.figure import Figure

_INK = "#010203"
"""Stands for the colour of the text around a picture, which the reader's scheme decides."""

_INKED = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
"""What has that colour."""


def svg_of(figure: Figure, *, transparent: bool = False) -> str:
    """Return a figure as SVG; one figure always makes one text."""
    drawn = io.StringIO()
    # Names within the picture hang on the salt.
    with mpl.rc_context({"svg.hashsalt": "renas"}):
        figure.savefig(drawn, format="svg", transparent=transparent, metadata={"Date": None})
    return drawn.getvalue()


def png_of(figure: Figure) -> bytes:
    """Return a figure as PNG."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=150)
    return drawn.getvalue()


def svg_in_page(draw: Callable[[], Figure]) -> str:
    """Return a picture for a page: on transparent ground, and in the page's colour of text.

    Args:
        draw: makes the figure.
    """
    with mpl.rc_context(dict.fromkeys(_INKED, _INK)):
        return svg_of(draw(), transparent=True).replace(_INK, "currentColor")
