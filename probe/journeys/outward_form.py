"""Reads traits off a hub's pages: its tiles, and how a page is built (`probe.core.radar`).

What a page is built of must not depend on the day, the citizen or chance. So a trait is never a
text, a value or a class:

    path      where the page is
    form      method and path of each form
    field     of which form, and its name
    id        each id of an element
    part      the kinds of elements that embed or take something (`iframe`, `select`, `video`)
    loads     the host of each script, style or frame that it loads

A set has each trait once: the number of tiles does not count, nor their order. Left out are the ids
inside tiles, which have an aspect of their own, and the content of banners, by their role, id or
class, unless they hold a form that is posted. Digits and what looks random in a name are replaced
by `*`. What the citizen's identity would show is masked, as in evidence.
"""

import re
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from itertools import islice
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from probe.core.judgement.sighting import LONGEST_TRAIT, Trait, in_order
from probe.core.plain_text import cleaned_line
from probe.journeys.addresses import join
from probe.journeys.details import fields
from probe.journeys.forms import method_of
from probe.journeys.hubpages import Enclosures, HubPage
from probe.journeys.pages import Page
from probe.journeys.redact import Redactor

_MOST_NODES = 400  # of each sort, on one page
_MOST_UIDS = 100
_PARTS = "iframe, object, embed, canvas, video, audio, select, textarea, dialog, table"
_LOADING = 'script[src], iframe[src], link[rel="stylesheet"][href]'
_MARKED = "[role], [id], [class], [aria-live]"
_BANNER = frozenset(
    [
        "alert",
        "alerte",
        "alerts",
        "alertdialog",
        "announcement",
        "announcements",
        "bandeau",
        "bandeaux",
        "banner",
        "banners",
        "consigne",
        "cookie",
        "cookies",
        "flash",
        "info",
        "infos",
        "information",
        "maintenance",
        "message",
        "messages",
        "modal",
        "notice",
        "notices",
        "notification",
        "notifications",
        "popup",
        "toast",
        "toasts",
        "status",
        "warning",
    ]
)
_NEVER_A_BANNER = frozenset({"html", "head", "body", "main", "form"})
_CONTENT = 'main, form[method="post" i]'  # what holds one of these is no banner
_WORDS = re.compile(r"[A-Za-z]+")
_RANDOM = re.compile(r"(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,}|\d+")


def tile_traits(hub_page: HubPage, redactor: Redactor, public: Collection[str] = ()) -> tuple[Trait, ...]:
    """Return each tile of the list: its uid, and the name that a citizen reads on it.

    `public`: names that anybody may read, as the configuration calls the IdPs. Nobody is logged in
    yet, and the uid is kept with the tiles too. A greyed tile often says so in its name, so the
    name of one is empty: it is not compared.
    """
    names = ((each.uid, redactor.known(hub_page.title_of(each), public) if each.enabled else "") for each in hub_page.listed)
    return in_order((_line(uid), _line(name)) for uid, name in names)


def page_traits(page: Page, redactor: Redactor, hub_page: HubPage | None = None) -> tuple[Trait, ...]:
    """Return how a page is built. `hub_page`: the page as a mire, whose tiles are left out."""
    return in_order(_PageReading(page, redactor, hub_page).traits())


class _PageReading:
    """One page, with the parts of it that do not count."""

    def __init__(self, page: Page, redactor: Redactor, hub_page: HubPage | None) -> None:
        self._page = page
        self._redactor = redactor
        self._known: dict[tuple[str, str], str] = {}  # a mire has the same names in each tile
        tiles = [choice.tile for choice in hub_page.choices] if hub_page else []
        self._uids = sorted((choice.uid for choice in hub_page.choices), key=len, reverse=True)[:_MOST_UIDS] if hub_page else []
        self._tiles = Enclosures(tiles)
        holding = _around([*tiles, *page.all(_CONTENT)])
        self._banners = Enclosures([node for node in page.all(_MARKED)[:_MOST_NODES] if _is_banner(node) and node.mem_id not in holding])

    def traits(self) -> Iterator[Trait]:
        yield "path", self._path(self._page.url)
        for form in self._page.all("form")[:_MOST_NODES]:
            if not self._banners.contain(form):
                yield from self._form(form)
        for node in self._page.all("[id]")[:_MOST_NODES]:
            if not self._banners.contain(node) and not self._tiles.contain(node) and (name := self._name(node.attributes.get("id"))):
                yield f"id {name}", ""
        for node in self._page.all(_PARTS)[:_MOST_NODES]:
            if not self._banners.contain(node):
                yield f"part {node.tag}", ""
        for node in self._page.all(_LOADING)[:_MOST_NODES]:
            if host := _host(join(self._page.base, node.attributes.get("src") or node.attributes.get("href") or "")):
                yield f"loads {self._once('host', host, lambda: _line(self._redactor.name(host)))}", ""

    def _form(self, form: LexborNode) -> Iterator[Trait]:
        action = form.attributes.get("action") or self._page.url
        path = self._once("action", action, lambda: self._path(join(self._page.base, action)))
        yield _line(f"form {method_of(form)} {path}"), ""
        for name in islice(fields(self._page, form), _MOST_NODES):
            if known := self._name(name):
                yield _line(f"field {path} {known}"), ""

    def _path(self, url: str) -> str:
        try:
            path = urlsplit(url).path
        except ValueError:
            return ""
        return self._once("path", path, lambda: _line(self._redactor.path(self._without_uids(path))))

    def _once(self, kind: str, text: str, read: Callable[[], str]) -> str:
        if (known := self._known.get((kind, text))) is None:
            known = self._known[kind, text] = read()
        return known

    def _name(self, written: str | None) -> str:
        return self._once("name", written or "", lambda: self._plain_name(written or ""))

    def _plain_name(self, written: str) -> str:
        """Return a name that a stranger wrote, without what is another one each time; "" if that is
        all of it.
        """
        name = _line(_RANDOM.sub("*", self._redactor.name(self._without_uids(written))))
        return name if _WORDS.search(name) else ""

    def _without_uids(self, text: str) -> str:
        for uid in self._uids:
            text = text.replace(uid, "*")
        return text


def _around(nodes: list[LexborNode]) -> frozenset[int]:
    """Return the `mem_id` of each element around these, and of these. Each is visited once."""
    found = set[int]()
    for node in nodes:
        ancestor: LexborNode | None = node
        while ancestor is not None and ancestor.mem_id not in found:
            found.add(ancestor.mem_id)
            ancestor = ancestor.parent
    return frozenset(found)


def _is_banner(node: LexborNode) -> bool:
    if node.tag in _NEVER_A_BANNER:
        return False
    attributes = node.attributes  # a dictionary that is made anew each time it is asked for
    role, name, classes = attributes.get("role") or "", attributes.get("id") or "", attributes.get("class") or ""
    marks = f"{role[:200]} {name[:200]} {classes[:200]}"
    return "aria-live" in attributes or _says_banner(marks)


@lru_cache(maxsize=1_000)
def _says_banner(marks: str) -> bool:
    return not _BANNER.isdisjoint(map(str.lower, _WORDS.findall(marks)))


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def _line(text: str) -> str:
    return cleaned_line(text, LONGEST_TRAIT)
