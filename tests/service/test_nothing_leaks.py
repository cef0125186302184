"""Of a whole run, through failures of every kind, nothing keeps or shows a person's data, a secret,
a code, a token or a cookie.

The federation runs in this process, behind a tap that notes every secret that passes;
Vigie runs as its users run it. What it wrote (its log at debug level, the ledger's raw files,
its pages, traces, JSON and error texts) is then searched for all of that.
"""

import asyncio
import html
import json
import logging
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import structlog
import yaml
from click.testing import CliRunner
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from probe.cli import main
from probe.core.whole_words import words_of
from simulator import Federation, Settings
from simulator.claims import EMAIL, REGISTRY_IDENTITY, pairwise_sub
from simulator.faults import FAULTS
from tests.marks import unmeasured
from tests.service.running import Running

pytestmark = unmeasured
WINDOW = 16
"""So many characters of a secret in a row are a leak."""

_RUN = re.compile(rf"[A-Za-z0-9_.+/=~-]{{{WINDOW},}}")
_FIELD = re.compile(r'<input[^>]*name="(?:csrfToken|csrf|_csrf)"[^>]*value="([^"]+)"')
_NAMED = {
    "code", "state", "nonce", "code_challenge", "code_verifier", "client_secret", "client_assertion", "access_token", "id_token",
    "id_token_hint", "csrfToken", "csrf",
}  # fmt: skip
_OPEN = {"alg", "typ", "kid"}

IDPS = ("impot_gouv", "ameli", "la_poste")
SLOW = {"hang", "drip", "endless", "bomb", "slow", "token_hang", "userinfo_hang", "timeout", "account_store_down"}
SILENT = {
    "keys_rotated", "keys_beside", "metadata_changed", "certificate_renewed", "page_changed", "page_noise", "renamed",
    "beta", "banner", "no_interstitial", "content_type",
}  # fmt: skip
"""Faults that take their time, and those that nobody notices:
the same code shows them as the others.
"""


class Seen:
    """Every secret that passed, as windows of characters that stand nowhere else."""

    def __init__(self) -> None:
        self.values: set[str] = set()

    def note(self, values: Iterable[str]) -> None:
        self.values.update(part for value in values for part in (value, unquote(value)) if len(part) >= WINDOW)

    def windows(self) -> dict[str, str]:
        """A piece of each value -> the value. Pieces of one token that are the same in every token
        (its header) are left out.
        """
        found: dict[str, str] = {}
        for value in self.values:
            parts = value.split(".") if value.count(".") in (2, 4) else [value]
            for part in parts[1:] or parts:
                for at in range(max(len(part) - WINDOW, 0) + 1):
                    found[part[at : at + WINDOW]] = value
        return {piece: value for piece, value in found.items() if len(piece) == WINDOW}


class Tap:
    """In front of one party: notes what goes in and out."""

    def __init__(self, app: ASGIApp, seen: Seen) -> None:
        self._app, self._seen = app, seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._query(scope["query_string"].decode())
        for name, value in scope["headers"]:
            if name == b"cookie":
                self._seen.note(one.partition("=")[2].strip() for one in value.decode().split(";"))
            elif name == b"authorization":
                self._seen.note([value.decode().partition(" ")[2]])

        async def received() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                self._query(message.get("body", b"").decode("utf-8", "replace"))
            return message

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._headers(message["headers"])
            elif message["type"] == "http.response.body":
                self._body(message.get("body", b"").decode("utf-8", "replace"))
            await send(message)

        await self._app(scope, received, sent)

    def _query(self, text: str) -> None:
        self._seen.note(value for name, value in parse_qsl(text) if name in _NAMED)

    def _headers(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        for name, value in headers:
            if name.lower() == b"set-cookie":
                self._seen.note(morsel.value for morsel in SimpleCookie(value.decode()).values())
            elif name.lower() == b"location":
                self._query(urlsplit(value.decode()).query)

    def _body(self, text: str) -> None:
        self._seen.note(html.unescape(value) for value in _FIELD.findall(text))
        if re.fullmatch(r"[\w-]+(\.[\w-]*){2,4}", text):
            self._seen.note([text])
        elif text.startswith("{") and "token" in text:
            found: dict[str, Any] = json.loads(text)
            self._seen.note(str(value) for name, value in found.items() if name in _NAMED)


class Tapped(Federation):
    """A federation with a tap at every party."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.seen = Seen()

    def _parties(self) -> dict[str, ASGIApp]:
        return {name: Tap(app, self.seen) for name, app in super()._parties().items()}

    def secrets(self) -> dict[str, str]:
        """What this federation's parties share with Vigie: what it is -> its value."""
        found = {f"secret of {name}": client.secret for name, client in self.world.clients.items()}
        for name in IDPS:
            account = self.world.accounts[name]
            found |= {f"account at {name}": account.username, f"password at {name}": account.password}
        return found | {f"sub at {name}": pairwise_sub(REGISTRY_IDENTITY, client.entity) for name, client in self.world.clients.items()}


def persona() -> Iterator[tuple[str, str]]:
    """What the synthetic person is, as (what, a pattern that finds it).
    Numbers stand in timings too: they count only as texts.
    """
    for name, value in {**REGISTRY_IDENTITY, "email": EMAIL, "usual name": "EXEMPLE-USAGE"}.items():
        for text in value if isinstance(value, list) else [value]:
            yield from ((name, rf"(?i)\b{word}\b") for word in words_of(text) if word.isalpha())
            yield (
                name,
                rf"[\"'>]{text}(?!\d)|{name}\W{{1,4}}{text}" if text.isdigit() else rf"(?i)(?<![A-Za-z]){re.escape(text)}(?![A-Za-z])",
            )


def leaks(texts: dict[str, str], federation: Tapped) -> list[str]:
    """What was found, and where."""
    windows = federation.seen.windows()
    found = []
    for where, text in texts.items():
        for run in _RUN.findall(text):
            hits = {windows[piece] for at in range(len(run) - WINDOW + 1) if (piece := run[at : at + WINDOW]) in windows}
            found += [f"{where}: a part of {hit!r}" for hit in hits]
        found += [f"{where}: {what}" for what, value in federation.secrets().items() if value in text]
        found += [f"{where}: {what}" for what, pattern in persona() if re.search(pattern, text)]
    return found


@pytest.fixture
async def federation(tmp_path: Path) -> AsyncIterator[Tapped]:
    settings = Settings(state_dir=tmp_path / "federation", time_scale=0.02, interval="1s", deadline="2s", idps=IDPS)
    async with Tapped(settings) as made:
        yield made


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """The commands send the log where they are told to: not so for the tests that follow."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def cases() -> list[tuple[str, str]]:
    """Every fault, at a party that may have it."""
    found = []
    for fault in FAULTS:
        parties = {"any": ("hub", "ameli"), "hub": ("hub",), "idp": ("ameli",), "registry": ("registry",)}[fault.scope]
        found += [(party, fault.name) for party in parties if fault.name not in SLOW | SILENT]
    return found


STEPS = ("authorize", "mire", "redirect-to-idp", "oidc-callback", "verify", "consent", "login", "resume")


async def call(*arguments: object) -> str:
    """All that a command prints."""
    done = await asyncio.to_thread(CliRunner().invoke, main, [str(one) for one in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return done.output + done.stderr


async def get(watch: Running, path: str) -> str:
    answer = await asyncio.to_thread(watch.get, path)
    return f"{answer.headers}\n{answer.text}"


def raw(folder: Path) -> dict[str, str]:
    """The bytes of the ledger's files, its write-ahead log among them."""
    return {file.name: file.read_bytes().decode("latin-1") for file in folder.glob("vigie.db*")}


def reloads(watch: Running) -> int:
    """How often it read its configuration again, whatever it made of it."""
    return len(watch.lines("reload_refused")) + len(watch.lines("reloaded"))


async def past(watch: Running, config: Path) -> AsyncIterator[tuple[str, str]]:
    """All that is told of past failures: each outage and each failed observation, in every form."""
    for outage in json.loads(await call("outages", "--json", "--config", config)):
        name = outage["id"]
        yield f"outage {name}", await call("outages", name, "--trace", "--limit", 500, "--config", config)
        yield f"outage {name} as JSON", await call("outages", name, "--json", "--limit", 500, "--config", config)
        yield f"page of {name}", await get(watch, f"/outages/{name}")
    stored = json.loads(await call("export", "--what", "observations", "--format", "json", "--config", config))
    for number in [seen["number"] for seen in stored if seen["outcome"] == "failed"][:40]:
        yield f"observation {number}", await call("observation", number, "--config", config)
        yield f"observation {number} as JSON", await call("observation", number, "--json", "--config", config)
        yield f"page of observation {number}", await get(watch, f"/observations/{number}")


def bad_files(config: Path, federation: Tapped) -> Iterator[tuple[str, str]]:
    """Configurations in which somebody wrote what must stand elsewhere, or wrote it wrongly."""
    secret, account = federation.clients["sp-es256"].secret, federation.world.accounts["ameli"]
    text = config.read_text()

    def edited(what: str, change: Any) -> tuple[str, str]:
        document = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - strings only
        change(document["hubs"][0])
        return what, yaml.safe_dump(document, allow_unicode=True)

    ameli = next(n for n, idp in enumerate(yaml.safe_load(text)["hubs"][0]["idps"]) if idp["name"] == "ameli")
    yield edited("the secret itself", lambda hub: hub["sp"].update(client_secret=secret))
    yield edited("the secret under another key", lambda hub: hub["sp"].update(client_secret={"value": secret}))
    yield edited("the secret as a file", lambda hub: hub["sp"].update(client_secret={"file": secret}))
    yield edited("the secret as a variable", lambda hub: hub["sp"].update(client_secret={"env": secret}))
    yield edited(
        "the account itself", lambda hub: hub["idps"][ameli].update(account={"username": account.username, "password": account.password})
    )
    yield edited("the account as one text", lambda hub: hub["idps"][ameli].update(account=f"{account.username}:{account.password}"))
    yield edited(
        "the password in the recipe", lambda hub: hub["idps"][ameli].update(recipe={"pages": [{"fill": {"code": "{" + account.password}}]})
    )
    yield edited("the persona as a text", lambda hub: hub["idps"][ameli].update(persona="Camille Odile EXEMPLE"))
    yield edited("the persona as a list", lambda hub: hub["idps"][ameli].update(persona=["Camille Odile", EMAIL]))
    yield "no YAML", text.replace("  hubs:", f"  hubs: [{secret}").replace("vantage:", f"vantage: '{secret}\n", 1)


async def test_nothing_of_a_whole_run_leaks(federation: Tapped, tmp_path: Path) -> None:
    config = tmp_path / "vigie.yml"
    text = federation.config_path.read_text().replace(str(federation.state_dir / "vigie.db"), str(tmp_path / "vigie.db"))
    config.write_text(text + "\nlisten: 127.0.0.1:0\nlanguage: en\n")
    texts: dict[str, str] = {}

    with Running(config, "--log-level", "debug") as watch:
        await asyncio.to_thread(watch.wait, lambda one: one.ready(), "ready")
        texts["trace of a good journey"] = await get(watch, "/probe?hub=fc&idp=impot_gouv&debug=true")
        for number, (party, fault) in enumerate([*cases(), *((step, "error_page") for step in STEPS)]):
            options = {"step": party} if fault == "error_page" and party in STEPS else {}
            await federation.set_fault("hub" if options else party, fault, **options)
            texts[f"journey: {party} {fault}"] = await call("journey", "ameli", "--config", config, ("--json", "--trace")[number % 2])
            if number % 20 == 10:
                texts[f"probe: {party} {fault}"] = await get(watch, "/probe?hub=fc&idp=ameli&debug=true")
                texts[f"check: {party} {fault}"] = await call("check", "--config", config, "--json", "--idp", "ameli")
            await federation.clear_faults()
        for what, content in bad_files(config, federation):
            good = config.read_text()
            config.write_text(content)
            texts[f"config check: {what}"] = await call("config", "check", config)
            texts[f"journey: {what}"] = await call("journey", "ameli", "--config", config)
            before = reloads(watch)
            watch.reload()
            await asyncio.to_thread(watch.wait, lambda one, before=before: reloads(one) > before, what)  # type: ignore[misc]
            config.write_text(good)
        for path in ("/metrics", "/", "/readyz", "/healthz", "/probe?hub=fc&idp=la_poste"):
            texts[path] = await get(watch, path)
        for command in (
            ["status"],
            ["status", "--json"],
            ["claims"],
            ["claims", "--json"],
            ["outages"],
            ["outages", "--json"],
            ["check", "--plugin"],
            ["check"],
        ):
            texts[" ".join(command)] = await call(*command, "--config", config)
        texts |= {what: text async for what, text in past(watch, config)}
        texts |= raw(tmp_path)
        assert await asyncio.to_thread(watch.stop) == 0
    texts["log"] = watch.log.read_text()
    texts |= {f"{name}, after the end": content for name, content in raw(tmp_path).items()}

    assert len(federation.seen.values) > 1000
    assert "reload_refused" in texts["log"]
    assert any(what.startswith("page of observation") for what in texts)
    assert len(texts["vigie.db-wal"]) > 100_000
    assert "claims_mismatch" in "".join(texts.values())
    assert all("Traceback" not in said for said in texts.values())
    assert leaks(texts, federation) == []


async def test_the_search_finds_what_is_there(federation: Tapped, tmp_path: Path) -> None:
    """Else the test above would say nothing."""
    config = federation.config_path
    await call("journey", "ameli", "--config", config)
    secrets = federation.seen.values
    assert len(secrets) > 20
    for value in secrets:
        told = leaks({"x": f'{{"path": "/a?b={value}&c"}}'}, federation)
        assert told, value
    for what, value in federation.secrets().items():
        assert leaks({"x": f"user {value!r}"}, federation), what
    for said in ('"family_name": "EXEMPLE"', "given_name=Camille+Odile&x='Odile'", ">75107<", '"99100"', EMAIL.upper(), "né le 1971-03-14"):
        assert leaks({"x": said}, federation), said
    assert leaks({"x": '"total_us": 75107, "since": 1795334464854433, "kind": "identity"'}, federation) == []
