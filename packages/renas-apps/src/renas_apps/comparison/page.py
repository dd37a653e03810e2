"""A comparison as one HTML page."""

import html
from collections.abc import Sequence
from pathlib import Path

_STYLE = """body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; }
table { border-collapse: collapse; } th, td { padding: 0.2rem 0.8rem; text-align: left; }
tr:nth-child(even) { background: #f3f3f3; } svg { max-width: 100%; height: auto; }"""


def page(
    title: str, tables: Sequence[tuple[str, Sequence[Sequence[str]]]], figures: Sequence[Path]
) -> str:
    """Return a page that needs no other file.

    Args:
        title: of the page.
        tables: their captions and rows, the first of which is the header.
        figures: SVG files, which become part of the page.

    Raises:
        OSError: a figure cannot be read.
    """
    parts = [f"<h1>{html.escape(title)}</h1>"]
    for caption, rows in tables:
        parts += [f"<h2>{html.escape(caption)}</h2>", _table(rows)]
    for figure in figures:
        text = figure.read_text(encoding="utf-8")
        parts += [f"<h2>{html.escape(figure.stem)}</h2>", text[text.index("<svg") :]]
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body>{body}</body></html>\n"
    )


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a table."""
    lines: list[str] = []
    for number, row in enumerate(rows):
        cell = "td" if number else "th"
        lines.append(
            "<tr>" + "".join(f"<{cell}>{html.escape(one)}</{cell}>" for one in row) + "</tr>"
        )
    return "<table>" + "".join(lines) + "</table>"
