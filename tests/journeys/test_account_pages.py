"""A page that wants something of the account's owner is told by its form."""

import pytest

from probe.core.judgement.detail import DetailKind
from probe.journeys.account_pages import asked_of_the_account
from probe.journeys.exchange import Answer
from probe.journeys.pages import Page

PASSWORD, AGREEMENT = DetailKind.NEW_PASSWORD_ASKED, DetailKind.AGREEMENT_ASKED
LOG_IN = "<form><input name=login><input type=password name=p autocomplete=current-password></form>"

PAGES = [
    ("<form><input type=password name=a><input type=password name=b></form>", PASSWORD),
    ("<form><input type=password name=old><input type=password name=a><input type=password name=b></form>", PASSWORD),
    ("<form><input type=PASSWORD name=a autocomplete='section-x New-Password'></form>", PASSWORD),
    ("<div><input type=password id=a><input type=password id=b></div>", PASSWORD),  # sent by a script
    ("<form><label><input type=checkbox required> oui</label><button>ok</button></form>", AGREEMENT),
    ("<form><input type=checkbox aria-required=true></form>", AGREEMENT),
    # a login page, though the way to a new account is beside it
    (LOG_IN, None),
    (LOG_IN + "<form><input type=password name=a><input type=password name=b></form>", None),
    ("<form><input type=password><input type=checkbox required></form>", None),
    # what a banner for cookies, a search or an error page has
    ("<form><input type=checkbox name=cookies></form>", None),
    ("<form><input type=search name=q></form><p>Une erreur est survenue</p>", None),
    ("<p>Votre mot de passe a expiré</p>", None),
    ("", None),
]


@pytest.mark.parametrize(("markup", "asked"), PAGES)
def test_a_page_for_the_accounts_owner_is_told_by_its_fields(markup: str, asked: DetailKind | None) -> None:
    page = Page(Answer("https://idp.test/x", 200, {"content-type": "text/html"}, f"<html><body>{markup}</body></html>".encode()))
    assert asked_of_the_account(page) is asked
