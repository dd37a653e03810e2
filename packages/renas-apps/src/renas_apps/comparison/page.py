"""A comparison as one HTML page, and as Markdown."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from renas_apps.comparison.tables import markdown
from renas_apps.inline_svg import inline_svg

_STYLE = """body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; }
table { border-collapse: collapse; } th, td { padding: 0.2rem 0.8rem; text-align: left; }
tr:nth-child(even) { background: #f3f3f3; } svg { max-width: 100%; height: auto; }"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a report: sentences, a table, or both."""

    caption: str
    """Above it."""
    rows: Sequence[Sequence[str]] = ()
    """Of the table; the first is its header."""
    sentences: Sequence[str] = ()
    """After it."""


def page(title: str, sections: Sequence[Section], figures: Sequence[Path]) -> str:
    """Return a page that needs no other file.

    Args:
        title: of the page.
        sections: what it says.
        figures: SVG files, which become part of the page.

    Raises:
        OSError: a figure cannot be read.
    """
    parts = [f"<h1>{html.escape(title)}</h1>"]
    for section in sections:
        parts.append(f"<h2>{html.escape(section.caption)}</h2>")
        if section.rows:
            parts.append(_table(section.rows))
        if section.sentences:
            items = (f"<li>{html.escape(sentence)}</li>" for sentence in section.sentences)
            parts.append(f"<ul>{''.join(items)}</ul>")
    for figure in figures:
        picture = inline_svg(figure.read_text(encoding="utf-8"), figure.stem)
        parts += [f"<h2>{html.escape(figure.stem)}</h2>", picture]
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


def markdown_page(title: str, sections: Sequence[Section]) -> str:
    """Return the same without figures, as Markdown."""
    text = [f"# {title}\n"]
    for section in sections:
        text.append(f"\n## {section.caption}\n\n")
        if section.rows:
            text.append(markdown(section.rows))
        if section.sentences:
            text += ["\n"] * bool(section.rows)
            text += [f"- {sentence}\n" for sentence in section.sentences]
    return "".join(text)
