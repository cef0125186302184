"""A credential of ours that has ended makes nobody's outage, and hides none that it does not
explain.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from probe.clock import SystemClock
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Step
from probe.journeys.plan import plan
from probe.prober.run import Prober
from simulator import Federation
from tests.fakes.rounds import A, configured

pytestmark = pytest.mark.asyncio(loop_scope="session")
OURS = (Outcome.INCONCLUSIVE, Fault.SP, Reason.CREDENTIAL_ENDED)
Edit = Callable[[dict[str, Any]], None]


async def seen(federation: Federation, edit: Edit, *, known_good: bool = True) -> Observation:
    config: Config = configured(federation, edit=edit, idps=(A,))
    prober = Prober(config, SystemClock())
    prober.memory.of("fc").client_known_good = known_good
    return await prober.run(plan(config, Secrets.read(config), "fc", Kind.IDENTITY, A))


def secret(folder: Path, expires: str, *, wrong: bool) -> Edit:
    (folder / "wrong.secret").write_text("another-secret-than-the-hub-has")
    (folder / "wrong.secret").chmod(0o600)

    def edit(document: dict[str, Any]) -> None:
        ref = document["hubs"][0]["sp"]["client_secret"]
        document["hubs"][0]["sp"]["client_secret"] = ({"file": str(folder / "wrong.secret")} if wrong else ref) | {"expires": expires}

    return edit


def password(expires: str) -> Edit:
    return lambda document: document["hubs"][0]["idps"][0]["account"]["password"].update(expires=expires)


async def test_a_secret_that_has_ended_and_is_refused_is_ours_and_is_named(simulated: Federation, tmp_path: Path) -> None:
    found = await seen(simulated, secret(tmp_path, "2020-01-01", wrong=True))
    assert (found.outcome, found.fault, found.reason, found.step) == (*OURS, Step.TOKEN)
    assert found.detail is not None
    assert (found.detail.kind, found.detail.names) == (DetailKind.CREDENTIAL_ENDED, ("client_secret",))
    later = await seen(simulated, secret(tmp_path, "2999-01-01", wrong=True))
    assert later.reason is not Reason.CREDENTIAL_ENDED, "the date is still to come"


async def test_a_date_that_was_wrong_makes_no_trouble_while_all_is_well(simulated: Federation, tmp_path: Path) -> None:
    assert (await seen(simulated, secret(tmp_path, "2020-01-01", wrong=False))).outcome is Outcome.OK
    assert (await seen(simulated, password("2020-01-01"))).outcome is Outcome.OK


async def test_an_ended_password_explains_a_page_of_the_idp_and_no_breakdown_of_it(simulated: Federation) -> None:
    await simulated.set_fault(A, "login_error", status=200)  # as a page that wants a new password
    page = await seen(simulated, password("2020-01-01"))
    assert (page.outcome, page.fault, page.reason, page.step) == (*OURS, Step.IDP_LOGIN)
    valid = await seen(simulated, password("2999-01-01"))
    assert (valid.outcome, valid.fault, valid.reason) == (Outcome.FAILED, Fault.IDP, Reason.IDP_ERROR)
    await simulated.set_fault(A, "login_error", status=500)
    broken = await seen(simulated, password("2020-01-01"))
    assert (broken.outcome, broken.fault) == (Outcome.FAILED, Fault.IDP)
    await simulated.clear_faults()
    await simulated.set_fault(A, "refuse_credentials")
    refused = await seen(simulated, password("2020-01-01"))
    assert refused.reason is Reason.CREDENTIALS_REFUSED, "the lock-out guard counts it"


@pytest.mark.parametrize("fault", ["token_500", "token_error"])
async def test_the_hubs_own_trouble_stays_the_hubs_after_a_secret_has_ended(simulated: Federation, tmp_path: Path, fault: str) -> None:
    """A status of its own, and a code of its own."""
    await simulated.set_fault("hub", fault)
    found = await seen(simulated, secret(tmp_path, "2020-01-01", wrong=False))
    assert (found.outcome, found.fault, found.reason) == (Outcome.FAILED, Fault.HUB, Reason.TOKEN_ERROR)
