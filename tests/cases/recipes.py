"""Recipes that do not fit a page, and pages that are made to hold up who reads them."""

from typing import Any

from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Fault, Observation
from tests.cases.federation import page
from tests.cases.situation import OURS, Right, Severity, failed, situation
from tests.cases.visits import LOGIN_PAGE, with_login_page, with_mire
from tests.fakes.hub import LOGIN_FORM

SEVERE, MEDIUM = Severity.SEVERE, Severity.MEDIUM

# --- Q

Q = "Q: a recipe that does not fit, told as an identity provider that is down"


def naming(kind: DetailKind, *names: str) -> Right:
    """Inconclusive by our fault, and these names are told."""

    def holds(observation: Observation) -> bool:
        detail = observation.detail
        return OURS.holds(observation) and detail is not None and detail.kind is kind and set(names) <= {*detail.names, *detail.others}

    return Right(f"{OURS.words}, with {kind.value} and {', '.join(names)}", holds)


def _recipe(name: str, severity: Severity, right: Right, **changed: Any) -> None:
    """The recipe's first page has these keys instead."""

    @situation(name, severity, Q, "the project's own first use", right)
    async def play(federation):
        def change(document: Any, _: int) -> None:
            document["hubs"][0]["idps"][0]["recipe"]["pages"][0] |= changed

        return await federation.watched(change=change)


_recipe(
    "Q1-field-that-the-form-lacks",
    SEVERE,
    naming(DetailKind.FIELD_MISSING, "user", "login"),
    fill={"user": "{username}", "password": "{password}"},
)
_recipe("Q2-button-that-is-not-there", SEVERE, naming(DetailKind.BUTTON_MISSING, "#connexion"), press="#connexion")
_recipe("Q3-form-that-is-not-there", SEVERE, naming(DetailKind.FORM_MISSING, "#login"), form="#login")


def _renamed_page(name: str, old: str, new: str, right: Right) -> None:
    @situation(name, MEDIUM, Q, "a login page that was made anew", right)
    async def play(federation):
        federation.on[LOGIN_PAGE] = page(LOGIN_FORM.replace(old, new))
        return await federation.watched()


_renamed_page("Q4-field-renamed", "name=login", "name=identifiant", naming(DetailKind.FIELD_MISSING, "login", "identifiant"))
_renamed_page("Q5-password-renamed", "name=password", "name=mdp", naming(DetailKind.FIELD_MISSING, "password", "mdp"))


def _built_by_scripts(name: str, right: Right, body: str) -> None:
    @situation(name, MEDIUM, Q, "applications of one page, whose server sends an empty frame", right)
    async def play(federation):
        federation.on[LOGIN_PAGE] = page(body)
        return await federation.watched()


_APP = "<div id=root></div><script type=module src=/app.js></script>"
_built_by_scripts("Q6-page-that-a-script-builds", OURS, _APP)
_built_by_scripts("Q7-page-that-asks-for-scripts", OURS, "<noscript>JavaScript is needed</noscript><p>Loading</p>" + _APP)
_built_by_scripts("Q8-notice-beside-scripts", failed(Fault.IDP), "<h1>Maintenance</h1>" + _APP)

# --- 0

HOSTILE = "0: a page that is made to hold up who reads it, with the watch of every other hub"
CAPPED = failed()
"""Whatever it is called: it fails within its deadline, and by the party that sent it."""

for _name, _answer, _right in (
    ("00-attributes-200000", page("<p " + "".join(f"a{n} " for n in range(200_000)) + ">" + LOGIN_FORM), CAPPED),
    ("01-tags-that-close-nothing", page("</z>" * 100_000 + LOGIN_FORM), CAPPED),
    ("02-select-of-100000-options", page(f"<select>{'<option>x' * 100_000}</select>" + LOGIN_FORM), CAPPED),
    ("03-refresh-of-20000-spaces", page(LOGIN_FORM, head=f"<meta http-equiv=refresh content='99;{' ' * 20_000}url=/x'>"), None),
    ("04-comment-that-never-ends", page(LOGIN_FORM + "<!--" + "<!--" * 20_000), None),
):
    if _right is None:
        with_login_page(_name, SEVERE, HOSTILE, "rule 13 of the architecture", _answer)
    else:
        with_mire(_name, SEVERE, HOSTILE, "rule 13 of the architecture", _answer, _right)
