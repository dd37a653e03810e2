from renas_apps.comparison.page import Section, markdown_page, page


def test_a_section_is_a_table_and_sentences(tmp_path):
    sections = [
        Section(caption="a < b", rows=[["x", "y"], ["1", "2"]], sentences=["It is < 3."]),
        Section(caption="c", sentences=["One.", "Two."]),
    ]
    assert markdown_page("t", sections) == (
        "# t\n\n## a < b\n\n| x | y |\n| --- | --- |\n| 1 | 2 |\n\n- It is < 3.\n"
        "\n## c\n\n- One.\n- Two.\n"
    )
    (tmp_path / "f.svg").write_text("<?xml?><svg></svg>")
    assert page("t", sections, [tmp_path / "f.svg"]).endswith(
        "<h1>t</h1>\n<h2>a &lt; b</h2>\n<table><tr><th>x</th><th>y</th></tr>"
        "<tr><td>1</td><td>2</td></tr></table>\n<ul><li>It is &lt; 3.</li></ul>\n"
        "<h2>c</h2>\n<ul><li>One.</li><li>Two.</li></ul>\n"
        "<h2>f</h2>\n<svg></svg></body></html>\n"
    )
