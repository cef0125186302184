"""What a browser sends for a form (WHATWG HTML, "Form submission", without scripts).

"Constructing the entry list" says what each control adds; the values are first made what the
control may hold ("value sanitization algorithm").
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import urlsplit, urlunsplit

from selectolax.lexbor import LexborNode

from probe.core.judgement.observation import Step
from probe.journeys.addresses import join
from probe.journeys.exchange import Ask
from probe.journeys.form_data import Enctype, Fields, output_encoding, urlencoded
from probe.journeys.pages import Page

Entry = tuple[str, str]

_TICKED = frozenset({"on", "true", "1", "yes", "checked"})
_NEWLINES = str.maketrans("", "", "\r\n")
_FLOAT = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_WELL_FORMED = {
    "number": _FLOAT,
    "date": re.compile(r"[0-9]{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"),
    "month": re.compile(r"[0-9]{4,}-(?:0[1-9]|1[0-2])"),
    "week": re.compile(r"[0-9]{4,}-W(?:0[1-9]|[1-4][0-9]|5[0-3])"),
    "time": re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,3})?)?"),
}
"""Values of other shapes are emptied."""
_LOCAL_INSTANT = re.compile(
    r"([0-9]{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))[T ]((?:[01][0-9]|2[0-3]):[0-5][0-9])(?::([0-5][0-9](?:\.[0-9]{1,3})?))?"
)
_LONGEST_NUMBER = 30  # characters
_LARGEST = Decimal(10) ** 15
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
        query = urlencoded(self.fields, self.encoding)
        return Ask(step, "GET", urlunsplit(urlsplit(self.url)._replace(query=query)))


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
    if kind in ("button", "reset") or _disabled(sending.page, node) or sending.page.in_datalist(node):
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
        value = node.attributes.get("value")
        value = "on" if value is None else value
        return [(name, value)] if _ticked(sending, node, value, filled) else []
    if kind == "file":
        return [(name, "")]
    return _text_entries(sending, node, kind, name, filled)


def _text_entries(sending: _Sending, node: LexborNode, kind: str, name: str, filled: str | None) -> list[Entry]:
    if kind == "hidden" and name.lower() == "_charset_":
        return [(name, sending.encoding.upper() if sending.encoding == "utf-8" else sending.encoding)]
    proposed = node.text() if kind == "textarea" else node.attributes.get("value") or ""
    entry = (name, _sanitised(node, kind, proposed if filled is None else filled))
    direction = node.attributes.get("dirname")
    return [entry, (direction, _direction(sending, node))] if direction and kind in _WITH_DIRECTION else [entry]


def _kind(node: LexborNode) -> str:
    declared = (node.attributes.get("type") or "").strip().lower()
    if node.tag == "button":
        return declared if declared in ("button", "reset") else "submit"
    return declared or "text" if node.tag == "input" else node.tag or ""


def _sanitised(node: LexborNode, kind: str, value: str) -> str:
    if kind in ("textarea", "hidden", "submit"):
        return value
    if kind in _WELL_FORMED:
        return value if _WELL_FORMED[kind].fullmatch(value) else ""
    if kind == "range":
        return _of_range(node, value)
    if kind == "datetime-local":
        return _local_instant(value)
    if kind == "color":
        return value.lower() if re.fullmatch(r"#[0-9A-Fa-f]{6}", value) else "#000000"
    line = value.translate(_NEWLINES)
    return line.strip(" \t\f") if kind in ("email", "url") else line


def _of_range(node: LexborNode, value: str) -> str:
    """Return what a slider holds: the middle by default, within its ends, on one of its steps."""
    low, high = _decimal(node.attributes.get("min"), "0"), _decimal(node.attributes.get("max"), "100")
    high = max(low, high)
    held = min(max(_decimal(value, str(low + (high - low) / 2)), low), high)
    if (node.attributes.get("step") or "").strip().lower() != "any":
        step = _decimal(node.attributes.get("step"), "1")
        step = step if step > 0 else Decimal(1)
        steps = ((held - low) / step).to_integral_value(ROUND_HALF_UP)
        held = low + step * (steps if low + step * steps <= high else steps - 1)
    return f"{held.normalize() if held else Decimal(0):f}"


def _decimal(text: str | None, default: str) -> Decimal:
    """Return a number of an attribute; `default` for no number, and for one that no slider has."""
    written = (text or "").strip()
    number = Decimal(written) if len(written) <= _LONGEST_NUMBER and _FLOAT.fullmatch(written) else Decimal(default)
    return number if abs(number) < _LARGEST and (not number or abs(number) > 1 / _LARGEST) else Decimal(default)


def _local_instant(value: str) -> str:
    """Return a date and time in the shortest way of writing it; "" for none."""
    found = _LOCAL_INSTANT.fullmatch(value)
    if found is None:
        return ""
    seconds = f":{found[3]}" if found[3] and found[3].strip("0.") else ""
    return f"{found[1]}T{found[2]}{seconds.rstrip('0').rstrip('.') if '.' in seconds else seconds}"


def _direction(sending: _Sending, node: LexborNode) -> str:
    """Return the direction of the text around a control. Each ancestor is visited once."""
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
    told = {node.mem_id: (node.attributes.get("dir") or "").lower() for node in page.all("[dir]")}
    return {number: direction for number, direction in told.items() if direction in ("ltr", "rtl")}


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
        drops_down = (node.attributes.get("size") or "1").strip() in ("", "0", "1")
        enabled = (option for option in options if not _disabled(page, option))
        chosen = chosen[-1:] or ([first] if drops_down and (first := next(enabled, None)) else [])
    return [_option(option) for option in chosen if not _disabled(page, option)]


def _option(node: LexborNode) -> str:
    value = node.attributes.get("value")
    return " ".join(node.text().split()) if value is None else value


def _disabled(page: Page, node: LexborNode) -> bool:
    """Tell whether a control is disabled by itself, or by a group around it."""
    if "disabled" in node.attributes:
        return True
    return page.disables_groups and page.in_disabled_group(node)


# --- where and how


def _attribute(form: LexborNode, button: LexborNode | None, name: str) -> str:
    """Return an attribute of the button pressed (`formmethod`), else the form's own (`method`)."""
    own = button.attributes.get(f"form{name}") if button is not None else None
    return ((form.attributes.get(name) if own is None else own) or "").strip()


def method_of(form: LexborNode, button: LexborNode | None = None) -> str:
    """Return how a form is sent: GET, or POST."""
    return "POST" if _attribute(form, button, "method").lower() == "post" else "GET"


def _enctype(form: LexborNode, button: LexborNode | None) -> Enctype:
    told = _attribute(form, button, "enctype").lower()
    return Enctype(told) if told in (Enctype.MULTIPART, Enctype.PLAIN) else Enctype.URLENCODED


def _action(page: Page, form: LexborNode, button: LexborNode | None) -> str:
    action = _attribute(form, button, "action")
    return join(page.base, action) if action else join(page.url, "")
