"""Recognises an answer that turns this prober away, and says nothing of others.

A limit on requests, a filter on addresses and a challenge for robots answer in the stead of the
page that was asked for. They are recognised by what such answers have in common:

    status 429                                    RFC 6585, section 4
    status 403, without an error code of the hub  RFC 9110, section 15.5.4
    a header that announces a challenge           `HEADERS`, as the products document them
    a page that asks for proof of being human     `WIDGETS`

Whether everybody is turned away, only other networks can tell (docs/judgement.md, "Several
vantages").
"""

from typing import Final

from probe.journeys.exchange import Answer
from probe.journeys.pages import Page

HEADERS: Final = {
    "cf-mitigated": ("challenge",),  # Cloudflare
    "x-amzn-waf-action": ("challenge", "captcha"),  # AWS WAF, with status 202 or 405
}
"""Header of an answer -> the values by which it announces a challenge."""

WIDGETS: Final = (
    ".g-recaptcha, .h-captcha, .cf-turnstile, iframe[src*='captcha'], iframe[title*='captcha'], "
    "form[action*='captcha'], img[src*='captcha'], script[src*='/challenge-platform/']"
)
"""Elements by which a page asks its reader to prove that he is human."""

_TURNED_AWAY: Final = frozenset({403, 429})


def turned_away(answer: Answer, page: Page | None = None) -> bool:
    """Tell whether an answer turns the prober away. `page`: the answer as a page, if it is one."""
    if answer.error:
        return False
    if answer.status in _TURNED_AWAY or _announced(answer):
        return True
    return page is not None and page.has(WIDGETS)


def _announced(answer: Answer) -> bool:
    return any(answer.headers.get(name, "").strip().lower() in values for name, values in HEADERS.items())
