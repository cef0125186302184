"""What journeys read of a hub's outward form: its tiles, and how its pages are built."""

from typing import Any

import pytest

from probe.config import profiles
from probe.config.models import Config, Pkce
from probe.core.judgement.observation import Kind, Outcome, Reason, Step
from probe.core.judgement.sighting import MOST_TRAITS, Aspect
from probe.journeys.exchange import Answer
from probe.journeys.hubpages import HubPage
from probe.journeys.outward_form import page_traits, tile_traits
from probe.journeys.pages import Page
from probe.journeys.redact import Redactor
from probe.journeys.site import Memory
from tests.builders import DAY, HOUR
from tests.fakes.hub import ISSUER, PERSONA, UID, FakeHub, broken, configured, drive, entropy, html, mire, planned, run, tile
from tests.fakes.hub import NOW_US as NOW

PAGE = "GET /api/v2/interaction/i-123456789"
METADATA = "GET /api/v2/.well-known/openid-configuration"


def built(body: str, url: str = "https://hub.test/mire", *hidden: str) -> set[str]:
    """The names of a page's traits."""
    made = html(body)
    return {name for name, _ in page_traits(Page(Answer(url, 200, made.headers, made.body)), Redactor(hidden))}


FORM = "<main><form id=a action=/send method=post><input name=login><input type=hidden name=csrf value={}></form></main>"


def test_a_page_is_told_by_its_path_forms_fields_ids_parts_and_the_hosts_that_it_loads_from() -> None:
    body = FORM.format(1) + "<iframe src='https://cdn.example/x'></iframe><script src=/own.js></script>"
    assert built(body) == {
        "path", "form POST /send", "field /send login", "field /send csrf", "id a", "part iframe", "loads cdn.example", "loads hub.test",
    }  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        FORM.format("another-token"),
        "<div class='fr-notice--info' id=maintenance-42><p id=words>Maintenance ce soir</p></div>" + FORM.format(1),
        "<section role=alert><a id=more href=/more>x</a></section>" + FORM.format(1),
        "<div aria-live=polite><form action=/cookies><input name=ok></form></div>" + FORM.format(1),
        "<p class=variant-b><b>Bonjour</b></p>" + FORM.format(1),
    ],
    ids=["token", "banner by its class", "banner by its role", "banner with a form", "text and classes"],
)
def test_what_is_another_one_each_day_is_no_part_of_it(other: str) -> None:
    assert built(other) == built(FORM.format(1))


def test_digits_and_what_looks_random_in_a_name_are_left_out() -> None:
    one, two = (built(f"<div id='react-{number}'></div><i id='x-{run}'></i>") for number, run in ((12, "3f9a0c1d2b"), (7, "77aa00bb11")))
    assert one == two


def test_an_address_of_an_interaction_is_left_out() -> None:
    assert ("path", "/interaction/*") in page_traits(Page(Answer("https://hub.test/interaction/kf8Zq-0aB91Xy7kLmNop2")), Redactor())


def test_nothing_of_the_citizen_is_read() -> None:
    shown = " ".join(
        built("<p id='name-DUBOIS'>Angela</p><form action='/a/DUBOIS'><input name='x-DUBOIS'></form>", "https://hub.test/", "DUBOIS")
    )
    assert "dubois" not in shown.lower()


def test_a_host_that_names_the_citizen_is_masked() -> None:
    page = "<script src='https://Angela.cdn.example/a.js'></script><script src='https://cdn.example/b.js'></script>"
    assert built(page, "https://hub.test/", "Angela") == {"path", "loads ***.cdn.example", "loads cdn.example"}


def test_a_huge_page_gives_no_more_traits_than_a_sighting_holds() -> None:
    names = [first + second for first in "abcdefghijklmnopqrst" for second in "abcdefghijklmnopqrst"]
    assert len(built("".join(f"<form action=/{name}><input name=n{name}></form>" for name in names))) == MOST_TRAITS


def test_the_tiles_are_told_by_uid_and_name_and_not_as_structure() -> None:
    profile = profiles.built_in("franceconnect")

    def read(*tiles: str) -> tuple[Any, Any]:
        made = mire(*tiles)
        page = HubPage(Page(Answer("https://hub.test/interaction/i-1", 200, made.headers, made.body)), profile)
        return tile_traits(page, Redactor()), page_traits(page.page, Redactor(), page)

    few, structure = read(tile(UID))
    more, same = read(tile(UID), tile("other", greyed=True))
    assert (few, more) == (((UID, "IdP"),), ((UID, "IdP"), ("other", "")))
    assert structure == same


def test_a_title_that_the_configuration_gives_is_read_though_a_persona_holds_a_word_of_it() -> None:
    made = mire(tile(UID).replace("IdP", "Paris 7"), tile("other").replace("IdP", "Paris"))
    page = HubPage(Page(Answer("https://hub.test/interaction/i-1", 200, made.headers, made.body)), profiles.built_in("franceconnect"))
    assert tile_traits(page, Redactor(["Paris"]), {"Paris 7"}) == ((UID, "Paris 7"), ("other", "***"))


# --- in the journeys


def asking_the_metadata() -> Config:
    """The hub, with a profile by which its metadata say whether PKCE is used."""
    config, profile = configured(), profiles.built_in("franceconnect").model_copy(update={"pkce": Pkce.AUTO})
    return config.model_copy(update={"hubs": [config.hubs[0].model_copy(update={"profile": profile})]})


def sightings(hub: FakeHub, kind: Kind, **more: Any) -> dict[Aspect, Any]:
    return {one.aspect: one.traits for one in run(hub, kind, **more).verdict.sightings}


def test_a_login_shows_metadata_keys_tiles_mire_and_consent() -> None:
    found = sightings(FakeHub(), Kind.IDENTITY, config=asking_the_metadata())
    assert set(found) == {Aspect.METADATA, Aspect.KEYS, Aspect.TILES, Aspect.MIRE, Aspect.CONSENT}
    assert dict(found[Aspect.METADATA]) == {"issuer": ISSUER, "code_challenge_methods_supported=S256": ""}
    assert [name for name, _ in found[Aspect.KEYS]] == ["k1"]
    assert not any(str(value) in str(found) for value in PERSONA.values() if value)


def test_a_page_that_is_not_the_mire_shows_nothing_of_it() -> None:
    assert not {Aspect.TILES, Aspect.MIRE} & set(sightings(FakeHub().on(PAGE, html("<h1>Maintenance</h1>")), Kind.MIRE))


def test_a_mistake_of_our_own_reading_is_not_the_hubs(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("probe.journeys.mire.page_traits", fail)
    verdict = run(FakeHub(), Kind.MIRE).verdict
    assert (verdict.outcome, [one.aspect for one in verdict.sightings if one.aspect is Aspect.MIRE]) == (Outcome.OK, [])


# --- what nobody asks for is asked for once a day (probe.journeys.published)


def steps(hub: FakeHub, memory: Memory, at_us: int) -> list[Step]:
    """The back channel's steps of a mire's journey."""
    told = drive(planned(Kind.MIRE).start(memory, entropy, NOW + at_us), hub.answer)
    assert told.verdict.outcome is Outcome.OK
    return [ask.step for ask in told.asks if ask.step in (Step.DISCOVERY, Step.JWKS)]


def test_metadata_and_keys_that_nobody_asks_for_are_read_once_a_day_after_the_mire() -> None:
    hub, memory = FakeHub(), Memory()
    read = {at: steps(hub, memory, at) for at in (0, HOUR - 1, HOUR, 2 * HOUR, DAY, DAY + HOUR, 2 * DAY)}
    both = [Step.DISCOVERY, Step.JWKS]
    assert read == {0: [], HOUR - 1: [], HOUR: both, 2 * HOUR: [], DAY: [], DAY + HOUR: both, 2 * DAY: []}


def test_keys_that_a_login_read_are_not_read_again() -> None:
    hub, memory = FakeHub(), Memory()
    steps(hub, memory, 0)
    run(hub, Kind.IDENTITY, memory=memory)
    assert steps(hub, memory, HOUR) == [Step.DISCOVERY]


@pytest.mark.parametrize("answer", [broken(Reason.TIMEOUT), html("gone", 404), html("not JSON")], ids=["time-out", "status", "no document"])
def test_whatever_comes_of_it_the_mire_was_displayed(answer: Answer) -> None:
    hub, memory = FakeHub().on(METADATA, answer), Memory()
    steps(hub, memory, 0)
    told = drive(planned(Kind.MIRE).start(memory, entropy, NOW + HOUR), hub.answer)
    assert told.verdict.outcome is Outcome.OK
    assert {one.aspect for one in told.verdict.sightings} == {Aspect.TILES, Aspect.MIRE, Aspect.KEYS}
