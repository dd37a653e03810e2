from renas_apps.web_page import html_table, web_page


def test_a_page_names_itself_and_holds_its_parts():
    page = web_page("a < b", ["<p>x</p>", "<p>y</p>"])
    assert page.startswith('<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n')
    assert "<title>a &lt; b</title>" in page
    assert page.endswith("<h1>a &lt; b</h1>\n<p>x</p>\n<p>y</p>\n</html>\n")


def test_every_cell_of_a_table_is_escaped():
    assert html_table(["<"], [["&"], [1]]) == (
        '<div class="wide"><table>\n<tr><th>&lt;</th></tr>\n'
        "<tr><td>&amp;</td></tr>\n<tr><td>1</td></tr>\n</table></div>"
    )
