"""The same persona keeps its account, and the claims keep coming.

docs/domain.md, "The same account".
"""

from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.core.judgement.accounts import (
    KEPT,
    SILENT_US,
    Accounts,
    RememberedAccount,
    current,
    differing,
    doubtful,
    present_accounts,
    read_account,
    remember_account,
)
from probe.core.judgement.observation import Kind, Observation, Outcome, ReturnedIdentity
from tests.builders import BEGUN, SECOND, journey, seen


def got(account: str, at: int = 0, idp: str = "ameli", **more: Any) -> Observation:
    told = {"settings": "ours", "acr": "eidas1"} | {name: more.pop(name) for name in tuple(more) if name in IDENTITY}
    return journey(idp, at, identity=ReturnedIdentity(account=account, **told), **more)


IDENTITY = {"settings", "acr", "came", "absent", "person"}


def remembered(*observations: Observation, in_order: bool = True) -> Accounts:
    accounts: Accounts = {}
    for each in observations:
        remember_account(accounts, each, in_order=in_order)
    return accounts


def after(history: str) -> RememberedAccount:
    """What is remembered after the accounts of a history, a letter each, one a second."""
    account = current(remembered(*(got(letter, at) for at, letter in enumerate(history))), "ameli")
    assert account is not None
    return account


@pytest.mark.parametrize(
    ("history", "known", "changed", "since", "doubted"),
    [
        ("a", "a", False, 0, False),
        ("aaaa", "a", False, 0, False),
        ("aab", "a", False, 0, True),  # one odd answer
        ("aaba", "a", False, 0, False),
        ("aababab", "a", False, 0, True),  # never twice in a row
        ("aabb", "a", True, 2, False),
        ("aabc", "a", True, 2, False),  # another one each time
        ("aabbbbbb", "a", True, 2, False),
        ("aabba", "a", True, 2, True),  # the old one, once
        ("aabbaa", "a", False, 4, False),
        ("aabbab", "a", True, 2, False),
        ("aabbaacc", "a", True, 6, False),
        ("abb", "b", False, 1, False),  # the first answer was the odd one
        ("abc", "a", True, 1, False),
        ("aba", "a", False, 0, False),
        ("abaab", "a", False, 0, True),
    ],
)
def test_an_account_changes_when_two_journeys_in_a_row_get_another_one(
    history: str, known: str, changed: bool, since: int, doubted: bool
) -> None:
    account = after(history)
    assert (account.known, account.changed, account.doubted) == (known, changed, doubted)
    assert account.since_us == BEGUN + since * SECOND


def as_defined(history: str) -> tuple[str, bool]:
    """By brute force: which account is the remembered one, and whether another one holds.

    The remembered one is the first, unless the two that follow agree on another. What holds is what
    the latest two neighbours that agree say: the remembered one, or not.
    """
    first, following = history[0], history[1:3]
    known = following[0] if following in ("aa", "bb", "cc") else first
    told = [now == known for before, now in pairwise(history[history.index(known) :]) if (before == known) is (now == known)]
    return known, not told[-1] if told else False


@given(st.text("abc", min_size=1, max_size=14))
def test_every_history_is_remembered_as_the_oracle_says(history: str) -> None:
    account = after(history)
    assert (account.known, account.changed) == as_defined(history)


@given(st.text("ab", min_size=1, max_size=8), st.text("ab", min_size=1, max_size=8), st.randoms())
def test_idps_and_settings_are_remembered_apart(first: str, second: str, dice: Any) -> None:
    """Whatever the order in which the two tell."""
    for apart in ({"idp": "yris"}, {"settings": "others"}):
        events: list[tuple[int, str, dict[str, str]]] = [(at, letter, {}) for at, letter in enumerate(first)] + [
            (at, letter, apart) for at, letter in enumerate(second)
        ]
        dice.shuffle(events)
        events.sort(key=lambda event: event[0])
        accounts = remembered(*(got(letter, at, **more) for at, letter, more in events))
        every = [read_account(one) for idp in accounts.values() for one in idp]
        assert len(every) == 2
        assert sorted((one.known, one.changed) for one in every) == sorted(map(as_defined, (first, second)))


def test_a_change_of_our_own_settings_begins_anew() -> None:
    """docs/domain.md: "A change of ours is no finding"."""
    accounts = remembered(got("a", 0), got("a", 1), got("b", 2, settings="new"), got("b", 3, settings="new"), got("b", 4, settings="new"))
    account = current(accounts, "ameli")
    assert account is not None
    assert (account.known, account.changed) == ("b", False)
    remember_account(accounts, got("c", 5))  # and back: what was remembered is still known
    account = current(accounts, "ameli")
    assert account is not None
    assert (account.known, account.doubted) == ("a", True)


def test_what_does_not_pass_and_what_is_no_login_says_nothing_of_the_account() -> None:
    silent = [
        got("b", 2, outcome=Outcome.FAILED),
        got("b", 3, outcome=Outcome.INCONCLUSIVE),
        replace(got("b", 4), kind=Kind.MIRE),
        replace(got("b", 5), backend="node-1"),
        replace(got("b", 6), identity=None),
        got("", 7, settings=""),  # the ledger's salt was not known
        seen(Kind.DIRECT, 8, idp="ameli"),
    ]
    account = current(remembered(got("a", 0), got("a", 1), *silent), "ameli")
    assert account is not None
    assert (account.known, account.changed, account.doubted) == ("a", False, False)
    assert remembered(*silent[2:]) == {}


def test_a_journey_that_began_before_one_that_is_known_says_nothing_any_more() -> None:
    """A vantage that was away delivers what it saw before the change."""
    late = [got("a", at) for at in (10, 11, 12)]
    accounts = remembered(got("a", 0), got("a", 1), got("b", 20), got("b", 21), *late, in_order=False)
    account = current(accounts, "ameli")
    assert account is not None
    assert account.changed


def test_a_prober_whose_clock_was_set_back_believes_what_it_sees_next() -> None:
    account = current(remembered(got("a", 100), got("a", 101), got("b", 1), got("b", 2)), "ameli")
    assert account is not None
    assert (account.changed, account.since_us) == (True, BEGUN + SECOND)


def test_a_clock_that_was_a_year_ahead_leaves_no_settings_in_force() -> None:
    year = 366 * 24 * 3_600
    for at in (year, 5):
        accounts = remembered(got("a", 0), got("a", at, settings="old"), got("b", 6, settings="new"), got("b", 7, settings="new"))
        account = current(accounts, "ameli")
        assert account is not None
        assert (account.settings, account.known) == ("new", "b")


class Told(NamedTuple):
    """One journey of the vantage of a number."""

    vantage: int
    account: str
    at: int


def as_all_vantages_say(story: list[Told]) -> tuple[str, bool, int, bool]:
    """By brute force: the remembered account, whether it has changed, since when, in doubt or not.

    Everything is looked at again from the beginning, in the order of time.
    """
    histories = {one.vantage: [each for each in story if each.vantage == one.vantage] for one in story}
    firsts = {vantage: first_of(history) for vantage, history in histories.items()}
    came = {vantage: [one.at for one in history if one.account == firsts[vantage].account] for vantage, history in histories.items()}
    settled = [vantage for vantage, instants in came.items() if len(instants) > 1]
    owner = min(settled or list(histories), key=lambda vantage: (came[vantage][1 if settled else 0], f"v{vantage}"))
    known = firsts[owner].account
    latest = max(one.at for one in story)
    away, back, doubted = [], [firsts[owner].at], False
    for history in histories.values():
        if history[-1].at < latest - SILENT_US // SECOND:
            continue
        agreeing = [(now.account == known, then.at) for then, now in pairwise(history) if (then.account == known) is (now.account == known)]
        turns = [agreeing[at] for at in range(len(agreeing)) if not at or agreeing[at][0] is not agreeing[at - 1][0]]
        holds = turns[-1][0] if turns else None
        away += [turns[-1][1]] if holds is False else []
        back += [turns[-1][1]] if holds and len(turns) > 1 else []
        doubted = doubted or (history[-1].account == known) is (holds is False)
    return known, bool(away), min(away) if away else max(back), doubted


def first_of(history: list[Told]) -> Told:
    """The first one, unless the two that follow agree on another."""
    odd = len(history) > 2 and history[0].account != history[1].account == history[2].account
    return history[1] if odd else history[0]


stories = st.lists(st.tuples(st.integers(0, 2), st.sampled_from("aaabbc"), st.sampled_from((1, 60, 50_000))), min_size=1, max_size=14)


@given(stories, st.randoms(use_true_random=False))
def test_vantages_are_taken_together_whatever_the_order_in_which_they_deliver(told: list[tuple[int, str, int]], dice: Any) -> None:
    """Each vantage delivers its own journeys in their order."""
    instants = accumulate(after for _, _, after in told)
    story = [Told(vantage, account, at) for (vantage, account, _), at in zip(told, instants, strict=True)]
    queues = {vantage: [one for one in story if one.vantage == vantage] for vantage in {one.vantage for one in story}}
    delivered: list[Told] = []
    while left := [queue for queue in queues.values() if queue]:
        delivered.append(dice.choice(left).pop(0))
    accounts = remembered(*(got(one.account, one.at, vantage=f"v{one.vantage}") for one in delivered), in_order=False)
    account = current(accounts, "ameli")
    assert account is not None
    found = account.known, account.changed, (account.since_us - BEGUN) // SECOND, account.doubted
    assert found == as_all_vantages_say(story)


def test_a_vantage_that_gets_another_account_than_the_others_is_heard() -> None:
    """However often the others get the remembered one in between."""
    mine = [got("a", at, vantage="brest") for at in range(0, 60, 10)]
    theirs = [got("b", at, vantage="lille") for at in range(5, 60, 10)]
    account = current(remembered(*sorted(mine + theirs, key=lambda one: one.started_us), in_order=False), "ameli")
    assert account is not None
    assert (account.known, account.changed, account.since_us) == ("a", True, BEGUN + 5 * SECOND)


def test_a_hub_that_gives_another_account_each_time_fills_no_memory() -> None:
    accounts = remembered(*(got(f"{at}", at) for at in range(200)))
    account = current(accounts, "ameli")
    assert account is not None
    assert (account.known, account.changed, account.since_us) == ("0", True, BEGUN + SECOND)
    assert len(str(accounts)) < 2_000


def test_the_settings_that_were_used_last_are_kept() -> None:
    accounts = remembered(
        got("a", 0, settings="first"), *(got("a", at, settings=str(at // 2) if at % 2 else "first") for at in range(1, 99))
    )
    kept = {one.settings for one in accounts["ameli"]}
    assert len(kept) == KEPT
    assert "first" in kept


def test_only_a_bounded_number_of_settings_is_remembered() -> None:
    accounts = remembered(*(got("a", at, settings=str(at)) for at in range(3 * KEPT)))
    assert len(accounts["ameli"]) == KEPT
    account = current(accounts, "ameli")
    assert account is not None
    assert account.settings == str(3 * KEPT - 1)


def test_what_is_in_doubt_is_asked_again_at_once() -> None:
    accounts = remembered(got("a", 0), got("a", 1))
    assert not doubtful(accounts, got("a", 1))
    remember_account(accounts, odd := got("b", 2))
    assert doubtful(accounts, odd)
    assert not doubtful(accounts, got("a", 1))  # another one than the latest
    assert not doubtful(accounts, journey("ameli", 2))
    remember_account(accounts, again := got("b", 3))
    assert not doubtful(accounts, again)


# --- the same person through several IdPs


@pytest.mark.parametrize(
    ("accounts", "odd"),
    [
        ({"ameli": "a", "yris": "a"}, ""),
        ({"ameli": "a", "yris": "b"}, "ameli yris"),  # nobody knows which of the two is right
        ({"ameli": "a", "yris": "a", "msa": "b"}, "msa"),
        ({"ameli": "a", "yris": "a", "msa": "b", "poste": "b"}, "ameli msa poste yris"),
        ({"ameli": "a"}, ""),
        ({}, ""),
    ],
)
def test_one_person_has_one_account_through_whichever_idp(accounts: dict[str, str], odd: str) -> None:
    known = remembered(*(got(account, at, idp, person="camille") for idp, account in accounts.items() for at in (0, 1)))
    assert differing(present_accounts(known, ["ameli", "yris", "msa", "poste"])) == set(odd.split())
    assert differing(present_accounts(known, ["yris"])) == set(), "only what is watched"


def test_two_people_have_two_accounts_and_what_is_not_settled_is_not_compared() -> None:
    def others(**more: Any) -> frozenset[str]:
        mine = [got("a", at, person="camille") for at in (0, 1)]
        theirs = [got("b", at, "yris", **more) for at in more.pop("at", (0, 1))]
        return differing(present_accounts(remembered(*mine, *theirs), ["ameli", "yris"]))

    assert others(person="camille") == {"ameli", "yris"}
    assert others(person="dominique") == others(person="") == others(person="camille", at=(0,)) == set()
    mine = [got("a", at, person="camille") for at in (0, 1, 2, 3)]
    changed = [got(account, at, "yris", person="camille") for at, account in enumerate("aabb")]
    assert differing(present_accounts(remembered(*mine, *changed), ["ameli", "yris"])) == set(), "a change is told as a change"


# --- claims

CLAIMS = ("birthdate", "email", "family_name")
claims_seen = st.lists(st.tuples(st.sampled_from(("eidas1", "eidas2")), st.frozensets(st.sampled_from(CLAIMS))), min_size=1, max_size=10)


@given(claims_seen)
def test_a_claim_is_lost_when_it_once_came_and_two_journeys_in_a_row_lack_it(history: list[tuple[str, frozenset[str]]]) -> None:
    """At each level by itself."""
    told = [
        got("a", at, acr=acr, came=tuple(sorted(came)), absent=tuple(claim for claim in CLAIMS if claim not in came))
        for at, (acr, came) in enumerate(history)
    ]
    account = current(remembered(*told), "ameli")
    assert account is not None
    assert set(account.levels) == {acr for acr, _ in history}
    for acr, level in account.levels.items():
        mine = [came for at, came in history if at == acr]
        assert set(level.came) == mine[-1]
        assert set(level.ever) == set().union(*mine)
        assert set(level.lost) == {claim for claim in level.ever if len(mine) > 1 and claim not in mine[-1] | mine[-2]}


def test_the_claims_of_an_identity_that_is_not_the_personas_are_known_too() -> None:
    failed = got("a", 2, outcome=Outcome.FAILED, came=("family_name",), absent=("email",))
    account = current(remembered(failed), "ameli")
    assert account is not None
    assert (account.levels["eidas1"].absent, account.known) == (("email",), "")
