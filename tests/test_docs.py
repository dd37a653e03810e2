"""The documents speak of modules, tests and files that exist."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAPER = (ROOT / "docs/paper.md").read_text()
SOURCES = {"[paper]", "[authors' code]", "[our choice]"}
DOCUMENTS = [
    path
    for pattern in ("*.md", "docs/**/*.md", "packages/*/*.md")
    for path in sorted(ROOT.glob(pattern))
]


def rows():
    """The cells of every row of docs/paper.md that maps a fact."""
    found = []
    for line in PAPER.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 5 and cells[0] != "fact" and "---" not in line:
            found.append(cells)
    return found


def module_file(name):
    """The file of a module, None if there is none; the longest part of a dotted name counts."""
    package, *rest = name.split(".")
    source = ROOT / "packages" / package.replace("_", "-") / "src"
    candidate = source.joinpath(package, *rest)
    for path in (candidate.with_suffix(".py"), candidate / "__init__.py"):
        if path.is_file():
            return path
    return None


def functions(path):
    """Names of the functions of a file, methods included."""
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_row_says_whose_the_fact_is_and_where_it_is_implemented_and_tested():
    facts = rows()
    assert len(facts) > 60
    for fact, _, source, module, test in facts:
        assert source in SOURCES, fact
        assert re.fullmatch(r"`renas_[\w.]+`(, `renas_[\w.]+`)*", module), (fact, module)
        assert re.fullmatch(r"`[\w/.-]+::\w+`(, `[\w/.-]+::\w+`)*", test), (fact, test)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(renas_\w+(?:\.\w+)*)`", PAPER))))
def test_a_module_that_is_named_exists(name):
    assert module_file(name) is not None


@pytest.mark.parametrize("identifier", sorted(set(re.findall(r"`([\w/.-]+::\w+)`", PAPER))))
def test_a_test_that_is_named_exists(identifier):
    path, name = identifier.split("::")
    assert name in functions(ROOT / path)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text())
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (document.parent / target).exists()] == []


def anchors(document):
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_into_documents_lead_to_a_heading(document):
    links = re.findall(r"\]\(([^):#]*)#([^)]*)\)", document.read_text())
    for target, anchor in links:
        assert anchor in anchors(document.parent / target if target else document), (target, anchor)


def examples():
    """The Python examples of all documents, each once, with where it stands."""
    found = {}
    for document in DOCUMENTS:
        for code in re.findall(r"```python\n(.*?)```", document.read_text(), flags=re.DOTALL):
            found.setdefault(code, document.relative_to(ROOT))
    return found


def test_the_readme_has_examples():
    assert [str(document) for document in examples().values()].count("README.md") >= 3


@pytest.mark.parametrize(
    ("code", "document"), examples().items(), ids=map(str, examples().values())
)
def test_an_example_runs(code, document, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{document}: {done.stderr}"
