"""`vigie claims`: which claims come through each IdP, and to which account."""

import asyncio
import json
from pathlib import Path

import pytest

from probe.core.judgement.observation import Observation, ReturnedIdentity
from tests.builders import BEGUN, SECOND, journey
from tests.cli.conftest import Call
from tests.cli.test_past import as_described
from tests.fakes.recorder import FakeListener, ledger, recording
from tests.service.running import Simulator

CAME, ABSENT = ("family_name", "email"), ("gender",)


def got(account: str, at: int, idp: str = "ameli", came: tuple[str, ...] = CAME, absent: tuple[str, ...] = ABSENT) -> Observation:
    return journey(idp, at, identity=ReturnedIdentity("eidas1", came, absent, account, "settings", "person"))


@pytest.fixture
def told(config: Path) -> Path:
    """A configuration whose ledger holds a few logins."""

    async def record(*observations: Observation) -> None:
        with ledger(config.with_suffix(".db")) as engine:
            async with recording(engine, FakeListener()) as recorder:
                for one in observations:
                    recorder.submit(one)
                await recorder.drain()

    ameli = [got("digest-a", 0), got("digest-a", 10), got("digest-b", 20), got("digest-b", 30)]
    yris = [got("digest-a", at, "yris", came=("family_name",), absent=("email", "gender")) for at in (31, 41)]
    asyncio.run(record(*ameli, got("digest-a", 21, "yris"), *yris))
    return config


def test_each_account_is_told_with_its_claims_and_never_a_digest(call: Call, told: Path) -> None:
    answer = call("claims", "--json", "--config", told)
    assert answer.exit_code == 0
    ameli, yris = json.loads(answer.stdout)
    assert (ameli["hub"], ameli["idp"]) == ("fc", "ameli")
    assert as_described("Account", ameli["account"])
    levels = ameli["account"].pop("levels")
    assert ameli["account"] == {"state": "changed", "since": "2026-01-01T00:00:20.000000Z", "differs": False}
    assert levels == [
        {"acr": "eidas1", "at": "2026-01-01T00:00:30.000000Z", "came": [*CAME], "absent": [*ABSENT], "lost": []},
    ]
    assert yris["account"]["state"] == "same"
    assert yris["account"]["levels"][0]["lost"] == ["email"]
    assert "digest" not in answer.stdout + call("claims", "--config", told).stdout


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", ("✖ un autre depuis 01/01/2026 01:00:20", "● le même", "✖ email")), ("en", ("✖ another one since", "● the same", "✖ email"))],
)
def test_people_read_it_as_a_table(call: Call, told: Path, language: str, words: tuple[str, ...]) -> None:
    told.write_text(told.read_text().replace("language: en", f"language: {language}"))
    shown = call("claims", "--config", told).stdout
    assert all(word in shown for word in words), shown


def test_a_ledger_without_an_identity_says_so(call: Call, history: Path) -> None:
    assert call("claims", "--json", "--config", history).stdout.strip() == "[]"
    assert call("claims", "--config", history).stdout.strip() == "No identity has come yet."


def test_an_account_in_doubt_and_one_that_differs_are_told(call: Call, config: Path) -> None:
    async def record() -> None:
        with ledger(config.with_suffix(".db")) as engine:
            async with recording(engine, FakeListener(), at_us=BEGUN + SECOND) as recorder:
                for idp, account in (("ameli", "a"), ("ameli", "a"), ("yris", "b"), ("yris", "b"), ("ameli", "c")):
                    recorder.submit(got(account, 10 * len(idp) + ord(account) % 10, idp))
                await recorder.drain()

    asyncio.run(record())
    ameli, yris = json.loads(call("claims", "--json", "--config", config).stdout)
    assert (ameli["account"]["state"], ameli["account"]["differs"]) == ("doubted", True)
    assert (yris["account"]["state"], yris["account"]["differs"]) == ("same", True)
    assert "not the one of the other identity providers" in call("claims", "--config", config).stdout


def test_the_state_of_things_names_accounts_that_are_not_what_they_were(call: Call, told: Path) -> None:
    assert json.loads(call("status", "--json", "--config", told).stdout)["accounts"] == [
        {"hub": "fc", "idp": "ameli", "state": "changed", "since": "2026-01-01T00:00:20.000000Z", "differs": False}
    ]
    shown = call("status", "--config", told).stdout
    assert "fc Ameli.fr: the hub gives it another account (sub) than before (since 01/01/2026 01:00:20)" in shown
    (ameli, *_) = json.loads(call("idp", "list", "--json", "--config", told).stdout)
    assert ameli["account"]["state"] == "changed"


def test_a_journey_says_what_came_and_at_which_level(call: Call, config: Path, simulator: Simulator) -> None:
    """Who writes a persona or a scope sees what there is."""
    simulator.set("hub", "userinfo_missing", claim="gender")
    shown = call("journey", "ameli", "--config", config).stdout
    assert "Level: eidas1; Claims that came: given_name, " in shown
    assert "; Not received: gender" in shown
    assert "EXEMPLE" not in shown
