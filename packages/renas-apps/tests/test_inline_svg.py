from renas_apps.inline_svg import inline_svg

SVG = """<?xml version="1.0"?>
<svg id="a"><defs><path id="b"/></defs><use xlink:href="#b"/><g clip-path="url(#b)">#b</g></svg>
"""


def test_ids_are_those_of_one_picture_and_references_follow():
    assert inline_svg(SVG, "best") == (
        '<svg id="best-a"><defs><path id="best-b"/></defs><use xlink:href="#best-b"/>'
        '<g clip-path="url(#best-b)">#b</g></svg>\n'
    )
