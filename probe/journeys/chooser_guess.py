"""Guesses how a page offers its identity providers, for a hub whose pages no profile describes.

A guess is a proposal: `vigie init` tries it on the hub, and writes it down for a person to check.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from selectolax.lexbor import LexborNode

from probe.journeys.login_forms import login_form, name_alone
from probe.journeys.pages import Page

_OWN_LOGIN = {"chooser": "none"}
_CONTROLS = "button, input[type=submit], input[type=image], input[type=radio], a[href]"
_MOST = 400  # elements of a page that are looked at
_LONGEST = 200  # characters of a uid
_NO_UID = frozenset(
    {"class", "style", "tabindex", "type", "title", "alt", "src", "href", "id", "onclick", "role", "disabled", "form", "target"}
)
_LIKELY = ("value", "val", "name")


def guess(page: Page) -> Mapping[str, Any] | None:
    """Return a page profile as the configuration has it; None where the page offers no choice.

    A page with a password field is the hub's own login. Else a choice is two elements or more of
    one sort, each with a value of its own in the same attribute, or forms that differ in one hidden
    field alone.
    """
    if page.has("input[type=password i]"):
        return _OWN_LOGIN
    found = next(_forms(page), None) or next(_elements(page), None)
    if found is not None:
        return {"mire": found}
    return _OWN_LOGIN if login_form(page) is not None else None


def _forms(page: Page) -> Iterator[dict[str, str]]:
    """Yield how the tiles are read where each is a form of its own, told by a hidden field."""
    hidden: dict[str, list[str]] = {}
    for form in page.all("form")[:_MOST]:
        for node in page.all("input[type=hidden i]", form)[:20]:
            name, value = node.attributes.get("name") or "", node.attributes.get("value") or ""
            if name_alone(name) and 0 < len(value) <= _LONGEST:
                hidden.setdefault(name, []).append(value)
    for name, values in hidden.items():
        if len(values) > 1 and len(set(values)) == len(values):
            selector = f'form:has(input[name="{name}"])'
            if len(page.all(selector)) == len(values):
                yield {"page": f'input[name="{name}"]', "tile": selector, "uid": f"field {name}"}


def _elements(page: Page) -> Iterator[dict[str, str]]:
    """Yield how the tiles are read where each is a button, a radio button or a link."""
    sorts: dict[str, list[LexborNode]] = {}
    for node in page.all(_CONTROLS)[:_MOST]:
        for name in (node.attributes.get("class") or "").split() or [""]:
            selector = f"{node.tag}.{name}" if name_alone(name) else f'{node.tag}[name="{node.attributes.get("name")}"]'
            if name_alone(name) or name_alone(node.attributes.get("name") or ""):
                sorts.setdefault(selector, []).append(node)
    for selector, nodes in sorted(sorts.items(), key=lambda each: -len(each[1])):
        attribute = _telling(nodes) if len(nodes) > 1 and len(page.all(selector)) == len(nodes) else None
        if attribute is not None:
            yield {"page": selector, "tile": selector, "uid": f"attribute {attribute}", **_form(page, nodes)}


def _telling(nodes: list[LexborNode]) -> str | None:
    """Return the attribute whose value differs in every element: the uid of its IdP."""
    shared = set(nodes[0].attributes) - _NO_UID
    for node in nodes[1:]:
        shared &= set(node.attributes)
    for name in sorted(shared, key=lambda each: (each not in _LIKELY, not each.startswith("data-"), each)):
        values = [node.attributes.get(name) or "" for node in nodes]
        if all(0 < len(value) <= _LONGEST for value in values) and len(set(values)) == len(values):
            return name
    return None


def _form(page: Page, nodes: list[LexborNode]) -> dict[str, str]:
    """Return the form that all tiles share, and the empty field into which a script writes."""
    form = page.form_of(nodes[0])
    if form is None or any(page.form_of(node) != form for node in nodes):
        return {}
    identity = form.attributes.get("id") or ""
    named = {"form": f"form#{identity}"} if name_alone(identity) else {}
    if any(node.attributes.get("name") for node in nodes):
        return named  # the button that is pressed is sent
    controls = [node for node in page.controls(form) if (node.attributes.get("type") or "").lower() == "hidden"]
    empty = [name for node in controls if not node.attributes.get("value") and name_alone(name := node.attributes.get("name") or "")]
    return {**named, "choice": empty[0]} if len(empty) == 1 else named
