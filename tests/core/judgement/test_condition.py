"""The three conditions and the IdPs' outages, one story per clause. Quotations are from
docs/domain.md unless they name the contract."""

from dataclasses import replace
from typing import Any

import pytest

from probe.core.judgement.condition import (
    C1,
    C2,
    C3,
    CONDITIONS,
    HUB,
    MIRE,
    TILES,
    Board,
    State,
    SubjectStatus,
    blame,
    direct_of,
    history,
    journey_of,
    judge,
    subjects,
)
from probe.core.judgement.fold import respec
from probe.core.judgement.observation import Fault, Reason, Step, Tile
from probe.core.judgement.signal import Cause, Health, Value
from probe.core.judgement.spec import RULES_OF_0_1, Edge, IdpSpec
from tests.builders import SECOND
from tests.core.judgement.strategies import (
    ALL_GREYED,
    BEGUN,
    BLANK,
    DIRECT_DOWN,
    HUB_REFUSES_THE_CHOICE,
    IDP_HOST_DOWN,
    IDP_TOKEN,
    IDP_USERINFO,
    NO_MIRE,
    NO_TILES,
    NO_WAY_OUT,
    NOT_OFFERED,
    OURS,
    REFUSED,
    REGISTRY,
    SESSION_LOST,
    USERINFO,
    WELL,
    Told,
)
from tests.fakes.folded_hub import MINUTE, FoldedHub, hub

UP, DOWN, BLIP, UNKNOWN = State.UP, State.DOWN, State.BLIP, State.UNKNOWN


def rounds(story: FoldedHub, *moods: dict[str, Told], every: int = MINUTE) -> FoldedHub:
    """One round a minute, each in the mood given: `mire`, or an IdP's name -> what it says."""
    for number, mood in enumerate(moods):
        story.round(number * every, **mood)
    return story


def all_of(story: FoldedHub, told: Told) -> dict[str, Told]:
    return {idp.name: told for idp in story.spec.idps}


WELL_ALL: dict[str, Told] = {}


# --- C1


def test_a_missing_mire_is_C1_and_the_hub_is_down_with_it() -> None:
    """docs/contract.md, 3: « FranceConnect Particuliers n'affiche pas la mire de choix des
    Fournisseurs d'Identité. »"""
    story = rounds(FoldedHub(hub("a")), WELL_ALL, {"mire": NO_MIRE, "a": SESSION_LOST}, {"mire": NO_MIRE, "a": SESSION_LOST})
    assert story.times(C1) == story.times(HUB) == [(60, None)]
    assert [each.condition for each in story.outages(HUB)] == [C1]


def test_C1_masks_C2_and_C3_and_every_idp() -> None:
    """ "C1 masks C2 and C3, and makes every journey through the hub unknown, not failed." """
    story = FoldedHub(hub("a", "b"))
    rounds(story, WELL_ALL, all_of(story, REGISTRY), all_of(story, REGISTRY))
    assert story.at(C2, 130) is DOWN
    story.mire(140, NO_MIRE).mire(141, NO_MIRE)
    assert {subject: story.at(subject, 141) for subject in subjects(story.spec)} == {
        HUB: DOWN, C1: DOWN, C2: UNKNOWN, C3: UNKNOWN, "idp:a": UNKNOWN, "idp:b": UNKNOWN,
    }  # fmt: skip


def test_a_mire_that_fails_by_no_fault_of_the_hub_is_not_C1() -> None:
    """ "the `mire` journey fails with fault `hub`"; "A failure of ours is never an outage" """
    story = rounds(FoldedHub(hub("a")), WELL_ALL, {"mire": OURS}, {"mire": OURS})
    assert story.times(C1) == []
    assert story.at(C1, 121) is UP, "the mire seen a minute before still vouches"


# --- one IdP


def test_an_idp_failing_alone_is_its_own_outage_and_not_the_hubs() -> None:
    """ "An IdP failing alone is an IdP outage (severity 2), not a hub outage." """
    story = rounds(FoldedHub(hub("a", "b")), WELL_ALL, {"a": IDP_HOST_DOWN}, {"a": IDP_HOST_DOWN}, WELL_ALL, WELL_ALL)
    assert story.times("idp:a") == [(61, 182)]
    assert [story.times(subject) for subject in subjects(story.spec) if subject != "idp:a"] == [[]] * 5


def test_refused_credentials_never_make_an_idp_unavailable() -> None:
    """ "Refused credentials stop that account [...]; they never make an IdP unavailable." """
    story = rounds(FoldedHub(hub("a", "b")), WELL_ALL, *[{"a": REFUSED}] * 4)
    assert story.outages("idp:a") == []
    assert story.at("idp:a", 241) is UNKNOWN, "nothing vouches for it any more"


def test_an_idp_that_is_not_offered_is_unknown_at_once_and_its_outage_has_no_end_yet() -> None:
    """ "every probed IdP that it still offers": administrative,
    neither the hub's nor the IdP's outage.
    """
    story = rounds(FoldedHub(hub("a", "b")), WELL_ALL, {"a": IDP_HOST_DOWN}, {"a": IDP_HOST_DOWN}, {"a": NOT_OFFERED})
    assert (story.at("idp:a", 180), story.at("idp:a", 181)) == (DOWN, UNKNOWN)
    assert story.times("idp:a") == [(61, None)]


def test_after_an_absence_an_idp_starts_as_new() -> None:
    story = rounds(FoldedHub(hub("a", "b")), WELL_ALL, {"a": IDP_HOST_DOWN}, {"a": IDP_HOST_DOWN}, {"a": NOT_OFFERED}, WELL_ALL)
    assert story.at("idp:a", 241) is UP, "the first good reading is enough"
    assert story.times("idp:a") == [(61, 241)]
    assert [each.unknown_us for each in story.outages("idp:a")] == [60 * SECOND], "nobody saw it down while it was not offered"


# --- spread


@pytest.mark.parametrize("told", [IDP_TOKEN, IDP_USERINFO, REGISTRY, BLANK])
def test_the_same_failure_at_every_idp_after_authentication_is_C2_whatever_its_code_says(told: Told) -> None:
    """ "The same failure on the hub's own pages at every IdP at once is the hub's,
    whatever its code says (its way out is gone)"
    """
    story = FoldedHub(hub("a", "b"))
    rounds(story, WELL_ALL, all_of(story, told), all_of(story, told))
    assert story.times(C2) == story.times(HUB) == [(61, None)]
    assert [(each.condition, each.cause and each.cause.fault) for each in story.outages(HUB)] == [(C2, Fault.HUB)]
    assert story.outages("idp:a") == story.outages("idp:b") == [], "the IdPs' logins work"


@pytest.mark.parametrize("told", [IDP_TOKEN, BLANK, NO_WAY_OUT, HUB_REFUSES_THE_CHOICE])
def test_a_failure_at_some_idps_while_others_return_identities_is_those_idps(told: Told) -> None:
    """ "at some IdPs, while others return identities, it is those IdPs' outage." """
    story = rounds(FoldedHub(hub("a", "b", "c")), WELL_ALL, *[{"a": told, "b": told}] * 2, WELL_ALL, WELL_ALL)
    assert (story.times("idp:a"), story.times("idp:b")) == ([(61, 182)], [(62, 183)])
    assert story.times("idp:c") == story.times(HUB) == []


def test_failures_on_the_idps_own_hosts_stay_the_idps_though_all_are_alike() -> None:
    """ "Failures on the IdPs' own hosts stay the IdPs'." """
    story = FoldedHub(hub("a", "b"))
    rounds(story, WELL_ALL, *[all_of(story, IDP_HOST_DOWN)] * 2)
    assert (story.times("idp:a"), story.times("idp:b")) == ([(61, None)], [(62, None)])
    assert [each.cause and each.cause.fault for each in story.outages(C3)] == [Fault.IDP]


def test_no_idp_outage_appears_at_either_edge_of_an_outage_of_the_hub() -> None:
    """ "The same failure on the hub's own pages at every IdP at once is the hub's":
    the IdPs are not asked at the same second, and are the same outage all the same.
    """
    story = FoldedHub(hub("a", "b", "c"))
    rounds(story, WELL_ALL, WELL_ALL, *[all_of(story, IDP_TOKEN)] * 3, *[WELL_ALL] * 3)
    assert story.times(C2) == [(121, 302)]
    assert [story.times(f"idp:{name}") for name in "abc"] == [[], [], []]


@pytest.mark.parametrize("phases", [(0, 20, 40), (0, 5, 55), (10, 11, 50), (0, 0, 0), (59, 30, 1)])
@pytest.mark.parametrize("told", [IDP_TOKEN, REGISTRY, BLANK])
def test_an_outage_of_the_hub_is_the_hubs_alone_however_the_idps_are_staggered(phases: tuple[int, ...], told: Told) -> None:
    """Contract, edge to edge: it starts at the first failing journey's start,
    ends at the first good one's finish, and no IdP is blamed.
    """
    story, due = FoldedHub(hub("a", "b", "c")), [(at, "") for at in range(0, 1200, 30)]
    due += [(at, name) for name, phase in zip("abc", phases, strict=True) for at in range(phase, 1200, 60)]
    for at, name in sorted(due):
        if name:
            story.journey(at, name, told if 300 <= at < 700 else WELL)
        else:
            story.mire(at)
    first, last = (min(at for at, name in due if name and at >= edge) for edge in (300, 700))
    assert story.times(C2) == story.times(HUB) == [(first, last + 1)]
    assert [story.times(f"idp:{name}") for name in "abc"] == [[], [], []]
    assert story.times(C3) == []


def test_no_idp_is_blamed_while_the_others_next_readings_are_awaited() -> None:
    """A success that merely persists from before the failure is no evidence:
    until the other IdP is asked again the fault is not known.
    """
    story = FoldedHub(hub("a", "b"))
    story.round(0).round(60)
    story.journey(121, "a", IDP_TOKEN).journey(122, "a", IDP_TOKEN)
    assert story.at("idp:a", 122) is UNKNOWN
    story.journey(130, "b")
    assert story.times("idp:a") == [(121, None)], "the other IdP returned an identity: backdated"


# --- one IdP only, and the control IdP


def test_with_a_single_idp_the_hubs_code_decides() -> None:
    """ "With a single `identity` IdP there is no spread: the hub's code decides" """
    story = rounds(FoldedHub(hub("a")), WELL_ALL, {"a": IDP_TOKEN}, {"a": IDP_TOKEN})
    assert story.times("idp:a") == [(61, None)]
    assert story.times(C2) == []
    assert story.times(C3) == [(61, None)], "and it is the only one: all are unavailable"
    other = rounds(FoldedHub(hub("a")), WELL_ALL, {"a": REGISTRY}, {"a": REGISTRY})
    assert (other.times(C2), other.times("idp:a"), other.times(C3)) == ([(61, None)], [], [])


@pytest.mark.parametrize(("direct", "culprit"), [(DIRECT_DOWN, "idp:a"), (WELL, C2)])
def test_with_a_single_idp_and_no_code_direct_decides(direct: Told, culprit: str) -> None:
    """ "then `direct`": it tells a broken hub from a broken IdP."""
    story = FoldedHub(hub("a"))
    for at in (0, 60, 120):
        story.direct(at, "a", direct).round(at, a=WELL if at == 0 else BLANK)
    assert story.times(culprit) == [(61, None)]
    assert story.times({"idp:a": C2, C2: "idp:a"}[culprit]) == []


@pytest.mark.parametrize("phase", [0, 15, 20, 25, 59])
@pytest.mark.parametrize("every", [10, 60, 120])
@pytest.mark.parametrize(("direct", "culprit"), [(DIRECT_DOWN, "idp:a"), (WELL, C2)])
def test_an_outage_that_direct_decides_is_one_outage_from_edge_to_edge(direct: Told, culprit: str, every: int, phase: int) -> None:
    """A `direct` that recovers before the journey is asked again, or fails after it,
    is no word on the failure of that journey.
    """
    story = FoldedHub(hub("a"))
    told: list[tuple[int, str]] = [(at, "mire") for at in range(0, 1200, 30)] + [(at, "a") for at in range(20, 1200, 60)]
    for at, what in sorted(told + [(at, "direct") for at in range(phase, 1200, every)]):
        broken = 300 <= at < 700
        if what == "mire":
            story.mire(at)
        elif what == "a":
            story.journey(at, "a", BLANK if broken else WELL)
        else:
            story.direct(at, "a", direct if broken else WELL, every=every)
    assert story.times(culprit) == [(320, 741)]
    assert story.times({"idp:a": C2, C2: "idp:a"}[culprit]) == []


@pytest.mark.parametrize("phase", [0, 5, 15, 30, 59])
def test_idps_that_fail_alike_by_their_own_fault_are_never_the_hubs_whenever_direct_is_asked(phase: int) -> None:
    """docs/judgement.md: "but the IdP, when its own `direct` shows a cause": edge to edge."""
    story = FoldedHub(hub("a", "b"))
    told = [(at, "mire") for at in range(0, 1200, 30)]
    told += [(at + shift, idp) for at in range(0, 1200, 60) for idp, shift in (("a", 10), ("b", 40))]
    for at, what in sorted(told + [(at, f"direct {idp}") for at in range(phase, 1200, 60) for idp in "ab"]):
        broken = 300 <= at < 700
        if what == "mire":
            story.mire(at)
        elif what in "ab":
            story.journey(at, what, BLANK if broken else WELL)
        else:
            story.direct(at, what[-1], DIRECT_DOWN if broken else WELL)
    assert (story.times("idp:a"), story.times("idp:b"), story.times(C2)) == ([(310, 731)], [(340, 701)], [])
    assert story.times(C3) == [(340, 701)]
    assert [each.cause and each.cause.fault for each in story.outages(C3)] == [Fault.IDP]


def test_while_direct_is_awaited_nobody_is_blamed() -> None:
    """Its last word is older than the failure: until it is asked again the fault is not known."""
    story = FoldedHub(hub("a")).direct(0, "a").round(0).direct(60, "a").round(60)
    story.journey(121, "a", BLANK).journey(123, "a", BLANK)
    assert [story.at(subject, 123) for subject in (C2, "idp:a")] == [UNKNOWN, UNKNOWN]
    story.direct(124, "a")
    assert (story.times(C2), story.times("idp:a")) == ([(121, None)], []), "backdated"


def test_with_a_single_idp_and_neither_code_nor_direct_the_contracts_words_decide() -> None:
    """ "and without either the contract's words do (authentication succeeded, data did not come:
    C2)"
    """
    story = rounds(FoldedHub(hub("a")), WELL_ALL, {"a": USERINFO}, {"a": USERINFO})
    assert (story.times(C2), story.times("idp:a")) == ([(61, None)], [])
    assert story.at(C3, 121) is UP, "the IdP itself works"


def test_a_control_idp_that_authenticates_and_gets_no_identity_makes_it_the_hubs() -> None:
    """ "when its login works and the identity does not come back, the hub is at fault." """
    story = rounds(FoldedHub(hub("a", IdpSpec("own", control=True))), WELL_ALL, *[{"a": IDP_TOKEN, "own": BLANK}] * 2)
    assert [each.cause and each.cause.fault for each in story.outages(C2)] == [Fault.HUB]
    assert story.times("idp:a") == story.times("idp:own") == []
    without = rounds(FoldedHub(hub("a", "own")), WELL_ALL, *[{"a": IDP_TOKEN, "own": BLANK}] * 2)
    assert without.times("idp:a") == [(61, None)], "two failures that are not the same are not the hub's by themselves"


def test_an_unknown_exception_at_one_idp_before_authentication_is_that_idps() -> None:
    """docs/hub.md: `Y000000` at `redirect-to-idp` for one IdP only is the IdP's, "It looks like an
    unknown fault of the hub"."""
    story = rounds(FoldedHub(hub("a", "b")), WELL_ALL, *[{"a": NO_WAY_OUT}] * 2)
    assert story.times("idp:a") == [(61, None)]
    assert story.times(HUB) == []


def test_an_unknown_exception_at_every_idp_before_authentication_is_C3_by_the_hubs_fault() -> None:
    """ "when no IdP can be reached through a working mire, that is C3, even
    where the fault is the hub's."
    """
    story = FoldedHub(hub("a", "b"))
    rounds(story, WELL_ALL, *[all_of(story, NO_WAY_OUT)] * 2)
    assert [(each.condition, each.cause and each.cause.fault) for each in story.outages(HUB)] == [(C3, Fault.HUB)]
    assert story.times("idp:a") == story.times("idp:b") == []


# --- C2


def test_C2_needs_every_idp_in_the_reading_of_all() -> None:
    """ "for every IdP whose latest fresh journey authenticated (default `all`" """
    story = rounds(FoldedHub(hub("a", "b")), WELL_ALL, *[{"a": REGISTRY}] * 2)
    assert story.times(C2) == []
    assert story.times("idp:a") == [(61, None)]


def test_one_identity_that_does_not_come_is_C2_in_the_strict_reading() -> None:
    """ "`any` is the strict reading" """
    story = rounds(FoldedHub(hub("a", "b", any_identity=True)), WELL_ALL, *[{"a": REGISTRY}] * 2)
    assert story.times(C2) == [(61, None)]


def test_the_strict_reading_still_leaves_to_an_idp_what_the_hubs_code_says_is_its_own() -> None:
    """ "After it, it is the hub's, unless the hub's error code says that the IdP's token
    or userinfo answer was wrong"
    """
    story = rounds(FoldedHub(hub("a", "b", any_identity=True)), WELL_ALL, *[{"a": IDP_TOKEN}] * 2)
    assert (story.times(C2), story.times("idp:a")) == ([], [(61, None)])


def test_an_idp_that_fails_before_authentication_does_not_speak_for_C2() -> None:
    """ "for every IdP whose latest fresh journey authenticated" """
    story = rounds(FoldedHub(hub("a", "b", "c")), WELL_ALL, *[{"a": REGISTRY, "b": REGISTRY, "c": IDP_HOST_DOWN}] * 2)
    assert story.times(C2) == [(61, None)]
    assert story.times("idp:c") == [(63, None)]


def test_a_hub_of_login_pages_only_is_up_without_C2_being_known() -> None:
    """ "pick the IdP on the mire, reach the IdP's own login page, stop": identity data is nobody's
    question there."""
    story = rounds(FoldedHub(hub(IdpSpec("a", identity=False), IdpSpec("b", identity=False))), WELL_ALL, WELL_ALL)
    assert {subject: story.at(subject, 62) for subject in (HUB, *CONDITIONS)} == {HUB: UP, C1: UP, C2: UNKNOWN, C3: UP}


def test_a_hub_with_identities_is_not_up_before_one_came_back() -> None:
    story = FoldedHub(hub("a", IdpSpec("b", identity=False))).mire(0).login_page(1, "b")
    assert (story.at(HUB, 1), story.at(C2, 1), story.at(C3, 1)) == (UNKNOWN, UNKNOWN, UP)
    assert story.journey(2, "a").at(HUB, 2) is UP


# --- C3


def test_all_idps_down_behind_a_working_mire_is_C3() -> None:
    """docs/contract.md, 3: « Tous les Fournisseurs d'Identité sont indisponibles alors même que
    FranceConnect Particuliers fonctionne toujours. »"""
    story = FoldedHub(hub("a", "b"))
    rounds(story, WELL_ALL, *[all_of(story, IDP_HOST_DOWN)] * 2, WELL_ALL, WELL_ALL)
    assert story.times(C3) == story.times(HUB) == [(62, 182)], "from the last one down to the first one up"


def test_a_mire_without_any_tile_is_C3_and_not_C1() -> None:
    """ "a mire without any tile is C3" """
    story = rounds(FoldedHub(hub("a")), WELL_ALL, *[{"mire": NO_TILES, "a": NOT_OFFERED}] * 2)
    assert (story.times(C3), story.times(C1), story.times("idp:a")) == ([(60, None)], [], [])
    assert [each.cause and each.cause.reason for each in story.outages(C3)] == [Reason.NO_IDP_SELECTABLE]


def test_tiles_greyed_for_our_probe_only_are_not_C3() -> None:
    """ "then the hub may be refusing our probe only [...],
    and the observation is `inconclusive`"
    """
    story = rounds(FoldedHub(hub("a", "b")), WELL_ALL, *[{"mire": ALL_GREYED, "a": NOT_OFFERED, "b": NOT_OFFERED}] * 2)
    assert story.times(C3) == story.times(HUB) == []


def test_while_tiles_are_greyed_for_our_probe_only_C3_and_the_hub_are_unknown_at_once() -> None:
    """ "While tiles are greyed for us only, C1 does not hold, C3 and the hub are unknown." """
    story = FoldedHub(hub("a", "b")).round(0).mire(60, ALL_GREYED)
    assert [story.at(subject, 60) for subject in (C1, C2, C3, HUB, "idp:a")] == [UP, UP, UNKNOWN, UNKNOWN, UP]
    story.mire(120)
    assert [story.at(subject, 120) for subject in (C1, C3, HUB)] == [UP, UP, UP]


def test_tiles_greyed_for_our_probe_only_do_not_close_an_open_outage() -> None:
    """ "inconclusive observations never close an open outage" """
    story = rounds(FoldedHub(hub("a")), WELL_ALL, *[{"mire": NO_TILES, "a": NOT_OFFERED}] * 2)
    story.mire(180, ALL_GREYED).mire(240, NO_TILES).mire(300).journey(301, "a").mire(360)
    (outage,) = story.outages(C3)
    assert story.times(C3) == [(60, 301)]
    assert outage.unknown_us // SECOND == 60, "from the greyed tiles to the next reading"


# --- tiles that nobody watches, and buttons that are no tiles

STRANGE, STRANGE_GREYED = Tile("stranger", selectable=True), Tile("stranger", selectable=False)


def all_watched_down(*tiles: Tile) -> FoldedHub:
    """The only watched IdP fails, while the mire shows these tiles."""
    story = FoldedHub(hub("a"))
    for at, told in ((0, WELL), (60, IDP_HOST_DOWN), (120, IDP_HOST_DOWN)):
        story.mire_with(at, Tile("a", selectable=True), *tiles).journey(at + 1, "a", told)
    return story


def test_a_selectable_tile_that_nobody_watches_makes_C3_unknown() -> None:
    """ "A tile that nobody watches makes C3 unknown if it is selectable" """
    story = all_watched_down(STRANGE)
    assert (story.times("idp:a"), story.times(C3)) == ([(61, None)], [])
    assert [story.at(subject, 121) for subject in (C3, HUB)] == [UNKNOWN, UNKNOWN]


def test_a_greyed_tile_that_nobody_watches_counts_as_unavailable() -> None:
    """ "and counts as unavailable if it is greyed" """
    assert all_watched_down(STRANGE_GREYED).times(C3) == all_watched_down().times(C3) == [(61, None)]


def test_a_tile_that_nobody_watches_changes_nothing_while_a_watched_idp_works() -> None:
    story = FoldedHub(hub("a")).mire_with(0, Tile("a", selectable=True), STRANGE).journey(1, "a")
    assert [story.at(subject, 1) for subject in (C3, HUB)] == [UP, UP]


def test_an_idp_beside_the_list_has_no_part_in_C3() -> None:
    """ "What is no IdP of the list (Aidants Connect) is no tile." """
    story = FoldedHub(hub("a", "aidants"))
    tiles = (Tile("a", selectable=True), Tile("aidants", selectable=True, listed=False))
    for at, told in ((0, WELL), (60, IDP_HOST_DOWN), (120, IDP_HOST_DOWN)):
        story.mire_with(at, *tiles).journey(at + 1, "a", told).journey(at + 2, "aidants")
    assert story.times(C3) == [(61, None)], "though the other works"
    story.mire_with(180, *(replace(tile, listed=True) for tile in tiles))
    assert story.at(C3, 180) is UP, "now it stands in the list"


# --- what is told of a cause


def test_a_code_of_the_hub_at_one_idp_is_evidence_and_not_the_reason_of_that_idps_outage() -> None:
    """docs/judgement.md, "Blame": the reason never contradicts the fault."""
    story = rounds(FoldedHub(hub("a", "b")), WELL_ALL, *[{"a": REGISTRY}] * 2)
    (outage,) = story.outages("idp:a")
    assert outage.cause is not None
    assert (outage.cause.fault, outage.cause.reason, outage.cause.code) == (Fault.IDP, Reason.AT_THIS_IDP_ONLY, REGISTRY.code)


def test_a_code_of_the_idps_at_every_idp_is_evidence_and_not_the_reason_of_C2() -> None:
    story = FoldedHub(hub("a", "b"))
    rounds(story, WELL_ALL, *[all_of(story, IDP_TOKEN)] * 2)
    (outage,) = story.outages(C2)
    assert outage.cause is not None
    assert (outage.cause.fault, outage.cause.reason, outage.cause.code) == (Fault.HUB, Reason.AT_EVERY_IDP, IDP_TOKEN.code)


def test_a_reason_that_no_code_gave_stays_what_was_seen() -> None:
    story = rounds(FoldedHub(hub("a", "b")), WELL_ALL, *[{"a": BLANK}] * 2)
    assert [each.cause and each.cause.reason for each in story.outages("idp:a")] == [BLANK.reason]


def test_of_the_causes_at_several_idps_the_most_telling_one_is_told() -> None:
    """ "The reason shown for an outage is its most telling one" """
    slow = replace(USERINFO, reason=Reason.TIMEOUT)
    story = FoldedHub(hub("a", "b", "c"))
    rounds(story, WELL_ALL, *[{"a": slow, "b": slow, "c": REGISTRY}] * 2)
    assert [each.cause and each.cause.code for each in story.outages(C2)] == [REGISTRY.code]


# --- editions of the rules


def test_the_rules_of_0_1_are_judged_by_as_they_were() -> None:
    """docs/judgement.md, "Editions of the rules": a replay judges each observation by the rules of
    its day.
    """
    old = {"edge": Edge.START, "rules": RULES_OF_0_1}
    story = rounds(FoldedHub(hub("a", "b", **old)), WELL_ALL, {"a": REGISTRY}, {"a": REGISTRY}, WELL_ALL, WELL_ALL)
    assert story.times("idp:a") == [(61, 181)], "the end is the start of the first good journey"
    assert [each.cause and each.cause.reason for each in story.outages("idp:a")] == [REGISTRY.reason]
    after_silence = FoldedHub(hub("a", **old)).round(0).journey(60, "a", IDP_TOKEN).journey(62, "a", IDP_TOKEN).mire(998)
    assert after_silence.journey(1000, "a").at("idp:a", 1000) is DOWN
    meanwhile = FoldedHub(hub("a", "b", **old)).round(0).journey(61, "b").journey(60, "a", USERINFO, length=5)
    meanwhile.journey(66, "a", USERINFO).journey(67, "b", USERINFO).journey(69, "b", USERINFO)
    assert (meanwhile.at("idp:a", 66), meanwhile.at("idp:a", 67)) == (DOWN, UNKNOWN), "b was under way, and counted as a success"
    greyed = FoldedHub(hub("a", **old)).round(0).mire(60, ALL_GREYED)
    assert greyed.at(C3, 60) is UP
    unwatched = FoldedHub(hub("a", **old))
    for at, told in ((0, WELL), (60, IDP_HOST_DOWN), (120, IDP_HOST_DOWN)):
        unwatched.mire_with(at, STRANGE).journey(at + 1, "a", told)
    assert unwatched.times(C3) == [(61, None)]


def test_what_is_bad_only_because_nothing_was_read_since_is_nobodys() -> None:
    """After a silence it goes on until the first good journey has finished."""
    story = FoldedHub(hub("a", "b")).round(0)
    for at in (60, 62):
        story.journey(at, "a", IDP_TOKEN).journey(at, "b", IDP_TOKEN)
    assert (story.at("idp:a", 62), story.at(C2, 62)) == (UNKNOWN, DOWN)
    story.mire(998).journey(1000, "a", length=9)
    assert [story.at("idp:a", at) for at in (999, 1000, 1008)] == [UNKNOWN] * 3
    story.journey(1010, "a")
    assert [story.at("idp:a", at) for at in (999, 1000, 1008, 1009)] == [UNKNOWN] * 3 + [UP]


def test_what_was_judged_by_the_old_rules_stays_when_the_new_ones_take_effect() -> None:
    """An outage that lasts over the upgrade begins as it was told, and ends by the new rule."""
    story = rounds(FoldedHub(hub("a", "b", edge=Edge.START, rules=RULES_OF_0_1)), WELL_ALL, *[{"a": IDP_HOST_DOWN}] * 2)
    before = list(story.rows)
    story.rows += respec(story.state, hub("a", "b"), BEGUN + 130 * SECOND)
    story.journey(181, "a", length=9).journey(241, "a")
    assert story.rows[: len(before)] == before
    assert story.times("idp:a") == [(61, 190)]


def test_an_absent_idp_is_left_out_of_C3() -> None:
    """ "every probed IdP that it still offers is unavailable" """
    story = rounds(FoldedHub(hub("a", "b")), {"b": NOT_OFFERED}, *[{"a": IDP_HOST_DOWN, "b": NOT_OFFERED}] * 2)
    assert story.times(C3) == [(61, None)]
    absent = rounds(FoldedHub(hub("a", "b")), *[{"a": NOT_OFFERED, "b": NOT_OFFERED}] * 3)
    assert absent.times(C3) == [], "with none of ours offered nothing is known of the others"
    assert absent.at(C3, 122) is UNKNOWN


def test_a_control_idp_is_never_part_of_C3() -> None:
    """ "A control IdP (one the operator runs behind the hub, [...]": no citizen logs in there."""
    story = rounds(FoldedHub(hub("a", IdpSpec("own", control=True))), WELL_ALL, *[{"a": IDP_HOST_DOWN}] * 2)
    assert story.times(C3) == [(61, None)]


def test_an_idp_of_which_nothing_is_known_keeps_C3_unknown() -> None:
    """ "Unknown is neither up nor down, ever." """
    story = FoldedHub(hub("a", "b")).mire(0).journey(1, "a", IDP_HOST_DOWN).journey(2, "a", IDP_HOST_DOWN)
    assert (story.at(C3, 2), story.at("idp:a", 2), story.at("idp:b", 2)) == (UNKNOWN, DOWN, UNKNOWN)


# --- one instant: what the signals hold, and what follows
# docs/judgement.md, "The state of a subject at an instant"

WORKS = Value(Health.GOOD, returned=True, at=100, since=50)
REACHED = replace(WORKS, returned=False)  # the login page only
GONE = Value(Health.ABSENT, at=100, since=100)
NO_CHOICE = Cause(Fault.HUB, Reason.NOT_THE_MIRE, Step.MIRE, None, True)
NO_TILE = Cause(Fault.HUB, Reason.NO_IDP_SELECTABLE, Step.MIRE, None, True)
LOST = Cause(Fault.HUB, Reason.USERINFO_ERROR, Step.USERINFO, None, True, True)
LOST_OTHERWISE = Cause(Fault.HUB, Reason.REGISTRY_ERROR, Step.VERIFY, None, True, True)
NAMED_HUB = replace(LOST_OTHERWISE, code="Y010011", coded=True)
NAMED_IDP = Cause(Fault.IDP, Reason.IDP_TOKEN, Step.OIDC_CALLBACK, "Y020026", True, True, True)
OWN_HOST = Cause(Fault.IDP, Reason.CONNECT, Step.IDP_LOGIN_PAGE)
OTHER_HOST = Cause(Fault.IDP, Reason.TLS, Step.IDP_LOGIN_PAGE)
NOT_SENT_ON = Cause(Fault.HUB, Reason.HTTP_STATUS, Step.REDIRECT_TO_IDP, None, True)


def fails(cause: Cause | None, at: int = 100, since: int = 100, **more: Any) -> Value:
    return Value(Health.BAD, cause, at=at, since=since, **more)


def doubted(cause: Cause, doubt: int = 100) -> Value:
    return replace(WORKS, cause=cause, blip=True, doubt=doubt)


def values(mire: Value = REACHED, tiles: Value = REACHED, **idps: Value) -> dict[str, Value]:
    """What the signals of the mire and of each IdP's journey hold."""
    return {MIRE: mire, TILES: tiles, **{journey_of(name): value for name, value in idps.items()}}


def and_direct(held: dict[str, Value], direct: Value | None) -> dict[str, Value]:
    """The same, and what a's `direct` holds."""
    return held if direct is None else held | {direct_of("a"): direct}


TWO = hub("a", "b")


def test_nothing_is_known_before_anything_is_read() -> None:
    assert judge(TWO, {}) == dict.fromkeys((C1, C2, C3, HUB, "idp:a", "idp:b"), SubjectStatus(UNKNOWN))
    assert [subject for subject, status in judge(TWO, values()).items() if status != SubjectStatus(UNKNOWN)] == [C1]


def letters(**more: Value) -> str:
    """hub C1 C2 C3 a b, where u is up, n unknown."""
    judged = judge(TWO, values(**more))
    return "".join({UP: "u", DOWN: "d", BLIP: "b", UNKNOWN: "n"}[judged[subject].state] for subject in subjects(TWO))


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ({"a": WORKS, "b": WORKS}, "uuuuuu"),
        ({"a": WORKS}, "uuuuun"),
        ({"a": REACHED, "b": REACHED}, "nunuuu"),  # no identity was seen to come back
        ({"a": GONE, "b": WORKS}, "uuuunu"),
        ({"a": GONE, "b": GONE}, "nunnnn"),
        ({"a": fails(OWN_HOST), "b": WORKS}, "uuuudu"),
        ({"a": fails(OWN_HOST), "b": fails(OWN_HOST)}, "dunddd"),
        ({"a": fails(OWN_HOST), "b": GONE}, "dunddn"),
        ({"a": fails(OWN_HOST)}, "nunndn"),
        ({"a": fails(LOST), "b": fails(LOST)}, "dudunn"),
        ({"a": fails(LOST), "b": fails(OWN_HOST)}, "dudund"),
        ({"a": fails(LOST), "b": WORKS}, "uuuudu"),
        ({"a": fails(LOST), "b": replace(WORKS, at=99)}, "nununu"),  # its next reading decides
        ({"a": fails(LOST), "b": replace(WORKS, at=99, followed=True)}, "uuuudu"),
        ({"a": fails(NOT_SENT_ON), "b": fails(NOT_SENT_ON)}, "dundnn"),  # no citizen reaches an IdP
        ({"a": fails(NOT_SENT_ON), "b": WORKS}, "uuuudu"),
        ({"a": fails(None), "b": WORKS}, "uuuudu"),
        ({"mire": fails(NO_CHOICE), "a": WORKS, "b": fails(OWN_HOST)}, "ddnnnn"),
        ({"mire": Value(Health.UNKNOWN), "a": WORKS, "b": WORKS}, "nnunuu"),
        ({"tiles": fails(NO_TILE), "a": WORKS, "b": WORKS}, "duuduu"),
        ({"mire": Value(Health.UNKNOWN), "tiles": fails(NO_TILE), "a": WORKS}, "nnunun"),
    ],
)
def test_each_subjects_state_follows_from_what_is_held_at_the_instant(held: dict[str, Value], expected: str) -> None:
    assert letters(**held) == expected


def test_who_is_down_has_the_cause_and_the_hub_the_condition() -> None:
    assert judge(TWO, values(mire=fails(NO_CHOICE)))[HUB] == SubjectStatus(DOWN, NO_CHOICE, C1)
    assert judge(TWO, values(mire=fails(NO_CHOICE)))[C1] == SubjectStatus(DOWN, NO_CHOICE)
    assert judge(TWO, values(tiles=fails(NO_TILE), a=WORKS))[C3] == SubjectStatus(DOWN, NO_TILE)
    lost = judge(TWO, values(a=fails(LOST), b=fails(OWN_HOST)))
    assert (lost[C2], lost[HUB], lost["idp:b"]) == (SubjectStatus(DOWN, LOST), SubjectStatus(DOWN, LOST, C2), SubjectStatus(DOWN, OWN_HOST))
    assert judge(TWO, values(a=fails(OWN_HOST), b=fails(OWN_HOST)))[HUB] == SubjectStatus(DOWN, OWN_HOST, C3)
    alone = judge(TWO, values(a=fails(LOST), b=WORKS))
    assert alone["idp:a"] == SubjectStatus(DOWN, replace(LOST, fault=Fault.IDP)), "by the fault that the other IdP shows"
    assert judge(TWO, values(a=fails(None), b=WORKS))["idp:a"] == SubjectStatus(DOWN, Cause(Fault.IDP, None, None))


@pytest.mark.parametrize(
    ("causes", "commonest"),
    [((OWN_HOST, OTHER_HOST, OTHER_HOST), OTHER_HOST), ((OWN_HOST, OTHER_HOST), OWN_HOST), ((OTHER_HOST, OWN_HOST), OTHER_HOST)],
)
def test_a_condition_has_the_commonest_cause_and_of_equals_the_first_idps(causes: tuple[Cause, ...], commonest: Cause) -> None:
    spec = hub(*"abc"[: len(causes)])
    assert judge(spec, values(**dict(zip("abc", map(fails, causes), strict=False))))[C3].cause == commonest
    board = Board(spec)
    board.move(values(**{idp.name: fails(OWN_HOST) for idp in spec.idps}))
    moved = board.move({journey_of(name): fails(cause) for name, cause in reversed(list(zip("abc", causes, strict=False)))})
    assert moved[C3].cause == commonest, "however it came to be so"


def test_control_idps_and_those_without_an_identity_are_left_out_of_what_they_cannot_tell() -> None:
    control = hub("a", IdpSpec("b", control=True))
    assert judge(control, values(a=fails(OWN_HOST), b=WORKS))[C3].state is DOWN
    assert judge(control, values(a=WORKS, b=fails(OWN_HOST)))[C3].state is UP
    assert judge(control, values(b=WORKS))[C3].state is UNKNOWN
    assert judge(control, values(b=WORKS))[C2].state is UP, "but it does bring an identity back"
    pages = hub("a", IdpSpec("b", identity=False))
    assert judge(pages, values(a=REACHED, b=WORKS))[C2].state is UNKNOWN
    assert judge(pages, values(b=fails(LOST), a=REACHED))[C2].state is UNKNOWN
    only_pages = hub(IdpSpec("a", identity=False))
    assert judge(only_pages, values(a=REACHED))[HUB].state is UP


def test_c2_is_up_when_an_identity_came_back_since_the_latest_was_lost() -> None:
    three = hub("a", "b", "c")
    lost = {"a": fails(LOST, since=100), "b": fails(LOST, since=120)}
    for at, state in ((99, UNKNOWN), (119, UNKNOWN), (120, UP)):
        assert judge(three, values(**lost, c=replace(WORKS, at=at)))[C2].state is state
    assert judge(three, values(**lost, c=replace(WORKS, at=99, followed=True)))[C2].state is UP
    some = judge(three, values(a=fails(NAMED_IDP), b=fails(LOST, since=120), c=REACHED))
    assert some[C2].state is UNKNOWN, "one of the lost is the IdP's own"


@pytest.mark.parametrize(("cause", "state"), [(LOST, DOWN), (NAMED_HUB, DOWN), (NAMED_IDP, UP), (OWN_HOST, UP)])
def test_in_the_strict_reading_one_lost_identity_is_c2_unless_its_own_code_names_the_idp(cause: Cause, state: State) -> None:
    found = judge(hub("a", "b", any_identity=True), values(a=fails(cause), b=WORKS))[C2]
    assert (found.state, found.cause) == (state, replace(cause, fault=Fault.HUB) if state is DOWN else None)
    assert judge(TWO, values(a=fails(cause), b=WORKS))[C2].state is UP


@pytest.mark.parametrize(
    ("cause", "direct", "fault"),
    [
        (LOST, None, Fault.HUB),  # the contract's words
        (NOT_SENT_ON, None, Fault.IDP),
        (NAMED_IDP, WORKS, Fault.IDP),
        (NAMED_HUB, fails(OWN_HOST), Fault.HUB),
        (LOST, fails(OWN_HOST), Fault.IDP),
        (replace(LOST, code="Y999999"), fails(OWN_HOST), Fault.IDP),  # a code that names nobody is kept
        (LOST, fails(None), Fault.HUB),
        (LOST, GONE, Fault.HUB),
        (NOT_SENT_ON, WORKS, Fault.HUB),
        (NOT_SENT_ON, replace(WORKS, at=99), None),  # it is awaited
        (NOT_SENT_ON, replace(WORKS, at=99, followed=True), Fault.HUB),
        (LOST, replace(WORKS, at=99, turning=True, next=OWN_HOST), Fault.IDP),
        (LOST, replace(WORKS, at=99, turning=True), Fault.HUB),
        (NOT_SENT_ON, replace(WORKS, at=99, turning=True), Fault.IDP),
        (NOT_SENT_ON, replace(WORKS, since=101), None),  # it came out of nothing: what was before?
        (NOT_SENT_ON, replace(WORKS, since=101, previous=OWN_HOST), None),
        (NOT_SENT_ON, replace(WORKS, since=100, previous=OWN_HOST), Fault.HUB),
    ],
)
def test_an_idp_alone_is_blamed_by_its_code_then_by_its_direct_then_by_the_contracts_words(
    cause: Cause, direct: Value | None, fault: Fault | None
) -> None:
    found = blame(hub("a"), and_direct(values(a=fails(cause)), direct))
    assert found == {"a": replace(cause, fault=fault)}


@pytest.mark.parametrize(
    ("direct", "fault"),
    [
        (replace(WORKS, since=101, previous=OWN_HOST), Fault.IDP),  # it recovered with the journey
        (replace(WORKS, since=101), Fault.HUB),
        (replace(WORKS, since=100, previous=OWN_HOST), Fault.HUB),
    ],
)
def test_a_direct_that_recovered_before_the_journey_was_asked_again_tells_what_it_came_out_of(direct: Value, fault: Fault) -> None:
    assert blame(hub("a"), and_direct(values(a=fails(LOST, turning=True)), direct))["a"].fault is fault
    assert blame(hub("a"), and_direct(values(a=fails(LOST, followed=True)), direct))["a"].fault is Fault.HUB


@pytest.mark.parametrize(
    ("cause", "direct", "fault"),
    [(LOST, fails(OWN_HOST), Fault.IDP), (NAMED_HUB, fails(OWN_HOST), Fault.HUB), (NAMED_IDP, None, Fault.HUB)],
)
def test_idps_that_fail_alike_are_the_hubs_unless_direct_shows_an_idp(cause: Cause, direct: Value | None, fault: Fault) -> None:
    found = blame(TWO, and_direct(values(a=fails(cause), b=fails(cause)), direct))
    assert (found["a"].fault, found["b"].fault) == (fault, Fault.HUB)


# --- blips


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ({"mire": doubted(NO_CHOICE), "a": WORKS, "b": WORKS}, "bbuuuu"),
        ({"tiles": doubted(NO_TILE), "a": WORKS, "b": WORKS}, "buubuu"),
        ({"a": doubted(OWN_HOST), "b": WORKS}, "uuuubu"),
        ({"a": doubted(OWN_HOST), "b": doubted(OWN_HOST)}, "buubbb"),
        ({"a": doubted(LOST), "b": doubted(LOST)}, "bubuuu"),
        ({"a": doubted(LOST), "b": fails(OWN_HOST)}, "bubuud"),
        ({"a": doubted(LOST, doubt=101), "b": replace(WORKS, at=100)}, "uuuuuu"),  # b tells nothing since
        ({"a": doubted(LOST, doubt=100), "b": replace(WORKS, at=100)}, "uuuubu"),
    ],
)
def test_a_blip_is_up_and_would_be_down_if_each_failure_were_confirmed(held: dict[str, Value], expected: str) -> None:
    assert letters(**held) == expected


def test_a_blip_has_the_cause_that_it_would_have() -> None:
    found = judge(TWO, values(a=doubted(OWN_HOST), b=doubted(OTHER_HOST)))
    assert found["idp:b"] == SubjectStatus(BLIP, OTHER_HOST)
    assert (found[C3], found[HUB]) == (SubjectStatus(BLIP, OWN_HOST), SubjectStatus(BLIP, OWN_HOST, C3))


# --- one instant after the other


MOMENTS = [
    values(a=WORKS, b=WORKS),
    {journey_of("a"): fails(LOST)},
    {journey_of("b"): doubted(LOST)},
    {direct_of("b"): fails(OWN_HOST), journey_of("b"): fails(LOST)},
    {MIRE: fails(NO_CHOICE), journey_of("b"): WORKS},
    {journey_of("a"): GONE},
    {MIRE: REACHED},
    {TILES: doubted(NO_TILE), "elsewhere": fails(LOST)},
    values(a=WORKS, b=WORKS),
]
CALM = [values(a=WORKS, b=WORKS), {journey_of("a"): REACHED}, {journey_of("b"): GONE}, {TILES: REACHED}]


@pytest.mark.parametrize("moments", [MOMENTS, CALM, [*CALM, {MIRE: Value(Health.UNKNOWN)}], CALM[:1]])
def test_the_course_of_many_instants_says_of_each_what_it_says_alone(moments: list[dict[str, Value]]) -> None:
    later = [(10 + number, moved) for number, moved in enumerate(moments[1:])]
    told = history(TWO, 5, moments[0], later)
    held: dict[str, Value] = {}
    for number, moved in enumerate(moments):
        held |= moved
        instant = 5 if number == 0 else 9 + number
        expected = judge(TWO, held)
        assert {subject: [status for at, status in found if at <= instant][-1] for subject, found in told.items()} == expected
    assert all([at for at, _ in found] == sorted({at for at, _ in found}) and found[0][0] == 5 for found in told.values())


def test_an_idp_that_is_not_lost_any_more_leaves_nothing_behind() -> None:
    board = Board(TWO)
    board.move(values(a=fails(LOST), b=fails(LOST_OTHERWISE)))
    assert board.move(values(a=fails(LOST), b=fails(LOST)))[C2] == SubjectStatus(DOWN, LOST)
    assert board.move({journey_of("a"): fails(OWN_HOST)})[C2] == SubjectStatus(DOWN, LOST)
    assert board.move({journey_of("b"): REACHED})[C2] == SubjectStatus(UNKNOWN)
    assert board.move({journey_of("a"): fails(LOST)})[C2] == SubjectStatus(DOWN, LOST)
    strict = Board(hub("a", "b", any_identity=True))
    strict.move(values(a=fails(LOST), b=WORKS))
    assert strict.move({journey_of("a"): WORKS})[C2] == SubjectStatus(UP)
    named = judge(hub("a", any_identity=True), values(a=fails(replace(LOST, fault=Fault.IDP))))[C2]
    assert named == SubjectStatus(DOWN, LOST), "in the strict reading the fault is the hub's"


def test_a_blip_after_another_moment_is_judged_with_what_was_held_before() -> None:
    later = [(10, {journey_of("b"): fails(OWN_HOST)}), (11, {journey_of("a"): doubted(OWN_HOST)})]
    told = history(TWO, 5, values(a=WORKS, b=WORKS), later)
    assert told[C3][-1] == (11, SubjectStatus(BLIP, OWN_HOST))


def test_a_board_tells_what_may_have_changed() -> None:
    board = Board(TWO)
    assert set(board.move(MOMENTS[0])) == set(subjects(TWO))
    assert set(board.move({journey_of("a"): fails(LOST)})) == {HUB, *CONDITIONS, "idp:a"}
    assert set(board.move({MIRE: fails(NO_CHOICE)})) == set(subjects(TWO)), "all are masked"
    assert set(board.move({journey_of("a"): WORKS})) == {HUB, *CONDITIONS}, "masked as they were"
    assert [board.of(subject).state for subject in subjects(TWO)] == [DOWN, DOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]
    assert set(board.move({MIRE: REACHED})) == set(subjects(TWO))
    assert [board.of(subject).state for subject in subjects(TWO)] == [UP] * 6
    assert set(board.move({})) == {HUB, *CONDITIONS}
