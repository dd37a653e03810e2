"""Figures as SVG, for files and for pages."""

from xml.dom import minidom

from matplotlib.figure import Figure

from renas_apps.picture import svg_in_page, svg_of


def drawn():
    figure = Figure()
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], label="line")
    axes.set_xlabel("evaluations")
    axes.legend()
    return figure


def test_one_figure_is_always_one_text():
    assert svg_of(drawn()) == svg_of(drawn())
    minidom.parseString(svg_of(drawn()))  # noqa: S318 (our own)


def test_in_a_page_the_ink_is_that_of_the_text_and_the_ground_is_clear():
    picture = svg_in_page(drawn)
    minidom.parseString(picture)  # noqa: S318 (our own)
    assert "currentColor" in picture
    assert "#010203" not in picture
    assert "currentColor" not in svg_of(drawn())
    assert "fill: #ffffff" in svg_of(drawn())
    patch = picture[picture.index("patch_1") : picture.index("patch_2")]
    assert "fill: #ffffff" not in patch


def test_a_picture_of_a_page_leaves_the_colours_of_others_alone():
    before = svg_of(drawn())
    svg_in_page(drawn)
    assert svg_of(drawn()) == before
