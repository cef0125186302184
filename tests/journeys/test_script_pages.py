"""A page that a script builds is told apart from one that says something by itself."""

import pytest

from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from probe.journeys.exchange import Answer
from probe.journeys.pages import Page
from probe.journeys.script_pages import is_built_by_scripts
from tests.fakes.hub import FakeHub, html, run

APP = "<script src=/app.js></script>"
MODULE = "<script type=module src=/app.js></script>"
ASKS = "<noscript>Activez JavaScript pour vous connecter.</noscript>"
COUNTS = "<noscript><img src=//stats.example/1.gif></noscript>"
LOGIN_PAGE = "GET /interaction/x-987654321"


def page(body: str, kind: str = "text/html") -> Page:
    return Page(Answer("https://idp.test/", 200, {"content-type": kind}, f"<!doctype html><title>Connexion</title><body>{body}".encode()))


@pytest.mark.parametrize(
    "body",
    [
        f"<div id=root></div>{APP}",
        f"<app-root></app-root>{MODULE}",
        f"<script>start()</script><main></main>{COUNTS}",
        f"<div id=app><input type=hidden name=csrf value=x></div>{APP}",
        f"<div>Chargement…</div>{APP}",
        f"<p>Please wait...</p>{MODULE}",
        f"{ASKS}<div id=root><img src=/spinner.svg></div>{APP}",
        f"{ASKS}<div id=root>Mon compte</div>{APP}",
        f"<style>p {{ color: red }}</style><div id=root></div><template><form><input name=a></form></template>{APP}",
    ],
)
def test_an_empty_frame_with_scripts_is_built_by_them(body: str) -> None:
    assert is_built_by_scripts(page(body))


@pytest.mark.parametrize(
    "body",
    [
        "<div id=root></div>",
        "<div id=root></div><script type=application/ld+json>{}</script>",
        f"<p>Service indisponible</p>{APP}",
        f"<p>Service indisponible</p>{COUNTS}{APP}",
        f"<h1>Maintenance</h1>{ASKS}{APP}",
        f"<img src=/maintenance.png>{APP}",
        f"<form><input name=login><button>Go</button></form>{APP}",
        f"<div><a href=/login>Se connecter</a></div>{ASKS}{APP}",
        f"{ASKS}<p>{'Le service est momentanément indisponible. ' * 3}</p>{APP}",
    ],
)
def test_a_page_that_says_something_by_itself_is_not(body: str) -> None:
    assert not is_built_by_scripts(page(body))


def test_what_is_no_page_is_not() -> None:
    assert not is_built_by_scripts(page(APP, "text/plain"))


@pytest.mark.parametrize("kind", [Kind.LOGIN_PAGE, Kind.IDENTITY])
def test_a_login_page_that_a_script_builds_has_a_reason_of_its_own(kind: Kind) -> None:
    """Corroborated it is nobody's outage (`tests/cases`, Q6)."""
    told = run(FakeHub().on(LOGIN_PAGE, html(f"<div id=root></div>{APP}")), kind)
    assert (told.verdict.step, told.verdict.reason) == (Step.IDP_LOGIN_PAGE, Reason.SCRIPT_NEEDED)
    said = run(FakeHub().on(LOGIN_PAGE, html(f"<p>Service indisponible</p>{APP}")), kind)
    assert (said.verdict.outcome, said.verdict.fault, said.verdict.reason) == (Outcome.FAILED, Fault.IDP, Reason.LOGIN_PAGE_MISSING)
