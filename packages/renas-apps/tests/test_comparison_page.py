from renas_apps.comparison.page import Section, markdown_page, page
from renas_apps.web_page import html_table, web_page


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
    assert page("t", sections, [tmp_path / "f.svg"]) == web_page(
        "t",
        [
            "<h2>a &lt; b</h2>",
            html_table(["x", "y"], [["1", "2"]]),
            "<ul><li>It is &lt; 3.</li></ul>",
            "<h2>c</h2>",
            "<ul><li>One.</li><li>Two.</li></ul>",
            "<h2>f</h2>",
            "<svg></svg>",
        ],
    )
