"""Builds the documents as a site: `make docs`, or `python scripts/site/build.py FOLDER`.

The documents stay plain Markdown, whose links a forge follows. Here they are copied with what they
link to, the README becomes the first page, and a folder that is linked becomes a list of its files.
Sphinx makes pages of them; each of its warnings is an error. Then every link and every anchor of
the pages is followed, and what a strict Content-Security-Policy would refuse is moved into files.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
AS_TEXT = ("docs/mutation.md",)
"""Kept as they are: a table of thousands of rows is no page."""
NAVIGATION: dict[str, tuple[str, ...]] = {
    "Start": ("docs/quick-start.md", "docs/first-hub.md", "docs/add-an-idp.md", "docs/decides.md", "docs/glossary.md"),
    "Operate": (
        "docs/install.md",
        "docs/configuration.md",
        "docs/command-line.md",
        "docs/commands.md",
        "docs/completion.md",
        "docs/backup.md",
        "docs/upgrade.md",
        "docs/sizing.md",
        "docs/shared-store.md",
        "docs/running.md",
        "docs/limits.md",
    ),
    "On call": ("docs/what-happens-when.md", "docs/troubleshooting.md", "docs/runbooks", "docs/incidents.md", "docs/reasons.md"),
    "Read its data": ("docs/metrics.md", "docs/dashboards.md", "docs/api.md"),
    "Sign the report": ("docs/contract.md", "docs/availability.md", "docs/changes.md", "docs/domain.md"),
    "Security and data": ("SECURITY.md", "docs/data-protection.md"),
    "Change the code": ("CONTRIBUTING.md", "docs/architecture.md", "docs/judgement.md", "docs/simulator.md"),
    "All": ("docs/README.md", "CHANGELOG.md"),
}
"""The pages of each part, in the order in which one reads them. All others come last."""
ORPHAN = "---\norphan: true\n---\n\n"
"""Tells Sphinx that a page stands in no table of contents."""
_LINK = re.compile(r"(?<=\]\()([^()\s]+)(?=\))")
_FENCE = re.compile(r"^\s*(```|~~~)")


class SiteError(Exception):
    """The site cannot be built: what is wrong, a line each."""


# --- the documents, copied ------------------------------------------------------------------------


def tracked() -> set[Path]:
    """Return the project's files, relative to its root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return {Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()}


def is_page(path: Path) -> bool:
    """Return whether a file becomes a page."""
    return path.suffix == ".md" and str(path) not in AS_TEXT and (path.parts[0] == "docs" or str(path) in PAGES)


def _listed_only(path: Path) -> bool:
    """Return whether only the list of its folder leads to a page.

    There are too many of them for the table of contents, which stands on each page.
    """
    return len(path.parts) > 2


def outside_code(text: str) -> Iterator[tuple[bool, str]]:
    """Yield each line, and whether it is prose."""
    fenced = False
    for line in text.splitlines(keepends=True):
        fence = bool(_FENCE.match(line))
        yield not fenced and not fence, line
        fenced ^= fence


@dataclass
class Stage:
    """The folder that Sphinx reads."""

    folder: Path
    files: set[Path]
    listed: dict[Path, list[Path]] = field(default_factory=dict)

    def fill(self) -> None:
        """Copy the pages, and whatever they link to."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for path in sorted(filter(is_page, self.files)):
            lines = [self._linked(path, line) if prose else line for prose, line in outside_code((ROOT / path).read_text("utf-8"))]
            self._write(self._place(path), (ORPHAN if _listed_only(path) else "") + "".join(lines))
        for folder, inside in self.listed.items():
            self._write(self._place(folder), f"# {folder}\n\n{_items(folder, inside)}")
        with (self.folder / "index.md").open("a", encoding="utf-8") as index:
            index.write(self._navigation())

    def _place(self, path: Path) -> Path:
        if str(path) == "README.md":
            return Path("index.md")
        if str(path) in AS_TEXT:
            return path.with_suffix(".txt")
        return path if path.suffix else path / "index.md"

    def _linked(self, page: Path, line: str) -> str:
        return _LINK.sub(lambda found: self._target(page, found[0]), line)

    def _target(self, page: Path, link: str) -> str:
        where, mark, anchor = link.partition("#")
        if not where or re.match(r"[a-z]+:", where):
            return link
        path = Path(os.path.normpath(page.parent / where))
        if (ROOT / path).is_dir():
            self.listed[path] = sorted(each for each in self.files if each.is_relative_to(path))
            for each in self.listed[path]:
                self._copy(each)
        elif path in self.files:
            self._copy(path)
        else:
            raise SiteError(f"{page}: {link}: there is no such file")
        return os.path.relpath(self._place(path), self._place(page).parent) + mark + anchor

    def _copy(self, path: Path) -> None:
        if not is_page(path):
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, self.folder / self._place(path))

    def _write(self, path: Path, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, "utf-8")

    def _navigation(self) -> str:
        """Return the tables of contents, which the site shows beside each page."""
        left = {self._place(path) for path in [*filter(is_page, self.files), *self.listed] if not _listed_only(path)} - {Path("index.md")}
        parts = []
        for title, names in NAVIGATION.items():
            pages = [page for page in (self._place(Path(name)) for name in names) if page in left]
            left -= set(pages)
            parts.append((title, pages))
        parts.append(("More", sorted(left)))
        return "".join(f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{_lines(pages)}```\n" for title, pages in parts if pages)


def _lines(pages: list[Path]) -> str:
    return "".join(f"{page.with_suffix('')}\n" for page in pages)


def _items(folder: Path, inside: list[Path]) -> str:
    """Return the list of a folder's files."""
    names = [path.relative_to(folder) for path in inside]
    return "".join(f"- [{'' if is_page(path) else name}]({name})\n" for path, name in zip(inside, names, strict=True))


# --- the pages ------------------------------------------------------------------------------------


def sphinx(source: Path, output: Path) -> None:
    """Run Sphinx. Raises SiteError on any warning."""
    doctrees = source.parent / "doctrees"
    argv = ["-b", "html", "-q", "-n", "-W", "--keep-going", "-c", str(HERE), "-d", str(doctrees), str(source), str(output)]
    done = subprocess.run([sys.executable, "-m", "sphinx", *argv], capture_output=True, text=True, check=False)
    if done.returncode or done.stderr:
        raise SiteError(done.stderr.replace(f"{source}/", "").strip())


_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


def without_inline(output: Path) -> None:
    """Move the theme's inline script and styles into files."""
    for page in output.rglob("*.html"):
        up = os.path.relpath(output, page.parent)

        def moved(found: re.Match[str], up: str = up) -> str:
            if found[1] == "script":
                return f'<script src="{up}/_static/theme.js"></script>'
            (output / "_static/theme.css").write_text(found[2], "utf-8")
            return f'<link rel="stylesheet" href="{up}/_static/theme.css">'

        text = _INLINE.sub(moved, page.read_text("utf-8"))
        text = text.replace(' style="display: none;"', " hidden").replace(' style="opacity: 50%"', ' opacity="0.5"')
        page.write_text(text, "utf-8")


class Page(HTMLParser):
    """The links and anchors of a page, and what it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.anchors: set[str] = set()
        self.inline: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element refers to."""
        has = {name: value or "" for name, value in attrs}
        self.anchors |= {has[name] for name in ("id", "name") if name in has}
        if tag == "a" and "href" in has:
            self.links.add(has["href"])
        elif tag in ("script", "img", "iframe", "source") and "src" in has:
            self.loaded.add(has["src"])
        elif tag == "link" and has.get("rel") in ("stylesheet", "icon", "preload"):
            self.loaded.add(has["href"])
        if tag == "style" or (tag == "script" and "src" not in has) or "style" in has or any(name.startswith("on") for name in has):
            self.inline.add(tag)


def faults(output: Path) -> Iterator[str]:
    """Yield every link that leads nowhere, and whatever a page loads from elsewhere."""
    pages: dict[Path, Page] = {}
    for path in sorted(output.rglob("*.html")):
        pages[path] = Page()
        pages[path].feed(path.read_text("utf-8"))
    for path, page in pages.items():
        name = path.relative_to(output)
        yield from (f"{name}: {tag} is inline" for tag in sorted(page.inline))
        yield from (f"{name}: loads {each}" for each in sorted(page.loaded) if urlsplit(each).netloc)
        for link in sorted(page.links | page.loaded):
            at = urlsplit(link)
            if at.scheme or at.netloc:
                continue
            target = Path(os.path.normpath(path.parent / unquote(at.path))) if at.path else path
            if not target.is_file():
                yield f"{name}: {link} leads nowhere"
            elif at.fragment and target in pages and unquote(at.fragment) not in pages[target].anchors:
                yield f"{name}: {link} has no such place"


def build(output: Path, stage_folder: Path = ROOT / ".cache/site") -> int:
    """Build the site into a folder, which is emptied first. Returns the number of its pages.

    The documents are copied to `stage_folder` on the way.

    Raises SiteError.
    """
    if output.exists() and any(output.iterdir()) and not (output / "searchindex.js").is_file():
        raise SiteError(f"{output}: is not empty, and is no site: name another folder")
    shutil.rmtree(output, ignore_errors=True)
    stage = Stage(stage_folder / "source", tracked())
    stage.fill()
    sphinx(stage.folder, output)
    without_inline(output)
    if found := list(faults(output)):
        raise SiteError("\n".join(found))
    return sum(1 for _ in output.rglob("*.html"))


def main(argv: list[str]) -> int:
    """Build the site, or say what is wrong."""
    output = Path(argv[0] if argv else "build/site").resolve()
    try:
        count = build(output)
    except SiteError as error:
        sys.stderr.write(f"docs: {error}\n")
        return 1
    sys.stdout.write(f"{count} pages in {output}: open index.html\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
