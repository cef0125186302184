"""Secrets come from files or the environment, and go nowhere by themselves."""

import json
import os
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from probe.config.base import SecretRef
from probe.config.keys import check_signing_key, parse_private_key
from probe.config.load import load
from probe.config.secrets import SecretError, Secrets, read_secret
from tests.config.conftest import SECRET, write_secret


@pytest.mark.parametrize(
    ("content", "secret"), [("abc", "abc"), ("abc\n", "abc"), ("abc\r\n", "abc"), (" a b \n", " a b "), ("a\nb\n", "a\nb")]
)
def test_only_the_line_end_at_the_end_is_left_out(tmp_path: Path, content: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", content)
    assert read_secret(SecretRef(file=write_secret(tmp_path / "s", content))) == secret
    assert read_secret(SecretRef(env="A_SECRET")) == secret


def test_a_secret_of_nothing_but_a_line_end_is_empty(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match=r"^is empty$"):
        read_secret(SecretRef(file=write_secret(tmp_path / "s", "\n")))


def test_a_pipe_nobody_writes_to_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SecretError, match="not a file"):
        read_secret(SecretRef(file=tmp_path / "pipe"))


def test_an_enormous_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="more than 65536 bytes"):
        read_secret(SecretRef(file=write_secret(tmp_path / "s", "x" * 65_537)))


def test_all_secrets_are_read_at_once_and_never_shown(shipped: Path) -> None:
    config = load(shipped / "vigie.yml")
    secrets = Secrets.read(config)
    reference = config.hubs[0].sp.client_secret
    assert reference is not None
    assert secrets[reference] == SECRET
    assert secrets.values() == {SECRET}
    assert secrets.personal() == {"Angela Claire Louise", "DUBOIS", "1962-08-24"}
    assert secrets.words() == {"Angela", "Claire", "Louise"}
    for text in (repr(secrets), str(secrets), repr(config), repr(reference)):
        assert SECRET not in text


def test_account_names_count_as_secrets(shipped: Path) -> None:
    write_secret(shipped / "secrets/impots_username", "camille")
    assert "camille" in Secrets.read(load(shipped / "vigie.yml")).values()


def test_how_people_are_reached_is_masked_and_what_a_role_is_called_is_not(valid: Path) -> None:
    text = (
        valid.read_text("utf-8")
        + """        contacts: [{name: Camille Martin, mail: camille@fi.example, phone: "+33 1 23 45 67 89"}]
support:
  roles: {production: {name: Responsable, mail: production@desk.example}}
"""
    )
    valid.write_text(text, "utf-8")
    told = Secrets.read(load(valid)).personal()
    assert told == {"Camille Martin", "camille@fi.example", "+33 1 23 45 67 89", "production@desk.example"}


def test_every_secret_of_the_desk_is_read(valid: Path) -> None:
    for name in ("hook", "token", "alertmanager"):
        write_secret(valid.parent / name, f"secret of {name}")
    text = (
        valid.read_text("utf-8")
        + """deactivation: {webhook: {url: "https://hub.example/hook", secret: {file: hook}}}
api: {tokens: {ada: {file: token}}, alertmanager: {token: {file: alertmanager}}}
"""
    )
    valid.write_text(text, "utf-8")
    assert Secrets.read(load(valid)).values() >= {"secret of hook", "secret of token", "secret of alertmanager"}


def test_private_keys_are_read_as_pem_and_as_jwk() -> None:
    for key in (ECKey.generate_key("P-256"), RSAKey.generate_key(2048)):
        assert parse_private_key(key.as_pem(private=True).decode()).thumbprint() == key.thumbprint()
        assert parse_private_key(json.dumps(key.as_dict(private=True))).thumbprint() == key.thumbprint()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ECKey.generate_key("P-256").as_pem(private=False).decode(), "a public key"),
        ("{}", "does not hold a JWK"),
        ('{"kty": "EC", "crv": "P-256", "x": 1}', "does not hold a JWK"),
        ("[" * 5000, "neither a PEM"),
        ('{"a":' * 5000, "does not hold a JWK"),
        (f'{{"kty": "oct", "k": "{OctKey.generate_key(256).as_dict()["k"]}"}}', "a symmetric JWK"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "neither a PEM"),
    ],
    ids=["public", "empty object", "half a point", "deep list", "deep object", "symmetric", "no key in a PEM"],
)
def test_what_is_no_private_key_is_refused_without_repeating_it(text: str, message: str) -> None:
    with pytest.raises(SecretError, match=message) as refused:
        parse_private_key(text)
    assert text not in str(refused.value)


@pytest.mark.parametrize(
    ("curve", "algorithm", "fits"),
    [("P-256", "ES256", True), ("P-384", "ES256", False), ("P-256", "RS256", False), ("P-256", "HS256", False)],
)
def test_a_signing_key_must_fit_its_algorithm(curve: str, algorithm: str, fits: bool) -> None:
    text = ECKey.generate_key(curve).as_pem(private=True).decode()
    if fits:
        check_signing_key(text, algorithm)
    else:
        with pytest.raises(SecretError, match=algorithm):
            check_signing_key(text, algorithm)
