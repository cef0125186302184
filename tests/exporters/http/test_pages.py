"""The page for people, as HTML."""

import base64
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from exporters.http.page import STYLE_HASH
from exporters.http.pages import index
from exporters.http.texts import PageTexts, Pending
from exporters.http.trace import trace
from exporters.metrics.live import Meters
from exporters.metrics.readings import (
    ClientView,
    FlagReading,
    HubReading,
    ListedChange,
    ListedIncident,
    RegisterReading,
    Snapshot,
    SubjectReading,
    View,
)
from probe.core.judgement.condition import CONDITIONS, HUB, State, journey_of
from probe.core.judgement.corroboration import NeverPassed
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Fault, Hop, Kind, Reason, SetupPart, Step
from probe.core.judgement.own_trouble import OwnTrouble
from probe.core.judgement.reach import Reach
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import at_client, client_of
from probe.core.judgement.suspension import Suspension
from probe.core.judgement.why_unknown import Explanation, WhyUnknown
from probe.core.radar.change import ChangeKind
from probe.core.radar.notice import Notice
from probe.texts.bilingual import Texts
from probe.texts.judgement import STATES
from probe.texts.why_unknown import unproven
from tests.fakes.readings import ALPHA, BETA, MIRE, START, VIEW, seen

DOWN = SubjectReading(State.DOWN, START, Fault.HUB)
SNAPSHOT = Snapshot({"fc": HubReading({HUB: DOWN, CONDITIONS[0]: DOWN, journey_of("alpha"): DOWN}, {"beta": Suspension(3, START)})})


def named(title: str) -> View:
    return replace(VIEW, hubs=(replace(VIEW.hubs[0], title=title, idps=(replace(ALPHA, title=title), BETA)),))


def page(title: str) -> HTMLParser:
    register = RegisterReading(open=(ListedIncident("VIGIE-7", "fc", 2, "in_hand", title, START),))
    return HTMLParser(index(named(title), SNAPSHOT, True, [Pending.FIRST_ROUND], register))


def elements(shown: HTMLParser) -> list[str]:
    return [f"{node.tag} {' '.join(node.attributes)}" for node in shown.css("*")]


@settings(max_examples=40)
@given(st.text("<>&\"'{}%#/= abé", min_size=1, max_size=30))
def test_a_name_is_a_text_and_nothing_else(title: str) -> None:
    shown = page(f"x{title}x")
    assert elements(shown) == elements(page("x"))
    assert shown.css_first("tbody tr td:nth-child(4)").text() == f"x{title}x"
    assert shown.css_first("tbody a[aria-label]").attributes["aria-label"].endswith(f"x{title}x")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_template_s_layout_is_not_in_the_page(language: str) -> None:
    """A gap between two elements would be shown; one between two words must be there."""
    whole = index(replace(named("Un hub"), language=language), SNAPSHOT, True, [], None)
    assert whole.count("\n") == 1
    assert whole.endswith("</html>\n")
    shown = HTMLParser(whole)
    assert shown.css_first("html").attributes["lang"] == language
    (alpha, beta) = shown.css("section:last-of-type table:last-of-type tbody tr")
    assert [cell.text() for cell in alpha.css("td")][2] == {"fr": "le hub", "en": "the hub"}[language]
    assert [cell.text() for cell in beta.css("td")][1:] == ["-", "-", "-"]
    assert (
        beta.css_first("th").text()
        == {
            "fr": "beta (compte de test suspendu) Parcours à la demande",
            "en": "beta (test account suspended) Journey on demand",
        }[language]
    )


@pytest.mark.parametrize(("language", "told"), [("fr", "annoncé par personne"), ("en", "announced by nobody")])
def test_changes_that_were_seen_are_listed_with_whether_they_were_announced(language: str, told: str) -> None:
    seen = ListedChange(START, ChangeKind.METADATA, "", ("scopes_supported=phone", "issuer"), Notice.NOBODY)
    register = RegisterReading(latest_changes={"fc": (seen,)})
    shown = HTMLParser(index(replace(named("Un hub"), language=language), SNAPSHOT, True, [], register))
    (row,) = (row for row in shown.css("tbody tr") if "scopes_supported" in row.text())
    assert [cell.text() for cell in row.css("td")][1:] == ["scopes_supported=phone, issuer", told]
    later = RegisterReading(latest_changes={"fc": (replace(seen, notice=Notice.IN_TIME, recorded_after_us=START),)})
    said = PageTexts(language)
    expected = f"{said.notices[Notice.IN_TIME]} ({said.recorded_after.format(recorded=said.sentence_instant(START))})"
    assert expected in index(replace(named("Un hub"), language=language), SNAPSHOT, True, [], later)


def test_the_page_says_since_when_an_idp_that_the_mire_does_not_offer_is_deactivated() -> None:
    reading = HubReading({"idp:alpha": SubjectReading(State.UNKNOWN, unknown=Explanation(WhyUnknown.NOT_OFFERED, "idp:alpha"))})
    for since_us, told in ((START, True), (0, False)):
        register = RegisterReading(flags={("fc", "alpha"): FlagReading("deactivated", START, deactivated_us=since_us)})
        assert ("désactivé depuis le" in index(named("Un hub"), Snapshot({"fc": reading}), True, [], register)) is told


def test_the_page_names_the_tile_that_keeps_anybody_from_telling_whether_c3_holds() -> None:
    why = Explanation(WhyUnknown.UNWATCHED, CONDITIONS[2], names=("a-stranger",))
    for state, told in ((State.UNKNOWN, True), (State.UP, False)):
        reading = HubReading({CONDITIONS[2]: SubjectReading(state, unknown=why)})
        assert ("a-stranger" in index(VIEW, Snapshot({"fc": reading}), True, [])) is told


def test_what_keeps_anybody_from_telling_is_said_in_full_once_with_all_of_whom_it_is_true() -> None:
    detail = Detail(DetailKind.CLIENT_REFUSED, ("client_secret_post",))
    trouble = OwnTrouble(Kind.IDENTITY, Reason.SP_CONFIGURATION, Step.TOKEN, START, detail=detail)

    def unknown(of: str) -> SubjectReading:
        return SubjectReading(State.UNKNOWN, unknown=Explanation(WhyUnknown.INCONCLUSIVE, of, trouble=trouble))

    alpha, beta = journey_of("alpha"), journey_of("beta")
    reading = HubReading({HUB: unknown(alpha), CONDITIONS[1]: unknown(alpha), alpha: unknown(alpha), beta: unknown(beta)})
    shown = HTMLParser(index(VIEW, Snapshot({"fc": reading}), True, []))
    assert shown.body is not None
    assert shown.body.text().count("client_secret_post") == 1
    (line,) = [one.text() for one in shown.css("li") if "client_secret_post" in one.text()]
    assert line.startswith("Alpha & fils, beta\N{NO-BREAK SPACE}: parcours non concluants")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", "refusés 3 fois de suite depuis le 01/01/2026 à 01:00:00."),
        ("en", "refused 3 times in a row since 01/01/2026 at 01:00:00."),
    ],
)
def test_a_suspended_account_is_told_with_why_and_what_lifts_it(language: str, told: str) -> None:
    shown = HTMLParser(index(replace(named("Un hub"), language=language), SNAPSHOT, True, [], None))
    (line,) = [one.text() for one in shown.css("li") if "systemctl reload vigie" in one.text()]
    assert line.startswith("beta")
    assert told in line


def test_c1_of_a_hub_without_a_chooser_has_its_own_name() -> None:
    own = replace(VIEW, hubs=(replace(VIEW.hubs[0], conditions=CONDITIONS[:2], login_missing="C1, autre chose"),))
    shown = index(own, SNAPSHOT, True, [])
    assert "C1, autre chose" in shown
    assert "la mire n&#39;est pas affichée" not in shown


@pytest.mark.parametrize(("language", "lasted", "took"), [("fr", "1,000 s", " 12,3 "), ("en", "1.000 s", " 12.3 ")])
def test_a_trace_writes_its_numbers_as_its_language_does(language: str, lasted: str, took: str) -> None:
    told = trace(
        seen(MIRE, hops=(Hop(Step.MIRE, "GET", "hub.example", "/", 200, first_byte_us=12_345, total_us=20_000),)), PageTexts(language)
    )
    assert lasted in told
    assert took in told


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_exchange_that_is_wider_than_the_terminal_is_a_paragraph_of_the_same_cells(language: str) -> None:
    hop = Hop(Step.IDP_LOGIN_PAGE, "GET", "hub.example", "/authorize", 200, first_byte_us=12_345, total_us=20_000, error=Reason.TIMEOUT)
    observation, texts = seen(MIRE, hops=(hop, hop)), PageTexts(language)
    wide = trace(observation, texts)
    narrow = trace(observation, texts, 80)
    assert max(map(len, wide.splitlines())) > 80 >= max(map(len, narrow.splitlines()))
    assert set(wide.split()) - set(narrow.split()) == set(" ".join(texts.hop_columns[:3]).split())  # the heads that are left out
    assert trace(observation, texts, 1_000) == wide


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", "hub.example ne répond pas en IPv6 ; l'autre famille d'adresses répond."),
        ("en", "hub.example does not answer by IPv6; the other family of addresses does."),
    ],
    ids=["fr", "en"],
)
def test_a_family_of_addresses_that_is_dead_is_told_on_the_page_and_in_the_trace(language: str, told: str) -> None:
    def plain(text: str) -> str:
        return text.replace("\u202f", " ").replace("\xa0", " ")

    meters = Meters("1.2.3")
    meters.configure(replace(VIEW, language=language))
    hop = Hop(Step.MIRE, "GET", "hub.example", "/", 200, ip=4, dead_ip=6)
    observation = seen(MIRE, hops=(hop,))
    assert told in plain(trace(observation, PageTexts(language)))
    assert told not in plain(trace(seen(MIRE, hops=(replace(hop, dead_ip=None, also_ip=6),)), PageTexts(language)))
    meters.observed(observation)
    shown = HTMLParser(index(meters.view, SNAPSHOT, True, [], None, None, meters.dead_families))
    assert told in [plain(one.text()) for one in shown.css("main > p")]
    meters.observed(seen(MIRE, hops=(replace(hop, dead_ip=None, also_ip=6),)))
    assert meters.dead_families == {}


def test_a_hub_that_is_down_says_by_which_condition_and_why_in_the_reader_s_time() -> None:
    cause = Cause(Fault.HUB, Reason.HTTP_STATUS, Step.MIRE, "Y000000", on_hub=True)
    down = SubjectReading(State.DOWN, START, Fault.HUB, cause=cause, condition=CONDITIONS[0])
    for zone, since in (("Europe/Paris", "01/01/2026 à 01:00:00"), ("America/Martinique", "31/12/2025 à 20:00:00")):
        reading = HubReading({HUB: down, CONDITIONS[0]: replace(down, condition=None)})
        shown = HTMLParser(index(replace(VIEW, timezone=zone), Snapshot({"fc": reading}), True, []))
        text = " ".join(shown.body.text().split()).replace("\N{NO-BREAK SPACE}", " ")
        assert "État : indisponible (C1) : le hub répond par une erreur HTTP (Y000000)" in text
        assert since in text
        assert f"Heures du fuseau {zone}." in text


def test_what_an_idp_does_that_is_asked_without_the_hub_stands_beside_its_reason() -> None:
    cause = Cause(Fault.IDP, Reason.IDP_DISCOVERY, Step.REDIRECT_TO_IDP, on_hub=True)
    down = SubjectReading(State.DOWN, START, Fault.IDP, cause=cause, direct=Cause(Fault.IDP, Reason.CONNECT, Step.DIRECT))
    shown = HTMLParser(index(replace(VIEW, language="en"), Snapshot({"fc": HubReading({journey_of("alpha"): down})}), True, []))
    assert "; direct call: the identity provider refuses the connection" in shown.body.text()


def test_an_outage_that_goes_on_with_a_changed_setting_says_so_beside_its_reason() -> None:
    subjects = {journey_of("alpha"): replace(DOWN, cause=Cause(Fault.IDP, Reason.IDP_ERROR, Step.IDP_LOGIN))}
    doubt = NeverPassed(SetupPart.LOGIN, "new", START, START)
    reading = HubReading(subjects, never_passed=frozenset({"alpha"}), unproven={"alpha": doubt})
    shown = HTMLParser(index(VIEW, Snapshot({"fc": reading}), True, []))
    [row] = [each for each in shown.css("tr") if each.css_first("th") and each.css_first("th").text().strip().startswith(ALPHA.title)]
    assert unproven(doubt, Texts("fr")) in row.css("td")[3].text()
    assert "(" not in row.css_first("th").text(), "and once only"


@pytest.mark.parametrize(("state", "told"), [(State.UP, True), (State.DOWN, False), (State.UNKNOWN, False)])
def test_what_is_up_says_up_to_where_it_was_seen(state: State, told: bool) -> None:
    hub = replace(VIEW.hubs[0], clients=(ClientView("eidas2"),))
    subjects = {journey_of("alpha"): SubjectReading(state), client_of("eidas2"): SubjectReading(state)}
    reading = HubReading(subjects, reaches={journey_of("alpha"): Reach.LOGIN_PAGE, client_of("eidas2"): Reach.MIRE})
    text = HTMLParser(index(replace(VIEW, hubs=(hub,)), Snapshot({"fc": reading}), True, [])).body.text()
    assert [f"{STATES[State.UP].fr} ({word})" in text for word in ("page de connexion seule", "mire seule")] == [told, told]


def test_the_style_is_the_one_that_the_content_policy_allows() -> None:
    style = HTMLParser(index(VIEW, Snapshot(), True, [])).css_first("style").text()
    assert f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}" == STYLE_HASH


def test_other_clients_of_a_hub_have_a_table_of_their_own() -> None:
    hub = replace(VIEW.hubs[0], clients=(ClientView("eidas2", "Niveau 2", ("alpha",)),))
    subjects = {client_of("eidas2"): DOWN, at_client(journey_of("alpha"), "eidas2"): SubjectReading(State.UP, START)}
    reading = HubReading(subjects, never_passed=frozenset({at_client("alpha", "eidas2")}))
    shown = HTMLParser(index(replace(VIEW, hubs=(hub,)), Snapshot({"fc": reading}), True, [], None))
    [table] = [each for each in shown.css("table") if each.css_first("caption").text() == "Autres clients du hub, hors du chiffre"]
    rows = [(row.css_first("th").text(), row.css_first("td").text()) for row in table.css("tbody tr")]
    assert [name.split(" (")[0] for name, _ in rows] == ["client Niveau 2", ALPHA.title]
    assert [state for _, state in rows] == [STATES[State.DOWN].fr, STATES[State.UP].fr]
    assert "(" in rows[1][0]
    assert "Autres clients" not in index(VIEW, SNAPSHOT, True, [], None)
