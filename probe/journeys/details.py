"""Makes details out of pages, redacted and bounded: names of fields, buttons, forms and tiles.

A name of the configuration (a selector, a host) is `Trusted` and is only cleaned of known values.
A tile's uid of the configuration is `Readable`: it is kept as it is.
Every other name was written by a stranger and is redacted as such.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from probe.config.models import Hub
from probe.core.judgement.detail import LONGEST_NAME, MOST_NAMES, Detail, DetailKind
from probe.core.judgement.hub_codes import CodeClass
from probe.core.judgement.observation import Step
from probe.core.plain_text import cleaned_line
from probe.journeys.browser import host_and_port
from probe.journeys.exchange import Answer
from probe.journeys.pages import Page, query
from probe.journeys.presses import Misfit
from probe.journeys.redact import Redactor

_BUTTONS = 'button:not([type="reset"]), input[type="submit"], input[type="image"], input[type="button"]'
_LONGEST_LABEL = 40
_LONGEST_ACTION = 2_000  # characters of a form's address: to normalise combining marks takes their square
_MOST_READ = 10 * MOST_NAMES  # of the names that a stranger gave, of which MOST_NAMES are kept
_MORE = "…"
# Parameters of the authorization request whose values are configured, and no secret.
_CONFIGURED = ("response_type", "client_id", "redirect_uri", "scope", "acr_values")
# What a hub's code means, as an OAuth error.
_SAYS = {CodeClass.CLIENT_UNKNOWN: "invalid_client", CodeClass.REDIRECT_URI_UNKNOWN: "invalid_redirect_uri"}
# The parameter that an OAuth error is about (RFC 6749, 4.1.2.1; OpenID Connect Core 1.0, 3.1.2.6).
_ABOUT = {
    "invalid_scope": "scope",
    "invalid_acr": "acr_values",
    "unmet_authentication_requirements": "acr_values",
    "unsupported_response_type": "response_type",
    "unauthorized_client": "client_id",
    "invalid_client": "client_id",
    "invalid_redirect_uri": "redirect_uri",
    "invalid_idp_hint": "idp_hint",
}


class Trusted(str):
    """A name of the configuration, of which known values are masked."""

    __slots__ = ()


class Readable(str):
    """A name that anybody may read as it is, or that is redacted already."""

    __slots__ = ()


def detail(redactor: Redactor, kind: DetailKind, names: Iterable[str] = (), others: Iterable[str] = ()) -> Detail:
    """Return a detail whose names are redacted and bounded."""
    return Detail(kind, _bounded(redactor, names), _bounded(redactor, others))


def _bounded(redactor: Redactor, names: Iterable[str]) -> tuple[str, ...]:
    """Return the first names. A further one says that there are more, which were not all read."""
    kept = list[str]()
    for number, name in enumerate(names):
        if len(kept) == MOST_NAMES or number == _MOST_READ:
            kept.append(_MORE)
            break
        clean = cleaned_line(_redacted(redactor, name))
        clean = clean if len(clean) <= LONGEST_NAME else clean[: LONGEST_NAME - 1] + _MORE
        if clean and clean not in kept:
            kept.append(clean)
    return tuple(kept)


def _redacted(redactor: Redactor, name: str) -> str:
    if isinstance(name, Readable):
        return name
    return redactor.known(name) if isinstance(name, Trusted) else redactor.name(name)


def of_connection(redactor: Redactor, answer: Answer) -> Detail | None:
    """Return the detail of an answer that did not come, where more is known than its reason."""
    if not answer.issuer_not_sent:
        return None
    return detail(redactor, DetailKind.ISSUER_NOT_SENT, (Trusted(host_and_port(answer.url)),))


def of_misfit(redactor: Redactor, page: Page, misfit: Misfit, *, labels: bool) -> Detail:
    """Return the detail of a page that cannot be pressed as the recipe says.

    `labels`: the buttons' texts may be quoted, as nobody is logged in yet.
    """
    wanted = (Trusted(name) for name in misfit.names)
    if misfit.kind is DetailKind.FIELD_MISSING and misfit.form is not None:
        return detail(redactor, misfit.kind, wanted, fields(page, misfit.form))
    if misfit.kind is DetailKind.BUTTON_MISSING:
        return detail(redactor, misfit.kind, wanted, buttons(page, misfit.form, labels=labels))
    return detail(redactor, misfit.kind, wanted, forms(page))


def fields(page: Page, form: LexborNode) -> Iterator[str]:
    """Yield the names of a form's fields, those that a person sees first."""
    hidden = list[str]()
    for node in page.controls(form):
        attributes = node.attributes  # a dictionary that is made anew each time it is asked for
        kind, name = (attributes.get("type") or "").lower(), attributes.get("name") or ""
        if kind == "hidden" and node.tag != "button":
            hidden.append(name)
        elif node.tag != "button" and kind not in ("submit", "image", "button", "reset"):
            yield name
    yield from hidden


def buttons(page: Page, form: LexborNode | None = None, *, labels: bool) -> Iterator[str]:
    """Yield the buttons of a form, or of the whole page, as selectors with their texts."""
    for node in page.all(_BUTTONS):
        if form is None or page.form_of(node) == form:
            yield button(node, labels=labels)


def button(node: LexborNode, *, labels: bool) -> str:
    """Describe a button as a selector; with its text in quotes if `labels`."""
    text = (node.text() if node.tag == "button" else node.attributes.get("value")) or ""
    label = " ".join(text.split())[:_LONGEST_LABEL] if labels else ""
    return selector(node) + (f' "{label}"' if label else "")


def forms(page: Page) -> Iterator[str]:
    """Yield the forms of a page, each with its fields; else say what the page is by its title."""
    for form in page.all("form")[:MOST_NAMES]:
        named = ", ".join(name for name in dict.fromkeys(fields(page, form)) if name)
        yield selector(form) + (f" ({named})" if named else "")


def selector(node: LexborNode) -> str:
    """Return a short CSS selector of an element: by its id, its name, its address, or its tag."""
    for attribute, pattern in (("id", "{tag}#{value}"), ("name", '{tag}[name="{value}"]')):
        if value := (node.attributes.get(attribute) or "").strip():
            return pattern.format(tag=node.tag, value=value[:LONGEST_NAME])
    if node.tag == "form" and (action := (node.attributes.get("action") or "").strip()):
        return f'form[action="{_path(action)}"]'
    return str(node.tag)


def _path(action: str) -> str:
    try:
        return urlsplit(action[:_LONGEST_ACTION]).path[:LONGEST_NAME]
    except ValueError:
        return ""


def parameters(sent: Mapping[str, str]) -> Iterator[str]:
    """Yield the parameters of our request: those of the configuration with their values."""
    for name, value in sent.items():
        yield Trusted(f"{name}={value}") if name in _CONFIGURED else Trusted(name)


def refused_parameters(sent: Mapping[str, str], error: str | None, told: str) -> Iterator[str]:
    """Yield the parameters of our request that the hub's answer is about.

    `error` is its OAuth error; `told` is its text, in which a parameter may be named.
    """
    words = set(_words(told))
    for name in sent:
        if name == _ABOUT.get(error or "") or name in words:
            yield Trusted(f"{name}={sent[name]}") if name in _CONFIGURED else Trusted(name)


def refused_request(redactor: Redactor, sent: Mapping[str, str], codes: Collection[CodeClass], told: str) -> Detail | None:
    """Return the detail of an error page of the hub that is about our request; None of another.

    `codes` are the classes of its code; `told` is its text.
    """
    error = next((error for each, error in _SAYS.items() if each in codes), None)
    refused = tuple(refused_parameters(sent, error, told))
    if not refused and CodeClass.REQUEST_REFUSED not in codes:
        return None
    return detail(redactor, DetailKind.PARAMETER_REFUSED, refused, parameters(sent))


def address_setting(hub: Hub, step: Step) -> Trusted:
    """Return the setting that gives the address of the hub's metadata, or of its authorization
    endpoint, with its value.
    """
    given = hub.endpoints.authorization if step is Step.AUTHORIZE else None
    return Trusted(f"issuer={hub.issuer}" if given is None else f"endpoints.authorization={given}")


def _words(text: str) -> Iterator[str]:
    word = ""
    for character in text[:2_000]:
        if character.isalnum() or character == "_":
            word += character
        else:
            yield word
            word = ""
    yield word


def callback_error(redactor: Redactor, sent: Mapping[str, str], params: Mapping[str, str]) -> Detail:
    """Return the detail of an error that the hub sends to the SP's callback."""
    error, told = params.get("error", ""), f"{params.get('error_description', '')} {' '.join(query(params.get('error_uri', '')).values())}"
    refused = tuple(refused_parameters(sent, error, told))
    if refused or error in _ABOUT or error == "invalid_request":
        return detail(redactor, DetailKind.PARAMETER_REFUSED, refused or (error,), parameters(sent))
    return detail(redactor, DetailKind.ERROR_ANSWER, (error,))
