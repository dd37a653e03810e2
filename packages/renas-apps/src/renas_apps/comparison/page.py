"""A comparison as one HTML page, and as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from renas_apps.comparison.tables import markdown
from renas_apps.inline_svg import inline_svg
from renas_apps.web_page import html_table, web_page


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
    parts: list[str] = []
    for section in sections:
        parts.append(f"<h2>{escape(section.caption)}</h2>")
        if section.rows:
            parts.append(html_table(section.rows[0], section.rows[1:]))
        if section.sentences:
            items = (f"<li>{escape(sentence)}</li>" for sentence in section.sentences)
            parts.append(f"<ul>{''.join(items)}</ul>")
    for figure in figures:
        picture = inline_svg(figure.read_text(encoding="utf-8"), figure.stem)
        parts += [f"<h2>{escape(figure.stem)}</h2>", picture]
    return web_page(title, parts)


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
