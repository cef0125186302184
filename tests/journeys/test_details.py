"""The detail of a journey tells whoever mends a recipe, a client or a hub which name is wrong,
and never a value of the identity, a password, a code or a token.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from probe.config.models import Config, LoginRecipe
from probe.core.judgement.detail import LONGEST_NAME, MOST_NAMES, Detail, DetailKind
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from probe.journeys.details import detail
from probe.journeys.exchange import Answer
from probe.journeys.redact import MASK, Redactor
from probe.texts.details import sentence
from tests.fakes.hub import (
    IDP,
    ISSUER,
    OTHER_KEY,
    PASSWORD,
    SECRET,
    SP,
    UID,
    USERNAME,
    FakeHub,
    Reply,
    Told,
    configured,
    document,
    encrypt,
    error_page,
    html,
    mire,
    run,
    tile,
    to,
    token,
)

LOGIN_PAGE, LOGIN, CONSENT = "GET /interaction/x-987654321", "POST /login", "GET /api/v2/interaction/i-123456789/consent"
MIRE, REDIRECT = "GET /api/v2/interaction/i-123456789", "POST /api/v2/redirect-to-idp"
OTHER_FORM = (
    "<form id=kc-form action='/login' method=post><input type=hidden name=tab><input name=username><input type=password name=password>"
    "<button id=kc-login>Se connecter</button></form><form action='/search'><input name=q></form>"
)


def with_recipe(recipe: Mapping[str, Any]) -> Config:
    """The usual configuration, with this recipe."""
    config = configured()
    hub = config.hubs[0]
    idp = hub.idps[0].model_copy(update={"recipe": LoginRecipe.model_validate(recipe)})
    return config.model_copy(update={"hubs": [hub.model_copy(update={"idps": [idp]})]})


def pages(*presses: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"pages": [dict(one) for one in presses], **more}


USUAL = {"fill": {"login": "{username}", "password": "{password}"}}


@pytest.mark.parametrize(
    ("recipe", "kind", "names", "others"),
    [
        # a field that the form does not have: the others are there, so this is the form
        (pages(USUAL), DetailKind.FIELD_MISSING, ("login",), ("username", "password", "tab")),
        (
            pages({"page": "#kc-form", "fill": {"user": "{username}", "pass": "{password}"}}),
            DetailKind.FIELD_MISSING,
            ("pass", "user"),
            ("username", "password", "tab"),
        ),
        (
            pages({"fill": {"username": "{username}", "password": "{password}"}, "press": "#login-button"}),
            DetailKind.BUTTON_MISSING,
            ("#login-button",),
            ('button#kc-login "Se connecter"',),
        ),
        (pages({"press": "#go"}), DetailKind.BUTTON_MISSING, ("#go",), ('button#kc-login "Se connecter"',)),
        (pages({"form": "#login", "fill": {"username": "x"}}), DetailKind.FORM_MISSING, ("#login",), None),
        (pages({"page": "form.login", "fill": {"username": "x"}}), DetailKind.PAGE_NOT_IN_RECIPE, ("form.login",), None),
        # the optional page is not there, and the next one lacks a field: that one is told
        (pages({"page": "#notice", "optional": "true"}, USUAL), DetailKind.FIELD_MISSING, ("login",), ("username", "password", "tab")),
    ],
)
def test_a_login_page_that_the_recipe_does_not_fit_is_told_at_once_with_what_it_has(
    recipe: Mapping[str, Any], kind: DetailKind, names: tuple[str, ...], others: tuple[str, ...] | None
) -> None:
    told = run(FakeHub().on(LOGIN_PAGE, html(OTHER_FORM)), config=with_recipe(recipe))
    assert (told.verdict.step, told.verdict.reason) == (Step.IDP_LOGIN_PAGE, Reason.RECIPE_UNFIT)
    on_page = ("form#kc-form (username, password, tab)", 'form[action="/search"] (q)')
    assert told.verdict.detail == Detail(kind, names, on_page if others is None else others)
    assert told.front[-1] == LOGIN_PAGE


def test_a_field_that_a_script_of_the_page_adds_is_named_under_add() -> None:
    recipe = pages({"fill": {"username": "{username}", "password": "{password}"}, "add": {"credentialId": "none"}})
    told = run(FakeHub().on(LOGIN_PAGE, html(OTHER_FORM)), config=with_recipe(recipe))
    sent = next(ask for ask in told.asks if ask.method == "POST" and ask.url == f"{IDP}/login")
    assert dict(sent.form or ())["credentialId"] == "none"
    assert told.verdict.outcome is Outcome.OK


@pytest.mark.parametrize(("place", "host"), [(LOGIN_PAGE, "idp.test"), ("GET /api/v2/authorize", "hub.test")])
def test_an_intermediate_that_is_not_sent_is_named_with_its_host(place: str, host: str) -> None:
    broken = Answer("", error=Reason.TLS, issuer_not_sent=True)
    assert run(FakeHub().on(place, broken)).verdict.detail == Detail(DetailKind.ISSUER_NOT_SENT, (host,))
    assert run(FakeHub().on(place, replace(broken, issuer_not_sent=False))).verdict.detail is None


# --- the password is typed once


def kind_of(told: Told) -> DetailKind | None:
    return told.verdict.detail.kind if told.verdict.detail else None


def passwords_sent(told: Told) -> int:
    return sum(PASSWORD in dict(ask.form or ()).values() for ask in told.asks)


TWICE = pages(USUAL, {**USUAL, "optional": "true"}, {**USUAL, "optional": "true"})


@pytest.mark.parametrize(
    "recipe",
    [pages(USUAL), pages(USUAL, refused=".never-shown"), TWICE, {**TWICE, "refused": ".never-shown"}],
    ids=["one page", "one page and how a refusal looks", "three pages that fit", "three pages and how a refusal looks"],
)
@pytest.mark.parametrize(
    "again",
    [
        "<form method=post action='/login'><input name=login><input type=password name=password><button>Connexion</button></form>",
        "<h1>Encore</h1><form method=post action='/again'><input name=login><input name=x><input type=password name=password></form>",
    ],
    ids=["as it was", "changed"],
)
@pytest.mark.parametrize("status", [200, 401])
def test_a_page_that_asks_for_the_password_again_has_refused_it_and_does_not_get_it_twice(
    recipe: Mapping[str, Any], again: str, status: int
) -> None:
    hub = FakeHub().on(LOGIN, html(again, status)).on("POST /again", html(again, status))
    told = run(hub, config=with_recipe(recipe))
    assert passwords_sent(told) == 1
    assert (told.verdict.outcome, told.verdict.fault, told.verdict.reason) == (
        Outcome.INCONCLUSIVE,
        Fault.SP,
        Reason.CREDENTIALS_REFUSED,
    ) or (
        # a page that is neither the one before nor asked for by the recipe is the IdP's own status
        status != 200 and told.verdict.reason is Reason.HTTP_STATUS
    )
    if status == 200:
        assert kind_of(told) is DetailKind.PASSWORD_ASKED_AGAIN


def test_a_redirect_that_repeats_the_form_does_not_repeat_it_without_end() -> None:
    told = run(FakeHub().on(LOGIN, to("/login", 307)))
    assert (told.verdict.reason, passwords_sent(told)) == (Reason.REDIRECT_LOOP, 1)


TWO_PAGES = pages({"fill": {"login": "{username}"}}, {"fill": {"password": "{password}"}})
USERNAME_PAGE = html("<form method=post action='/name'><input name=login><button>Suivant</button></form>")


def test_two_pages_ask_for_the_name_and_then_for_the_password_although_both_show_the_name() -> None:
    second = html("<form method=post action='/login'><input type=hidden name=login value=angela><input type=password name=password></form>")
    hub = FakeHub().on(LOGIN_PAGE, USERNAME_PAGE).on("POST /name", second)
    assert run(hub, config=with_recipe(TWO_PAGES)).verdict.outcome is Outcome.OK


def test_a_name_that_is_asked_for_again_was_refused() -> None:
    hub = FakeHub().on(LOGIN_PAGE, USERNAME_PAGE).on("POST /name", to("/interaction/x-987654321", 303))
    told = run(hub, config=with_recipe(TWO_PAGES))
    assert (told.verdict.outcome, told.verdict.reason) == (Outcome.INCONCLUSIVE, Reason.CREDENTIALS_REFUSED)
    assert kind_of(told) is DetailKind.PAGE_CAME_BACK


# --- pages of the hub


def test_a_page_of_the_hub_that_comes_back_after_the_same_press_ends_the_journey() -> None:
    again = to("/api/v2/interaction/i-123456789/consent", 303)
    told = run(FakeHub().on("POST /api/v2/login", again))
    assert (told.verdict.step, told.verdict.fault, told.verdict.reason) == (Step.CONSENT, Fault.HUB, Reason.REDIRECT_LOOP)
    assert told.verdict.detail == Detail(DetailKind.PAGE_CAME_BACK, ('[data-testid="consent-continue"]',), ("button",))
    assert told.front.count("POST /api/v2/login") == 1


def test_more_than_five_pages_of_the_hub_end_the_journey() -> None:
    count = iter(range(1_000))

    def another(_: Any) -> Any:
        form = "<form data-testid='consent-form' method=post action='/api/v2/login'><button data-testid='consent-continue'></form>"
        return html(f"<h1>{next(count)}</h1>{form}", body_id="fc-consent-page")

    told = run(FakeHub().on("POST /api/v2/login", another))
    assert (told.verdict.reason, told.verdict.detail) == (Reason.REDIRECT_LOOP, Detail(DetailKind.TOO_MANY_PAGES, ("5",)))
    assert told.front.count("POST /api/v2/login") == 5


# --- the request, the tokens and the identity

REFUSED = to(f"{SP}?error=invalid_scope&error_description=the+scope+identite_pivot+is+unknown")
SENT = ("response_type=code", "client_id=vigie", f"redirect_uri={SP}", "scope=openid identite_pivot", "state", "nonce", "acr_values=eidas1")


@pytest.mark.parametrize(
    ("where", "reply", "expected"),
    [
        ("GET /api/v2/authorize", REFUSED, Detail(DetailKind.PARAMETER_REFUSED, ("scope=openid identite_pivot",), SENT)),
        (
            "GET /api/v2/authorize",
            to(f"{SP}?error=invalid_request&error_description=%27nonce%27+is+too+short"),
            Detail(DetailKind.PARAMETER_REFUSED, ("nonce",), SENT),
        ),
        ("GET /api/v2/authorize", to(f"{SP}?error=server_error"), Detail(DetailKind.ERROR_ANSWER, ("server_error",))),
        (
            "GET /api/v2/authorize",
            error_page("Y04EA6EF</p><p>redirect_uri did not match any of the client's registered redirect_uris", 400),
            Detail(DetailKind.PARAMETER_REFUSED, ("client_id=vigie", f"redirect_uri={SP}"), SENT),
        ),
        ("GET /api/v2/authorize", error_page("Y030026"), None),
        (MIRE, mire(tile("other")), Detail(DetailKind.TILE_MISSING, (UID,), ("other (IdP)",))),
        (MIRE, mire(tile("other"), tile(UID, greyed=True)), Detail(DetailKind.TILE_GREYED, (UID,), ("other (IdP)", f"{UID} (IdP)"))),
        (MIRE, mire(), Detail(DetailKind.TILE_GREYED)),
        (
            MIRE,
            html("<form id=s><input name=q></form>", title="Bienvenue"),
            Detail(DetailKind.ANOTHER_PAGE, ("body#fc-interaction-page",), ("HTTP 200", '"Bienvenue"', "form#s (q)")),
        ),
        (MIRE, html("down", 503), Detail(DetailKind.STATUS, ("503",), ("200",))),
        (REDIRECT, to("https://evil.test/"), Detail(DetailKind.HOST_NOT_CONFIGURED, ("evil.test",), ("hub.test:443", "idp.test:443"))),
        (LOGIN, html("<p class=refused>non</p>", 401), Detail(DetailKind.REFUSAL_SHOWN, (".refused",))),
        (LOGIN, html("<p id=idp-error>Oups</p>", 500), Detail(DetailKind.ERROR_SHOWN, ("#idp-error",))),
        (
            CONSENT,
            html("<h1>Angela</h1><form action='/x'><input name=y></form>"),
            Detail(DetailKind.UNKNOWN_HUB_PAGE, (), ('form[action="/x"] (y)',)),
        ),
        (
            "POST /api/v2/token",
            document({"error": "invalid_client"}, 401),
            Detail(DetailKind.CLIENT_REFUSED, ("client_secret_post",)),
        ),
        (
            "POST /api/v2/token",
            document({"error": "invalid_grant"}, 400),
            Detail(DetailKind.GRANT_REFUSED, ("invalid_grant",), ("grant_type=authorization_code", f"redirect_uri={SP}", "code")),
        ),
        (
            "POST /api/v2/token",
            document({"access_token": "a", "token_type": "Bearer"}),
            Detail(DetailKind.PARAMETER_ABSENT, ("id_token",), ("access_token", "token_type")),
        ),
        ("POST /api/v2/token", document({}, 503), Detail(DetailKind.STATUS, ("503",), ("200",))),
        ("GET /api/v2/jwks", document({"keys": []}), Detail(DetailKind.NO_KEYS)),
        ("GET /api/v2/userinfo", html("oops"), Detail(DetailKind.NOT_JSON, ("userinfo",))),
        ("GET /api/v2/userinfo", document({"sub": "another"}), Detail(DetailKind.CLAIM_WRONG, ("userinfo", "sub"))),
        (
            "GET /api/v2/userinfo",
            document({"sub": "pairwise-subjectv1", "given_name": "Angela", "email": "a@b.test"}),
            Detail(DetailKind.CLAIMS_MISSING, ("birthdate", "family_name"), ("sub", "given_name", "email")),
        ),
        (
            "GET /api/v2/userinfo",
            token(encrypt("x", ECKey.generate_key("P-256"))),
            Detail(DetailKind.ENCRYPTED, ("userinfo", "ECDH-ES", "A256GCM")),
        ),
    ],
)
def test_the_detail_names_what_came_and_what_there_is(where: str, reply: Reply, expected: Detail | None) -> None:
    assert run(FakeHub().on(where, reply)).verdict.detail == expected


LEVELS = ("eidas1", "eidas2", "eidas3")


@pytest.mark.parametrize(
    ("hub", "sp", "expected"),
    [
        (FakeHub(id_token_claims={"acr": "eidas0"}), {}, Detail(DetailKind.ACR, ("eidas0",), LEVELS)),
        (FakeHub(id_token_claims={"acr": None}), {}, Detail(DetailKind.ACR, (), LEVELS)),
        (FakeHub(id_token_claims={"iss": "https://other.test"}), {}, Detail(DetailKind.ISSUER, ("https://other.test",), (ISSUER,))),
        (FakeHub(id_token_claims={"exp": 1}), {}, Detail(DetailKind.EXPIRED, ("id_token",))),
        (FakeHub(id_token_claims={"aud": "another"}), {}, Detail(DetailKind.CLAIM_WRONG, ("id_token", "aud"))),
        (FakeHub(), {"id_token_alg": ["RS256", "PS256"]}, Detail(DetailKind.ALGORITHM, ("id_token", "ES256"), ("RS256", "PS256"))),
        (FakeHub(signing=OTHER_KEY), {}, Detail(DetailKind.KEY_UNKNOWN, ("id_token", "ES256", "k2"), ("EC k1",))),
        (FakeHub(), {"userinfo": "json"}, Detail(DetailKind.USERINFO_FORM, ("signed",), ("json",))),
    ],
)
def test_a_token_is_told_by_what_came_and_what_is_accepted(hub: FakeHub, sp: dict[str, Any], expected: Detail) -> None:
    assert run(hub, config=configured(**sp)).verdict.detail == expected


def test_each_other_journey_has_its_detail_too() -> None:
    assert run(FakeHub().on("GET /health", html("ill")), Kind.DIRECT).verdict.detail == Detail(DetailKind.TEXT_MISSING, ("well",))
    assert run(FakeHub().on("GET /health", html("", 503)), Kind.DIRECT).verdict.detail == Detail(DetailKind.STATUS, ("503",), ("200",))
    assert run(FakeHub(), Kind.NEGATIVE, name="client").verdict.detail == Detail(DetailKind.CLIENT_ACCEPTED)


# --- nothing personal, nothing secret

SECRETS = [USERNAME, PASSWORD, SECRET, "Angela", "DUBOIS", "1962-08-24", "angela@example.org", "ab12" * 8, "kf8ZqAaB91mmPq02vLxWz"]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "where",
    [LOGIN_PAGE, LOGIN, CONSENT, "POST /api/v2/token", "GET /api/v2/userinfo", "GET /api/v2/authorize", MIRE],
)
def test_a_detail_never_holds_a_secret_a_code_or_the_persona(where: str, secret: str) -> None:
    page = (
        f"<form id='{secret}' action='/{secret}'><input name='{secret}'><button id='{secret}' value='{secret}'>{secret}</button></form>"
        f"<li id='idp-{secret}'><button>{secret}</button></li>"
    )
    replies = [
        html(page),
        mire(tile("other").replace("IdP", secret)),
        document({secret: secret, "error": secret}, 400),
        to(f"{SP}?error={secret}"),
    ]
    for reply in replies:
        told = run(FakeHub().on(where, reply)).verdict.detail
        assert secret.lower() not in str(told).lower()


@pytest.mark.parametrize(("first", "second"), [("La poste de Paris", "paris"), (UID, "Paris")])
@pytest.mark.parametrize("chosen", [MIRE, "GET /api/v2/interaction/i-123456789/verify"])
def test_the_names_of_tiles_are_read_though_the_persona_holds_them(chosen: str, first: str, second: str) -> None:
    """A claim may hold the uid of a tile (`idp_id`) or a word of its title. Another tile's name is
    shown as far as it is nobody's.
    """
    page = mire(tile(UID, greyed=True).replace("IdP", "La poste de Paris"), tile("paris").replace("IdP", "Paris 7"))
    detail = run(FakeHub().on(chosen, page), config=titled("La poste de Paris"), FIRST=first, SECOND=second).verdict.detail
    assert detail is not None
    assert detail.names == (UID,)
    assert detail.others == (f"{UID} (La poste de Paris)", "paris (Paris 7)" if chosen == MIRE else f"{MASK} ({MASK} 7)")


def titled(title: str) -> Config:
    """The usual configuration, where the IdP has this title."""
    config = configured()
    hub = config.hubs[0]
    idp = hub.idps[0].model_copy(update={"title": title})
    return config.model_copy(update={"hubs": [hub.model_copy(update={"idps": [idp]})]})


def test_texts_of_buttons_are_quoted_only_while_nobody_is_logged_in() -> None:
    page = html("<form><input name=x><button id=go>Continuer en tant que Camille Martin</button></form>")
    before = run(FakeHub().on(LOGIN_PAGE, page), config=with_recipe(pages({"press": "#no"}))).verdict.detail
    after = run(FakeHub().on(LOGIN, page), config=with_recipe(pages(USUAL, {"page": "#go", "press": "#no"}))).verdict.detail
    assert "Martin" in str(before)
    assert after == Detail(DetailKind.BUTTON_MISSING, ("#no",), ("button#go",))


@given(st.lists(st.text(max_size=3_000), max_size=40), st.lists(st.text(max_size=200), max_size=40))
def test_a_detail_is_bounded_and_of_one_line_whatever_a_stranger_names(names: list[str], others: list[str]) -> None:
    made = detail(Redactor([PASSWORD]), DetailKind.FIELD_MISSING, names, others)
    for name in (*made.names, *made.others):
        assert 0 < len(name) <= LONGEST_NAME
        assert name.isprintable()
    assert max(len(made.names), len(made.others)) <= MOST_NAMES + 1


def test_names_that_are_all_alike_are_not_read_to_the_end() -> None:
    """However many a stranger gives, and though all of them say the same once they are redacted."""
    given = (f"camille{number}@example.org" for number in range(1_000_000))
    made = detail(Redactor(), DetailKind.FIELD_MISSING, given)
    assert made.names == (MASK, "…")
    assert int(next(given).removeprefix("camille").split("@")[0]) < 1_000


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("kc-form-login", True),
        ("authenticationForm", True),
        ("form[action=/realms/citizens/login-actions/authenticate]", True),
        ("identite_pivot", True),
        ("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", False),
        ("kf8ZqAaB91mmPq02vLxWz", False),
        ("8dfc4080-c90d-4234-969b-f6c961de3e90", False),
        ("camille.martin@fi.example", False),
        ("06 12 34 56 78", False),
        ("x" * 3_000, False),
    ],
)
def test_names_made_of_words_are_kept_and_what_looks_like_a_token_or_a_person_is_masked(name: str, kept: bool) -> None:
    assert (Redactor().name(name) == name) is kept
    assert kept or MASK in Redactor().name(name)


def test_the_sentence_of_a_detail_says_none_where_there_is_nothing() -> None:
    told = sentence(Detail(DetailKind.FIELD_MISSING, ("username",), ()))
    assert told.fr == "le formulaire n'a pas le champ username (ses champs : aucun)"
    assert told.en == "the form has no field username (its fields: none)"
