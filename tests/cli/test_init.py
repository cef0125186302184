"""`vigie init`: from a hub's issuer to a configuration that passes `vigie config check`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from probe.cli import init as init_module
from probe.cli import main
from probe.config.load import load_alone
from probe.texts.help_of_init import INIT
from tests.cli.conftest import Call
from tests.service.running import Simulator

UIDS = {"Ameli.fr": "07e573f2-3312-4bb9-bc48-6fcec737e497", "YRIS": "f5f97e5a-0f73-4ac8-8da7-b1d015cb5a7e"}


def options(simulator: Simulator) -> Iterator[str]:
    client = simulator.about["clients"]["sp-es256"]
    yield from ("--issuer", simulator.about["issuer"], "--client-id", "sp-es256", "--redirect-uri", client["redirect_uri"])
    yield from ("--acr", "eidas1")


def test_what_it_writes_lacks_nothing_but_the_secrets_that_it_names(call: Call, simulator: Simulator, alone: Path) -> None:
    done = call("init", *options(simulator), "--all-idps", "--follow", "--account", "Ameli.fr", "--control", "http://127.0.0.41/")
    assert done.exit_code == 0, done.output
    missing = [line.strip().partition(": ")[0] for line in done.stdout.splitlines() if "/secrets/" in line]
    assert missing == [str(alone / "secrets" / name) for name in ("client_secret", "ameli-fr_username", "ameli-fr_password")]
    assert (alone / "vigie.yml").stat().st_mode & 0o777 == 0o600
    refused = call("config", "check")
    assert refused.exit_code == 2
    assert len(refused.stderr.splitlines()) == 3
    (alone / "secrets").mkdir()
    for file in missing:
        Path(file).write_text("x")
    assert call("config", "check").exit_code == 0
    hub = load_alone(alone / "vigie.yml").hubs[0]
    assert [(idp.title, idp.tile) for idp in hub.idps] == list(UIDS.items()), "Aidants Connect, beside the list, is no IdP of it"
    assert [idp.hosts for idp in hub.idps] == [[simulator.about["idps"][name].removeprefix("http://")] for name in ("ameli", "yris")]


def test_it_asks_at_a_terminal_and_follows_nothing_without_a_yes(
    monkeypatch: pytest.MonkeyPatch, simulator: Simulator, alone: Path
) -> None:
    monkeypatch.setattr(init_module, "_at_a_terminal", lambda: True)
    client = simulator.about["clients"]["sp-es256"]
    typed = [simulator.about["issuer"], "sp-es256", client["redirect_uri"], "", "eidas1", "2", "", "n", ""]
    done = CliRunner().invoke(main, ["init"], input="\n".join(typed) + "\n")
    assert done.exit_code == 0, done.output
    hub = load_alone(alone / "vigie.yml").hubs[0]
    assert [(idp.name, idp.tile) for idp in hub.idps] == [("yris", UIDS["YRIS"])]
    assert hub.idps[0].hosts == [simulator.about["idps"]["yris"].removeprefix("http://")], "the hub's own redirect names it"


def test_a_file_that_is_there_stays_without_force(call: Call, simulator: Simulator, alone: Path) -> None:
    (alone / "vigie.yml").write_text("mine")
    done = call("init", *options(simulator), "--idp", "YRIS")
    assert (done.exit_code, (alone / "vigie.yml").read_text()) == (2, "mine")
    assert "--force" in done.stderr
    assert call("init", *options(simulator), "--idp", "yris", "--force").exit_code == 0
    assert [file.name for file in alone.iterdir()] == ["vigie.yml"]
    assert load_alone(alone / "vigie.yml").hubs[0].idps[0].tile == UIDS["YRIS"]


def test_without_a_terminal_every_missing_option_is_named_at_once(call: Call) -> None:
    done = call("init", "--issuer", "https://hub.example")
    assert done.exit_code == 2
    assert "--client-id, --redirect-uri, --idp" in done.stderr


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--client-id", "nobody"], "client_id"),
        (["--issuer", "http://127.0.0.1:9/api"], "--proxy"),
        (["--idp", "nobody"], "none of: Ameli.fr, YRIS"),
        (["--issuer", "ftp://hub"], "--issuer"),
        (["--profile", "nope"], "--profile: is neither a built-in profile"),
        (["--ca-file", "/nowhere.pem"], "--ca-file: is a file that does not exist"),
        (["--proxy", "nonsense"], "--proxy: "),
        (["--control", "zz", "--name", "A/B"], "--name: is not a name"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_written(
    call: Call, simulator: Simulator, alone: Path, wrong: list[str], said: str
) -> None:
    done = call("init", *options(simulator), "--idp", "YRIS", *wrong)
    assert done.exit_code in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert not list(alone.iterdir())


def test_its_help_is_in_french_too(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_LANG", "fr")
    told = " ".join(call("init", "--help").stdout.split()).replace("\N{NO-BREAK SPACE}", " ")
    assert all(text.fr in told for text in INIT)
