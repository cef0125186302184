"""What an IdP takes from its hub: the nearest that is written wins, and null is written."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from probe.config.inherit import inherit
from probe.config.load import load
from probe.config.peek import peek
from probe.config.source import Source
from probe.core.judgement.observation import Kind
from probe.errors import ConfigError
from probe.journeys.plan import plan
from tests.fakes.hub import secrets

HEAD = """\
control: {targets: [{name: one, url: https://one.example/}]}
recipes: {form: {pages: [{fill: {login: "{username}"}}]}, other: {pages: [{fill: {name: "{username}"}}]}}
hubs:
  - name: fc
    issuer: https://hub.example/api
    sp: {client_id: vigie, client_secret: {env: SECRET}, redirect_uri: https://sp.example/back}
"""
IDPS = """\
    idps:
      - {name: plain, tile: t1}
      - {name: own, tile: t2, interval: 5m, recipe: other, depth: login-page, hosts: [own.example]}
      - {name: nothing, tile: t3, recipe: null}
"""
DEFAULTS = "    defaults: {depth: login-page, recipe: form, interval: 2m, hosts: [idps.example]}\n"


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "s" * 32)


def written(folder: Path, *parts: str) -> Path:
    path = folder / "vigie.yml"
    path.write_text("".join(parts), encoding="utf-8")
    return path


def test_an_idp_has_the_hubs_defaults_where_it_says_nothing_and_its_own_word_where_it_does(tmp_path: Path) -> None:
    plain, own, nothing = load(written(tmp_path, HEAD, DEFAULTS, IDPS)).hubs[0].idps
    assert (plain.depth, plain.recipe, plain.interval, plain.hosts) == ("login-page", "form", 120_000_000, ["idps.example"])
    assert (own.recipe, own.interval, own.hosts) == ("other", 300_000_000, ["own.example"])
    assert (nothing.recipe, nothing.interval) == (None, 120_000_000)
    assert peek(tmp_path / "vigie.yml") is not None


def test_a_mistake_in_the_defaults_is_without_repetitions_on_its_line(tmp_path: Path) -> None:
    bad = DEFAULTS.replace("recipe: form", "recipe: froms").replace("interval: 2m", "interval: 2")
    with pytest.raises(ConfigError) as refused:
        load(written(tmp_path, HEAD, bad, IDPS))
    assert [(problem.line, problem.path) for problem in refused.value.problems] == [
        (7, "hubs[0].defaults.interval"),
        (7, "hubs[0].defaults.recipe"),
    ]


@pytest.mark.parametrize("key", ["name: x", "title: x", "tile: x", "control: true", "direct: {url: https://x.example/}"])
def test_what_each_idp_has_of_its_own_cannot_be_a_default(key: str, tmp_path: Path) -> None:
    idps = "    idps: [{name: plain, tile: t1, depth: login-page, hosts: [a.example]}]\n"
    with pytest.raises(ConfigError) as refused:
        load(written(tmp_path, HEAD, f"    defaults: {{{key}}}\n", idps))
    assert (7, f"hubs[0].defaults.{key.partition(':')[0]}") in [(problem.line, problem.path) for problem in refused.value.problems]


LEVELS = ("hub", "defaults", "idp", "direct")


@pytest.mark.parametrize("said", list(product((None, "null", "own"), repeat=4)), ids=lambda said: "-".join(str(word) for word in said))
def test_each_key_of_a_network_is_that_of_the_nearest_that_writes_it(said: tuple[str | None, ...]) -> None:
    """Every way to write it, at the hub, in the defaults, at the IdP and at its direct."""
    values: dict[str, Any] = {level: level if word == "own" else None for level, word in zip(LEVELS, said, strict=True)}
    networks = {level: {"network": {"proxy": values[level]}} for level, word in zip(LEVELS, said, strict=True) if word}
    idp = {"name": "x", "direct": {"url": "u", **networks.get("direct", {})}, **networks.get("idp", {})}
    source = Source("f", {"hubs": [{"defaults": networks.get("defaults", {}), "idps": [idp], **networks.get("hub", {})}]})
    inherit(source)
    made = source.data["hubs"][0]["idps"][0]

    def nearest(levels: tuple[str, ...]) -> Any:
        return next((values[level] for level in levels if level in networks), None)

    assert made.get("network", {}).get("proxy") == nearest(("idp", "defaults", "hub"))
    if "direct" in networks:
        assert made["direct"]["network"]["proxy"] == values["direct"]


def test_the_way_to_a_host_is_that_of_the_idp_and_of_its_direct(tmp_path: Path) -> None:
    hub = "    network: {proxy: 'http://hub.example:3128', user_agent: hub}\n"
    idps = """\
    idps:
      - {name: plain, tile: t1, depth: login-page, hosts: [plain.example]}
      - name: own
        tile: t2
        depth: login-page
        hosts: [own.example]
        network: {proxy: null}
        direct: {url: "https://own.example/", network: {user_agent: direct}}
      - {name: same, tile: t3, depth: login-page, direct: {url: "https://same.example/"}}
"""
    config = load(written(tmp_path, HEAD, hub, idps))

    def way(kind: Kind, idp: str, host: str) -> tuple[str | None, str | None]:
        network = plan(config, secrets(), "fc", kind, idp).network_for(host)
        return network.proxy, network.user_agent

    at_hub = ("http://hub.example:3128", "hub")
    assert way(Kind.LOGIN_PAGE, "plain", "plain.example") == at_hub
    assert way(Kind.LOGIN_PAGE, "own", "own.example") == (None, "hub")
    assert way(Kind.LOGIN_PAGE, "own", "hub.example") == at_hub
    assert way(Kind.DIRECT, "own", "own.example") == (None, "direct")
    assert way(Kind.DIRECT, "same", "same.example") == at_hub
    assert config.control.targets[0].network.proxy is None
