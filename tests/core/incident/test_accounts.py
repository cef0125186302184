"""The incident of a hub that gives people other accounts than before.

docs/domain.md, "The same account": "an incident of severity 1".
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.core.incident.detection import UNKNOWN, IncidentDraft, TroubleSign, TroubleTerms, present_signs
from probe.core.incident.model import ActKind, IncidentState, Origin, Scope, Severity
from probe.core.incident.scope import ACCOUNTS
from probe.core.judgement.accounts import Accounts, RememberedAccount, current, remember_account
from probe.core.judgement.observation import ReturnedIdentity
from probe.incidents.wording import RegisterTexts
from tests.builders import journey
from tests.fakes.stated_hub import StatedHub, minute

ABOUT = IncidentDraft(Scope("fc", ACCOUNTS), Origin.ACCOUNTS, Severity.CRITICAL)


def same(since: float, latest: float = 0) -> RememberedAccount:
    return RememberedAccount("ours", known="a", settled=True, since_us=minute(since), latest_us=minute(latest or since))


def changed(since: float, latest: float = 0) -> RememberedAccount:
    return replace(same(since, latest), changed=True)


@pytest.mark.parametrize(
    ("accounts", "sign"),
    [
        ({}, UNKNOWN),
        ({"ameli": RememberedAccount("ours", latest_us=minute(5))}, UNKNOWN),  # no login has passed yet
        ({"ameli": same(5), "poste": same(7)}, TroubleSign(False, minute(7), minute(7))),
        ({"ameli": same(5), "poste": changed(9, 12)}, TroubleSign(True, minute(9), minute(12), ("poste",))),
        ({"impots": changed(8, 11), "ameli": changed(9, 12)}, TroubleSign(True, minute(8), minute(12), ("ameli", "impots"))),
        ({"gone": changed(9, 12)}, UNKNOWN),  # no longer watched
    ],
)
def test_the_sign_is_bad_while_some_account_has_changed(accounts: dict[str, RememberedAccount], sign: TroubleSign) -> None:
    assert present_signs(StatedHub(accounts=accounts).situation(20), (), TroubleTerms())[ABOUT] == sign


def test_a_changed_account_opens_one_incident_of_severity_1_that_ends_when_the_old_one_is_back() -> None:
    watch = StatedHub(terms=TroubleTerms(wording=RegisterTexts("fr")), accounts={"ameli": same(5), "poste": same(5)})
    assert watch.tick(10) == []
    watch.accounts = {"ameli": changed(11, 12), "poste": changed(12, 13)}
    watch.tick(14)
    (incident,) = watch.incidents.values()
    assert (incident.scope, incident.severity, incident.origin, incident.blocking) == (ABOUT.scope, 1, Origin.ACCOUNTS, False)
    assert (incident.began_us, incident.title, incident.detail) == (
        minute(11),
        "Les citoyens perdent leurs comptes",
        "Par\u00a0: ameli, poste",
    )
    assert watch.tick(300) == []
    watch.accounts = {"ameli": same(301, 302), "poste": changed(12, 302)}
    assert watch.tick(303) == []
    watch.accounts = {"ameli": same(301, 303), "poste": same(303, 304)}
    watch.tick(305)
    assert (watch.incidents[1].state, watch.incidents[1].ended_us) == (IncidentState.RESOLVED, minute(303))
    assert watch.tick(306) == []


def test_it_comes_back_in_the_same_incident_within_half_an_hour_and_in_a_new_one_later() -> None:
    watch = StatedHub(accounts={"ameli": changed(10, 11)})
    watch.tick(12)
    for back, again, incidents in ((20, 40, 1), (60, 100, 2)):
        watch.accounts = {"ameli": same(back, back + 1)}
        watch.tick(back + 2)
        assert not any(each.open for each in watch.incidents.values())
        watch.accounts = {"ameli": changed(again, again + 1)}
        watch.tick(again + 2)
        assert len(watch.incidents) == incidents
        assert watch.open(ACCOUNTS)


def test_a_hub_that_is_down_neither_opens_nor_ends_it() -> None:
    """What is remembered stays while nobody can log in."""
    watch = StatedHub(accounts={"ameli": changed(10, 11)})
    watch.tick(12)
    watch.downs = {"C1": [(20, None)]}
    watch.tick(30)
    assert {each.scope.subject for each in watch.incidents.values() if each.open} == {ACCOUNTS, "mire_missing"}


@pytest.mark.parametrize("stated", [{}, {"ended_us": minute(18)}])
def test_what_a_person_resolved_while_it_lasts_is_reopened_after_half_an_hour(stated: dict[str, int]) -> None:
    watch = StatedHub(accounts={"ameli": changed(10, 11)})
    watch.tick(12)
    watch.do(1, 20, ActKind.RESOLVED, {"text": "rolled back", **stated})
    watch.accounts = {"ameli": changed(10, 48)}
    assert watch.tick(49) == []
    assert [act.kind for act in watch.tick(50)] == [ActKind.REOPENED]


def test_a_person_who_takes_the_new_accounts_for_good_ends_it() -> None:
    """`sub_since` in the configuration: the account is another one, seen first since then."""
    watch = StatedHub(accounts={"ameli": changed(10, 11)})
    watch.tick(12)
    watch.accounts = {"ameli": RememberedAccount("new settings", known="b", since_us=minute(30), latest_us=minute(30))}
    watch.tick(31)
    assert (watch.incidents[1].state, watch.incidents[1].ended_us) == (IncidentState.RESOLVED, minute(30))


logins = st.dictionaries(st.sampled_from(("ameli", "poste")), st.text("ab", min_size=1, max_size=12), min_size=1)


@given(logins, st.integers(1, 40))
def test_in_any_course_the_incident_is_open_exactly_while_some_account_has_changed(courses: dict[str, str], every: int) -> None:
    """One login a minute through each IdP; `every` so many minutes the machine looks, and comes to
    rest.
    """
    accounts: Accounts = {}
    watch = StatedHub()
    for at in range(max(map(len, courses.values())) + every):
        for idp, course in courses.items():
            if at < len(course):
                identity = ReturnedIdentity(account=course[at], settings="ours")
                remember_account(accounts, replace(journey(idp, 0), started_us=minute(at), identity=identity))
        if at % every == 0:
            watch.accounts = {idp: replace(account) for idp in courses if (account := current(accounts, idp)) is not None}
            watch.tick(at)
            assert watch.tick(at) == []
            assert bool(watch.open(ACCOUNTS)) is any(account.changed for account in watch.accounts.values())
            assert len(watch.open(ACCOUNTS)) <= 1
