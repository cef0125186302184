"""What a browser asks next: where a redirect leads, and which page it says it comes from."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import SplitResult, urlsplit

from probe.core.judgement.attribution import Party
from probe.journeys import referrer
from probe.journeys.addresses import join
from probe.journeys.exchange import Answer, Ask
from probe.journeys.pages import Page
from probe.journeys.strict_transport import StrictHosts


def redirected(ask: Ask, answer: Answer) -> Ask | None:
    """Return the next request (RFC 9110, section 15.4).

    307 and 308 repeat the method and the form; the others become GET. The page that it comes from
    stays the same one.
    """
    url = join(answer.url, answer.headers.get("location", ""))
    if not url or not answer.headers.get("location", "").strip():
        return None
    policy = referrer.in_header(answer.headers.get("referrer-policy", "")) or ask.referrer_policy
    headers = _referer(ask.sent_by, url, policy)
    if answer.status in (307, 308) and ask.method == "POST":
        if origin := ask.headers.get("origin"):
            headers["origin"] = referrer.after_redirect(origin, ask.url, url)
        return replace(ask, url=url, referrer_policy=policy, headers=headers)
    return Ask(ask.step, "GET", url, headers=headers, sent_by=ask.sent_by, referrer_policy=policy)


def upgraded(ask: Ask, party: Callable[[str], Party | None], strict: StrictHosts) -> Ask:
    """Return the request over TLS where it names a host that wants it, or a configured one without.

    Browsers go there over TLS by themselves: they know it by HSTS (RFC 6797), or try TLS first.
    `party` returns whose host a URL is on. The service provider is not asked: its address stays.
    """
    if party(ask.url) is Party.SP:
        return ask
    if (wanted := strict.secured(ask.url)) != ask.url:
        return replace(ask, url=wanted)
    if ask.method != "GET" or not ask.url.startswith("http:") or party(ask.url) is not None:
        return ask
    secure = "https" + ask.url.removeprefix("http")
    return ask if party(secure) is None else replace(ask, url=secure)


def sent_from(page: Page, ask: Ask) -> Ask:
    """Return a request with the headers that name the page which makes the browser ask."""
    policy = page.referrer_policy
    headers = _referer(page.url, ask.url, policy)
    if ask.method == "POST":
        headers["origin"] = referrer.origin(page.url, ask.url, policy)
    return replace(ask, sent_by=page.url, referrer_policy=policy, headers=headers)


def _referer(page: str | None, target: str, policy: str) -> dict[str, str]:
    said = None if page is None else referrer.referer(page, target, policy)
    return {} if said is None else {"referer": said}


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def host_and_port(url: str) -> str:
    """Return the host of a URL, and its port where one is written."""
    parts = _split(url)
    try:
        port = parts.port if parts else None
    except ValueError:
        port = None
    return host_named(url) if port is None else f"{host_named(url)}:{port}"


def host_named(url: str) -> str:
    parts = _split(url)
    return (parts.hostname or "nowhere")[:100] if parts else "nowhere"
