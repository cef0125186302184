"""What a browser sends for a form (WHATWG HTML, "Form submission", without scripts).

"Constructing the entry list" says what each control adds; the values are first made what the
control may hold ("value sanitization algorithm").
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from probe.core.judgement.observation import Step
from probe.journeys.addresses import join, with_query
from probe.journeys.control_values import sanitised, text_direction
from probe.journeys.encoding import label
from probe.journeys.exchange import Ask
from probe.journeys.form_data import NO_FILE, Enctype, Fields, output_encoding, urlencoded
from probe.journeys.pages import Page
from probe.journeys.strict_transport import over_tls

Entry = tuple[str, str]

_TICKED = frozenset({"on", "true", "1", "yes", "checked"})
_WHITE = re.compile(r"[ \t\n\f\r]+")  # not the non-breaking space
_SIZE = re.compile(r"[ \t\n\f\r]*\+?([0-9]{1,9})")
_MOST_DIRECTIONS = 20  # elements whose direction is read: each text is read whole
_WITH_DIRECTION = frozenset({"hidden", "text", "search", "tel", "url", "email", "password", "submit", "reset", "button", "textarea"})


@dataclass(frozen=True, slots=True)
class Submission:
    """The request of a browser for a form, or for a link (then `fields` is None).

    `encoding` is the name of an encoding of the Encoding Standard.
    """

    method: str
    url: str
    fields: Fields | None = field(repr=False)
    encoding: str = "utf-8"
    enctype: Enctype = Enctype.URLENCODED

    def ask(self, step: Step) -> Ask:
        """Return the request to send. Fields of a GET form become its query."""
        if self.method == "POST":
            return Ask(step, "POST", self.url, form=self.fields or (), encoding=self.encoding, enctype=self.enctype)
        if self.fields is None:
            return Ask(step, "GET", self.url)
        return Ask(step, "GET", with_query(self.url, urlencoded(self.fields, self.encoding)))


def submit(
    page: Page,
    form: LexborNode,
    button: LexborNode | None = None,
    fill: Mapping[str, str] | None = None,
    extra: Iterable[Entry] = (),
) -> Submission:
    """Return the request that pressing `button` in `form` sends; None presses nothing.

    `fill` gives values of fields by their names. A name that the form lacks is sent all the same.
    `extra` replaces or adds fields of that name.
    """
    fill, known = dict(fill or {}), set[str]()
    encoding = output_encoding(form.attributes.get("accept-charset"), page.encoding)
    sending = _Sending(page, button, encoding, _last_checked(page, form), _directions(page))
    entries = list[Entry]()
    for node in page.controls(form):
        name = node.attributes.get("name") or ""
        known.add(name)
        entries += _entries(sending, node, fill.get(name) if name else None)
    entries += [(name, value) for name, value in fill.items() if name not in known]
    for name, value in extra:
        entries = [entry for entry in entries if entry[0] != name] + [(name, value)]
    return Submission(method_of(form, button), _action(page, form, button), tuple(entries), encoding, _enctype(form, button))


def default_button(page: Page, form: LexborNode) -> LexborNode | None:
    """Return the first submit button that is not disabled: the one that the return key presses."""
    return next((node for node in page.controls(form) if _kind(node) in ("submit", "image") and not _disabled(page, node)), None)


# --- the entry list


@dataclass(frozen=True, slots=True)
class _Sending:
    """What the entries of every control of a form depend on.

    `last_checked` has the `mem_id` of the radio button that is on, by the name of its group.
    `directions` has those of elements, by their `mem_id`; it grows as they are looked up.
    """

    page: Page
    button: LexborNode | None
    encoding: str
    last_checked: Mapping[str, int]
    directions: dict[int, str]


def _last_checked(page: Page, form: LexborNode) -> dict[str, int]:
    radios = (node for node in page.controls(form) if _kind(node) == "radio" and "checked" in node.attributes)
    return {node.attributes.get("name") or "": node.mem_id for node in radios}


def _entries(sending: _Sending, node: LexborNode, filled: str | None) -> list[Entry]:
    """Return what one control adds: nothing, one entry, or several."""
    kind, name = _kind(node), node.attributes.get("name") or ""
    if kind in ("button", "reset") or _disabled(sending.page, node):
        return []
    if kind in ("submit", "image") and (sending.button is None or node != sending.button):
        return []
    if kind == "image":  # pressed by its keyboard
        return [(f"{name}.{axis}" if name else axis, "0") for axis in ("x", "y")]
    if not name:
        return []
    if kind == "select":
        return [(name, value) for value in ([filled] if filled is not None else _selected(sending.page, node))]
    if kind in ("checkbox", "radio"):
        value = _attribute_of(node, "value")
        value = "on" if value is None else value
        return [(name, value)] if _ticked(sending, node, value, filled) else []
    if kind == "file":
        return [(name, NO_FILE)]
    return _text_entries(sending, node, kind, name, filled)


def _text_entries(sending: _Sending, node: LexborNode, kind: str, name: str, filled: str | None) -> list[Entry]:
    if kind == "hidden" and name.lower() == "_charset_":
        return [(name, label(sending.encoding))]
    proposed = node.text() if kind == "textarea" else node.attributes.get("value") or ""
    entry = (name, sanitised(kind, proposed if filled is None else filled, node.attributes))
    direction = _attribute_of(node, "dirname")
    return [entry] if direction is None or kind not in _WITH_DIRECTION else [entry, (direction, _direction(sending, node, kind, entry[1]))]


def _attribute_of(node: LexborNode, name: str) -> str | None:
    """Return an attribute, empty where it stands without a value; None where it is not there."""
    attributes = node.attributes
    return (attributes[name] or "") if name in attributes else None


def _kind(node: LexborNode) -> str:
    declared = (node.attributes.get("type") or "").lower()
    if node.tag == "button":
        return declared if declared in ("button", "reset") else "submit"
    return declared or "text" if node.tag == "input" else node.tag or ""


def _direction(sending: _Sending, node: LexborNode, kind: str, value: str) -> str:
    """Return the direction of a control's text. Each ancestor is visited once."""
    own = (node.attributes.get("dir") or "").lower()
    if own == "auto":
        return text_direction(value)
    if kind == "tel" and own not in ("ltr", "rtl"):
        return "ltr"
    known, passed = sending.directions, list[int]()
    ancestor: LexborNode | None = node
    while ancestor is not None and ancestor.mem_id not in known:
        passed.append(ancestor.mem_id)
        ancestor = ancestor.parent
    found = known[ancestor.mem_id] if ancestor is not None else "ltr"
    known.update(dict.fromkeys(passed, found))
    return found


def _directions(page: Page) -> dict[int, str]:
    """Return the `mem_id` of each element that says a direction, and that direction."""
    said = [(node, node.attributes.get("dir") or "") for node in page.all("[dir]")[:_MOST_DIRECTIONS]]
    known = {node.mem_id: direction for node, direction in said if direction.lower() in ("ltr", "rtl")}
    return known | {node.mem_id: text_direction(node.text()) for node, direction in said if direction.lower() == "auto"}


def _ticked(sending: _Sending, node: LexborNode, value: str, filled: str | None) -> bool:
    radio = _kind(node) == "radio"
    if filled is None:
        on = sending.last_checked.get(node.attributes.get("name") or "")
        return "checked" in node.attributes and (not radio or on == node.mem_id)
    return filled == value or (not radio and filled.lower() in _TICKED)


def _selected(page: Page, node: LexborNode) -> list[str]:
    """Return the values of a select's chosen options; those of disabled ones are not sent."""
    options = page.all("option", node)
    chosen = [option for option in options if "selected" in option.attributes]
    if "multiple" not in node.attributes:
        size = _SIZE.match(node.attributes.get("size") or "")
        drops_down = size is None or int(size[1]) <= 1
        enabled = (option for option in options if not _disabled(page, option))
        chosen = chosen[-1:] or ([first] if drops_down and (first := next(enabled, None)) else [])
    return [_option(option) for option in chosen if not _disabled(page, option)]


def _option(node: LexborNode) -> str:
    value = _attribute_of(node, "value")
    return _WHITE.sub(" ", _text_of(node)).strip(" ") if value is None else value


def _text_of(node: LexborNode) -> str:
    """Return the text of an option, without that of scripts."""
    if node.css_first("script") is None:
        return node.text()
    parts = (part for part in node.traverse(include_text=True) if part.tag == "-text")
    return "".join(part.text() for part in parts if part.parent is None or part.parent.tag != "script")


def _disabled(page: Page, node: LexborNode) -> bool:
    """Tell whether a control is disabled by itself, or by a group around it."""
    if "disabled" in node.attributes:
        return True
    return page.disables_groups and page.in_disabled_group(node)


# --- where and how


def _attribute(form: LexborNode, button: LexborNode | None, name: str) -> str:
    """Return an attribute of the button pressed (`formmethod`), else the form's own (`method`)."""
    own = button.attributes.get(f"form{name}") if button is not None else None
    return (form.attributes.get(name) if own is None else own) or ""


def method_of(form: LexborNode, button: LexborNode | None = None) -> str:
    """Return how a form is sent: GET, or POST."""
    return "POST" if _attribute(form, button, "method").lower() == "post" else "GET"


def _enctype(form: LexborNode, button: LexborNode | None) -> Enctype:
    told = _attribute(form, button, "enctype").lower()
    return Enctype(told) if told in (Enctype.MULTIPART, Enctype.PLAIN) else Enctype.URLENCODED


def _action(page: Page, form: LexborNode, button: LexborNode | None) -> str:
    action = _attribute(form, button, "action").strip()
    address = page.address(action) if action else join(page.url, "")
    return over_tls(address) if page.form_policy.upgrades and address.startswith("http:") else address
