"""From nothing to a watched hub whose pages no profile describes: `vigie init`, then `--learn`."""

from pathlib import Path

import yaml
from click.testing import CliRunner, Result

from probe.cli import main
from tests.servers.federation import REDIRECT_URI, Federation
from tests.servers.watched import LOGIN, PASSWORD


def called(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_a_hub_never_seen_before_is_read_learned_and_its_identity_comes_back(federation: Federation, tmp_path: Path) -> None:
    service, file = federation.hub.service("post"), tmp_path / "vigie.yml"
    made = called(
        "init", "--issuer", federation.hub.url, "--client-id", service.client_id, "--redirect-uri", REDIRECT_URI,
        "--scope", "openid email profile", "--all-idps", "--follow", "--account", federation.idps["ministere"].title,
        "--control", federation.control_url, "--output", file,
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    written = yaml.safe_load(file.read_text())
    assert written["profiles"]["own"]["mire"]["tile"], "its pages were read by themselves"
    idps = written["hubs"][0]["idps"]
    assert [idp["hosts"] for idp in idps] == [[f"{one.host}:{one.port}"] for one in federation.idps.values()]
    name, host = idps[0]["name"], idps[0]["hosts"][0]
    (tmp_path / "secrets").mkdir()
    for secret, value in (("client_secret", service.client_secret), (f"{name}_username", LOGIN), (f"{name}_password", PASSWORD)):
        (tmp_path / "secrets" / secret).write_text(value)
    assert called("config", "check", file).exit_code == 0

    confirmed = [part for fields in ("login,password", "-") for part in ("--confirm", f"{host}:{fields}")]
    learned = called("journey", name, "--learn", "--config", file, *confirmed)
    assert learned.exit_code == 0, learned.output
    idps[0] |= yaml.safe_load(learned.stdout)
    file.write_text(yaml.safe_dump(written))
    passed = called("journey", name, "--config", file)
    assert passed.exit_code == 0, passed.output
    for text in (made.output, learned.output, passed.output):
        assert PASSWORD not in text
