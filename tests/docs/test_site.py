"""The documents build as a site without a warning; each link of it arrives, and nothing of it comes
from elsewhere.
"""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.house.paths import ROOT


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_builder", ROOT / "scripts/site/build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(builder: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once: `build` raises on any warning of Sphinx, and on any link that leads nowhere."""
    folder = tmp_path_factory.mktemp("documents")
    builder.build(folder / "site", folder / "stage")
    return folder / "site"


def test_every_document_is_a_page_and_the_readme_is_the_first(site: Path) -> None:
    documents = {path.relative_to(ROOT).with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    pages = {path.relative_to(site) for path in site.rglob("*.html")}
    assert {str(path) for path in documents - pages} <= {"docs/README.html", "docs/mutation.html"}
    assert "<h1>Vigie" in (site / "index.html").read_text("utf-8")


def test_the_search_has_its_index_beside_the_pages(site: Path) -> None:
    index = (site / "searchindex.js").read_text("utf-8")
    assert "backup" in index
    assert "searchindex.js" in (site / "search.html").read_text("utf-8")


def test_each_page_named_in_the_navigation_is_there(builder: ModuleType) -> None:
    named = [name for names in builder.NAVIGATION.values() for name in names]
    assert [name for name in named if not (ROOT / name).exists()] == []


FAULTY = {
    "a page that is gone": ('<a href="gone.html">x</a>', "gone.html leads nowhere"),
    "a place that is gone": ('<a href="#gone">x</a>', "#gone has no such place"),
    "a script from elsewhere": ('<script src="https://cdn.example/x.js"></script>', "loads https://cdn.example/x.js"),
    "an inline script": ("<script>x()</script>", "script is inline"),
    "an inline style": ('<p style="color: red">x</p>', "p is inline"),
}


@pytest.mark.parametrize(("content", "told"), FAULTY.values(), ids=FAULTY)
def test_a_fault_of_a_page_is_told(builder: ModuleType, tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "page.html").write_text(content, "utf-8")
    assert list(builder.faults(tmp_path)) == [f"page.html: {told}"]


def test_a_warning_of_sphinx_ends_the_build(builder: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "index.md").write_text("# Vigie\n\n[x](#gone)\n", "utf-8")
    with pytest.raises(builder.SiteError, match="index"):
        builder.sphinx(tmp_path, tmp_path / "out")


def test_a_folder_that_holds_something_else_is_left_as_it_is(builder: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(builder.SiteError, match="is not empty, and is no site"):
        builder.build(tmp_path)
    assert (tmp_path / "mine").read_text() == "x"
