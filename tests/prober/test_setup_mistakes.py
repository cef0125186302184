"""A mistake of our own set-up is told as nobody's outage, whatever the mistake is.

docs/domain.md, "Never passed yet". The federation is well in all these tests, but for the last
ones. Each mistake is made by itself, and the real prober meets it over sockets.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from joserfc.jwk import ECKey

import probe.config.profiles
from exporters.metrics.readings import HubReading
from probe.config import models
from probe.config.spec import watch_spec
from probe.core.incident.deactivation import FlagAct
from probe.core.incident.model import Incident
from probe.core.judgement.condition import State, journey_of
from probe.core.judgement.corroboration import Neighbours
from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Fault, Observation, Outcome, Reason, SetupPart, Step
from probe.core.judgement.own_trouble import HUB
from probe.core.judgement.timeline import Outage
from probe.incidents.automation import Automation
from probe.incidents.policy import policy_of
from probe.incidents.service import IncidentService
from probe.incidents.store.deactivations import acts_after
from probe.ledger.figures.annual import Annual
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorder
from probe.ledger.writer import Writer
from probe.service.readings import Remembered
from probe.texts.details import sentence
from simulator import Federation
from simulator.parties import IDPS, LoginShape
from tests.builders import SECOND
from tests.fakes.recorder import FakeListener, ledger
from tests.fakes.rounds import A, B, Edit, Saw, Watching, all_up, configured, failed, idp_down, inconclusive, mire_missing

TWO_PAGES = next(idp.name for idp in IDPS if idp.login is LoginShape.TWO_PAGES)
OTHER = {"env": "PATH"}
"""A secret that is there, and is another."""


@dataclass(frozen=True)
class Mistake:
    """A mistake: the key of the models that it is made in, how the configuration is spoilt, what
    the login says, and the part that is told (None: it is ours at any time, and needs no history).
    """

    says: str
    key: str
    spoil: Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], None]
    saw: Saw | None  # None: whichever of ours
    part: SetupPart | None
    idp: str = A
    client: str = "sp-es256"

    @property
    def at_idp(self) -> bool:
        """Whether it is of one IdP alone, and of a part that is told."""
        return self.part in (SetupPart.LOGIN_PAGE, SetupPart.CLAIMS) and self.idp == A

    def __str__(self) -> str:
        return self.says

    @property
    def edit(self) -> Edit:
        def edit(document: dict[str, Any]) -> None:
            hub = document["hubs"][0]
            self.spoil(hub, hub["idps"][0], document["recipes"][self.idp])

        return edit


def ours(reason: Reason, step: Step, code: str | None = None) -> Saw:
    return inconclusive(Fault.SP, reason, step, code)


def profile(**changed: Any) -> dict[str, Any]:
    path = Path(probe.config.profiles.__file__).with_name("franceconnect.yml")
    document: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return document | {name: document[name] | value if isinstance(value, dict) else value for name, value in changed.items()}


def other_fields(_hub: Any, _idp: Any, recipe: dict[str, Any]) -> None:
    recipe["pages"][0]["fill"] = {"nobody": "{username}", "nothing": "{password}"}


def strangers_host(_hub: Any, idp: dict[str, Any], _recipe: Any) -> None:
    idp["hosts"] = ["idp.example"]
    del idp["direct"]


def no_key(hub: dict[str, Any], _idp: Any, _recipe: Any) -> None:
    del hub["sp"]["decryption_key"]
    hub["sp"]["userinfo"] = "auto"


def another_authentication(hub: dict[str, Any], _idp: Any, _recipe: Any) -> None:
    hub["sp"] |= {"client_auth": "client_secret_post", "client_secret": OTHER}
    for name in ("private_key", "private_key_kid"):
        hub["sp"].pop(name, None)


def somebodys_key(hub: dict[str, Any], _idp: Any, _recipe: Any) -> None:
    ours_ = Path(hub["sp"]["private_key"]["file"])
    hub["sp"]["private_key"] = {"file": str(ours_.with_name("sp-encrypted.decryption.pem"))}


def asking(**more: Any) -> Callable[[Any, Any, Any], None]:
    """Ask so at a hub whose profile does not say which parameters it takes."""

    def spoil(hub: dict[str, Any], _idp: Any, _recipe: Any) -> None:
        hub["sp"] |= more
        hub["profile"] = profile() | {"authorize_parameters": None}

    return spoil


NOBODY = "http://127.0.0.1:9"
REFUSED = ours(Reason.CREDENTIALS_REFUSED, Step.IDP_LOGIN)
MISSING = ours(Reason.RECIPE_UNFIT, Step.IDP_LOGIN_PAGE)
MISTAKES = [
    Mistake("fields by other names", "Press.fill", other_fields, None, None),
    Mistake(
        "a button that is not there",
        "Press.press",
        lambda hub, idp, recipe: recipe["pages"][0].update(press="#nothing"),
        MISSING,
        SetupPart.LOGIN_PAGE,
    ),
    Mistake(
        "another page", "Press.page", lambda hub, idp, recipe: recipe["pages"][0].update(page="#nothing"), MISSING, SetupPart.LOGIN_PAGE
    ),
    Mistake(
        "an error marker that every page has",
        "LoginRecipe.error",
        lambda hub, idp, recipe: recipe.update(error="body"),
        ours(Reason.IDP_ERROR, Step.IDP_LOGIN_PAGE),
        SetupPart.LOGIN_PAGE,
    ),
    Mistake(
        "a refusal marker that every page has",
        "LoginRecipe.refused",
        lambda hub, idp, recipe: recipe.update(refused="body"),
        ours(Reason.CREDENTIALS_REFUSED, Step.IDP_LOGIN),
        None,
        idp=TWO_PAGES,
    ),
    Mistake(
        "a second page that does not come",
        "Press.page",
        lambda hub, idp, recipe: recipe["pages"][1].update(page="#nothing"),
        ours(Reason.IDP_ERROR, Step.IDP_LOGIN),
        SetupPart.LOGIN,
        idp=TWO_PAGES,
    ),
    Mistake(
        "a host that is not named", "IdP.hosts", strangers_host, ours(Reason.UNEXPECTED_HOST, Step.REDIRECT_TO_IDP), SetupPart.LOGIN_PAGE
    ),
    Mistake(
        "another IdP's uid",
        "IdP.tile",
        lambda hub, idp, recipe: idp.update(tile="nobody"),
        inconclusive(None, Reason.IDP_NOT_OFFERED, Step.MIRE),
        None,
    ),
    Mistake(
        "a claim that differs",
        "IdP.persona",
        lambda hub, idp, recipe: idp["persona"].update(given_name="Nobody"),
        ours(Reason.CLAIMS_MISMATCH, Step.CLAIMS),
        SetupPart.CLAIMS,
    ),
    Mistake(
        "a claim that is not given",
        "IdP.persona",
        lambda hub, idp, recipe: idp["persona"].update(phone_number=None),
        ours(Reason.CLAIMS_MISSING, Step.CLAIMS),
        SetupPart.CLAIMS,
    ),
    Mistake(
        "another level",
        "ServiceProvider.expected_acr",
        lambda hub, idp, recipe: hub["sp"].update(expected_acr=["eidas3"]),
        ours(Reason.ID_TOKEN, Step.TOKEN),
        SetupPart.TOKEN,
    ),
    Mistake(
        "another algorithm",
        "ServiceProvider.id_token_alg",
        lambda hub, idp, recipe: hub["sp"].update(id_token_alg=["RS512"]),
        ours(Reason.SIGNATURE, Step.TOKEN),
        SetupPart.TOKEN,
    ),
    Mistake(
        "a level that the hub does not know",
        "ServiceProvider.acr_values",
        lambda hub, idp, recipe: hub["sp"].update(acr_values="eidas9"),
        ours(Reason.ID_TOKEN, Step.TOKEN),
        SetupPart.TOKEN,
    ),
    Mistake(
        "a userinfo in another form",
        "ServiceProvider.userinfo",
        lambda hub, idp, recipe: hub["sp"].update(userinfo="json"),
        ours(Reason.SIGNATURE, Step.USERINFO),
        SetupPart.USERINFO,
    ),
    Mistake(
        "no key for what is encrypted",
        "ServiceProvider.decryption_key",
        no_key,
        ours(Reason.SP_CONFIGURATION, Step.USERINFO),
        None,
        client="sp-encrypted",
    ),
    Mistake(
        "a userinfo endpoint elsewhere",
        "Endpoints.userinfo",
        lambda hub, idp, recipe: hub.update(endpoints={"userinfo": hub["issuer"] + "/nowhere"}),
        ours(Reason.SP_CONFIGURATION, Step.USERINFO, "Y000404"),
        None,
    ),
    Mistake(
        "another redirect_uri",
        "ServiceProvider.redirect_uri",
        lambda hub, idp, recipe: hub["sp"].update(redirect_uri="https://sp.example/other"),
        ours(Reason.SP_CONFIGURATION, Step.AUTHORIZE, "Y04C013C"),
        None,
    ),
    Mistake(
        "a scope that we may not ask for",
        "ServiceProvider.scope",
        lambda hub, idp, recipe: hub["sp"].update(scope="openid nonsense"),
        ours(Reason.SP_CONFIGURATION, Step.SP_CALLBACK),
        None,
    ),
    Mistake(
        "another client",
        "ServiceProvider.client_id",
        lambda hub, idp, recipe: hub["sp"].update(client_id="nobody"),
        ours(Reason.SP_CONFIGURATION, Step.AUTHORIZE, "Y04EA6EF"),
        None,
    ),
    Mistake(
        "another way to authenticate",
        "ServiceProvider.client_auth",
        another_authentication,
        ours(Reason.SP_CONFIGURATION, Step.TOKEN, "Y0434A7B"),
        None,
    ),
    Mistake(
        "a mire that is described wrongly",
        "MirePage.page",
        lambda hub, idp, recipe: hub.update(profile=profile(mire={"page": "#nothing"})),
        ours(Reason.NOT_THE_MIRE, Step.MIRE),
        SetupPart.MIRE,
    ),
    Mistake(
        "tiles that are described wrongly",
        "MirePage.tile",
        lambda hub, idp, recipe: hub.update(profile=profile(mire={"tile": "li.nothing"})),
        ours(Reason.NO_IDP_SELECTABLE, Step.MIRE),
        SetupPart.MIRE,
    ),
    Mistake(
        "a consent page that is not described",
        "PageProfile.consent",
        lambda hub, idp, recipe: hub.update(profile=profile(consent=[])),
        ours(Reason.HUB_ERROR, Step.CONSENT),
        SetupPart.RETURN,
    ),
    Mistake("a form that is not there", "Press.form", lambda hub, idp, recipe: recipe["pages"][0].update(form="#nothing"), None, None),
    Mistake(
        "a field that nobody asked for", "Press.add", lambda hub, idp, recipe: recipe["pages"][0].update(add={"_csrf": "x"}), None, None
    ),
    Mistake("another password", "Account.password", lambda hub, idp, recipe: idp["account"].update(password=OTHER), REFUSED, None),
    Mistake("another user name", "Account.username", lambda hub, idp, recipe: idp["account"].update(username=OTHER), REFUSED, None),
    Mistake(
        "another secret",
        "ServiceProvider.client_secret",
        lambda hub, idp, recipe: hub["sp"].update(client_secret=OTHER),
        ours(Reason.SP_CONFIGURATION, Step.TOKEN, "Y0434A7B"),
        None,
    ),
    Mistake("a key of somebody else", "ServiceProvider.private_key", somebodys_key, None, None, client="sp-private-key"),
    Mistake(
        "parameters that the hub refuses",
        "ServiceProvider.authorize_parameters",
        asking(authorize_parameters={"display": "page"}),
        None,
        None,
    ),
    Mistake(
        "a proof key that the hub refuses",
        "ServiceProvider.pkce",
        asking(pkce="S256"),
        None,
        None,
    ),
    Mistake("a proxy that is not there", "Network.proxy", lambda hub, idp, recipe: idp.update(network={"proxy": NOBODY}), None, None),
    Mistake(
        "a token endpoint elsewhere",
        "Endpoints.token",
        lambda hub, idp, recipe: hub.update(endpoints={"token": hub["issuer"] + "/nowhere"}),
        None,
        None,
    ),
    Mistake(
        "an authorization endpoint elsewhere",
        "Endpoints.authorization",
        lambda hub, idp, recipe: hub.update(endpoints={"authorization": hub["issuer"] + "/nowhere"}),
        None,
        None,
    ),
    Mistake(
        "keys elsewhere",
        "Endpoints.jwks",
        lambda hub, idp, recipe: hub.update(endpoints={"jwks": hub["issuer"] + "/nowhere"}),
        None,
        None,
    ),
]


FROM_THE_FIRST_RUN = "names, connections, TLS, time-outs and statuses are judged from the first run (docs/domain.md)"
OF_THE_PROFILE = "how a hub's pages are recognised: the same part of our settings as MirePage.page and MirePage.tile"
SAYS_NOTHING = "no journey depends on it"
NO_MISTAKE = {
    "Press.optional": "a page that is not optional and does not come is the mistake of Press.page",
    "LoginRecipe.pages": "each page has mistakes of its own",
    "IdP.recipe": "each key of the recipe has mistakes of its own",
    "IdP.account": "each key of the account has mistakes of its own",
    "IdP.direct": "test_a_direct_probe_that_expects_the_wrong_thing_says_nothing_of_the_idp",
    "IdP.network": "each key of the network has mistakes of its own",
    **dict.fromkeys(("IdP.name", "IdP.title", "IdP.goal", "IdP.contacts", "IdP.sub_since", "IdP.control"), SAYS_NOTHING),
    "IdP.depth": "another depth is another journey, which passes",
    "IdP.interval": "refused at load where it is too short",
    "Account.budget": "tests/prober/test_logins.py",
    "ServiceProvider.private_key_kid": "a hub that reads it refuses the client, as for ServiceProvider.private_key",
    "ServiceProvider.private_key_alg": "refused at load where the key is of another sort",
    "ServiceProvider.post_logout_redirect_uri": "only the negative journey `logout` sends it",
    "ServiceProvider.code_lifetime": "says whose fault an expired code is, and nothing of an IdP that is well",
    "ServiceProvider.token_lifetime": "says whose fault an expired token is, and nothing of an IdP that is well",
    "ServiceProvider.clock_skew": "too large, it tolerates more",
    "ServiceProvider.token_leeway": "only the negative journey `token` waits for it",
    "Network.ca_file": FROM_THE_FIRST_RUN,
    "Network.resolve": FROM_THE_FIRST_RUN,
    "Network.http": FROM_THE_FIRST_RUN,
    "Network.families": FROM_THE_FIRST_RUN,
    "Network.user_agent": "an answer to another browser is a page that differs: Press.page, or turned_away",
    "Network.request_id": "an unknown header is refused by the status, as turned_away or http_status",
    "Endpoints.end_session": "only the negative journey `logout` asks it",
    **{f"MirePage.{name}": OF_THE_PROFILE for name in ("list", "aside", "uid", "disabled", "form", "choice", "csrf")},
}
"""The other keys by which a journey is made, each with why no mistake is made in it here."""


def test_every_key_by_which_a_journey_is_made_has_its_mistake_or_a_reason_why_not() -> None:
    asked = (models.Press, models.LoginRecipe, models.Account, models.IdP, models.ServiceProvider, models.Network, models.Endpoints)
    keys = {f"{model.__name__}.{name}" for model in (*asked, models.MirePage) for name in model.model_fields} | {"PageProfile.consent"}
    made = {each.key for each in MISTAKES}
    assert made | NO_MISTAKE.keys() == keys
    assert made & NO_MISTAKE.keys() == set()


def nothing_passed() -> dict[str, Neighbours]:
    """What the ledger of a new watch knows."""
    return {"fc": Neighbours(passed={})}


HOUR_US = 3_600 * SECOND


class OneRoundForAnHour:
    """Gives what one round saw to a ledger and its register, at each interval for an hour.

    Nothing else is there: no socket, and no clock but the times in the observations. `before` is
    what was seen before that, once.
    """

    def __init__(self, config: models.Config, seen: Iterable[Observation], folder: Path, before: Iterable[Observation] = ()) -> None:
        self._config, self._seen = config, sorted(seen, key=lambda each: each.finished_us)
        self._before = sorted(before, key=lambda each: each.finished_us)
        self._file = folder / "vigie.db"
        self.recorded: list[Observation] = []
        self.readings: list[HubReading] = []
        self.outages: list[Outage] = []
        self.incidents: list[Incident] = []
        self.acts: list[FlagAct] = []

    async def play(self) -> None:
        begun, listener = min(each.started_us for each in (*self._before, *self._seen)), FakeListener()
        spec = watch_spec(self._config, self._config.hubs[0])
        now = [begun]
        with ledger(self._file) as engine:
            policy = policy_of(self._config)  # it works out a calendar, which takes long
            automation = Automation(policy, lambda: now[0])
            recorder = Recorder(Writer(engine, automation.with_rows), listener, {})
            await recorder.configure([spec], begun)
            told = Remembered(Committed(recorder), recorder, self._config)
            for each in self._before:
                recorder.submit(each)
            for moved in range(0, HOUR_US + 1, spec.mire_us):
                for each in self._seen:
                    recorder.submit(replace(each, started_us=each.started_us + moved, finished_us=each.finished_us + moved))
                await recorder.drain()
                now[0] = self._seen[-1].finished_us + moved
                while automation.tick(engine):
                    pass
                self.readings.append(told.snapshot(now[0]).hubs[spec.name])
            self.recorded = listener.observations
            self.outages = [*Reader(engine).outages(now[0])]
            self.incidents = [*IncidentService(engine, policy, lambda: now[0]).incidents(states=None)]
            with engine.connect() as connection:
                self.acts = [act for idp in spec.idps for _, act in acts_after(connection, 0, spec.name, idp.name)]

    def harm(self) -> dict[str, list[Any]]:
        """What somebody was blamed for, by its kind; kinds without any are left out."""
        found: dict[str, list[Any]] = {
            "failed": [each for each in self.recorded if each.outcome is Outcome.FAILED],
            "down": [name for each in self.readings for name, subject in each.subjects.items() if subject.state is State.DOWN],
            "outages": self.outages,
            "incidents": self.incidents,
            "deactivations": self.acts,
        }
        return {kind: each for kind, each in found.items() if each}


class Committed:
    """What the recorder committed, without figures."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def read(self, now_us: int) -> tuple[Mapping[str, bytes], Mapping[str, Mapping[str, Annual]]]:
        return self._recorder.committed(), {}


def told_of(reading: HubReading) -> set[tuple[str, str]]:
    """What of our settings is told, by the alert that tells it and of whom ("": of the hub)."""
    never = {("VigieNeverPassed", owner) for owner in reading.never_passed}
    return never | {("VigieAccountSuspended", idp) for idp in reading.suspended}


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
async def test_a_mistake_of_our_set_up_is_nobodys_outage(simulated: Federation, mistake: Mistake, tmp_path: Path) -> None:
    """In one round, and in an hour of such rounds. One alert at most tells of the settings.

    It is told from the first round on, as VigieNeverPassed fires after an hour of it. What is
    ours at any time has no such alert: the hub or the IdP is unknown, which has its own.
    """
    config = configured(simulated, idps=(mistake.idp,), client=mistake.client, edit=mistake.edit, interval="5m")
    watching = Watching(config, known=nothing_passed())
    found = await watching.round()
    assert mistake.saw is None or found.observations[mistake.idp] == mistake.saw
    assert found.standing.down == {}
    told = next(each for each in watching.seen if each.idp == mistake.idp and each.kind.value == "identity")
    assert told.outcome is Outcome.INCONCLUSIVE
    assert mistake.saw is None or told.part is mistake.part

    hour = OneRoundForAnHour(config, watching.seen, tmp_path)
    await hour.play()
    assert hour.harm() == {}
    owner = "" if told.part is SetupPart.MIRE else mistake.idp
    expected = {("VigieNeverPassed", owner)} if told.part else set()
    if told.reason is Reason.CREDENTIALS_REFUSED:
        expected = {("VigieAccountSuspended", mistake.idp)}
    else:
        assert [told_of(each) for each in hour.readings] == [expected] * len(hour.readings)
    assert told_of(hour.readings[-1]) == expected
    assert hour.readings[-1].subjects[journey_of(mistake.idp)].state is State.UNKNOWN


async def test_mistakes_at_every_idp_for_an_hour_open_no_incident_and_propose_nothing(simulated: Federation, tmp_path: Path) -> None:
    """Each IdP of the hub has a mistake of its own, and is told once."""
    mistakes = [each for each in MISTAKES if each.at_idp]
    names = [idp.name for idp in IDPS][: len(mistakes)]

    def edit(document: dict[str, Any]) -> None:
        for idp, mistake in zip(document["hubs"][0]["idps"], mistakes, strict=False):
            mistake.spoil(document["hubs"][0], idp, document["recipes"][idp["name"]])

    config = configured(simulated, idps=tuple(names), edit=edit, interval="5m")
    watching = Watching(config, known=nothing_passed())
    await watching.round()
    hour = OneRoundForAnHour(config, watching.seen, tmp_path)
    await hour.play()
    assert hour.harm() == {}
    assert [told_of(each) for each in hour.readings] == [{("VigieNeverPassed", name) for name in names}] * len(hour.readings)


async def test_a_direct_probe_that_expects_the_wrong_thing_says_nothing_of_the_idp(simulated: Federation) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["hubs"][0]["idps"][0]["direct"]["contains"] = "never seen"

    found = await Watching(configured(simulated, idps=(A,), edit=edit), known=nothing_passed()).round()
    assert found.troubles == {f"direct {A}": inconclusive(Fault.SP, Reason.IDP_ERROR, Step.DIRECT)}
    assert found.standing == all_up()


async def test_a_hub_that_is_down_at_the_first_start_is_c1(simulated: Federation) -> None:
    """docs/domain.md: "Names, connections, TLS, time-outs, statuses from 500 on and the hub's own
    codes are judged from the first run: a hub that is down at the first start is C1".
    """
    for fault in ("down", "edge_error", "session_store_down"):
        await simulated.set_fault("hub", fault)
        found = await Watching(configured(simulated, idps=(A,)), known=nothing_passed()).round()
        assert found.standing == mire_missing(A), fault
        await simulated.clear_faults()


async def test_an_idp_that_is_down_at_the_first_start_is_down(simulated: Federation, tmp_path: Path) -> None:
    """After an hour of it there are an outage and an incident, and a deactivation is proposed."""
    await simulated.set_fault(A, "front_error", status=503)
    config = configured(simulated, idps=(A, B), interval="5m")
    watching = Watching(config, known=nothing_passed())
    found = await watching.round()
    assert found.observations[A] == failed(Fault.IDP, Reason.IDP_ERROR, Step.IDP_LOGIN_PAGE)
    assert found.standing.down[A] is Fault.IDP
    hour = OneRoundForAnHour(config, watching.seen, tmp_path)
    await hour.play()
    assert hour.harm().keys() == {"failed", "down", "outages", "incidents", "deactivations"}
    assert {told for each in hour.readings for told in told_of(each)} == set()


async def test_what_passed_once_is_judged_as_ever_afterwards(simulated: Federation) -> None:
    watching = Watching(configured(simulated, idps=(A, TWO_PAGES)), known=nothing_passed())
    assert (await watching.round()).standing == all_up()
    await simulated.set_fault(A, "login_missing")
    found = await watching.round()
    assert found.observations[A] == failed(Fault.IDP, Reason.LOGIN_PAGE_MISSING, Step.IDP_LOGIN_PAGE)
    assert found.standing == idp_down(A)
    assert all(each.outcome is Outcome.OK or each.part is None or not each.never_passed for each in watching.seen)


async def test_a_login_page_that_was_made_anew_is_no_outage_though_the_recipe_once_fitted(simulated: Federation) -> None:
    """It asks for a password: citizens log in there, and our recipe is what must be mended."""
    watching = Watching(configured(simulated, idps=(A, TWO_PAGES)), known=nothing_passed())
    assert (await watching.round()).standing == all_up()
    await simulated.set_fault(A, "login_redesigned")
    found = await watching.round()
    assert found.observations[A] == ours(Reason.RECIPE_UNFIT, Step.IDP_LOGIN_PAGE)
    assert found.standing.down == {}


async def test_a_document_of_ours_that_the_hub_cannot_fetch_is_ours_however_long_it_worked(simulated: Federation) -> None:
    watching = Watching(configured(simulated, idps=(A,)), known=nothing_passed())
    assert (await watching.round()).standing == all_up()
    await simulated.set_fault("hub", "error_page", step="authorize", code="Y04A8220", status=400)
    found = await watching.round()
    assert found.observations["mire"] == inconclusive(Fault.SP, Reason.SP_CONFIGURATION, Step.AUTHORIZE, "Y04A8220")
    assert found.standing.down == {}


NOWHERE, OTHER_URI = "/nowhere", "https://sp.example/other"


@pytest.mark.parametrize(
    ("edit", "kind", "named"),
    [
        (lambda hub: hub.update(issuer=hub["issuer"] + NOWHERE), DetailKind.ADDRESS_UNKNOWN, NOWHERE),
        (lambda hub: hub["sp"].update(redirect_uri=OTHER_URI), DetailKind.PARAMETER_REFUSED, f"redirect_uri={OTHER_URI}"),
    ],
    ids=["issuer", "redirect_uri"],
)
async def test_the_setting_that_is_wrong_is_named(
    simulated: Federation, edit: Callable[[dict[str, Any]], None], kind: DetailKind, named: str
) -> None:
    watching = Watching(configured(simulated, idps=(A,), edit=lambda document: edit(document["hubs"][0])), known=nothing_passed())
    found = await watching.round()
    assert found.standing.down == {}
    told = [seen.detail for seen in watching.seen if seen.step is Step.AUTHORIZE and seen.detail]
    assert {each.kind for each in told} == {kind}
    assert all(each.names[0].endswith(named) for each in told)


async def test_a_private_key_that_the_hub_does_not_know_is_named_and_no_secret(simulated: Federation) -> None:
    file = simulated.state_dir / "another.key"
    file.write_bytes(ECKey.generate_key("P-256").as_pem(private=True))

    def edit(document: dict[str, Any]) -> None:
        document["hubs"][0]["sp"]["private_key"] = {"file": str(file)}

    watching = Watching(configured(simulated, idps=(A,), client="sp-private-key", edit=edit), known=nothing_passed())
    assert (await watching.round()).observations[A].reason is Reason.SP_CONFIGURATION
    told = watching.seen[-1].detail
    assert told is not None
    assert (told.kind, told.names) == (DetailKind.CLIENT_KEY_REFUSED, ("private_key_jwt",))
    assert "private_key" in sentence(told).fr
    assert "client_secret" not in sentence(told).fr


async def test_a_client_that_is_switched_off_is_ours_until_it_passed_and_the_hubs_afterwards(simulated: Federation) -> None:
    config = configured(simulated, idps=(A,))
    await simulated.set_fault("hub", "client_switched_off", client=config.hubs[0].sp.client_id)
    unknown = inconclusive(Fault.SP, Reason.SP_CONFIGURATION, Step.AUTHORIZE, "Y04EA6EF")
    watching = Watching(config, known=nothing_passed())
    assert (await watching.round()).observations["mire"] == unknown
    await simulated.clear_faults()
    assert (await watching.round()).standing == all_up()
    await simulated.set_fault("hub", "client_switched_off", client=config.hubs[0].sp.client_id)
    assert (await watching.round()).standing == mire_missing(A)


@pytest.mark.parametrize("form", ["json", "text", "empty"])
@pytest.mark.parametrize("client", ["sp-es256", "sp-basic"])
async def test_a_secret_that_was_rotated_is_ours_however_the_hub_says_so(simulated: Federation, client: str, form: str) -> None:
    watching = Watching(configured(simulated, idps=(A,), client=client), known=nothing_passed())
    assert (await watching.round()).standing == all_up()
    await simulated.set_fault("hub", "secret_rotated", form=form)
    found = await watching.round()
    assert found.observations[A].reason is Reason.SP_CONFIGURATION
    assert found.standing.down == {}
    told = watching.seen[-1]
    assert (told.fault, told.step, told.detail and told.detail.kind) == (Fault.SP, Step.TOKEN, DetailKind.CLIENT_REFUSED)


async def test_a_signature_by_a_secret_that_the_hub_never_saw_from_us_is_ours_and_by_one_that_it_took_the_hubs(
    simulated: Federation,
) -> None:
    """The client of the first proves itself by a key: nothing shows that its secret is right."""
    of_two = simulated.world.clients["sp-private-key"]
    of_two.alg = "HS256"
    try:
        config = configured(simulated, idps=(A,), client="sp-private-key", edit=with_secret_of(of_two.secret, simulated))
        watching = Watching(config, known=nothing_passed())
        assert (await watching.round()).standing == all_up()
        await simulated.set_fault("hub", "secret_rotated")
        found = await watching.round()
        assert found.observations[A] == ours(Reason.SP_CONFIGURATION, Step.TOKEN)
        assert found.standing.down == {}
    finally:
        of_two.alg = "ES256"
    await simulated.clear_faults()
    watching = Watching(configured(simulated, idps=(A,), client="sp-hs256"), known=nothing_passed())
    assert (await watching.round()).standing == all_up()
    await simulated.set_fault("hub", "id_token_bad_signature")
    assert (await watching.round()).observations[A] == failed(Fault.HUB, Reason.SIGNATURE, Step.TOKEN)


def with_secret_of(secret: str, simulated: Federation) -> Edit:
    file = simulated.state_dir / "another.secret"
    file.write_text(secret, "utf-8")

    def edit(document: dict[str, Any]) -> None:
        document["hubs"][0]["sp"] |= {"client_secret": {"file": str(file)}, "id_token_alg": ["HS256"], "userinfo": "auto"}

    return edit


@pytest.mark.parametrize(("asks", "kind"), [("password", DetailKind.NEW_PASSWORD_ASKED), ("terms", DetailKind.AGREEMENT_ASKED)])
@pytest.mark.parametrize("idp", [A, TWO_PAGES])
async def test_an_idp_that_wants_something_of_our_account_is_not_down(simulated: Federation, idp: str, asks: str, kind: DetailKind) -> None:
    watching = Watching(configured(simulated, idps=(idp,)), known=nothing_passed())
    assert (await watching.round()).standing == all_up()
    await simulated.set_fault(idp, "account_page", asks=asks)
    found = await watching.round()
    assert found.observations[idp] == ours(Reason.CREDENTIALS_REFUSED, Step.IDP_LOGIN)
    assert found.standing.down == {}
    told = watching.seen[-1].detail
    assert told is not None
    assert (told.kind, "form#account-form (new, again, interactionId, _csrf)" in told.others) == (kind, asks == "password")


TURNED_AWAY: list[tuple[str, str, dict[str, Any], str, Step]] = [
    ("hub", "/api/v2/authorize", {"status": 429}, "mire", Step.AUTHORIZE),
    ("hub", "/api/v2/authorize", {"status": 403}, "mire", Step.AUTHORIZE),
    ("hub", "/api/v2/authorize", {"status": 503, "challenge": "header"}, "mire", Step.AUTHORIZE),
    ("hub", "/api/v2/authorize", {"status": 200, "challenge": "widget"}, "mire", Step.MIRE),
    ("hub", "/api/v2/token", {"status": 429}, A, Step.TOKEN),
    ("hub", "/api/v2/userinfo", {"status": 403}, A, Step.USERINFO),
    (A, "/authorize", {"status": 429}, A, Step.IDP_LOGIN_PAGE),
    (A, "/authorize", {"status": 200, "challenge": "widget"}, A, Step.IDP_LOGIN_PAGE),
]


@pytest.mark.parametrize(("party", "path", "options", "target", "step"), TURNED_AWAY, ids=str)
async def test_an_answer_that_turns_the_prober_away_is_no_outage(
    simulated: Federation, party: str, path: str, options: dict[str, Any], target: str, step: Step
) -> None:
    """docs/domain.md, "An answer about us"."""
    watching = Watching(configured(simulated, idps=(A,)))
    assert (await watching.round()).standing == all_up()
    await simulated.set_fault(party, "turned_away", path=path, **options)
    found = await watching.round()
    # its metadata are served by the host that turns the login away: then it is ours for certain
    fault = Fault.SP if party == A else None
    assert found.observations[target] == inconclusive(fault, Reason.TURNED_AWAY, step)
    assert found.standing.down == {}


def test_the_hub_itself_and_its_idps_have_names_of_their_own() -> None:
    assert HUB not in {idp.name for idp in IDPS}
