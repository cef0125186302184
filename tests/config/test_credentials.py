"""When the credentials of a configuration end."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from probe.config.credentials import credentials, ends, validities
from probe.config.load import load, load_alone
from probe.config.models import Expiry
from probe.config.secrets import Secrets
from probe.core.credentials import Credential, CredentialKind, Validity
from probe.core.times import DAY_US, microseconds
from tests.config.conftest import VALID, write_secret

SECRET, KEY, PASSWORD = CredentialKind.CLIENT_SECRET, CredentialKind.PRIVATE_KEY, CredentialKind.PASSWORD
RECIPES = "recipes: {login: {pages: [{fill: {u: '{username}', p: '{password}'}}]}}\n"

WITNESS = """\
    clients:
      - name: witness
        client_id: def
        redirect_uri: https://sp.example/other
        client_secret: {file: secret, expires: 2026-12-31}
        idps: [{name: one}]
"""


def at(text: str) -> int:
    return microseconds(datetime.fromisoformat(text).astimezone(UTC))


def key_with_certificates(*ends: str) -> str:
    """A private key as PEM, with certificates that end at these instants before and after it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
    parts = [key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())]
    for number, end in enumerate(ends):
        until = datetime.fromisoformat(end)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(number + 1)
        signed = made.not_valid_before(until - timedelta(days=9)).not_valid_after(until).sign(key, hashes.SHA256())
        parts.insert(number, signed.public_bytes(serialization.Encoding.PEM))
    return b"".join(parts).decode()


@pytest.fixture
def dated(valid: Path) -> Path:
    """A client secret and passwords with dates, of an IdP that logs in and of one that does not."""
    account = "{username: {file: secret}, password: {file: secret, expires: 2027-07-01}}"
    text = VALID.replace("{file: secret}", "{file: secret, expires: 2027-03-01}")
    text = text.replace("depth: login-page\n", f"recipe: login\n        account: {account}\n")
    text += f"      - {{name: two, tile: uid-2, hosts: [idp.example], depth: login-page, account: {account}}}\n"
    valid.write_text(RECIPES + text, "utf-8")
    return valid


def test_a_date_ends_at_its_midnight_and_the_next_to_end_comes_first(dated: Path) -> None:
    found = credentials(load(dated))
    assert found == [
        Credential(at("2027-03-01T00:00:00+01:00"), "fc", "", SECRET),
        Credential(at("2027-07-01T00:00:00+02:00"), "fc", "one", PASSWORD),
    ]
    dated.write_text("support: {timezone: UTC}\n" + dated.read_text())
    assert [each.ends_us for each in credentials(load(dated))] == [at("2027-03-01T00:00:00+00:00"), at("2027-07-01T00:00:00+00:00")]


def test_a_journey_knows_the_ends_of_what_it_uses(dated: Path) -> None:
    config = load(dated)
    hub, read = config.hubs[0], Secrets.read(config).__getitem__
    assert set(ends(config, hub, hub.idps[0], read)) == {SECRET, PASSWORD}
    assert set(ends(config, hub, hub.idps[1], read)) == {SECRET}
    assert set(ends(config, hub, None, read)) == {SECRET}


def test_a_key_ends_with_the_earliest_of_its_certificates_and_its_date(valid: Path) -> None:
    write_secret(valid.parent / "key.pem", key_with_certificates("2027-05-01T10:00:00", "2027-04-01T10:00:00"))
    keyed = VALID.replace("client_secret: {file: secret}", "client_secret: {file: secret, expires: 2020-01-01}")
    keyed = keyed.replace("client_id: abc", "client_id: abc\n      client_auth: private_key_jwt\n      private_key: {file: key.pem}")
    valid.write_text(keyed, "utf-8")
    by_certificate = Credential(at("2027-04-01T10:00:00+00:00"), "fc", "", KEY)
    assert credentials(load(valid)) == [by_certificate], "a secret that is not used does not matter"
    valid.write_text(keyed.replace("{file: key.pem}", "{file: key.pem, expires: 2027-03-01}"), "utf-8")
    assert credentials(load(valid)) == [Credential(at("2027-03-01T00:00:00+01:00"), "fc", "", KEY)]


def test_a_key_that_cannot_be_read_has_the_date_that_is_written(valid: Path) -> None:
    key = "private_key: {file: gone.pem, expires: 2027-03-01}"
    valid.write_text(VALID.replace("client_secret: {file: secret}", f"client_auth: private_key_jwt\n      {key}"), "utf-8")
    assert [each.kind for each in credentials(load_alone(valid))] == [KEY]


def test_each_client_of_a_hub_has_its_own_and_an_account_is_told_once(dated: Path) -> None:
    dated.write_text(dated.read_text().replace("    idps:", WITNESS + "    idps:"), "utf-8")
    assert [(each.client, each.idp, each.kind) for each in credentials(load(dated))] == [
        ("witness", "", SECRET),
        ("", "", SECRET),
        ("", "one", PASSWORD),
    ]


def test_how_near_an_end_is_goes_by_the_settings(dated: Path) -> None:
    known = credentials(load(dated))
    day_before = known[0].ends_us - DAY_US
    assert list(validities(known, Expiry(), day_before).values()) == [Validity.ENDS_VERY_SOON, Validity.VALID]
    assert list(validities(known, Expiry(soon=200 * DAY_US, very_soon=1), day_before).values()) == [Validity.ENDS_SOON, Validity.ENDS_SOON]
