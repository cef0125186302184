"""Reads the form of a login page, to propose a recipe to the person who sets a watch up.

It is a proposal: a person confirms it before anything is sent.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from probe.config.models import Press
from probe.journeys.forms import default_button, submit
from probe.journeys.observed import host_setting
from probe.journeys.pages import Page

USERNAME, PASSWORD = "{username}", "{password}"
_TYPED = frozenset({"text", "email", "tel", "number", "url", ""})
_GO_ON = re.compile(r"connexion|connect|log ?in|sign ?in|ident|continu|suivant|next|valid|submit|envoy|entrer|ok\b", re.IGNORECASE)
_NOT_ON = re.compile(
    r"annul|cancel|retour|back\b|oubli|forg|chang|autre|other|abort|refus|deny|close|fermer|help|aide|cr[ée]er|register", re.IGNORECASE
)
_NAME_LIKE = re.compile(r"user|login|ident|mail|account|compte|num|nir|nom|name|id\b", re.IGNORECASE)
_ONE_TIME = re.compile(r"otp|one.?time|token|2fa|mfa|captcha|sms", re.IGNORECASE)
_PLAIN_ID = re.compile(r"[A-Za-z][A-Za-z_-]*[A-Za-z0-9]{0,3}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_MOST = 40  # forms and controls that are looked at
_LONGEST = 60  # characters of a label


@dataclass(frozen=True, slots=True)
class LoginField:
    """A field that a citizen sees: its name, its type, and the label beside it."""

    name: str
    kind: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class LoginForm:
    """The form of a login page, and how it would be sent.

    `press` is the page of a recipe. `host` is where the form goes (`host` or `host:port`), `action`
    its address without a query. `unfilled`: fields that a citizen sees and the recipe leaves alone.
    `asks_more`: it wants what no account has, such as a code of one time.
    """

    press: Press
    host: str
    action: str
    method: str
    fields: tuple[LoginField, ...]
    buttons: tuple[str, ...] = ()
    button: str = ""
    unfilled: tuple[str, ...] = ()
    asks_more: bool = field(default=False)

    @property
    def types_password(self) -> bool:
        """Whether the password is typed here."""
        return PASSWORD in self.press.fill.values()

    @property
    def confirmation(self) -> str:
        """What names this form in `--confirm`: its host, and the fields that would be filled."""
        return f"{self.host}:{','.join(sorted(self.press.fill)) or '-'}"


def login_form(page: Page, *, logged_in: bool = False) -> LoginForm | None:
    """Return the form by which a citizen logs in on this page; None where there is none.

    `logged_in`: the password was sent already, so a form without fields (a consent) goes on.
    """
    forms = [(form, _fields(page, form)) for form in page.all("form")[:_MOST]]
    with_password = [(form, fields) for form, fields in forms if any(each.kind == "password" for each in fields)]
    with_name = [(form, fields) for form, fields in forms if _name_field(fields) and not _is_search(form, fields)]
    bare = [(form, fields) for form, fields in forms if logged_in and not _is_search(form, fields) and _buttons(page, form)]
    found = next(iter([*with_password, *with_name, *bare]), None)
    return None if found is None else _read(page, *found, logged_in=logged_in)


def _read(page: Page, form: LexborNode, fields: tuple[LoginField, ...], *, logged_in: bool) -> LoginForm:
    fill: dict[str, str] = {}
    passwords = [each.name for each in fields if each.kind == "password"]
    name = None if logged_in else _name_field(fields)
    if name:
        fill[name] = USERNAME
    if passwords:
        fill[passwords[0]] = PASSWORD
    buttons = _buttons(page, form)
    button = _chosen(buttons)
    plain = default_button(page, form)
    pressed = _selector(page, button) if button is not None and (plain is None or button != plain or len(buttons) > 1) else None
    sent = submit(page, form, button, fill)
    typed = [each for each in fields if each.kind in _TYPED and each.name not in fill]
    press = Press(page=_mark(page, form, fill), fill=fill, press=pressed, optional=not fill)
    return LoginForm(
        press,
        host_setting(sent.url),
        sent.url.partition("?")[0],
        sent.method,
        fields,
        tuple(_text(each) for each in buttons),
        _text(button) if button is not None else "",
        tuple(each.name for each in fields if each.name not in fill),
        asks_more=bool(typed) and (logged_in or any(_ONE_TIME.search(f"{each.name} {each.label}") for each in typed)),
    )


def _fields(page: Page, form: LexborNode) -> tuple[LoginField, ...]:
    found: dict[str, LoginField] = {}
    for node in page.controls(form)[: 5 * _MOST]:
        name, kind = node.attributes.get("name") or "", _kind(node)
        if name and kind not in ("hidden", "submit", "image", "button", "reset") and "disabled" not in node.attributes:
            found.setdefault(name, LoginField(name, kind, _label(page, node)))
    return tuple(found.values())


def _kind(node: LexborNode) -> str:
    declared = (node.attributes.get("type") or "").lower()
    if node.tag == "button":
        return declared or "submit"
    return declared or "text" if node.tag == "input" else node.tag or ""


def _label(page: Page, node: LexborNode) -> str:
    identity = node.attributes.get("id") or ""
    labels = [each for each in page.all("label[for]")[: 5 * _MOST] if identity and each.attributes.get("for") == identity]
    texts = [each.text(separator=" ") for each in labels]
    if node.parent is not None and node.parent.tag == "label":
        texts.append(node.parent.text(separator=" "))
    texts += [node.attributes.get(name) or "" for name in ("aria-label", "placeholder", "title")]
    return next((short for text in texts if (short := " ".join(text.split())[:_LONGEST])), "")


def _name_field(fields: Iterable[LoginField]) -> str | None:
    """Return the field for the account's name: the one that is called so, else the only one."""
    typed = [each for each in fields if each.kind in _TYPED and not _ONE_TIME.search(each.name)]
    telling = [each for each in typed if _NAME_LIKE.search(f"{each.name} {each.label}")]
    return next((each.name for each in [*telling, *typed]), None)


def _is_search(form: LexborNode, fields: Iterable[LoginField]) -> bool:
    return form.attributes.get("role") == "search" or any(each.kind == "search" or each.name in ("q", "query", "search") for each in fields)


def _buttons(page: Page, form: LexborNode) -> list[LexborNode]:
    return [node for node in page.controls(form) if _kind(node) in ("submit", "image") and "disabled" not in node.attributes][:_MOST]


def _chosen(buttons: list[LexborNode]) -> LexborNode | None:
    """Return the button that goes on, by its words; else the first that does not lead away."""
    staying = [node for node in buttons if not _NOT_ON.search(_words(node))] or buttons
    return next((node for node in staying if _GO_ON.search(_words(node))), staying[0] if staying else None)


def _words(node: LexborNode) -> str:
    return f"{_text(node)} {' '.join(node.attributes.get(name) or '' for name in ('id', 'name', 'value', 'class'))}"


def _text(node: LexborNode) -> str:
    attributes = node.attributes
    shown = " ".join(node.text(separator=" ").split()) or attributes.get("value") or attributes.get("aria-label") or attributes.get("alt")
    return (shown or attributes.get("name") or attributes.get("id") or "")[:_LONGEST]


def _mark(page: Page, form: LexborNode, fill: dict[str, str]) -> str | None:
    """Return the selector that tells this page: of the form, else of the field that is typed."""
    if (own := _by_id(page, form)) is not None:
        return own
    for name in reversed(fill):
        if (selector := _alone(page, f'input[name="{name}"]')) is not None:
            return selector
    return _selector(page, form)


def _by_id(page: Page, node: LexborNode) -> str | None:
    identity = node.attributes.get("id") or ""
    tag = "form" if node.tag == "form" else ""
    return _alone(page, f"{tag}#{identity}") if _PLAIN_ID.fullmatch(identity) else None


def _selector(page: Page, node: LexborNode) -> str | None:
    """Return a short selector of which the node is the first match; None where there is none."""
    attributes, tag = node.attributes, node.tag or ""
    tried = [f"#{attributes.get('id')}"] if _PLAIN_ID.fullmatch(attributes.get("id") or "") else []
    for name in ("name", "value", "data-testid", "type"):
        value = attributes.get(name) or ""
        if value and '"' not in value and "\\" not in value and len(value) <= _LONGEST:
            tried.append(f'{tag}[{name}="{value}"]')
    tried += [f"{tag}.{name}" for name in (attributes.get("class") or "").split() if _PLAIN_ID.fullmatch(name)]
    return next((each for each in tried if (first := page.first(each)) is not None and first == node), None)


def _alone(page: Page, selector: str) -> str | None:
    return selector if len(page.all(selector)) == 1 else None


def name_alone(text: str) -> bool:
    """Tell whether a text may stand in a selector or a setting as it is: a plain name."""
    return _NAME.fullmatch(text) is not None
