"""What the configuration's tests share: a valid file to start from,
and the secrets that the examples name.
"""

import shutil
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ("vigie.yml", "examples/franceconnect.yml", "examples/generic.yml", "examples/franceconnect-plus.yml", "examples/own-login.yml")
SECRET = "s3cr3t-value-of-a-test"

VALID = """\
control:
  targets: [{name: elsewhere, url: "https://elsewhere.example/"},
            {name: further, url: "https://further.example/"}]
hubs:
  - name: fc
    issuer: https://hub.example/api/v2
    sp:
      client_id: abc
      client_secret: {file: secret}
      redirect_uri: https://sp.example/cb
    idps:
      - name: one
        tile: uid-1
        hosts: [idp.example]
        depth: login-page
"""


def write_secret(path: Path, content: str | bytes = SECRET) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(0o600)
    return path


@pytest.fixture
def valid(tmp_path: Path) -> Path:
    """A configuration that loads without a warning, its secret beside it."""
    write_secret(tmp_path / "secret", SECRET + "\n")
    path = tmp_path / "vigie.yml"
    path.write_text(VALID, "utf-8")
    return path


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder config/, with every secret that its files name."""
    folder = tmp_path / "config"
    shutil.copytree(ROOT / "config", folder)
    for name in (
        "secrets/client_secret",
        "secrets/impots_username",
        "examples/secrets/ameli_password",
        "examples/secrets/ameli_username",
        "examples/secrets/franceconnect_client_secret",
        "examples/secrets/generic_client_secret",
        "examples/secrets/own_login_client_secret",
    ):
        write_secret(folder / name)
    for name in ("fcplus_signing.pem", "fcplus_decryption.pem"):
        write_secret(folder / "examples/secrets" / name, ECKey.generate_key("P-256").as_pem(private=True))
    for name in (
        "IMPOTS_PASSWORD",
        "GENERIC_USERNAME",
        "GENERIC_PASSWORD",
        "OWN_LOGIN_USERNAME",
        "OWN_LOGIN_PASSWORD",
        "TEMOIN_USERNAME",
        "TEMOIN_PASSWORD",
    ):
        monkeypatch.setenv(f"VIGIE_{name}", SECRET)
    return folder
