"""Reads HTML pages as a citizen's browser does: selectors, visible text, forms ready to be sent.

Parsing never raises. Bytes that are no page, and a page that is too much work for the parser,
give an empty page. The forms follow the HTML standard, section "Form submission"
(constructing the entry list), without scripts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from probe.config.models import Press
from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Step
from probe.journeys.addresses import join
from probe.journeys.exchange import Answer, Ask
from probe.journeys.form_owners import NUMBER, with_owners
from probe.journeys.markup import too_complicated
from probe.journeys.refresh import refresh_target

_HIDDEN = ("script", "style", "noscript", "template")
_CONTROLS = "input, select, textarea, button"
_IN_FORMS = "form input, form select, form textarea, form button"
_TICKED = frozenset({"on", "true", "1", "yes", "checked"})


class Page:
    """One HTML answer, which is parsed at its first use."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.url = answer.url

    @property
    def is_html(self) -> bool:
        content_type = self.answer.headers.get("content-type", "").lower()
        return "html" in content_type or (not content_type and self.answer.body.lstrip()[:1] == b"<")

    @cached_property
    def too_complicated(self) -> bool:
        """Whether the page's tree would be too much work, so that it is read as empty."""
        return self.is_html and too_complicated(self.answer.body)

    @cached_property
    def _tree(self) -> LexborHTMLParser:
        html = self.answer.text if self.is_html and not self.too_complicated else ""
        tree = LexborHTMLParser(html)
        if tree.css_first("form") is None:
            return tree
        if tree.css_first("form form") is None and len(tree.css(_IN_FORMS)) == len(tree.css(_CONTROLS)):
            return tree
        return LexborHTMLParser(with_owners(html))

    def all(self, selector: str | None, within: LexborNode | None = None) -> list[LexborNode]:
        """Return every matching element in the order of the document; `within` may match itself."""
        if not selector:
            return []
        try:
            return (within or self._tree).css(selector)
        except (SelectolaxError, ValueError):
            # Such a selector is refused at load; a journey never raises.
            return []

    def first(self, selector: str | None, within: LexborNode | None = None) -> LexborNode | None:
        """Return the first element that matches, or None."""
        return next(iter(self.all(selector, within)), None)

    def has(self, selector: str | None, within: LexborNode | None = None) -> bool:
        """Tell whether an element matches."""
        return self.first(selector, within) is not None

    @property
    def title(self) -> str:
        node = self.first("title")
        return " ".join(node.text().split()) if node else ""

    @property
    def heading(self) -> str:
        node = self.first("h1")
        return " ".join(node.text(separator=" ").split()) if node else ""

    @property
    def visible_text(self) -> str:
        """The text of the body without scripts and styles; the raw body when it is no HTML."""
        if not self.is_html:
            return self.answer.text[:20_000]
        body = self._tree.clone().body
        if body is None:
            return ""
        body.strip_tags(list(_HIDDEN), recursive=True)
        return " ".join(body.text(separator=" ").split())

    @cached_property
    def base(self) -> str:
        """The base of relative addresses: a usable `<base href>`, else the page's own address."""
        node = self.first("base[href]")
        written = join(self.url, node.attributes.get("href") or "") if node else ""
        return written if written.startswith(("http:", "https:")) else self.url

    @cached_property
    def _owners(self) -> dict[int, LexborNode | None]:
        """A cache: the `mem_id` of an element -> its form. Each ancestor is visited once."""
        return {}

    @cached_property
    def _named_forms(self) -> dict[str, LexborNode]:
        named: dict[str, LexborNode] = {}
        for form in self.all("form[id]"):
            named.setdefault(form.attributes.get("id") or "", form)
        return named

    @cached_property
    def _numbered_forms(self) -> dict[str, LexborNode]:
        return {form.attributes.get(NUMBER) or "": form for form in self.all(f"form[{NUMBER}]")}

    @cached_property
    def _by_form(self) -> dict[int, list[LexborNode]]:
        """The `mem_id` of a form -> its controls, in the order of the document."""
        controls: dict[int, list[LexborNode]] = {}
        for node in self.all(_CONTROLS):
            if (owner := self.form_of(node)) is not None:
                controls.setdefault(owner.mem_id, []).append(node)
        return controls

    @cached_property
    def disables_groups(self) -> bool:
        """Whether any fieldset or option group is disabled; else no ancestor need be visited."""
        return self.has("fieldset[disabled], optgroup[disabled]")

    def form_of(self, node: LexborNode) -> LexborNode | None:
        """Return the form that owns an element: by its `form` attribute, else the one around it."""
        if name := node.attributes.get("form"):
            return self._named_forms.get(name)
        if number := node.attributes.get(NUMBER):
            return self._numbered_forms.get(number)
        passed, ancestor = list[int](), node
        owner: LexborNode | None = None
        while ancestor is not None:
            if ancestor.tag == "form" or ancestor.mem_id in self._owners:
                owner = ancestor if ancestor.tag == "form" else self._owners[ancestor.mem_id]
                break
            passed.append(ancestor.mem_id)
            ancestor = ancestor.parent  # type: ignore[assignment]
        self._owners.update(dict.fromkeys(passed, owner))
        return owner

    @cached_property
    def _disabling(self) -> dict[int, bool]:
        """A cache: the `mem_id` of an element -> whether a group around its content disables it."""
        return {}

    @cached_property
    def _first_legends(self) -> frozenset[int]:
        """The `mem_id` of each disabled fieldset's first legend, whose content is not disabled."""
        legends = set[int]()
        for fieldset in self.all("fieldset[disabled]"):
            child = fieldset.first_child
            while child is not None and child.tag != "legend":
                child = child.next
            if child is not None:
                legends.add(child.mem_id)
        return frozenset(legends)

    def in_disabled_group(self, node: LexborNode) -> bool:
        """Tell whether the element is inside a disabled fieldset or group of options.

        The first legend of a fieldset is not disabled. Each ancestor is visited once for the whole
        page.
        """
        passed, child, parent = list[int](), node, node.parent
        disabled = False
        while parent is not None and not disabled:
            if (known := self._disabling.get(child.mem_id)) is not None:
                disabled = known
                break
            passed.append(child.mem_id)
            if parent.tag in ("fieldset", "optgroup") and "disabled" in parent.attributes:
                disabled = child.mem_id not in self._first_legends
            child, parent = parent, parent.parent
        self._disabling.update(dict.fromkeys(passed, disabled))
        return disabled

    def controls(self, form: LexborNode) -> list[LexborNode]:
        """Return the form's controls in the order of the document, those with `form=` too."""
        return self._by_form.get(form.mem_id, [])

    def belonging(self, selector: str | None, element: LexborNode) -> list[LexborNode]:
        """Return every matching element inside this one; of a form also those that it owns."""
        inside = self.all(selector, element)
        if not selector or element.tag != "form":
            return inside
        known = {node.mem_id for node in inside}
        return inside + [node for node in self.controls(element) if node.mem_id not in known and node.css_matches(selector)]

    @property
    def refresh(self) -> str | None:
        """The address that `<meta http-equiv=refresh>` leads to, if it is another one."""
        for node in self.all("meta[http-equiv]"):
            if (node.attributes.get("http-equiv") or "").strip().lower() == "refresh":
                written = refresh_target(node.attributes.get("content") or "")
                target = join(self.base, written) if written else self.url
                return target if target != self.url else None
        return None


# --- forms


@dataclass(frozen=True, slots=True)
class Submission:
    """The request of a browser for a form, or for a link (then `fields` is None)."""

    method: str
    url: str
    fields: tuple[tuple[str, str], ...] | None

    def ask(self, step: Step, headers: Mapping[str, str] | None = None) -> Ask:
        """Return the request to send. Fields of a GET form become its query."""
        if self.method == "POST":
            return Ask(step, "POST", self.url, headers=headers or {}, form=self.fields or ())
        if self.fields is None:
            return Ask(step, "GET", self.url, headers=headers or {})
        parts = urlsplit(self.url)
        return Ask(step, "GET", urlunsplit(parts._replace(query=urlencode(self.fields, errors="replace"))), headers=headers or {})


def submit(
    page: Page,
    form: LexborNode,
    button: LexborNode | None = None,
    fill: Mapping[str, str] | None = None,
    extra: Iterable[tuple[str, str]] = (),
) -> Submission:
    """Return the request that pressing `button` in `form` sends; None presses nothing.

    `fill` gives values of fields by their names. A name that the form lacks is sent all the same.
    `extra` replaces or adds fields of that name.
    """
    fill, entries, known = dict(fill or {}), [], set[str]()
    for node in page.controls(form):
        name = node.attributes.get("name")
        if name:
            known.add(name)
            entries += [(name, value) for value in _values(page, node, button, fill.get(name))]
    entries += [(name, value) for name, value in fill.items() if name not in known]
    for name, value in extra:
        entries = [entry for entry in entries if entry[0] != name] + [(name, value)]
    return Submission(_method(form, button), _action(page, form, button), tuple(entries))


def _values(page: Page, node: LexborNode, button: LexborNode | None, filled: str | None) -> list[str]:
    """Return the values of one control: none, one, or several (a multiple select)."""
    attributes, kind = node.attributes, _kind(node)
    if _disabled(page, node):
        return []
    if kind in ("submit", "image"):
        return [attributes.get("value") or ""] if button is not None and node == button else []
    if kind in ("button", "reset", "file"):
        return []
    if kind == "select":
        return [filled] if filled is not None else _selected(page, node)
    if kind in ("checkbox", "radio"):
        value = attributes.get("value")
        value = "on" if value is None else value
        return [value] if _ticked(node, kind, value, filled) else []
    if filled is not None:
        return [filled]
    return [node.text() if kind == "textarea" else attributes.get("value") or ""]


def _kind(node: LexborNode) -> str:
    declared = (node.attributes.get("type") or "").strip().lower()
    if node.tag == "button":
        return declared if declared in ("button", "reset") else "submit"
    return declared or "text" if node.tag == "input" else node.tag or ""


def _ticked(node: LexborNode, kind: str, value: str, filled: str | None) -> bool:
    if filled is None:
        return "checked" in node.attributes
    if filled == value:
        return True
    return kind == "checkbox" and filled.lower() in _TICKED


def _selected(page: Page, node: LexborNode) -> list[str]:
    options = [option for option in page.all("option", node) if not _disabled(page, option)]
    chosen = [option for option in options if "selected" in option.attributes]
    if "multiple" not in node.attributes:
        chosen = chosen[-1:] or options[:1]
    return [_option(option) for option in chosen]


def _option(node: LexborNode) -> str:
    value = node.attributes.get("value")
    return " ".join(node.text().split()) if value is None else value


def _disabled(page: Page, node: LexborNode) -> bool:
    """Tell whether a control is disabled by itself, or by a group around it."""
    if "disabled" in node.attributes:
        return True
    return page.disables_groups and page.in_disabled_group(node)


def _method(form: LexborNode, button: LexborNode | None) -> str:
    own = button.attributes.get("formmethod") if button is not None else None
    return "POST" if (own or form.attributes.get("method") or "").strip().lower() == "post" else "GET"


def _action(page: Page, form: LexborNode, button: LexborNode | None) -> str:
    own = button.attributes.get("formaction") if button is not None else None
    action = (own or form.attributes.get("action") or "").strip()
    return join(page.base, action) if action else join(page.url, "")


# --- presses: one page of a recipe


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a page is not the one that a press is about, or cannot be pressed as it says.

    `kind` is one of the details of recipes, `names` what is missing. `form` is the form that was
    looked into, if any. `certain`: this is the page, since the selector of `page` matches or some
    of the fields are there; else it is probably another page.
    """

    kind: DetailKind
    names: tuple[str, ...]
    form: LexborNode | None = None
    certain: bool = False


def press(page: Page, how: Press, fill: Mapping[str, str], add: Mapping[str, str] | None = None) -> Submission | Misfit:
    """Return the request that doing `how` on this page sends, or why it cannot be done.

    `fill` and `add` are those of `how`, with their placeholders replaced.
    """
    if how.page and not page.has(how.page):
        return Misfit(DetailKind.PAGE_NOT_IN_RECIPE, (how.page,))
    told = how.page is not None
    button = page.first(how.press) if how.press else None
    form = _form(page, how, button)
    if form is None and how.press and button is None:
        return Misfit(DetailKind.BUTTON_MISSING, (how.press,), certain=told)
    if form is None:
        return Misfit(DetailKind.FORM_MISSING, (how.form,) if how.form else tuple(how.fill), certain=told)
    absent = tuple(sorted(set(how.fill) - _named(page, form)))
    if absent:
        return Misfit(DetailKind.FIELD_MISSING, absent, form, told or how.form is not None or len(absent) < len(how.fill))
    if how.press and button is None:
        return Misfit(DetailKind.BUTTON_MISSING, (how.press,), form, told or bool(how.fill))
    return submit(page, form, button if how.press else default_button(page, form), {**fill, **(add or {})})


def _form(page: Page, how: Press, button: LexborNode | None) -> LexborNode | None:
    """Return the form that is named, else the one with most of the fields, else the button's."""
    if how.form:
        node = page.first(how.form)
        return node if node is None or node.tag == "form" else page.form_of(node)
    if how.fill:
        forms = page.all("form")
        return max(forms, key=lambda form: len(_named(page, form) & how.fill.keys())) if forms else None
    if how.press:
        return page.form_of(button) if button is not None else None
    return page.first("form")


def _named(page: Page, form: LexborNode) -> set[str]:
    return {name for node in page.controls(form) if (name := node.attributes.get("name"))}


def default_button(page: Page, form: LexborNode) -> LexborNode | None:
    """Return the first submit button that is not disabled: the one that the return key presses."""
    return next((node for node in page.controls(form) if _kind(node) in ("submit", "image") and not _disabled(page, node)), None)


def query(url: str) -> dict[str, str]:
    """Return the parameters of a URL's query, the first of a repeated one. Never raises."""
    try:
        pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return {}
    parameters: dict[str, str] = {}
    for name, value in pairs:
        parameters.setdefault(name, value)
    return parameters
