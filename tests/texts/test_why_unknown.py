"""Why nobody can tell, in words."""

import pytest

from probe.core.judgement.corroboration import NeverPassed
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Kind, Reason, SetupPart, Step
from probe.core.judgement.own_trouble import OwnTrouble
from probe.core.judgement.past import ChangedSetting
from probe.core.judgement.subject import C1, C3, HUB
from probe.core.judgement.why_unknown import Explanation, WhyUnknown, with_deactivation
from probe.texts.bilingual import Texts
from probe.texts.why_unknown import WHY, unproven, why_unknown
from tests.builders import BEGUN

DETAIL = Detail(DetailKind.BUTTON_MISSING, ("{#odd}",), ("button#ok",))
TROUBLE = OwnTrouble(Kind.IDENTITY, Reason.SP_CONFIGURATION, Step.IDP_LOGIN, BEGUN, detail=DETAIL)
NEVER = NeverPassed(SetupPart.LOGIN, "digest", BEGUN, BEGUN)


def written(found: Explanation, subject: str, *, briefly: bool = False) -> str:
    return why_unknown(found, subject, {"idp:msa": "MSA"}, Texts("fr"), briefly=briefly).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("why", WhyUnknown)
def test_every_reason_is_said_in_both_languages(why: WhyUnknown) -> None:
    found = Explanation(why, HUB, names=("tuile",), latest_us=BEGUN)
    assert WHY[why].fr != WHY[why].en
    assert "{" not in written(found, HUB)


def test_the_subject_on_which_another_one_depends_is_named() -> None:
    found = Explanation(WhyUnknown.UNWATCHED, C3, names=("a", "b"))
    assert written(found, C3) == "tuile que personne ne surveille : a, b"
    assert written(found, HUB) == "C3 : tuile que personne ne surveille : a, b"
    assert written(Explanation(WhyUnknown.NOT_OFFERED, "idp:msa"), HUB) == "MSA : la mire ne le propose pas"
    assert written(Explanation(WhyUnknown.MASKED, C1), HUB) == "masqué par C1"
    off = with_deactivation(Explanation(WhyUnknown.NOT_OFFERED, "idp:msa"), "fc", {("fc", "msa"): 1_000_000, ("agent", "msa"): 1})
    assert written(off, HUB) == "MSA : la mire ne le propose pas ; désactivé depuis le 01/01/1970 01:00:01"
    unheard = Explanation(WhyUnknown.STALE, "idp:msa")
    assert with_deactivation(unheard, "fc", {("fc", "msa"): 1}) == unheard


def test_of_several_idps_it_says_how_many() -> None:
    found = Explanation(WhyUnknown.INCONCLUSIVE, C3, trouble=TROUBLE, idps=("msa", "ameli"))
    told = "2 fournisseurs d'identité : parcours non concluants : le hub refuse la configuration de la sonde"
    assert written(found, HUB, briefly=True) == written(found, C3, briefly=True) == told
    assert (
        written(Explanation(WhyUnknown.NOT_OFFERED, C3, idps=("a", "b", "c")), C3)
        == "3 fournisseurs d'identité : la mire ne les propose pas"
    )


def test_details_are_left_out_where_it_is_said_briefly() -> None:
    found = Explanation(WhyUnknown.INCONCLUSIVE, "idp:msa", trouble=TROUBLE)
    brief = "parcours non concluants : le hub refuse la configuration de la sonde"
    assert written(found, "idp:msa", briefly=True) == brief
    assert written(found, "idp:msa") == f"{brief} - la page n'a pas le bouton {{#odd}} (boutons : button#ok)"
    never = Explanation(WhyUnknown.NEVER_PASSED, "idp:msa", never_passed=NEVER)
    assert written(never, "idp:msa", briefly=True) == "jamais réussi avec ces réglages"
    assert written(never, "idp:msa").endswith("vérifier recipe, hosts, account")


@pytest.mark.parametrize("changed", [NEVER, ChangedSetting(SetupPart.LOGIN, BEGUN)])
def test_a_setting_that_changed_in_an_outage_is_told_with_when_and_what_to_check(changed: NeverPassed | ChangedSetting) -> None:
    told = unproven(changed, Texts("en"))
    assert "01/01/2026 at 01:00:00" in told
    assert "recipe, hosts, account" in told
