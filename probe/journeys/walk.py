"""Drives the citizen's browser: redirects hop by hop, only to hosts that the configuration names.

Theory of operation
-------------------
A walk has a `phase`, which says where the browser is, and a `step`, which names the current hop:

    SHOWING  --choose-->  LEAVING  --IdP's host-->  AT_IDP  --hub's host-->  BACK

    SHOWING   authorize, mire
    LEAVING   redirect-to-idp
    AT_IDP    idp-login-page; idp-login once a form was sent
    BACK      oidc-callback, then the profile's `steps`: verify, consent, resume.
              None of them ever goes back to an earlier name.
    LOGOUT    logout, on every page of hub and IdP. A walk of its own begins and ends there.

A hub without a chooser logs citizens in on its own host: SHOWING ends at its login page, the login
is AT_IDP, and a consent page or the SP's callback is the first sign that the hub took it.

`authenticated` becomes true when the IdP sends the browser to the hub with a `code`.
The SP's callback is never requested: its parameters are read from the redirect.
Every walk that cannot go on ends with a `Verdict`, which `stop` makes.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from urllib.parse import urlsplit

import structlog

from probe.config.patterns import bounded
from probe.core.judgement.attribution import Blame, Failure, PageKind, Party, attribute
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.hub_codes import CodeClass
from probe.core.judgement.observation import Fault, Outcome, Reason, Step, Tile
from probe.core.judgement.own_setup import dependence
from probe.core.judgement.sighting import Aspect, Sighting, Trait
from probe.journeys import details
from probe.journeys.addresses import canonical
from probe.journeys.browser import host_and_port, host_named, redirected, sent_from, upgraded
from probe.journeys.exchange import Answer, Ask, Verdict
from probe.journeys.form_policy import FormPolicy
from probe.journeys.forms import Submission
from probe.journeys.hubpages import HubPage, find_code, find_error_id
from probe.journeys.own_credentials import ended
from probe.journeys.pages import Page, query
from probe.journeys.presses import MISSING, Misfit
from probe.journeys.redact import Redactor
from probe.journeys.site import HubCache, JourneySite
from probe.journeys.strict_transport import StrictHosts
from probe.journeys.turned_away import turned_away
from probe.logs import frames

log = structlog.get_logger(__name__)

HOP_LIMIT = 20  # requests in a row: Chromium gives up at the twentieth redirect
ASK_LIMIT = 60  # exchanges of the browser in one journey
_LONGEST_PATH = 2_000  # characters on which a pattern of the profile is tried

_REFRESH_LIMIT = 10  # pages in a row that lead on by themselves
_READABLE = frozenset({"error", "error_description", "error_uri", "iss"})  # of a callback: on-call staff need them
_SECRET = frozenset({"code", "state", "nonce", "id_token", "access_token", "id_token_hint"})  # parameters of requests
_LOGIN = frozenset({Step.IDP_LOGIN_PAGE, Step.IDP_LOGIN})
# A page that was not expected may be one that turns us away. The other checks know what they saw.
_UNEXPECTED = MISSING | {None, Reason.HTTP_STATUS, Reason.NOT_THE_MIRE, Reason.IDP_ERROR}
# By one of them an IdP says that it logged the citizen in: an authorization code (RFC 6749, 4.1.2),
# a signed answer (JARM, 2.3), a SAML response or artifact (Bindings, 3.4 to 3.6), an id_token.
_PROOFS = ("code", "response", "SAMLResponse", "SAMLart", "id_token")
_ORDER = (Step.OIDC_CALLBACK, Step.VERIFY, Step.CONSENT, Step.RESUME)
_RANK = {step: rank for rank, step in enumerate(_ORDER)}


class WalkPhase(Enum):
    """Where the browser is: see "Theory of operation"."""

    SHOWING = "showing"
    LEAVING = "leaving"
    AT_IDP = "at-idp"
    BACK = "back"
    LOGOUT = "logout"


@dataclass(frozen=True, slots=True)
class Callback:
    """The redirect to the SP, with its parameters.

    `since_us` is when it came, in microseconds since the journey started.
    """

    params: Mapping[str, str] = field(repr=False)
    since_us: int = 0


Arrival = Page | Callback | Verdict
Going = Generator[Ask, Answer, Arrival]


@dataclass(frozen=True, slots=True)
class Symptom:
    """The facts of a failing exchange, beside the step and the party: see `attribution.Failure`.

    `detail` is for whoever mends the recipe, the client or the hub; `detail` of `Walk` makes it.
    """

    check: Reason | None = None
    transport: Reason | None = None
    page: Page | None = None
    kind: PageKind | None = None
    status: int | None = None
    code: str | None = None
    error_id: str | None = None
    oauth_error: str | None = None
    quote: str = ""  # what a stranger said: it is redacted, and becomes part of the extract
    detail: Detail | None = None
    grant_age_us: int | None = None
    grant_lifetime_us: int | None = None
    for_userinfo: bool = False


class Walk:
    """The walk of one journey. It is mutable, and dropped with the journey."""

    def __init__(
        self, site: JourneySite, memory: HubCache, *, client_known_good: bool | None = None, redactor: Redactor | None = None
    ) -> None:
        self.site = site
        self.memory = memory
        self.redactor = redactor or site.redactor()
        self.phase = WalkPhase.SHOWING
        self.step = Step.AUTHORIZE
        self.party = Party.HUB
        self.tiles: tuple[Tile, ...] = ()
        self.sightings: list[Sighting] = []
        self.authenticated = False
        self.last: Answer | None = None
        self.sent_to_idp = False  # the browser was sent to an IdP where none may be asked
        self.turned_away_from = ""  # the address that the browser was sent to and may not ask
        self.returned: Mapping[str, str] = {}  # the parameters of the redirect to the SP
        self._end = canonical(site.hub.sp.redirect_uri)
        self.parameters: Mapping[str, str] = {}  # of the authorization request
        self._known_good = memory.client_known_good if client_known_good is None else client_known_good
        self._allowed = {Party.HUB}
        self._sent_at_idp = False
        self._asked = 0
        self._strict = StrictHosts()
        self._shown: tuple[Page, HubPage] | None = None
        self._idp_error: str | None = None  # with which the IdP sent the browser back

    # --- going

    def go(self, ask: Ask, policy: FormPolicy | None = None) -> Going:
        """Ask, and follow redirects to a page, to the SP's callback, or to the journey's end.

        `policy` is that of the page whose form is sent: its party answers for a form that a browser
        would not send, or whose redirect it would not follow.
        """
        posted, sender, hop, led = set[str](), self.party, 0, 0
        while hop < HOP_LIMIT and led <= _REFRESH_LIMIT:
            ask = upgraded(ask, self.site.party, self._strict)
            if policy and not policy.allows(ask.url, redirected=hop > 0):
                return self.stop(
                    Symptom(check=Reason.FORM_BLOCKED, detail=self.detail(DetailKind.FORM_POLICY, (host_and_port(ask.url),))), party=sender
                )
            if (params := self._at_sp(ask)) is not None:
                return Callback(params, self.last.since_us if self.last else 0)
            if (refusal := self._refuse(ask.url)) is not None:
                return refusal
            if ask.method == "POST":
                if ask.url in posted:
                    break  # a form that is sent to one address again and again could lock the account
                posted.add(ask.url)
            self._enter(ask)
            answer = yield ask if ask.step is self.step else replace(ask, step=self.step)
            self.last = self._strict.noted(answer)
            if answer.error:
                return self.stop(Symptom(transport=answer.error, detail=details.of_connection(self.redactor, answer)))
            if not answer.is_redirect:
                page = self._opened(Page(answer))
                if isinstance(page, Verdict) or (leads_to := self._leads_to(page)) is None:
                    return page
                ask, policy, hop, led = sent_from(page, Ask(self.step, "GET", leads_to)), None, 0, led + 1
                continue
            following = redirected(ask, answer)
            if following is None:
                return self.stop(Symptom(transport=Reason.PROTOCOL, detail=self.detail(DetailKind.UNREADABLE, ("location",))))
            ask, hop = following, hop + 1
        return self.stop(Symptom(check=Reason.REDIRECT_LOOP))

    def _opened(self, page: Page) -> Page | Verdict:
        if page.too_complicated:
            return self.stop(Symptom(transport=Reason.TOO_LARGE, detail=self.detail(DetailKind.UNREADABLE, ("html",))))
        return page

    def _leads_to(self, page: Page) -> str | None:
        """Return where a page leads by itself, unless it says first that something went wrong."""
        if page.answer.status >= 400 or page.refresh is None:
            return None
        recipe = self.site.recipe
        wrong = recipe is not None and self.at_login and (page.has(recipe.error) or page.has(recipe.refused))
        return None if wrong or (self.party is Party.HUB and self.hub_page(page).error) else page.refresh

    def submit(self, page: Page, submission: Submission) -> Going:
        """Send a form as the browser would, with the headers that name the page it is on."""
        self._sent_at_idp = self._sent_at_idp or self.phase is WalkPhase.AT_IDP
        ask = sent_from(page, submission.ask(self.step))
        policy = None if submission.fields is None else page.form_policy
        return (yield from self.go(ask, policy))

    def log_in_here(self) -> None:
        """Record that the page of the hub that is displayed is a login page of its own."""
        self.phase, self.step = WalkPhase.AT_IDP, Step.IDP_LOGIN_PAGE

    def accepted_here(self) -> None:
        """Record that the hub took the login: it shows a page for citizens who are logged in."""
        self.phase, self.step, self.authenticated = WalkPhase.BACK, Step.CONSENT, True

    @property
    def at_login(self) -> bool:
        """Whether the page that is displayed belongs to the login: the IdP's, or the hub's own."""
        return self.party is Party.IDP or (not self.site.has_chooser and self.phase is WalkPhase.AT_IDP)

    def choose(self) -> None:
        """Record that the citizen picks an IdP: from now on its hosts may be asked too."""
        self.phase, self.step = WalkPhase.LEAVING, Step.REDIRECT_TO_IDP
        self._allowed = {Party.HUB, Party.IDP}

    def stay_at_hub(self) -> None:
        """Record that a choice is sent while no IdP may be asked (the negative journey)."""
        self.choose()
        self._allowed = {Party.HUB}

    def anew(self, *, client_known_good: bool | None = None) -> "Walk":
        """Return a walk that begins at the SP's link again, in the same browser."""
        walk = Walk(self.site, self.memory, client_known_good=client_known_good, redactor=self.redactor)
        walk._strict = self._strict
        return walk

    def log_out(self, end: str) -> None:
        """Record that the citizen logs out: the walk ends where the browser is sent to `end`."""
        self.phase, self.step, self._end = WalkPhase.LOGOUT, Step.LOGOUT, canonical(end)
        self._allowed = {Party.HUB, Party.IDP}

    def hub_page(self, page: Page) -> HubPage:
        """Return the page as the hub's profile reads it; the reading is kept."""
        if self._shown is None or self._shown[0] is not page:
            read = HubPage(page, self.site.profile)
            if page.unscripted is not None and not read.is_mire and (other := HubPage(page.unscripted, self.site.profile)).is_mire:
                read = other  # a list for those without scripts, beside one that a script makes
            self._shown = page, read
        return self._shown[1]

    def _at_sp(self, ask: Ask) -> dict[str, str] | None:
        """Return the callback's parameters when `ask` goes to the SP, else None.

        It does when its scheme, host and path are those of redirect_uri (in a logout: of
        post_logout_redirect_uri).
        """
        if canonical(ask.url) != self._end:
            return None
        params = query(ask.url) | dict(ask.form or ())
        for name, value in params.items():
            self.redactor.hide(None if name in _READABLE else value)
        self.returned = params
        return params

    def _refuse(self, url: str) -> Verdict | None:
        party = self.site.party(url)
        if party in self._allowed:
            self._asked += 1
            return self.stop(Symptom(check=Reason.REDIRECT_LOOP)) if self._asked > ASK_LIMIT else None
        self.sent_to_idp = self.sent_to_idp or party is Party.IDP
        self.turned_away_from = url
        if party is Party.IDP and self.phase is WalkPhase.SHOWING:
            detail = self.detail(DetailKind.CHOOSER_SKIPPED, (host_named(url),))
            return self.stop(Symptom(check=Reason.NOT_THE_MIRE, detail=detail))
        return self.stop(Symptom(check=Reason.UNEXPECTED_HOST, detail=self.unexpected_host(url)))

    def _enter(self, ask: Ask) -> None:
        """Set party, phase and step for the hop that is about to be asked."""
        self.party = self.site.party(ask.url) or Party.OTHER
        params = query(ask.url) | dict(ask.form or ())
        for name in _SECRET & params.keys():
            self.redactor.hide(params[name])
        if self.phase is WalkPhase.LOGOUT:
            return
        if self.phase is WalkPhase.SHOWING:
            self.step = Step.AUTHORIZE if self.last is None else Step.MIRE
        elif self.party is Party.IDP or (not self.site.has_chooser and self.phase is WalkPhase.AT_IDP):
            self.phase = WalkPhase.AT_IDP
            self.step = Step.IDP_LOGIN if self._sent_at_idp else Step.IDP_LOGIN_PAGE
        elif self.phase is WalkPhase.AT_IDP:
            self.phase, self.step = WalkPhase.BACK, Step.OIDC_CALLBACK
            self.authenticated = self.authenticated or any(params.get(name) for name in _PROOFS)
            self._idp_error = params.get("error")
        elif self.phase is WalkPhase.BACK:
            self.step = self._named(ask.url)

    def _named(self, url: str) -> Step:
        """Return the step that the profile gives this path, if it lies ahead."""
        path = urlsplit(url).path
        for step in reversed(_ORDER):
            pattern = self.site.profile.steps.get(step)
            if pattern and bounded(pattern).search(path[:_LONGEST_PATH]) is not None and _RANK[step] >= _RANK.get(self.step, -1):
                return step
        return self.step

    def note(self, aspect: Aspect, read: Callable[[], tuple[Trait, ...]], place: str = "") -> None:
        """Note a part of the hub's outward form. `read` gives its traits; none: it is not there.

        It never changes the verdict: a page that our own reading fails on is not noted.
        """
        try:
            if traits := read():
                self.sightings.append(Sighting(aspect, place, traits))
        except Exception as error:  # noqa: BLE001 - a bug of ours is nobody's outage
            log.error("outward_form_unread", aspect=aspect.value, error=type(error).__name__, frames=frames(error))

    # --- details

    def detail(self, kind: DetailKind, names: Iterable[str] = (), others: Iterable[str] = ()) -> Detail:
        """Return a detail for people, with its names redacted (`probe.journeys.details`)."""
        return details.detail(self.redactor, kind, names, others)

    @property
    def quotes_buttons(self) -> bool:
        """Whether texts of buttons may be quoted: nobody is logged in whom they could name."""
        return not self._sent_at_idp and not self.authenticated

    def misfit(self, page: Page, misfit: Misfit) -> Detail:
        """Return the detail of a page that cannot be pressed as the recipe says."""
        return details.of_misfit(self.redactor, page, misfit, labels=self.quotes_buttons)

    def unexpected_host(self, url: str) -> Detail:
        """Return the detail of an address on a host that may not be asked."""
        allowed = (host for host in self.site.hosts if self.site.party(f"https://{host}") in self._allowed)
        return self.detail(DetailKind.HOST_NOT_CONFIGURED, (host_and_port(url),), map(details.Trusted, allowed))

    # --- stopping

    def stop(self, symptom: Symptom, step: Step | None = None, party: Party | None = None) -> Verdict:
        """Return the verdict on a walk that cannot go on, with its blame and a redacted extract."""
        step, party = step or self.step, party or self.party
        kind, code = self._kind(symptom, party)
        own, codes = not self.site.has_chooser and step in _LOGIN, self.site.codes.classes(code)
        party = Party.IDP if own else party  # the hub's own login is its identity provider
        failure = Failure(
            step=step,
            party=party,
            transport=symptom.transport,
            status=symptom.status if symptom.status is not None else symptom.page.answer.status if symptom.page else None,
            page=kind,
            codes=codes,
            oauth_error=symptom.oauth_error,
            check=Reason.TURNED_AWAY if self._turned_away(symptom, party, code) else symptom.check,
            chosen=self.phase is not WalkPhase.SHOWING,
            authenticated=self.authenticated,
            client_known_good=self._known_good,
            grant_age_us=symptom.grant_age_us,
            grant_lifetime_us=symptom.grant_lifetime_us,
            idp_error=self._idp_error,
            for_userinfo=symptom.for_userinfo,
            credential_ended=bool(over := ended(self.site.ends, step, self.last, authenticated=self.authenticated)),
        )
        found = attribute(failure)
        blame = replace(found, fault=Fault.IDP) if own and found.fault is Fault.HUB else found
        return Verdict(
            blame.outcome,
            step,
            fault=blame.fault,
            reason=blame.reason,
            code=code,
            coded=blame.coded,
            on_hub=party is Party.HUB,
            authenticated=self.authenticated,
            tiles=self.tiles,
            detail=self._ended_detail(blame, over) or symptom.detail or self._own_detail(symptom, step, kind, codes),
            extract=self._extract(symptom),
            error_id=self._error_id(symptom, party),
            part=dependence(failure, blame),
            sightings=tuple(self.sightings),
        )

    def _turned_away(self, symptom: Symptom, party: Party, code: str | None) -> bool:
        """Tell whether the page turns the prober away. A hub that gives a code says why itself."""
        page = symptom.page
        if page is None or code is not None or symptom.check not in _UNEXPECTED or party not in (Party.HUB, Party.IDP):
            return False
        recipe = self.site.recipe
        known = party is Party.IDP and recipe is not None and page.has(recipe.error)
        return not known and turned_away(page.answer, page)

    def unreadable(self, ask: Ask, error: Exception) -> Verdict:
        """Return the verdict on an answer that could not be read.

        Of the exception only the name is kept: its text may quote the answer.
        """
        symptom = Symptom(transport=Reason.PROTOCOL, detail=self.detail(DetailKind.UNREADABLE, (type(error).__name__,)))
        return self.stop(symptom, ask.step, self.site.party(ask.url))

    def find_code(self, text: str) -> str | None:
        """Return the hub's error code in a text of the back channel."""
        return find_code(self.site.profile.error, text)

    def find_error_id(self, text: str) -> str | None:
        """Return the hub's id of a failure in a text that is not a page of its own."""
        return find_error_id(self.site.profile.error, text)

    def passed(self, step: Step) -> Verdict:
        """Return the verdict of a journey that succeeded at this step."""
        return Verdict(Outcome.OK, step, authenticated=self.authenticated, tiles=self.tiles, sightings=tuple(self.sightings))

    def _kind(self, symptom: Symptom, party: Party) -> tuple[PageKind, str | None]:
        if symptom.page is None or party is not Party.HUB:
            return symptom.kind or (PageKind.OTHER if symptom.page else PageKind.NONE), symptom.code
        error = self.hub_page(symptom.page).error
        if error:
            return symptom.kind or PageKind.HUB_ERROR, error.code
        return symptom.kind or PageKind.OTHER, symptom.code

    def _ended_detail(self, blame: Blame, over: Iterable[str]) -> Detail | None:
        return self.detail(DetailKind.CREDENTIAL_ENDED, over) if blame.reason is Reason.CREDENTIAL_ENDED else None

    def _own_detail(self, symptom: Symptom, step: Step, kind: PageKind, codes: frozenset[CodeClass]) -> Detail | None:
        """Return the detail that the symptom gives: the address, the status or our request."""
        status = symptom.status if symptom.page is None else symptom.page.answer.status
        ours = CodeClass.REQUEST_REFUSED in codes or not self._known_good
        first = step is Step.DISCOVERY or (step is Step.AUTHORIZE and self._asked == 1)
        if status == 404 and first and ours:
            return self.detail(DetailKind.ADDRESS_UNKNOWN, (details.address_setting(self.site.hub, step),), ("404",))
        if symptom.check is Reason.HTTP_STATUS and status is not None:
            return self.detail(DetailKind.STATUS, (str(status),), ("200",))
        if kind is not PageKind.HUB_ERROR or symptom.page is None or self.phase is not WalkPhase.SHOWING:
            return None
        return details.refused_request(self.redactor, self.parameters, codes, symptom.page.visible_text)

    def _error_id(self, symptom: Symptom, party: Party) -> str | None:
        """Return the hub's id of this failure, unless it holds a secret or a personal value."""
        error = self.hub_page(symptom.page).error if symptom.page is not None and party is Party.HUB else None
        found = error.error_id if error else symptom.error_id
        return found if found and not self.redactor.masks(found) else None

    def _extract(self, symptom: Symptom) -> str:
        if symptom.page is None:
            return self.redactor.text(symptom.quote)
        page = symptom.page
        # A page of the hub after authentication may show the identity:
        # only its title and heading are kept, unless it is an error page.
        shows_identity = self.authenticated and page.answer.status == 200 and not self.hub_page(page).error
        words = [symptom.quote, page.title, page.heading if shows_identity else page.visible_text]
        return self.redactor.text(" | ".join(word for word in words if word))
