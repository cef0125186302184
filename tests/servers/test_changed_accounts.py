"""A real OpenID provider that makes pairwise subs with another salt than before: every citizen
loses the account, and every login still passes.

docs/domain.md, "The same account"; OpenID Connect Core 1.0, section 8.1.
"""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from probe.clock import SystemClock
from probe.config.load import load
from probe.config.secrets import Secrets
from probe.config.source import read_source
from probe.core.judgement.accounts import Accounts, AccountState, current, remember_account
from probe.core.judgement.observation import Kind, Outcome
from probe.journeys.plan import plan
from probe.prober.run import Prober
from tests.servers.federation import REDIRECT_URI, IdentityProvider

pytestmark = pytest.mark.servers

_EXAMPLE = read_source(Path(__file__).parents[2] / "config/examples/own-login.yml").data
_HUB = next(hub for hub in _EXAMPLE["hubs"] if hub["name"] == "oidc-provider")


class PairwiseProvider(IdentityProvider):
    """An oidc-provider that is the hub itself, with subs of its own for each client's sector."""

    def __init__(self, directory: Path) -> None:
        self._directory, self._salt = directory, secrets.token_hex(8)
        super().__init__("oidc-provider", "", "127.0.0.44", "", directory)

    def _settings(self, hub_url: str) -> dict[str, Any]:
        settings = super()._settings(hub_url)
        client = settings["client"] | {"redirect_uris": [REDIRECT_URI], "subject_type": "pairwise"}
        return settings | {"client": client, "pairwise": self._salt}

    def lose_its_salt(self) -> None:
        self.stop()
        self._salt = secrets.token_hex(8)
        (self._directory / f"{self.name}.json").write_text(json.dumps(self._settings("")), "utf-8")
        self.start()


@pytest.fixture
def provider(real_servers: None, tmp_path: Path) -> Iterator[PairwiseProvider]:
    made = PairwiseProvider(tmp_path)
    made.start()
    yield made
    made.stop()


def written(provider: PairwiseProvider, folder: Path) -> Path:
    for name, value in (("username", "camille"), ("password", "any password"), ("client", provider.client_secret)):
        (folder / name).write_text(value, "utf-8")
        (folder / name).chmod(0o600)
    account = {"username": {"file": str(folder / "username")}, "password": {"file": str(folder / "password")}}
    sp = _HUB["sp"] | {"client_id": provider.client_id, "client_secret": {"file": str(folder / "client")}, "redirect_uri": REDIRECT_URI}
    hub = _HUB | {"issuer": provider.url, "sp": sp, "idps": [_HUB["idps"][0] | {"account": account}]}
    file = folder / "vigie.yml"
    parts = {part: {hub["name"]: _EXAMPLE[part][hub["name"]]} for part in ("recipes", "profiles")}
    file.write_text(yaml.safe_dump({**parts, "hubs": [hub]}), "utf-8")
    return file


async def test_a_provider_that_loses_the_salt_of_its_subs_is_found_and_is_not_down(provider: PairwiseProvider, tmp_path: Path) -> None:
    config = load(written(provider, tmp_path))
    prober, accounts = Prober(config, SystemClock()), Accounts()
    prober.memory.salt = lambda: b"salt of the ledger"
    idp = config.hubs[0].idps[0].name

    async def log_in() -> AccountState:
        prober.memory.forget()  # keys, too, are new after a restart
        seen = await prober.run(plan(config, Secrets.read(config), config.hubs[0], Kind.IDENTITY, idp))
        assert seen.outcome is Outcome.OK, seen
        remember_account(accounts, seen)
        account = current(accounts, idp)
        assert account is not None
        return account.state

    assert [await log_in() for _ in range(2)] == [AccountState.SAME, AccountState.SAME]
    provider.lose_its_salt()
    assert [await log_in() for _ in range(2)] == [AccountState.DOUBTED, AccountState.CHANGED]
