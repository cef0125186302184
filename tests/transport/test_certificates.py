"""Traits of a chain of certificates, as libcurl gives it."""

import datetime as dt
from pathlib import Path
from typing import Any

import pycurl
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from probe.core.times import microseconds
from probe.transport.certificates import CertificateChain, certificates_of, names_of_authorities, read_chain

CA_KEY = ec.generate_private_key(ec.SECP256R1())
ENDS = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)


class Handle:
    """A transfer whose server showed these certificates."""

    def __init__(self, *certificates: str) -> None:
        self._told = [[("Subject", "CN=x"), ("Cert", pem)] for pem in certificates]

    def getinfo(self, what: int) -> Any:
        assert what == pycurl.INFO_CERTINFO
        return self._told


def certificate(
    key: Any, issuer: list[tuple[x509.ObjectIdentifier, str]], subject: str = "hub.test", ends: dt.datetime = ENDS, signer: Any = CA_KEY
) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(x509.Name([x509.NameAttribute(*each) for each in issuer]))
    builder = builder.public_key(key.public_key()).serial_number(7).not_valid_before(ends - dt.timedelta(90)).not_valid_after(ends)
    return builder.sign(signer, SHA256()).public_bytes(Encoding.PEM).decode()


def traits(*certificates: str) -> dict[str, str]:
    return dict(read_chain(certificates_of(Handle(*certificates)), frozenset()).traits)  # type: ignore[arg-type]


ORGANISATION = [(NameOID.ORGANIZATION_NAME, "Let's Sign"), (NameOID.COMMON_NAME, "R10")]


@pytest.mark.parametrize(
    ("key", "sort"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "EC-secp384r1"),
        (rsa.generate_private_key(65537, 2048), "RSA-2048"),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519"),
    ],
    ids=["EC", "RSA", "EdDSA"],
)
def test_the_sort_of_the_key_is_told(key: Any, sort: str) -> None:
    told = traits(certificate(key, ORGANISATION))
    assert (told["key"], told["issuer"], told["above"]) == (sort, "Let's Sign", "")
    assert told["certificate"].endswith("(2026-12-01)")


def test_an_authority_that_signs_with_another_of_its_certificates_is_the_same_issuer() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    other = [(NameOID.ORGANIZATION_NAME, "Let's Sign"), (NameOID.COMMON_NAME, "R11")]
    one, two = traits(certificate(key, ORGANISATION)), traits(certificate(key, other), certificate(CA_KEY, other, "R11"))
    assert one["issuer"] == two["issuer"]
    assert two["above"].startswith("R11 ")


def test_an_authority_without_an_organisation_has_its_common_name() -> None:
    assert traits(certificate(CA_KEY, [(NameOID.COMMON_NAME, "Small CA")]))["issuer"] == "Small CA"


def test_what_cannot_be_read_gives_nothing() -> None:
    assert traits() == {}
    assert traits("no certificate") == {}


def signed_by(issuer: str, subject: str, days: int) -> str:
    """A certificate that ends so many days after ENDS."""
    return certificate(CA_KEY, [(NameOID.COMMON_NAME, issuer)], subject, ENDS + dt.timedelta(days))


@pytest.mark.parametrize(
    ("chain", "trusted", "ends_with"),
    [
        (["R10>hub.test 30"], ["R10"], 30),
        (["R10>hub.test 30", "Root>R10 5"], ["Root"], 5),
        (["R10>hub.test 30", "Old>Root -900", "Root>R10 90"], ["Root", "Old"], 30),
        (["R10>hub.test 30", "Root>R10 90", "Old>Root -900"], ["Root"], 30),
        (["R10>hub.test 30", "Root>R10 90", "Old>Root 7"], ["Old"], 7),
        (["R10>hub.test 30", "Other>Stranger 1"], ["R10"], 30),
        (["R10>hub.test 30", "hub.test>R10 8"], [], 8),
        (["hub.test>hub.test 3", "Other>hub.test 1"], [], 3),
    ],
    ids=["leaf", "intermediate", "old-above-unsorted", "old-above", "no-root-known", "stranger", "circle", "self-signed"],
)
def test_a_connection_ends_with_the_first_certificate_that_it_rests_on(chain: list[str], trusted: list[str], ends_with: int) -> None:
    """`chain`: the issuer, the subject, and the days after ENDS at which it ends."""
    pems = [signed_by(issuer, subject, int(days)) for issuer, subject, days in (each.replace(">", " ").split() for each in chain)]
    names = frozenset(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]).public_bytes() for name in trusted)
    told = read_chain(certificates_of(Handle(*pems)), names)  # type: ignore[arg-type]
    assert told.expires_us == microseconds(ENDS + dt.timedelta(ends_with))


KEYS = {name: ec.generate_private_key(ec.SECP256R1()) for name in "ABC"}
LEAF, STRANGER = "hub.test B R10 A 30", "R10 B Root C 1"


@pytest.mark.parametrize(
    ("chain", "ends_with"),
    [
        ([LEAF, STRANGER, "R10 A Root C 20"], 20),
        ([LEAF, "R10 A Old C -900", "R10 A Root C 20"], 20),  # two authorities signed it
        ([LEAF, "R10 A Root C 7", "R10 A Unknown C 20"], 7),
        ([LEAF, *[STRANGER] * 9, "R10 A Root C 20"], 20),
        ([LEAF, STRANGER], 30),
        ([LEAF, *[STRANGER] * 500, "R10 A Root C 20"], 30),  # behind more than are looked at
        ([LEAF, *["R10 A R10 A 9"] * 11], 9),
    ],
    ids=["another key", "two signers", "a stranger's signer", "far behind", "no signer", "too far behind", "each signs each"],
)
def test_a_connection_rests_on_the_certificate_whose_key_signed_it(chain: list[str], ends_with: int) -> None:
    """`chain`: the subject and its key, the issuer and its key, the days after ENDS."""
    pems = []
    for subject, key, issuer, signer, days in map(str.split, chain):
        name, ends = [(NameOID.COMMON_NAME, issuer)], ENDS + dt.timedelta(int(days))
        pems.append(certificate(KEYS[key], name, subject, ends, KEYS[signer]))
    trusted = frozenset(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]).public_bytes() for name in ("Root", "Old"))
    assert read_chain(certificates_of(Handle(*pems)), trusted).expires_us == microseconds(ENDS + dt.timedelta(ends_with))  # type: ignore[arg-type]


def test_the_names_of_authorities_are_read_from_their_file(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(signed_by("Root", "Root", 1) + signed_by("Root", "R10", 1), "utf-8")
    assert len(names_of_authorities(str(file), 1)) == 2
    assert names_of_authorities(str(tmp_path / "none"), 1) == names_of_authorities(__file__, 1) == frozenset()
    assert read_chain([], frozenset()) == CertificateChain()
