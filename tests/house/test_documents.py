"""What the documents and the citations of them point at is in the project.

A path, a link, an anchor, a quotation: whoever follows it from a clone must arrive.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from tests.house.paths import ROOT, files

TEXTS = (".md", ".py", ".yml", ".toml", ".j2", ".html", ".sh", ".service")
MADE = (
    "docs/commands.md",
    "docs/configuration.md",
    "docs/metrics.md",
    "docs/transitions.md",
)  # written by a program, tables for the most part
OF_THE_PROJECT = ("probe", "exporters", "dashboards", "simulator", "config", "tests", "docs", "scripts", "benchmarks")
ELSEWHERE = re.compile(r"^CHANGELOG|^tests/house/test_documents\.py$")
"""The changelog tells of files as they were; this test has examples of what it refuses."""


@cache
def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def named(*suffixes: str) -> list[str]:
    return [str(name) for name in files() if name.suffix in suffixes and not ELSEWHERE.search(str(name))]


DOCUMENTS = [name for name in named(".md") if name.startswith("docs/") or "/" not in name]


def found_in(faults: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The files in which a fault was found, each with its faults. One test looks at all files:
    a test for each would cost more than what it does.
    """
    return {name: found for name, found in faults.items() if found}


def lines_of(name: str) -> Iterator[tuple[int, str]]:
    """The lines of a document outside its blocks of code."""
    fenced = False
    for number, line in enumerate(text(name).splitlines(), start=1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


# --- citations ------------------------------------------------------------------------------------

_CITED = re.compile(r"(?<![\w./{<>-])[\w.][\w./-]*\.md\b")  # /x.md is the path of an address
_NAME = re.compile(r'(?<!")"[\w.-]+\.md"(?!")')  # "x.md" alone is a name in code
FOREIGN = {"apirest.md", "command-line.md"}
"""Of another project (GLPI's description of its API); linked by a page that a program writes."""


def missing_citations(name: str, content: str) -> list[str]:
    """Every Markdown file that is cited and cannot be found: from the checkout's root,
    or beside a document that cites it.
    """
    places = [ROOT, (ROOT / name).parent] if name.endswith(".md") else [ROOT]
    cited = sorted(set(_CITED.findall(_NAME.sub("", content))) - FOREIGN)
    return [each for each in cited if not any((place / each).exists() for place in places)]


def test_every_document_that_is_cited_is_in_the_project() -> None:
    missing = {name: missing_citations(name, text(name)) for name in named(*TEXTS)}
    assert found_in(missing) == {}


def test_a_citation_of_a_file_that_is_not_there_is_found() -> None:
    cited = '"""domain.md, "Journeys"; docs/domain.md; docs/nowhere.md."""'
    assert missing_citations("probe/x.py", cited) == ["docs/nowhere.md", "domain.md"]
    assert missing_citations("docs/x.md", "[the domain](domain.md) {name}.md") == []


def test_the_contract_is_cited_by_its_page_and_clause() -> None:
    """The document itself is not in the project: docs/contract.md is."""
    found = [name for name in named(*TEXTS) if re.search(r"\bannexe?\b", text(name), re.IGNORECASE) and name != "docs/contract.md"]
    assert found == []


def test_every_clause_that_is_cited_is_on_the_contracts_page() -> None:
    headings = re.findall(r"^## (\d(?:\.\d)*)", text("docs/contract.md"), re.MULTILINE)
    citing = {name: set(re.findall(r"docs/contract\.md,\s+(?:section\s+)?(\d(?:\.\d)*)", text(name))) for name in named(".py")}
    assert sum(map(bool, citing.values())) > 10
    missing = {
        name: [clause for clause in sorted(clauses) if not any(heading.startswith(clause) for heading in headings)]
        for name, clauses in citing.items()
    }
    assert found_in(missing) == {}


# --- links and paths ------------------------------------------------------------------------------


def anchors(name: str) -> set[str]:
    """The anchors that a forge gives to a document's headings."""
    headings = [line.lstrip("#").strip() for _, line in lines_of(name) if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(name: str) -> Iterator[tuple[str, str]]:
    """(file, anchor) of every link and picture of a document that stays within the project."""
    for _, line in lines_of(name):
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            if not re.match(r"[a-z]+:", target):
                where, _, anchor = target.partition("#")
                yield where, anchor


def broken_links(name: str) -> Iterator[str]:
    for where, anchor in links(name):
        target = (ROOT / name).parent / where if where else ROOT / name
        if not target.exists():
            yield where
        elif anchor and anchor not in anchors(str(target.resolve().relative_to(ROOT))):
            yield f"{where}#{anchor}"


def test_every_link_leads_somewhere() -> None:
    assert found_in({name: list(broken_links(name)) for name in DOCUMENTS}) == {}


def paths_of(name: str) -> set[str]:
    """What a document names in code style and begins with a folder of the project."""
    spans = re.findall(r"`([^`\n]+)`", "\n".join(line for _, line in lines_of(name)))
    return {span for span in spans if span.split("/")[0] in OF_THE_PROJECT and re.fullmatch(r"[\w./-]+/[\w./-]*", span)}


def test_every_path_that_a_document_names_exists() -> None:
    missing = {name: sorted(path for path in paths_of(name) if not (ROOT / path).exists()) for name in DOCUMENTS if name not in MADE}
    assert found_in(missing) == {}


def test_the_map_of_the_house_names_every_package() -> None:
    """docs/architecture.md: each folder of the program has its line in the tree."""
    tree = text("docs/architecture.md").partition("## The arrows")[0]
    folders = {name.parent for name in files() if name.name == "__init__.py" and name.parts[0] in ("probe", "exporters")}
    packages = {folder.name for folder in folders if len(folder.parts) <= 2}
    missing = {name for name in packages if not re.search(rf"^\s*{name}/", tree, re.MULTILINE)}
    assert sorted(missing) == []


def test_the_index_names_every_document() -> None:
    index = {where for where, _ in links("docs/README.md")}
    pages = {name.removeprefix("docs/") for name in DOCUMENTS if name.startswith("docs/") and name.count("/") == 1}
    assert sorted(pages - index - {"README.md"}) == []


# --- prose ----------------------------------------------------------------------------------------


def test_prose_breaks_at_100_columns_at_the_latest() -> None:
    """Semantic line breaks: a sentence or a clause a line, so that a difference can be read.
    Tables are as wide as they must be.
    """
    long = {
        name: [f"{number}: {len(line)}" for number, line in lines_of(name) if len(line) > 100 and not line.startswith("|")]
        for name in DOCUMENTS
        if name not in MADE and name != "CONTRIBUTING.md"
    }
    assert found_in(long) == {}


# --- quotations -----------------------------------------------------------------------------------

_DOCSTRING = re.compile(r'"""(.*?)"""', re.DOTALL)
_QUOTED = re.compile(r'docs/(domain|hub|judgement|contract)\.md(?:,\s+sections?\s[\w. ]+)?[,:]\s+"([^"]+)"')


def plain(words: str) -> str:
    return " ".join(re.sub(r"[*`\\]", "", words).lower().split())


def wrong_quotations(content: str) -> list[str]:
    """Every quotation `docs/PAGE.md: "..."` of a text whose words are not on that page;
    `[...]` stands for what is left out.
    """
    found = []
    for page, quoted in _QUOTED.findall(content):
        parts = [plain(part).strip(" ,;.") for part in quoted.split("[...]")]
        if any(part not in plain(text(f"docs/{page}.md")) for part in parts):
            found.append(quoted)
    return found


def test_what_is_quoted_from_a_document_stands_in_it() -> None:
    citing = [name for name in named(".py") if re.search(r"docs/(domain|hub|judgement|contract)\.md", text(name))]
    assert len(citing) > 100
    assert found_in({name: wrong_quotations(text(name)) for name in citing}) == {}


@pytest.mark.parametrize("name", [name for name in named(".py") if "Quotations are from docs/domain.md" in text(name)])
def test_what_a_story_quotes_from_the_domain_stands_in_it(name: str) -> None:
    """Where a module says that it quotes the domain, the quotation that opens a test's docstring
    does.
    """
    opening = [re.match(r'\s*"([^"]+)"', found) for found in _DOCSTRING.findall(text(name))]
    quoted = [found[1] for found in opening if found]
    assert quoted
    assert [each for each in quoted if wrong_quotations(f'docs/domain.md: "{each}"')] == []


def test_a_quotation_that_is_not_there_is_found() -> None:
    assert wrong_quotations('docs/domain.md: "Unknown is neither up nor down, ever."') == []
    assert wrong_quotations('docs/domain.md: "Unknown is up [...], ever."') == ["Unknown is up [...], ever."]
