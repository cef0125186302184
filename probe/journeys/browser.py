"""What a browser asks next: where a redirect leads, and which page it says it comes from."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import SplitResult, urlsplit, urlunsplit

from probe.core.judgement.attribution import Party
from probe.journeys.addresses import join
from probe.journeys.exchange import Answer, Ask
from probe.journeys.forms import Submission


def redirected(ask: Ask, answer: Answer) -> Ask | None:
    """Return the next request (RFC 9110, section 15.4).

    307 and 308 repeat the method and the form; the others become GET.
    """
    url = join(answer.url, answer.headers.get("location", ""))
    if not url or not answer.headers.get("location", "").strip():
        return None
    if answer.status in (307, 308) and ask.method == "POST":
        return replace(ask, url=url, headers={})
    return Ask(ask.step, "GET", url, sent_by=ask.sent_by)


def upgraded(ask: Ask, party: Callable[[str], Party | None]) -> Ask:
    """Return the request over TLS where it names a configured host without.

    Browsers go there over TLS by themselves: they know it by HSTS (RFC 6797), or try TLS first.
    `party` returns whose host a URL is on.
    """
    if ask.method != "GET" or not ask.url.startswith("http:") or party(ask.url) is not None:
        return ask
    secure = "https" + ask.url.removeprefix("http")
    return ask if party(secure) is None else replace(ask, url=secure)


def origin_headers(url: str, submission: Submission) -> dict[str, str]:
    """Return the headers that name the sending page: `Referer`, and with a POST `Origin`.

    `Referer` is the one of browsers by default (strict-origin-when-cross-origin).
    """
    page, target = _split(url), _split(submission.url)
    if page is None or target is None:
        return {}
    origin = f"{page.scheme}://{page.netloc}"
    same = (page.scheme, page.netloc) == (target.scheme, target.netloc)
    referer = urlunsplit((page.scheme, page.netloc, page.path or "/", page.query, "")) if same else f"{origin}/"
    if page.scheme == "https" and target.scheme == "http":
        return {}
    return {"referer": referer} | ({"origin": origin} if submission.method == "POST" else {})


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
