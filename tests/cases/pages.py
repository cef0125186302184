"""Pages and forms that browsers read in their way: nesting, owners of controls, refreshes,
encodings, entry lists.
"""

from probe.core.judgement.observation import Fault, Kind, Observation, Outcome
from tests.cases.federation import HTML, body_of, form_of, mire_page, page, raw
from tests.cases.situation import Right, Severity, failed, situation
from tests.cases.visits import LOGIN_PAGE, at, with_login_page, with_mire
from tests.fakes.hub import CSRF, LOGIN_FORM, UID
from tests.fakes.peers import Request

SEVERE, MEDIUM, LOW = Severity.SEVERE, Severity.MEDIUM, Severity.LOW
BODY = body_of(mire_page())

# --- A

A = "A: a guard against deep pages that counts text and self-closed tags as nesting"
SVG = "<svg viewBox='0 0 9 9'>" + "<path d='M0 0h1'/>" * 600 + "</svg>"
ANOLISA = "agentic-os-org/ANOLISA#3396"


def _code_kept(observation: Observation) -> bool:
    return (observation.outcome, observation.fault, observation.code) == (Outcome.INCONCLUSIVE, Fault.SP, "Y04EA6EF")


with_mire("A1-mire-600-selfclosed-svg", SEVERE, A, ANOLISA, mire_page(before=SVG))
with_login_page("A2-login-600-selfclosed-svg", SEVERE, A, ANOLISA, page(SVG + LOGIN_FORM), Kind.LOGIN_PAGE)
with_mire(
    "A5-mire-markup-in-attribute",
    SEVERE,
    A,
    "kind of macanderson/stella#163",
    mire_page(before="<div title='" + "<i>" * 600 + "'></div>"),
)


@situation("A6-hub-error-page-with-svg", MEDIUM, A, ANOLISA, Right("inconclusive/sp, with the code Y04EA6EF", _code_kept))
async def _error_page_with_svg(federation):
    error = page(SVG + "<p data-testid='error-code'>Y04EA6EF</p>", 400, body_id="fc-error-page")
    federation.hooks.append(at("/api/v2/authorize", error))
    return await federation.watched(Kind.MIRE)


# --- B

B = "B: the form that owns a control is the one that was open when it was parsed, not its ancestor"
IN_TABLE = (
    "<table><form method=post action=/login><input type=hidden name=interactionId value=i1><tr><td><input name=login></td></tr>"
    "<tr><td><input type=password name=password></td></tr><tr><td><button>Connexion</button></td></tr></form></table>"
)
CLOSED_BY_DIV = (
    "<div><form method=post action=/login><p>Compte</p></div><input name=login><input type=password name=password><button>C</button></form>"
)
TILE_IN_TABLE = (
    "<table><form name='fs-request' method=POST action='/api/v2/redirect-to-idp'>"
    f"<tr><td><button id='idp-{UID}'>IdP</button></td><td><input type=hidden name=providerUid value='{UID}'>"
    f"<input type=hidden name=csrfToken value='{CSRF}'></td></tr></form></table>"
)

with_login_page("B1-login-form-in-table", SEVERE, B, "jhy/jsoup#249", page(IN_TABLE))
with_login_page("B2-login-form-in-table-login-page", SEVERE, B, "jhy/jsoup#249", page(IN_TABLE), Kind.LOGIN_PAGE)
with_login_page("B3-login-form-closed-by-div", SEVERE, B, "libwww-perl/WWW-Mechanize#118", page(CLOSED_BY_DIV))
with_mire("B4-mire-tile-form-in-table", SEVERE, B, "jhy/jsoup#249", page(TILE_IN_TABLE, body_id="fc-interaction-page"))

# --- J

J = "J: a refresh that is not followed where browsers do, or followed where they wait"
THERE = "/interaction/x-987654321"
REDIRECTION = "<p>Redirection</p>"
REFRESHES = (
    (
        "J1-meta",
        SEVERE,
        "Revok-scanner/revok#1; jnunemaker/httparty#120",
        page(REDIRECTION, head=f"<meta http-equiv=refresh content='0;url={THERE}'>"),
    ),
    (
        "J2-header",
        SEVERE,
        "assaf/zombie#436; jhy/jsoup#693; headzoo/surf#38",
        raw(REDIRECTION, 200, [*HTML, ("Refresh", f"0; url={THERE}")]),
    ),
    (
        "J3-meta-without-url=",
        MEDIUM,
        "HTML, shared declarative refresh steps",
        page(REDIRECTION, head=f"<meta http-equiv=refresh content='0; {THERE}'>"),
    ),
)


def _refresh_at_the_idp(name: str, severity: Severity, source: str, answer: bytes, journey: Kind) -> None:
    @situation(f"{name}-at-idp[{journey.value}]", severity, J, source)
    async def play(federation):
        federation.on["GET /authorize"] = answer
        return await federation.watched(journey)


for _journey in (Kind.LOGIN_PAGE, Kind.IDENTITY):
    for _name, _severity, _source, _answer in REFRESHES:
        _refresh_at_the_idp(_name, _severity, _source, _answer, _journey)


def _refresh_before_the_mire(name: str, source: str, answer: bytes) -> None:
    @situation(name, SEVERE, J, source)
    async def play(federation):
        def first(request: Request) -> bytes:
            federation.usual(request)  # it remembers what was asked for
            return answer

        federation.hooks.append(at("/api/v2/authorize", first))
        return await federation.watched(Kind.MIRE)


_refresh_before_the_mire(
    "J4-meta-before-mire",
    "request/request#2720",
    page(REDIRECTION, head="<meta http-equiv=refresh content='1;url=/api/v2/interaction/i-123456789'>"),
)
_refresh_before_the_mire(
    "J5-header-before-mire",
    "Jackett/Jackett#15646",
    raw(REDIRECTION, 200, [*HTML, ("Refresh", "0;url=/api/v2/interaction/i-123456789")]),
)


@situation("J6-maintenance-page-that-reloads-in-five-minutes", MEDIUM, J, "ruippeixotog/scala-scraper#11", failed())
async def _maintenance(federation):
    """The citizen looks at it for five minutes."""
    reloads = "<meta http-equiv=refresh content='300;url=/login2'>"
    federation.on[LOGIN_PAGE] = page("<h1>Maintenance</h1>", head=reloads)
    federation.on["GET /login2"] = page(LOGIN_FORM)
    return await federation.watched()


# --- K

K = "K: a page that is judged by its status before it is looked at"
NEGOTIATE = page(LOGIN_FORM, 401, headers=[("WWW-Authenticate", "Negotiate")])
for _journey in (Kind.LOGIN_PAGE, Kind.IDENTITY):
    with_login_page(
        f"K1-401-Negotiate-with-login-form[{_journey.value}]",
        SEVERE,
        K,
        "roundcube/roundcubemail#7010; enonic/xp#8194; keycloak-benchmark#491",
        NEGOTIATE,
        _journey,
    )
with_mire("K2-mire-203", LOW, K, "RFC 9110, section 15.3.4", raw(BODY, 203, HTML))

# --- O

O = "O: the encoding of a page, and of the form that it sends"  # noqa: E741 - the letter of its kind
ENCODED = (
    ("header", "text/html; charset=ISO-8859-1", ""),
    ("meta", "text/html", "<meta charset=iso-8859-1>"),
    ("Charset-capital", "text/html; Charset=ISO-8859-1", ""),
)


def _direct_in_windows_1252(name: str, severity: Severity, content_type: str, head: str) -> None:
    @situation(name, severity, O, "jmcarp/robobrowser#58; cypress-io/cypress#1543")
    async def play(federation):
        text = "Identité – l’accès"
        federation.on["GET /health"] = page(text, content_type=content_type, head=head, encoding="windows-1252")

        def contains(document, port):
            document["hubs"][0]["idps"][0]["direct"]["contains"] = "l’accès"

        return await federation.watched(Kind.DIRECT, change=contains)


for _name, _type, _head in ENCODED:
    with_login_page(
        f"O1-hidden-field-{_name}",
        MEDIUM,
        O,
        "MechanicalSoup#191; libwww-perl/WWW-Mechanize#225",
        page(LOGIN_FORM.replace("value=i1", "value='État'"), content_type=_type, encoding="windows-1252", head=_head),
        accepts=lambda request: b"interactionId=%C9tat" in request.body,
    )
    with_login_page(
        f"O2-password-with-accent-{_name}",
        MEDIUM,
        O,
        "python-mechanize/mechanize#32",
        page(LOGIN_FORM, content_type=_type, encoding="windows-1252", head=_head),
        accepts=lambda request: b"caf%E9" in request.body,
        secret={"PASSWORD": "café-longue"},
    )
    _direct_in_windows_1252(f"O3-direct-contains-{_name}", MEDIUM if _name == "header" else SEVERE, _type, _head)
for _charset in ("undefined", "idna"):
    with_mire(
        f"O4-charset-{_charset}-is-no-charset",
        SEVERE,
        O,
        "restsharp/RestSharp#2262",
        raw(BODY, 200, [("Content-Type", f"text/html; charset={_charset}")]),
    )
with_mire("O5-charset-punycode", LOW, O, "restsharp/RestSharp#2262", raw(BODY, 200, [("Content-Type", "text/html; charset=punycode")]))
with_mire(
    "O6-utf-16-with-bom",
    MEDIUM,
    O,
    "WHATWG Encoding, BOM sniff",
    raw(BODY.decode().encode("utf-16"), 200, [("Content-Type", "text/html")]),
)
with_mire("O7-bom-and-no-content-type", LOW, O, "WHATWG MIME Sniffing", raw(b"\xef\xbb\xbf" + BODY, 200))

# --- P

P = "P: what a control adds to the fields that a form sends"


def _fields(request: Request) -> dict[str, str]:
    return dict(form_of(request))


def _with_control(name: str, severity: Severity, source: str, control: str, accepts) -> None:
    form = LOGIN_FORM.replace("<input name=login>", "<input name=login>" + control)
    with_login_page(name, severity, P, source, page(form), accepts=accepts)


def _with_image(name: str, source: str, button: str, *sent: str) -> None:
    form = f"<form method=post action=/login><input name=login><input type=password name=password>{button}</form>"
    with_login_page(name, MEDIUM, P, source, page(form), accepts=lambda request: set(sent) <= set(_fields(request)))


_with_image(
    "P1-image-button-coordinates",
    "sparklemotion/mechanize#45; MechanicalSoup#201",
    "<input type=image name=btn>",
    "btn.x",
    "btn.y",
)
_with_image("P2-image-button-without-name", "sparklemotion/mechanize#56", "<input type=image>", "x", "y")
_with_control(
    "P3-selected-disabled-placeholder",
    MEDIUM,
    "HTML, constructing the entry list",
    "<select name=org><option disabled selected value=''>Choisir</option><option value=A>A</option></select>",
    lambda request: "org" not in _fields(request),
)
_with_control(
    "P4-list-box-with-nothing-selected",
    LOW,
    "HTML, a select's display size",
    "<select name=org size=4><option value=A>A</option></select>",
    lambda request: "org" not in _fields(request),
)
_with_control(
    "P5-radio-last-checked",
    LOW,
    "HTML, radio button group",
    "<input type=radio name=k value=1 checked><input type=radio name=k value=2 checked>",
    lambda request: [value for name, value in form_of(request) if name == "k"] == ["2"],
)
_with_control(
    "P6-textarea-crlf",
    MEDIUM,
    "HTML, normalisation of newlines in the entry list",
    "<textarea name=t>a\nb</textarea>",
    lambda request: _fields(request).get("t") == "a\r\nb",
)
with_login_page(
    "P7-_charset_",
    LOW,
    P,
    "HTML, the name _charset_; jmcarp/robobrowser#25",
    page(LOGIN_FORM.replace("name=interactionId value=i1", "name=_charset_")),
    accepts=lambda request: _fields(request).get("_charset_", "").upper() == "UTF-8",
)
with_login_page(
    "P8-base-href-unusable",
    LOW,
    P,
    "HTML, fallback base URL",
    page(LOGIN_FORM, head="<base href='data:,x'>"),
)
