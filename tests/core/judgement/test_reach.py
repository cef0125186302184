"""How far the journeys go that do not go as far as the identity."""

from dataclasses import replace

from probe.core.judgement.corroboration import Neighbours
from probe.core.judgement.fold import begin
from probe.core.judgement.reach import Reach, short_reaches
from probe.core.judgement.spec import ClientSpec, IdpSpec
from tests.builders import BEGUN, SPEC


def test_an_account_that_is_suspended_a_login_page_and_a_client_without_idps_are_seen_in_part() -> None:
    idps = (IdpSpec("ameli"), IdpSpec("msa", identity=False), IdpSpec("yris"))
    spec = replace(SPEC, idps=idps, clients=(ClientSpec("mire-only", "c1"), ClientSpec("eidas2", "c2", idps[:2])))
    state, _ = begin(spec, BEGUN)
    by_settings = {"idp:msa": Reach.LOGIN_PAGE, "idp:msa@eidas2": Reach.LOGIN_PAGE, "client:mire-only": Reach.MIRE}
    assert short_reaches(state, Neighbours(refused={"ameli": spec.refused_credentials - 1})) == by_settings
    suspended = {"idp:ameli": Reach.LOGIN_PAGE, "idp:ameli@eidas2": Reach.LOGIN_PAGE}
    assert short_reaches(state, Neighbours(refused={"ameli": spec.refused_credentials})) == by_settings | suspended
