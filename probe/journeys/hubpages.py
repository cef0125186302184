"""Reads a hub's pages by its page profile: the mire and its tiles, the error page and its code."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from selectolax.lexbor import LexborNode

from probe.config.models import ErrorPage, MirePage, PageProfile, Press
from probe.config.patterns import bounded
from probe.core.judgement.observation import Tile
from probe.journeys.forms import Submission, default_button, submit
from probe.journeys.pages import Page, query

_LONGEST_CODE = 64
_LONGEST_TITLE = 60
_ERROR_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")  # what an id may hold, whatever the profile says
_MOST_CODES = 20  # elements that are searched for an error code, each with its whole text


@dataclass(frozen=True, slots=True)
class HubError:
    """The error on the hub's own error page.

    `culprit` is the IdP that the page names, `error_id` the name of this failure in the hub's log.
    """

    code: str | None
    culprit: str | None = None
    error_id: str | None = None


def find_code(rule: ErrorPage, text: str) -> str | None:
    """Return the hub's error code in a text: the first group of the pattern, or all of it."""
    found = bounded(rule.code_pattern).search(text[:2_000])
    return found[:_LONGEST_CODE] or None if found else None


def find_error_id(rule: ErrorPage, text: str) -> str | None:
    """Return the hub's id of a failure in a text: the first group of the pattern, or all of it.

    None where the profile has no pattern, and for anything that is not 1 to 64 letters, digits,
    dots, colons, dashes and underscores: the id is a stranger's text.
    """
    found = bounded(rule.id_pattern).search(text[:2_000]) if rule.id_pattern else None
    return found if found and _ERROR_ID.fullmatch(found) else None


class HubPage:
    """One page of the hub, read by the profile."""

    def __init__(self, page: Page, profile: PageProfile) -> None:
        self.page = page
        self._profile = profile

    @cached_property
    def error(self) -> HubError | None:
        """The error that this page shows, by the profile's selector, else by its code."""
        rule = self._profile.error
        codes = [code for node in self.page.all(rule.code)[:_MOST_CODES] if (code := self._code(node))]
        telling = [code for code in codes if code not in rule.ignore_codes]
        if rule.page:
            harmless = bool(codes) and not telling
            return self._hub_error(next(iter(telling), None)) if self.page.has(rule.page) and not harmless else None
        return self._hub_error(telling[0]) if telling else None

    def _hub_error(self, code: str | None) -> HubError:
        return HubError(code, self._culprit(), self._error_id())

    def _code(self, node: LexborNode) -> str | None:
        rule = self._profile.error
        raw = node.attributes.get(rule.code_attribute) if rule.code_attribute else node.text()
        return find_code(rule, raw or "")

    def _error_id(self) -> str | None:
        rule = self._profile.error
        nodes = self.page.all(rule.id)[:_MOST_CODES]
        texts = (node.attributes.get(rule.id_attribute) if rule.id_attribute else node.text() for node in nodes)
        return next((found for text in texts if (found := find_error_id(rule, text or ""))), None)

    def _culprit(self) -> str | None:
        node = self.page.first(self._profile.error.culprit)
        return query(node.attributes.get("href") or "").get("idp_name") if node else None

    @property
    def tells_idp_error(self) -> bool:
        """Whether the page has the banner that says that the IdP sent an error."""
        return self.page.has(self._profile.error.idp_error_banner)

    @property
    def is_mire(self) -> bool:
        mire = self._profile.mire
        return mire is not None and self.page.answer.status < 500 and self.page.has(mire.page)

    @property
    def _mire(self) -> MirePage:
        """The profile of the mire, which every hub with a chooser has."""
        assert self._profile.mire is not None, "the configuration's rules ask for it"
        return self._profile.mire

    @cached_property
    def choices(self) -> "tuple[Choice, ...]":
        """The IdPs that can be picked on the page, in the order displayed, each uid once.

        One uid may occur several times (a shortcut above the list, a list in two parts).
        A tile of the list is preferred to a button aside, then one that a citizen can press.
        """
        by_uid: dict[str, Choice] = {}
        for node in self.page.all(self._mire.tile):
            if uid := self._uid(node):
                choice = self._choice(node, uid)
                known = by_uid.setdefault(uid, choice)
                by_uid[uid] = max(known, choice, key=lambda each: (each.listed, each.selectable))
        return tuple(by_uid.values())

    @property
    def listed(self) -> "tuple[Choice, ...]":
        """The tiles of the mire's list."""
        return tuple(choice for choice in self.choices if choice.listed)

    def find(self, uid: str) -> "Choice | None":
        """Return how this IdP is picked, wherever it is on the page."""
        return next((choice for choice in self.choices if choice.uid == uid), None)

    def title_of(self, choice: "Choice") -> str:
        """Return the name that a citizen reads on a tile, of at most 60 characters; "" if none."""
        text = " ".join(choice.tile.text(separator=" ").split())
        for name in ("aria-label", "title", "alt"):
            for node in () if text else self.page.all(f"[{name}]", choice.tile):
                text = text or " ".join((node.attributes.get(name) or "").split())
        return text[:_LONGEST_TITLE]

    def tiles(self, watched: Collection[str] = ()) -> tuple[Tile, ...]:
        """Return the tiles of the list, and the buttons aside that belong to a watched IdP."""
        shown = (choice for choice in self.choices if choice.listed or choice.uid in watched)
        return tuple(Tile(choice.uid, choice.selectable, choice.listed) for choice in shown)

    @property
    def lacks_csrf(self) -> bool:
        """Whether some tiles are not greyed, and none of them can be sent."""
        enabled = [choice for choice in self.listed if choice.enabled]
        return bool(enabled) and not any(choice.selectable for choice in enabled)

    @cached_property
    def _lists(self) -> "Enclosures":
        return Enclosures(self.page.all(self._mire.list))

    @cached_property
    def _aside(self) -> "Enclosures":
        return Enclosures(self.page.all(self._mire.aside))

    def _is_listed(self, tile: LexborNode) -> bool:
        return not self._aside.contain(tile) and (self._lists.is_empty or self._lists.contain(tile))

    def _uid(self, tile: LexborNode) -> str | None:
        where, _, name = self._mire.uid.partition(" ")
        if where == "attribute":
            return (tile.attributes.get(name) or "")[:200] or None
        node = next((node for node in self.page.belonging("input, button, select", tile) if node.attributes.get("name") == name), None)
        return ((node.attributes.get("value") if node else None) or "")[:200] or None

    def _choice(self, tile: LexborNode, uid: str) -> "Choice":
        mire = self._mire
        enabled = not self.page.belonging(mire.disabled, tile)
        form = self._form(tile)
        link = self.page.first("a[href]", tile) if form is None else None
        complete = (form is not None and (not mire.csrf or self._holds_csrf(form))) or (link is not None and not mire.csrf)
        return Choice(uid, enabled, enabled and complete, self._is_listed(tile), tile, form, link)

    def _form(self, tile: LexborNode) -> LexborNode | None:
        """Return the form that a choice sends: by the profile, else around the tile, else in it."""
        mire = self._mire
        named = (self.page.first(mire.form, tile) or self.page.first(mire.form)) if mire.form else None
        return named or self.page.form_of(tile) or self.page.first("form", tile)

    def _holds_csrf(self, form: LexborNode) -> bool:
        return any((node.attributes.get("value") or "").strip() for node in self.page.belonging(self._mire.csrf, form))

    def choose(self, choice: "Choice", uid: str | None = None) -> Submission | None:
        """Return what choosing an IdP sends.

        `uid` replaces the IdP's own wherever that one occurs (the negative journey).
        """
        if choice.form is None:
            return _linked(self.page, choice, uid or choice.uid)
        button = _own_button(self.page, choice.tile) if self.page.form_of(choice.tile) == choice.form else None
        extra = [(self._mire.choice, choice.uid)] if self._mire.choice else []
        sent = submit(self.page, choice.form, button or _sole_button(self.page, choice.form), extra=extra)
        return sent if uid is None else _with_uid(sent, choice.uid, uid)

    def consent(self) -> list[Press]:
        """Return the presses of the profile whose page this is."""
        return [press for press in self._profile.consent if press.page is None or self.page.has(press.page)]


class Enclosures:
    """A set of elements, and the test whether another element is inside one of them.

    Each ancestor is visited once, however many elements are tested.
    """

    def __init__(self, nodes: list[LexborNode]) -> None:
        self.is_empty = not nodes
        self._held = {node.mem_id: True for node in nodes}

    def contain(self, node: LexborNode) -> bool:
        """Tell whether the element is one of these, or inside one."""
        passed, inside = list[int](), False
        ancestor: LexborNode | None = node
        while ancestor is not None:
            if ancestor.mem_id in self._held:
                inside = self._held[ancestor.mem_id]
                break
            passed.append(ancestor.mem_id)
            ancestor = ancestor.parent
        self._held.update(dict.fromkeys(passed, inside))
        return inside


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to pick an IdP.

    `enabled`: it is not greyed. `selectable`: it is enabled and its form is complete.
    `listed`: it is a tile of the list.
    """

    uid: str
    enabled: bool
    selectable: bool
    listed: bool
    tile: LexborNode
    form: LexborNode | None
    link: LexborNode | None


def _own_button(page: Page, tile: LexborNode) -> LexborNode | None:
    """Return the tile's own submit button: the tile itself, or one inside it.

    A tile that asks for a confirmation has its button in a dialog.
    """
    own = page.belonging('button:not([type="button"]):not([type="reset"]), input[type="submit"], input[type="image"]', tile)
    return next(iter(own), None)


def _sole_button(page: Page, form: LexborNode) -> LexborNode | None:
    """Return the default button of a form that belongs to no tile.

    None when there are several: pressing one of them would choose an IdP.
    """
    buttons = page.belonging('button:not([type="button"]):not([type="reset"]), input[type="submit"]', form)
    return default_button(page, form) if len(buttons) == 1 else None


def _linked(page: Page, choice: Choice, uid: str) -> Submission | None:
    if choice.link is None:
        return None
    url = page.address(choice.link.attributes.get("href") or "")
    return Submission("GET", url.replace(choice.uid, uid), None) if url else None


def _with_uid(sent: Submission, own: str, other: str) -> Submission | None:
    fields = tuple((name, other if value == own else value) for name, value in sent.fields or ())
    url = sent.url.replace(own, other)
    return Submission(sent.method, url, fields) if (fields, url) != (sent.fields or (), sent.url) else None
