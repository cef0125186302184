"""`vigie outages` says of each outage what people stated about it."""

import json
from pathlib import Path

from tests.cli.conftest import Call


def test_a_corrected_outage_stays_and_is_marked(call: Call, history: Path) -> None:
    config = ["--config", str(history)]
    before = json.loads(call("outages", "--json", *config).stdout)
    mire = next(one for one in before if one["condition"] == "C1")
    assert (mire["id"], mire["corrections"], mire["imported"]) == ("fc/C1@2026-01-01T00:01:00.000000Z", [], False)
    assert "Corrections" not in call("outages", *config).stdout
    assert call("correct", mire["id"], "--as", "up", "--author", "a", "--reason", "b", *config).exit_code == 0
    after = json.loads(call("outages", "--json", *config).stdout)
    assert after == [one | ({"corrections": [{"number": 1, "as": "up"}]} if one is mire else {}) for one in before]
    assert "corrected to available (n° 1)" in call("outages", *config).stdout
