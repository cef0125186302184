"""What a hub's error codes can mean, and which code means what at one hub.

A hub's error page, or the error answer of its back channel, may carry a code. The judgement knows
no hub's codes. It knows *classes* of codes, and `attribution.TABLE` says for each class what
outcome, fault and reason follow from it. Which code is of which class is a hub's own matter: it
stands beside the hub's page profile (`codes:`, docs/hub.md, "Error codes").
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Protocol


class CodeClass(StrEnum):
    """What a code says. A code may be of several classes: the step and the order of
    `attribution.TABLE` decide which one counts.
    """

    REQUEST_REFUSED = "request_refused"  # our request, our client or its secret is wrong
    CLIENT_DOCUMENT = "client_document"  # the hub cannot fetch a document that our client names
    CLIENT_UNKNOWN = "client_unknown"  # the hub does not know our client
    REDIRECT_URI_UNKNOWN = "redirect_uri_unknown"  # the hub does not know our redirect_uri
    IDP_NOT_OFFERED = "idp_not_offered"  # the IdP is disabled, excluded or not configured
    IDP_RECORD_LOST = "idp_record_lost"  # the hub offered an IdP that it does not know
    IDP_METADATA = "idp_metadata"  # at `redirect-to-idp` only: the IdP's metadata was not read
    IDP_TOKEN = "idp_token"  # the IdP's token answer was wrong or absent
    IDP_USERINFO = "idp_userinfo"  # the IdP's userinfo answer was wrong or absent
    IDP_IDENTITY = "idp_identity"  # the IdP's identity, or its level, is not acceptable
    IDP_CALLBACK = "idp_callback"  # the IdP sent the browser back malformed
    PERSON_REFUSED = "person_refused"  # the synthetic person or its account is refused
    REGISTRY = "registry"  # the hub's civil registry failed
    STORE = "store"  # one of the hub's stores failed
    STORE_AT_VERIFY = "store_at_verify"  # the same, but at `verify` only
    STORE_UNLESS_OAUTH = "store_unless_oauth"  # the same, where no OAuth error says more
    SESSION_LOST = "session_lost"  # the hub lost a session that is fresh
    NAVIGATION = "navigation"  # a step out of order, or a wrong csrf token: our own doing
    HUB = "hub"  # any other part of the hub failed: its pages, its mail
    TOKEN_MISUSE = "token_misuse"  # at `token` only: our code is unknown, used or expired


class WholePattern(Protocol):
    """A compiled regular expression."""

    def fullmatch(self, text: str, /) -> object:
        """Return something true when a whole text matches."""


class HubCodes:
    """One hub's codes by class. Each pattern is a regular expression that a whole code must match.

    `compiled` makes a pattern of its text; the configuration's bounds the time that it takes
    (`probe.config.patterns`). It raises what it will when a pattern cannot be read.
    """

    def __init__(self, patterns: Mapping[CodeClass, Iterable[str]], compiled: Callable[[str], WholePattern] = re.compile) -> None:
        self._patterns = {each: [compiled(one) for one in of_class] for each, of_class in patterns.items()}

    def classes(self, code: str | None) -> frozenset[CodeClass]:
        """Return the classes of a code; none for None and for a code that this hub's table does not
        know.
        """
        if code is None:
            return frozenset()
        return frozenset(each for each, patterns in self._patterns.items() if any(one.fullmatch(code) for one in patterns))


NO_CODES = HubCodes({})
"""Of a hub whose codes mean nothing to us: step, page and the other IdPs decide."""
