"""Which form of a page logs in, and how it would be sent: what a person is shown to confirm."""

import pytest

from probe.config.models import PageProfile
from probe.journeys.chooser_guess import guess
from probe.journeys.exchange import Answer
from probe.journeys.hubpages import HubPage
from probe.journeys.login_forms import LoginForm, login_form
from probe.journeys.pages import Page


def page(html: str) -> Page:
    return Page(Answer("https://idp.example/a", 200, {"content-type": "text/html"}, html.encode()))


def form(html: str, *, logged_in: bool = False) -> LoginForm:
    found = login_form(page(html), logged_in=logged_in)
    assert found is not None
    return found


SEARCH = "<form role=search action=/q><input name=q><button>Rechercher</button></form>"


def test_the_form_with_the_password_is_taken_and_not_the_search() -> None:
    found = form(
        SEARCH
        + '<form action="https://login.example/in?x=1" method=post id=in><label for=u>Numéro</label><input id=u name=num>'
        + "<input type=password name=pw><input type=hidden name=csrf value=1><button name=b value=1>OK</button></form>"
    )
    assert (found.host, found.action, found.method) == ("login.example", "https://login.example/in", "POST")
    assert found.press.fill == {"num": "{username}", "pw": "{password}"}
    assert (found.press.page, found.press.press) == ("form#in", None)
    assert [(each.name, each.kind, each.label) for each in found.fields] == [("num", "text", "Numéro"), ("pw", "password", "")]
    assert found.confirmation == "login.example:num,pw"


def test_of_several_buttons_the_one_that_goes_on_is_pressed() -> None:
    found = form(
        "<form method=post><input name=login><input type=password name=pw>"
        "<button name=go value=back>Annuler</button><button name=go value=on>Se connecter</button></form>"
    )
    assert found.press.press == 'button[value="on"]'
    assert found.button == "Se connecter"


@pytest.mark.parametrize(
    ("html", "logged_in"),
    [
        ("<form><input name=otp_code><button>OK</button></form>", True),
        ("<form><input name=user><input type=password name=pw><input name=captcha></form>", False),
    ],
)
def test_a_form_that_wants_more_than_an_account_has_says_so(html: str, logged_in: bool) -> None:
    assert form(html, logged_in=logged_in).asks_more


def test_a_consent_after_the_login_is_optional() -> None:
    found = form(
        "<form id=consent method=post><button name=c value=no>Refuser</button><button name=c value=yes>Continuer</button></form>",
        logged_in=True,
    )
    assert (found.press.optional, found.press.fill, found.press.press) == (True, {}, 'button[value="yes"]')
    assert login_form(page("<form><button>Continuer</button></form>")) is None


@pytest.mark.parametrize(
    "html",
    [
        ("<form id=form method=post><input type=hidden name=idp>"
        "<button class=idploop val=one>One</button><button class=idploop val=two>Two</button></form>"),
        "".join(f"<form method=post><input type=hidden name=provider value={uid}><button>{uid}</button></form>" for uid in ("one", "two")),
        "<form method=post><button class=b name=idp value=one>One</button><button class=b name=idp value=two>Two</button></form>",
    ],
)  # fmt: skip
def test_a_choice_that_no_profile_describes_is_guessed_and_can_be_sent(html: str) -> None:
    found = guess(page(html))
    assert found is not None
    read = HubPage(page(html), PageProfile.model_validate(found))
    assert [choice.uid for choice in read.choices] == ["one", "two"]
    sent = read.choose(read.choices[1])
    assert sent is not None
    assert "two" in {value for _, value in sent.fields or ()}


def test_a_page_with_a_password_is_the_hubs_own_login_and_a_page_with_nothing_is_none() -> None:
    assert guess(page("<form><input name=u><input type=password name=p></form>")) == {"chooser": "none"}
    assert guess(page("<form><input name=user><button>Suivant</button></form>")) == {"chooser": "none"}
    assert guess(page("<h1>Maintenance</h1>")) is None
