"""SVG files as parts of an HTML page."""

import re

_IDS = re.compile(r'(\bid="|href="#|url\(#)')
"""What comes before an id, where it is given and where it is referred to."""


def inline_svg(svg: str, name: str) -> str:
    """Return a picture without what only a file of its own needs.

    Args:
        svg: the file.
        name: of the picture in the page. It is put before all ids: two pictures may have the same.
    """
    return _IDS.sub(rf"\g<1>{name}-", svg[svg.index("<svg") :])
