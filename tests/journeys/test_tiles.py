"""What counts as a tile of the mire: the list that the profile names, and nothing beside it."""

from typing import Any

import pytest

from probe.config import profiles
from probe.config.models import Config
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step, Tile
from probe.journeys.exchange import Answer
from probe.journeys.hubpages import Enclosures
from tests.fakes.hub import CSRF, UID, FakeHub, aidants, configured, html, mire, run, tile

PAGE = "GET /api/v2/interaction/i-123456789"
CHOICE = "POST /api/v2/redirect-to-idp"
HELPERS = "aidants-uid"


def shown(page: Answer, kind: Kind = Kind.MIRE, config: Config | None = None) -> Any:
    return run(FakeHub().on(PAGE, page), kind, config).verdict


def watching(uid: str) -> Config:
    """A configuration whose one IdP is offered under this uid."""
    config = configured()
    idp = config.hubs[0].idps[0].model_copy(update={"tile": uid})
    return config.model_copy(update={"hubs": [config.hubs[0].model_copy(update={"idps": [idp]})]})


def through(**mire_page: str | None) -> Config:
    """A configuration with a profile of its own, which reads the mire otherwise."""
    config, built_in = configured(), profiles.built_in("franceconnect")
    profile = built_in.model_copy(update={"mire": built_in.mire.model_copy(update=mire_page)})
    return config.model_copy(update={"hubs": [config.hubs[0].model_copy(update={"profile": profile})]})


# --- a form as a tile's, beside the list ----------------------------------------------------------


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("kind", [Kind.MIRE, Kind.IDENTITY])
def test_a_mire_whose_tiles_are_all_greyed_offers_nobody_though_the_helpers_button_works(kind: Kind, before: bool) -> None:
    beside = {"extra": aidants()} if before else {"after": aidants()}
    verdict = shown(mire(tile(UID, greyed=True), tile("b", greyed=True), **beside), kind)
    assert (verdict.outcome, verdict.fault, verdict.reason) == (Outcome.FAILED, Fault.HUB, Reason.NO_IDP_SELECTABLE)
    assert verdict.tiles == (Tile(UID, False), Tile("b", False))


def test_a_mire_without_any_tile_offers_nobody_though_the_helpers_button_is_there() -> None:
    verdict = shown(mire(after=aidants()))
    assert (verdict.reason, verdict.tiles) == (Reason.NO_IDP_SELECTABLE, ())


def test_the_helpers_button_is_no_tile_of_a_mire_that_works() -> None:
    verdict = shown(mire(tile(UID), tile("b", greyed=True), after=aidants()))
    assert (verdict.outcome, verdict.tiles) == (Outcome.OK, (Tile(UID, True), Tile("b", False)))


def test_tiles_that_cannot_be_sent_are_no_mire_though_the_helpers_button_could_be() -> None:
    verdict = shown(mire(tile(UID, csrf=""), after=aidants()))
    assert (verdict.outcome, verdict.reason, verdict.step) == (Outcome.FAILED, Reason.NOT_THE_MIRE, Step.MIRE)


def test_a_greyed_helpers_button_changes_nothing() -> None:
    assert shown(mire(tile(UID), after=aidants(greyed=True))).outcome is Outcome.OK
    assert shown(mire(tile(UID, greyed=True), after=aidants(greyed=True))).reason is Reason.NO_IDP_SELECTABLE


@pytest.mark.parametrize("profile", ["franceconnect", "franceconnect-v1"])
def test_a_block_that_nobody_heard_of_is_no_tile_either(profile: str) -> None:
    other = aidants("new-uid").replace("form-aidants-connect", "form-of-tomorrow")
    config = through(**profiles.built_in(profile).mire.model_dump())
    verdict = shown(mire(tile(UID, greyed=True), after=other), config=config)
    assert (verdict.reason, verdict.tiles) == (Reason.NO_IDP_SELECTABLE, (Tile(UID, False),))


def test_the_negative_journey_presses_a_tile_and_never_the_helpers_button() -> None:
    hub = FakeHub().on(PAGE, mire(tile(UID), extra=aidants()))
    told = run(hub, Kind.NEGATIVE, name="idp")
    sent = next(dict(ask.form or ()) for ask in told.asks if ask.step is Step.REDIRECT_TO_IDP)
    assert sent["providerUid"] not in (UID, HELPERS)
    hub = FakeHub().on(PAGE, mire(tile(UID, greyed=True), extra=aidants()))
    told = run(hub, Kind.NEGATIVE, name="idp")
    assert told.verdict.outcome is Outcome.INCONCLUSIVE
    assert not any(ask.step is Step.REDIRECT_TO_IDP for ask in told.asks)


# --- an IdP of the configuration that has its own button ------------------------------------------


def pressed(page: Answer, uid: str) -> tuple[Any, dict[str, str]]:
    hub = FakeHub().on(PAGE, page)
    told = run(hub, Kind.LOGIN_PAGE, watching(uid))
    return told.verdict, next((dict(ask.form or ()) for ask in told.asks if ask.step is Step.REDIRECT_TO_IDP), {})


@pytest.mark.parametrize("greyed", [False, True])
def test_an_idp_with_a_button_of_its_own_is_found_by_its_uid_and_pressed(greyed: bool) -> None:
    verdict, sent = pressed(mire(tile(UID, greyed=greyed), after=aidants()), HELPERS)
    assert (verdict.outcome, verdict.reason) == (Outcome.OK, None)
    assert sent == {"providerUid": HELPERS, "csrfToken": CSRF}
    assert verdict.tiles == (Tile(UID, not greyed), Tile(HELPERS, True, listed=False))


def test_an_idp_with_a_greyed_button_of_its_own_is_not_offered() -> None:
    verdict, sent = pressed(mire(tile(UID), after=aidants(greyed=True)), HELPERS)
    assert (verdict.outcome, verdict.reason, sent) == (Outcome.INCONCLUSIVE, Reason.IDP_NOT_OFFERED, {})


def test_a_watched_idp_with_a_button_of_its_own_does_not_make_the_mire_selectable() -> None:
    verdict = shown(mire(tile(UID, greyed=True), after=aidants()), config=watching(HELPERS))
    assert verdict.reason is Reason.NO_IDP_SELECTABLE
    assert verdict.tiles == (Tile(UID, False), Tile(HELPERS, True, listed=False))


# --- where the list is ----------------------------------------------------------------------------


def lists(*parts: str, name: str = "main-providers") -> str:
    return "".join(f"<ul data-testid='{name}'>{part}</ul>" for part in parts)


def page(body: str) -> Answer:
    return html(body, body_id="fc-interaction-page")


@pytest.mark.parametrize(
    "body",
    [
        lists(tile("a", greyed=True), tile(UID)),
        lists(tile("a", greyed=True)) + lists(tile(UID), name="other-providers"),
        f"<section>{lists(tile('a', greyed=True))}</section><section><div>{lists(f'<div>{tile(UID)}</div>')}</div></section>",
    ],
)
def test_a_list_in_several_parts_is_read_whole(body: str) -> None:
    verdict = shown(page(body + aidants()))
    assert (verdict.outcome, verdict.tiles) == (Outcome.OK, (Tile("a", False), Tile(UID, True)))


def test_an_idp_shown_twice_can_be_chosen_when_one_of_its_tiles_can() -> None:
    verdict, sent = pressed(page(lists(tile(UID, greyed=True), tile(UID)) + aidants()), UID)
    assert (verdict.outcome, sent["providerUid"], verdict.tiles) == (Outcome.OK, UID, (Tile(UID, True),))


def test_a_shortcut_above_the_list_does_not_take_the_place_of_the_tile() -> None:
    shortcut = aidants(UID).replace("form-aidants-connect", "form-last-used")
    assert shown(page(shortcut + lists(tile(UID)))).tiles == (Tile(UID, True),)
    greyed = shown(page(shortcut + lists(tile(UID, greyed=True))))
    assert (greyed.reason, greyed.tiles) == (Reason.NO_IDP_SELECTABLE, (Tile(UID, False),))


def test_a_page_without_any_list_is_read_without_the_rule_and_the_helpers_button_is_still_no_tile() -> None:
    verdict = shown(page(f"<div>{tile(UID)}</div>{aidants()}"))
    assert (verdict.outcome, verdict.tiles) == (Outcome.OK, (Tile(UID, True),))
    assert shown(page(f"<div>{tile(UID, greyed=True)}</div>{aidants()}")).reason is Reason.NO_IDP_SELECTABLE
    assert shown(page(aidants())).reason is Reason.NO_IDP_SELECTABLE


MODAL = (
    "<li><form name='fs-request' method='POST' action='/api/v2/redirect-to-idp'>"
    f"<button id='idp-{UID}' type='button' aria-controls='fr-modal-provider-{UID}'{{greyed}}>IdP</button>"
    f"<dialog data-testid='provider-selection-modal-{UID}'><button type='submit' data-testid='modal-continue-button'>Oui</button></dialog>"
    f"<input type=hidden name=providerUid value='{UID}'><input type=hidden name=csrfToken value='{CSRF}'></form></li>"
)


def test_a_tile_with_a_dialog_can_be_chosen_and_a_greyed_one_cannot() -> None:
    verdict, sent = pressed(mire(MODAL.format(greyed=""), after=aidants()), UID)
    assert (verdict.outcome, sent) == (Outcome.OK, {"providerUid": UID, "csrfToken": CSRF})
    assert shown(mire(MODAL.format(greyed=" disabled"), after=aidants())).reason is Reason.NO_IDP_SELECTABLE


# --- another hub's profile says the same ----------------------------------------------------------


def test_a_profile_names_the_list_of_its_hub() -> None:
    body = f"<ol class=idps>{tile(UID, greyed=True)}</ol><ol class=helpers>{tile('h')}</ol>"
    assert shown(page(body), config=through(list="ol.idps", aside=None)).reason is Reason.NO_IDP_SELECTABLE
    assert shown(page(body), config=through(list="ol", aside=".helpers form")).reason is Reason.NO_IDP_SELECTABLE
    assert shown(page(body), config=through(list=None, aside=".helpers")).reason is Reason.NO_IDP_SELECTABLE
    assert shown(page(body), config=through(list="ol", aside=None)).outcome is Outcome.OK
    assert shown(page(body), config=through(list=None, aside=None)).outcome is Outcome.OK


def test_a_tile_may_be_the_list_element_itself_and_its_form_may_stand_elsewhere() -> None:
    body = "<form id=f action='/go' method=post><input type=hidden name=csrfToken value=1></form><ul class=l>"
    body += f"<li><button form=f class=t name=providerUid value='{UID}'>A</button></li></ul>"
    body += "<button class=t name=providerUid value=h form=f>H</button>"
    reading = {"tile": "button.t", "list": "ul.l", "aside": None}
    assert shown(page(body), config=through(**reading)).tiles == (Tile(UID, True),)
    assert shown(page(body), config=through(**reading | {"list": "button[value]"})).tiles == (Tile(UID, True), Tile("h", True))


class Element:
    """An element of a page that counts how often somebody asks what it stands in."""

    asked = 0

    def __init__(self, number: int, around: "Element | None" = None) -> None:
        self.mem_id = number
        self._around = around

    @property
    def parent(self) -> "Element | None":
        Element.asked += 1
        return self._around


def test_every_element_around_a_thousand_deep_tiles_is_looked_at_once() -> None:
    around: Element | None = None
    for number in range(500):
        around = Element(number, around)
    places = Enclosures([Element(9_999)])  # type: ignore[list-item]
    Element.asked = 0
    assert not any(places.contain(Element(10_000 + number, around)) for number in range(1_000))  # type: ignore[arg-type]
    assert Element.asked == 500 + 1_000
