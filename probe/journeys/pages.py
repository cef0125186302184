"""Reads HTML pages as a citizen's browser does: selectors, visible text, controls of forms.

Parsing never raises. Bytes that are no page, and a page that is too much work for the parser,
give an empty page.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from urllib.parse import parse_qsl, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from probe.journeys import form_policy, media_types, referrer
from probe.journeys.addresses import join
from probe.journeys.encoding import decode
from probe.journeys.exchange import Answer
from probe.journeys.form_data import in_encoding
from probe.journeys.form_owners import NUMBER, with_owners
from probe.journeys.form_policy import FormPolicy
from probe.journeys.markup import too_complicated
from probe.journeys.noscript import without_noscript
from probe.journeys.refresh import read_refresh

_HIDDEN = frozenset({"script", "style", "noscript", "template"})
_LONGEST_TEXT = 200_000  # characters of a page's text
SHORT_DELAY = 10
"""Seconds after which a page may lead on by itself. A citizen sits before one that stays longer."""
_PROXY_AUTHENTICATION = 407
_WITH_OTHER_OCTETS = frozenset({"utf-16le", "utf-16be", "iso-2022-jp"})
"""Encodings in which markup has other octets than in ASCII, or these octets are something else."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_POLICY = "content-security-policy"
_CONTROLS = "input, select, textarea, button"
_OUTSIDE_FORMS = "input:not(form *), select:not(form *), textarea:not(form *), button:not(form *)"


class Page:
    """One HTML answer, which is parsed at its first use.

    It is read as by a browser that runs scripts: what is in a `noscript` is not there.
    """

    def __init__(self, answer: Answer, *, scripts: bool = True) -> None:
        """Without `scripts` it is read as by a browser that runs none."""
        self.answer = answer
        self.url = answer.url
        self._scripts = scripts

    @cached_property
    def unscripted(self) -> "Page | None":
        """The page as a browser shows it that runs no scripts; None where it is the same."""
        return Page(self.answer, scripts=False) if self._scripts and self._html != self._all_html else None

    @cached_property
    def is_html(self) -> bool:
        """Whether a browser shows it as a page: neither another type nor a download.

        No browser shows what asks for credentials of a proxy.
        """
        headers, status = self.answer.headers, self.answer.status
        sniffed = headers.get("x-content-type-options", "").strip().lower() != "nosniff"
        shown = not self.is_download and status != _PROXY_AUTHENTICATION
        return shown and media_types.is_page(headers.get("content-type", ""), self.answer.body, sniffed=sniffed)

    @property
    def is_download(self) -> bool:
        """Whether the answer is to be saved (RFC 6266, section 4.2: any type but inline is)."""
        kind = self.answer.word("content-disposition")
        return kind != "inline" and _TOKEN.fullmatch(kind) is not None

    @cached_property
    def encoding(self) -> str:
        """The name of the page's encoding, in which its forms are sent."""
        return self.answer.encoding

    @cached_property
    def too_complicated(self) -> bool:
        """Whether the page's tree would be too much work, so that it is read as empty."""
        if not self.is_html:
            return False
        hides = self.encoding in _WITH_OTHER_OCTETS
        return too_complicated(self._decoded.encode("utf-8", "surrogatepass") if hides else self.answer.body)

    @cached_property
    def _decoded(self) -> str:
        return decode(self.answer.body, self.encoding)

    @cached_property
    def _all_html(self) -> str:
        return self._decoded if self.is_html and not self.too_complicated else ""

    @cached_property
    def _html(self) -> str:
        return without_noscript(self._all_html) if self._scripts else self._all_html

    @cached_property
    def _tree(self) -> LexborHTMLParser:
        html = self._html
        tree = LexborHTMLParser(html)
        if tree.css_first("form") is None:
            return tree
        if tree.css_first("form form") is None and tree.css_first(_OUTSIDE_FORMS) is None:
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
        """The beginning of the text of the body, without scripts and styles; that of the raw body
        when it is no HTML.
        """
        if not self.is_html:
            return self.answer.text[:20_000]
        return " ".join(word for text in _visible_texts(self._tree.body) for word in text.split())

    @cached_property
    def base(self) -> str:
        """The base of relative addresses: that of `<base href>`, else the page's own address.

        Empty where `<base>` has an address that is none: then relative ones are none either.
        """
        node = self.first("base[href]:not(noscript *)")
        if node is None:
            return self.url
        written = join(self.url, node.attributes.get("href") or "")
        return self.url if written and not written.startswith(("http:", "https:")) else written

    def address(self, written: str) -> str:
        """Return an address on the page as it is asked for. Its query is in the page's encoding."""
        return join(self.base, in_encoding(written, self.encoding))

    @cached_property
    def _owners(self) -> dict[int, LexborNode | None]:
        """A cache: the `mem_id` of an element -> its form. Each ancestor is visited once."""
        return {}

    @cached_property
    def _named_forms(self) -> dict[str, LexborNode]:
        named: dict[str, LexborNode] = {}
        for form in self.all("form[id]"):
            if name := form.attributes.get("id"):
                named.setdefault(name, form)
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
        attributes = node.attributes  # a dictionary that is made anew each time it is asked for
        if "form" in attributes:
            return self._named_forms.get(attributes["form"] or "")
        if number := attributes.get(NUMBER):
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

    def _declared(self, selector: str, header: str) -> list[str]:
        """Return the values of a header and of the `<meta http-equiv>` elements that stand for it.

        One in a `<noscript>` is for browsers without scripts, which citizens' are not.
        """
        metas = [node.attributes for node in self.all(f"{selector}[http-equiv*='{header}' i]:not(noscript *)")]
        written = [one.get("content") or "" for one in metas if (one.get("http-equiv") or "").strip().lower() == header]
        return [self.answer.headers.get(header, ""), *written]

    @cached_property
    def form_policy(self) -> FormPolicy:
        """Where the page's forms may go, by its header and its `<meta>` elements."""
        header, *metas = self._declared("head meta", _POLICY)
        return form_policy.read(self.url, header, metas)

    @property
    def referrer_policy(self) -> str:
        """What may be said of the page to those that it leads to (`probe.journeys.referrer`)."""
        if self.form_policy.nameless:
            return referrer.NEVER
        metas = [node.attributes for node in self.all("meta[name]:not(noscript *)")]
        written = [one.get("content") or "" for one in metas if (one.get("name") or "").lower() == "referrer"]
        return referrer.of_page(self.answer.headers.get("referrer-policy", ""), written)

    @property
    def refresh(self) -> str | None:
        """The other address that the page leads to by itself, within SHORT_DELAY; None if it stays.

        The header `Refresh` and `<meta http-equiv=refresh>` count alike: the soonest holds, and
        the last of those that are as soon. A page leads to http and https only.
        """
        read = list(filter(None, map(read_refresh, self._declared("meta", "refresh"))))
        delay, address = min(reversed(read), key=lambda one: one[0], default=(SHORT_DELAY + 1, ""))
        target = self.address(address) if address else self.url
        leads = delay <= SHORT_DELAY and target != self.url and target.startswith(("http:", "https:"))
        return target if leads else None


def query(url: str) -> dict[str, str]:
    """Return the parameters of a URL's query, the first of a repeated one. Never raises."""
    if "?" not in url:
        return {}
    try:
        pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return {}
    parameters: dict[str, str] = {}
    for name, value in pairs:
        parameters.setdefault(name, value)
    return parameters


def _visible_texts(body: LexborNode | None) -> Iterator[str]:
    """Yield the texts below an element that are shown without scripts and styles, in their order,
    `_LONGEST_TEXT` characters at most.

    lexbor's own way is to copy the tree, which takes time that grows with the square of the number
    of a select's options.
    """
    left, nodes = _LONGEST_TEXT, [body]
    while nodes and left > 0:
        node = nodes.pop()
        if node is None or node.tag in _HIDDEN:
            continue
        if node.tag == "-text":
            text = (node.text_content or "")[:left]
            left -= len(text)
            yield text
            continue
        child = node.last_child
        while child is not None:
            nodes.append(child)
            child = child.prev
