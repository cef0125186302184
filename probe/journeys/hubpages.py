"""A hub's pages, recognised by its page profile: the mire and its tiles, the error page and its code."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from selectolax.lexbor import LexborNode

from probe.config.models import ErrorPage, PageProfile, Press
from probe.core.judgement.observation import Tile
from probe.journeys.pages import Page, Submission, default_button, join, query, submit

_LONGEST_CODE = 64
_MOST_CODES = 20  # elements of a page that may tell an error's code: the text of each is taken whole


@dataclass(frozen=True, slots=True)
class HubError:
    """The hub's own error page. `culprit`: the IdP that it names."""

    code: str | None
    culprit: str | None = None


def find_code(rule: ErrorPage, text: str) -> str | None:
    """The hub's error code in a text, by the profile's pattern: its first group, or all of it."""
    found = re.search(rule.code_pattern, text[:2_000])
    if found is None:
        return None
    return ((found[1] if found.re.groups else found[0]) or "")[:_LONGEST_CODE] or None


class HubPage:
    """One page of the hub, read through the profile."""

    def __init__(self, page: Page, profile: PageProfile) -> None:
        self.page = page
        self._profile = profile

    @cached_property
    def error(self) -> HubError | None:
        """The error this page tells, if it is an error page: by its selector, else by a code that means one."""
        rule = self._profile.error
        codes = [code for node in self.page.all(rule.code)[:_MOST_CODES] if (code := self._code(node))]
        telling = [code for code in codes if code not in rule.ignore_codes]
        if rule.page:
            harmless = bool(codes) and not telling
            return HubError(next(iter(telling), None), self._culprit()) if self.page.has(rule.page) and not harmless else None
        return HubError(telling[0], self._culprit()) if telling else None

    def _code(self, node: LexborNode) -> str | None:
        rule = self._profile.error
        raw = node.attributes.get(rule.code_attribute) if rule.code_attribute else node.text()
        return find_code(rule, raw or "")

    def _culprit(self) -> str | None:
        node = self.page.first(self._profile.error.culprit)
        return query(node.attributes.get("href") or "").get("idp_name") if node else None

    @property
    def tells_idp_error(self) -> bool:
        """The banner that says that the IdP sent an error."""
        return self.page.has(self._profile.error.idp_error_banner)

    @property
    def is_mire(self) -> bool:
        return self.page.answer.status == 200 and self.page.has(self._profile.mire.page)

    @cached_property
    def choices(self) -> "tuple[Choice, ...]":
        """What can be picked on the page, in the order displayed, each uid once.

        Of several with one uid (a shortcut above the list, a list in two parts) the tile is taken before
        what stands aside, then what a citizen can press.
        """
        found: dict[str, Choice] = {}
        for node in self.page.all(self._profile.mire.tile):
            if uid := self._uid(node):
                choice = self._choice(node, uid)
                known = found.setdefault(uid, choice)
                found[uid] = max(known, choice, key=lambda each: (each.listed, each.selectable))
        return tuple(found.values())

    @property
    def listed(self) -> "tuple[Choice, ...]":
        """The IdPs of the mire: the tiles of its list."""
        return tuple(choice for choice in self.choices if choice.listed)

    def find(self, uid: str) -> "Choice | None":
        """How this IdP is picked, wherever on the page."""
        return next((choice for choice in self.choices if choice.uid == uid), None)

    def tiles(self, watched: Collection[str] = ()) -> tuple[Tile, ...]:
        """The tiles of the list, and what stands aside of it when it is a watched IdP's."""
        shown = (choice for choice in self.choices if choice.listed or choice.uid in watched)
        return tuple(Tile(choice.uid, choice.selectable, choice.listed) for choice in shown)

    @property
    def lacks_csrf(self) -> bool:
        """Tiles that are not greyed are there, and none of them could be sent."""
        enabled = [choice for choice in self.listed if choice.enabled]
        return bool(enabled) and not any(choice.selectable for choice in enabled)

    @cached_property
    def _lists(self) -> "Places":
        return Places(self.page.all(self._profile.mire.list))

    @cached_property
    def _aside(self) -> "Places":
        return Places(self.page.all(self._profile.mire.aside))

    def _is_listed(self, tile: LexborNode) -> bool:
        return not self._aside.hold(tile) and (self._lists.none or self._lists.hold(tile))

    def _uid(self, tile: LexborNode) -> str | None:
        where, _, name = self._profile.mire.uid.partition(" ")
        if where == "attribute":
            return (tile.attributes.get(name) or "")[:200] or None
        node = next((node for node in self.page.all("input, button, select", tile) if node.attributes.get("name") == name), None)
        return ((node.attributes.get("value") if node else None) or "")[:200] or None

    def _choice(self, tile: LexborNode, uid: str) -> "Choice":
        mire = self._profile.mire
        enabled = not self.page.has(mire.disabled, tile)
        form = self._form(tile)
        link = self.page.first("a[href]", tile) if form is None else None
        complete = (form is not None and (not mire.csrf or self._holds_csrf(form))) or (link is not None and not mire.csrf)
        return Choice(uid, enabled, enabled and complete, self._is_listed(tile), tile, form, link)

    def _form(self, tile: LexborNode) -> LexborNode | None:
        """The form that choosing sends: named by the profile, else around the tile, else inside it."""
        mire = self._profile.mire
        named = (self.page.first(mire.form, tile) or self.page.first(mire.form)) if mire.form else None
        return named or self.page.form_of(tile) or self.page.first("form", tile)

    def _holds_csrf(self, form: LexborNode) -> bool:
        return any((node.attributes.get("value") or "").strip() for node in self.page.all(self._profile.mire.csrf, form))

    def choose(self, choice: "Choice", uid: str | None = None) -> Submission | None:
        """What choosing an IdP sends. Another `uid` than its own is put wherever its own stands (the negative journey)."""
        if choice.form is None:
            return _linked(self.page, choice, uid or choice.uid)
        button = _button(self.page, choice.tile) if self.page.form_of(choice.tile) == choice.form else None
        extra = [(self._profile.mire.choice, choice.uid)] if self._profile.mire.choice else []
        sent = submit(self.page, choice.form, button or _alone(self.page, choice.form), extra=extra)
        return sent if uid is None else _with_uid(sent, choice.uid, uid)

    def consent(self) -> list[Press]:
        return [press for press in self._profile.consent if press.page is None or self.page.has(press.page)]


class Places:
    """Some elements of a page, and what stands in them. Each ancestor is walked once, however many ask."""

    def __init__(self, nodes: list[LexborNode]) -> None:
        self.none = not nodes
        self._held = {node.mem_id: True for node in nodes}

    def hold(self, node: LexborNode) -> bool:
        """Whether the element is one of these, or stands in one."""
        passed, held = list[int](), False
        ancestor: LexborNode | None = node
        while ancestor is not None:
            if ancestor.mem_id in self._held:
                held = self._held[ancestor.mem_id]
                break
            passed.append(ancestor.mem_id)
            ancestor = ancestor.parent
        self._held.update(dict.fromkeys(passed, held))
        return held


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to pick an IdP.

    `enabled`: not greyed; `selectable`: and its form is complete; `listed`: a tile of the list.
    """

    uid: str
    enabled: bool
    selectable: bool
    listed: bool
    tile: LexborNode
    form: LexborNode | None
    link: LexborNode | None


def _button(page: Page, tile: LexborNode) -> LexborNode | None:
    """The tile's own submit button: itself, or inside it (in a dialog, for a tile that asks for a confirmation)."""
    inside = page.all('button:not([type="button"]):not([type="reset"]), input[type="submit"], input[type="image"]', tile)
    return next(iter(inside), None)


def _alone(page: Page, form: LexborNode) -> LexborNode | None:
    """The default button of a form that belongs to no tile, unless there are several and pressing one would choose."""
    buttons = page.all('button:not([type="button"]):not([type="reset"]), input[type="submit"]', form)
    return default_button(page, form) if len(buttons) == 1 else None


def _linked(page: Page, choice: Choice, uid: str) -> Submission | None:
    if choice.link is None:
        return None
    url = join(page.base, choice.link.attributes.get("href") or "")
    return Submission("GET", url.replace(choice.uid, uid), None) if url else None


def _with_uid(sent: Submission, own: str, other: str) -> Submission | None:
    fields = tuple((name, other if value == own else value) for name, value in sent.fields or ())
    url = sent.url.replace(own, other)
    return Submission(sent.method, url, fields) if (fields, url) != (sent.fields or (), sent.url) else None
