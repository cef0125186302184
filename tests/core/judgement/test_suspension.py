"""Which accounts the lock-out guard has stopped, and since when."""

from dataclasses import replace

from probe.core.judgement.corroboration import Neighbours, remember
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Step
from probe.core.judgement.suspension import Suspension, suspensions
from probe.texts.accounts import suspended
from probe.texts.bilingual import Texts
from probe.texts.details import sentence
from tests.builders import BEGUN, SECOND, SPEC, journey, seen

REFUSED = {"fault": Fault.SP, "reason": Reason.CREDENTIALS_REFUSED, "step": Step.IDP_LOGIN}


def refused(at: float, **more: object) -> Observation:
    return seen(Kind.IDENTITY, at, Outcome.INCONCLUSIVE, "ameli", **REFUSED | more)


def told(*observations: Observation) -> dict[str, Suspension]:
    near = Neighbours()
    for each in observations:
        remember(each, near, SPEC.vouches)
    return suspensions(SPEC, near)


def test_an_account_is_told_from_the_third_refusal_in_a_row_with_the_first_one_s_instant() -> None:
    assert told(refused(1), refused(2)) == {}
    assert told(refused(1), refused(2), refused(3)) == {"ameli": Suspension(3, BEGUN + SECOND)}
    assert told(refused(1), refused(2), journey("ameli", 3), refused(4)) == {}


def test_it_is_told_for_as_long_as_only_its_login_page_is_seen() -> None:
    login_page = replace(journey("ameli", 4), kind=Kind.LOGIN_PAGE)
    assert told(refused(1), refused(2), refused(3), login_page) == {"ameli": Suspension(3, BEGUN + SECOND)}
    assert told(refused(1), refused(2), refused(3), journey("ameli", 4)) == {}


def test_what_the_idp_asked_of_the_owner_is_kept_and_no_other_detail() -> None:
    box, refusal = Detail(DetailKind.AGREEMENT_ASKED, ("button",)), Detail(DetailKind.REFUSAL_SHOWN, (".refused",))
    login_page = replace(journey("ameli", 4), kind=Kind.LOGIN_PAGE)
    ((_, stopped),) = told(refused(1), refused(2), refused(3, detail=box), login_page).items()
    assert stopped.asked == box
    for language, advice in (("fr", "faire ce que la page demande"), ("en", "do there what the page asks")):
        text = suspended(stopped, Texts(language))
        assert advice in text
        assert sentence(box).in_language(Texts(language).language) in text
    assert told(refused(1, detail=box), refused(2), refused(3, detail=refusal))["ameli"].asked is None


def test_refusals_of_all_clients_count_as_they_share_the_account() -> None:
    assert told(refused(1), refused(2, client="eidas2"), refused(3)) == {"ameli": Suspension(3, BEGUN + SECOND)}


def test_an_idp_that_is_no_longer_watched_is_not_told() -> None:
    near = Neighbours(refused={"gone": 9, "yris": 3})
    assert suspensions(SPEC, near) == {"yris": Suspension(3)}
