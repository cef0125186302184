"""A hub's settings, as the ledger keeps them for a replay."""

from probe.core.judgement.spec import HubSpec, IdpSpec


def test_settings_are_read_back_as_they_were_written() -> None:
    spec = HubSpec("fc", (IdpSpec("a", identity=False), IdpSpec("b", control=True, interval_us=5)), failures=3, quorum=40, client="sp")
    stored = spec.to_json()
    assert stored["idps"][0] == {"name": "a", "identity": False, "control": False, "interval_us": 60_000_000}
    assert HubSpec.from_json(stored) == spec
