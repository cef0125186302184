"""The part of `vigie.yml` for a hub that logs citizens in itself (`chooser: none`)."""

from typing import Any

from simulator.parties import LoginShape

PROFILE_NAME = "own-login"

NEGATIVE = ["client", "redirect_uri", "state", "secret"]
"""What such a hub must refuse; it has no IdP to name wrongly."""


def profile() -> dict[str, Any]:
    """Return the page profile. Its pages are the simulated hub's, without a mire."""
    return {
        "chooser": "none",
        "paths": {
            "authorization": "/authorize",
            "token": "/token",
            "userinfo": "/userinfo",
            "jwks": "/jwks",
            "end_session": "/session/end",
            "discovery": "/.well-known/openid-configuration",
        },
        "steps": {
            "verify": r"/interaction/[^/]+/(verify|auto-login)$",
            "consent": r"/(interaction/[^/]+/consent|login)$",
            "resume": r"/authorize/[^/]+$",
        },
        "error": {
            "page": "body#fc-error-page",
            "code": '[data-testid="error-code"]',
            "code_pattern": r"\b(Y(?:04[0-9A-F]{5}|\d{6}))\b",
        },
        "consent": [
            {
                "page": "body#fc-consent-page",
                "form": 'form[data-testid="consent-form"]',
                "press": '[data-testid="consent-continue"]',
            }
        ],
        "codes": "franceconnect",
        "issuer_in_callback": "true",
        "pkce": "none",
        "authorize_parameters": ["prompt", "claims", "ui_locales"],
        "levels": ["eidas1", "eidas2", "eidas3"],
    }


def recipe(shape: str) -> dict[str, Any]:
    """Return how to log in at the hub itself, on one page or on two."""
    name, password = {"username": "{username}"}, {"password": "{password}"}
    first: dict[str, Any] = {"page": "form#own-login-name", "fill": name, "press": "#submit-own-login"}
    pages = [first, {"page": "form#own-login-password", "fill": password, "press": "#submit-own-login"}]
    if shape == LoginShape.ONE_PAGE:
        pages = [{"page": "form#own-login", "fill": {**name, **password}, "press": "#submit-own-login"}]
    return {"pages": pages, "refused": "#login-error"}
