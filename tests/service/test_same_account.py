"""`vigie run` while the hub gives everybody another account: told at once, and no outage.

docs/domain.md, "The same account".
"""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from probe.cli import main
from probe.ledger.reader import Reader
from tests.fakes.recorder import ledger
from tests.marks import unmeasured
from tests.service.running import Running, simulating

pytestmark = unmeasured


def unpinned(document: dict[str, Any]) -> None:
    """No persona pins its `sub`."""
    document["support"] = {"tick": "200ms"}
    for idp in document["hubs"][0]["idps"]:
        idp["persona"]["sub"] = None


def test_citizens_who_lose_their_accounts_are_one_incident_and_no_outage(tmp_path: Path) -> None:
    with simulating(tmp_path / "federation", "--interval", "1s", "--idps", "ameli,yris") as simulator:
        config = simulator.config(tmp_path / "vigie.yml", unpinned)
        with Running(config) as watch:
            watch.wait(lambda one: one.total("vigie_runs_total", kind="identity") >= 6, "accounts are known", patience=90.0)
            assert watch.total("vigie_idp_account_changed") == 0
            assert watch.total("vigie_claim_returned", claim="family_name", acr="eidas1") == 2
            simulator.set("hub", "sub_changed")
            watch.wait(lambda one: one.total("vigie_idp_account_changed") == 2, "both accounts have changed")
            watch.wait(lambda one: one.total("vigie_incidents_open", severity="1", state="new") == 1, "an incident is open")
            assert watch.total("vigie_hub_available") == 1
            simulator.clear()
            watch.wait(lambda one: one.total("vigie_idp_account_changed") == 0, "the old accounts are back")
            watch.wait(lambda one: one.total("vigie_incidents_open", severity="1", state="resolved") == 1, "the incident is resolved")
            assert watch.stop() == 0
        with ledger(config.with_suffix(".db"), create=False) as engine:
            reader = Reader(engine)
            assert reader.outages(2**62) == []
            seen = [one for _, one in reader.observations() if one.identity is not None]
        assert {one.outcome.value for one in seen} == {"ok"}
        assert any(one.retry for one in seen), "what was in doubt was asked again at once"
        told = CliRunner().invoke(main, ["incidents", "list", "--all", "--json", "--config", str(config)])
        (incident,) = json.loads(told.stdout)
        assert (incident["subject"], incident["severity"], incident["origin"]) == ("accounts", 1, "accounts")
