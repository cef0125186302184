"""`vigie run` while every journey through the hub fails: who is asked again, and how often."""

from collections import Counter
from pathlib import Path

from probe.core.judgement.condition import C3
from probe.core.judgement.observation import Kind
from probe.ledger.reader import Reader
from tests.fakes.recorder import ledger
from tests.marks import unmeasured
from tests.service.running import Running, simulating

pytestmark = unmeasured
IDPS = 7


def test_a_hub_that_fails_is_confirmed_at_once_by_two_journeys_an_idp(tmp_path: Path) -> None:
    """Each is due four times a minute only: what confirms was asked for,
    and nobody is asked by each of the others.
    """
    with simulating(tmp_path / "federation", "--interval", "15s") as simulator:
        config = simulator.config(tmp_path / "vigie.yml")
        with Running(config) as watch:
            watch.wait(Running.ready, "each was asked once", patience=90.0)
            simulator.set("hub", "error_page", step="redirect-to-idp")
            watch.wait(lambda one: one.total("vigie_condition_active", condition=C3) >= 1, "C3 holds", patience=60.0)
            assert watch.stop() == 0
        with ledger(config.with_suffix(".db"), create=False) as engine:
            seen = [one for _, one in Reader(engine).observations() if one.kind is Kind.IDENTITY and one.reason is not None]
    failed = Counter(one.idp for one in seen)
    assert len(failed) == IDPS
    assert min(failed.values()) >= 2
    assert sum(failed.values()) <= 3 * IDPS, "two each, and whose slot came meanwhile"
    assert any(one.retry for one in seen)
