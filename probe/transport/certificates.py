"""What the certificates of a connection say: libcurl gives the chain as the server sent it."""

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pycurl
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from probe.core.judgement.sighting import LONGEST_TRAIT, Trait, in_order
from probe.core.plain_text import cleaned_line
from probe.core.times import microseconds

_MOST_ABOVE = 4  # certificates above the server's own
_DIGITS = 32  # of a fingerprint of 64
_FEW_DIGITS = 8


Shown = list[tuple[tuple[str, str], ...]]
"""The certificates that a server showed, its own first: the names and values that libcurl tells."""


def certificates_of(handle: pycurl.Curl) -> Shown:
    """Return the certificates of a transfer; none without TLS, and on a kept connection."""
    return handle.getinfo(pycurl.INFO_CERTINFO) or []


@dataclass(frozen=True, slots=True)
class CertificateChain:
    """What a chain of certificates says.

    `expires_us` is when the first of those ends on which the server's own certificate rests, and
    itself (UTC microseconds). `traits` are for `probe.core.radar`: issuer, key, certificate, above.
    The issuer is the organisation that signed: many sign with one of several certificates in turn.
    """

    expires_us: int | None = None
    traits: tuple[Trait, ...] = ()

    @property
    def issuer(self) -> str:
        """The organisation that signed the server's own certificate."""
        return dict(self.traits).get("issuer", "")


def read_chain(shown: Shown, trusted: frozenset[bytes]) -> CertificateChain:
    """Read a chain; one without certificates, and one that cannot be read, says nothing.

    `trusted` has the names of the authorities that are trusted (`names_of_authorities`). What a
    server sends above a certificate of theirs proves nothing and may have ended: servers send the
    signature of an older authority over a newer one, for old clients.
    """
    written = [next((value for name, value in certificate if name == "Cert"), "") for certificate in shown]
    return _read(tuple(written[: 1 + _MOST_ABOVE]), trusted)


@lru_cache(maxsize=256)
def _read(written: tuple[str, ...], trusted: frozenset[bytes]) -> CertificateChain:
    if not written:
        return CertificateChain()
    try:
        own, *above = (x509.load_pem_x509_certificate(each.encode()) for each in written)
        traits = {
            "issuer": _organisation(own.issuer),
            "key": _sort_of_key(own),
            "certificate": f"{_fingerprint(own)[:_DIGITS]} ({own.not_valid_after_utc.date().isoformat()})",
            "above": ", ".join(f"{_common_name(each.subject)} {_fingerprint(each)[:_FEW_DIGITS]}" for each in above),
        }
        ends = [each.not_valid_after_utc for each in _needed(own, above, trusted)]
    except (ValueError, UnsupportedAlgorithm, OverflowError):
        return CertificateChain()
    return CertificateChain(microseconds(min(ends)), in_order((name, cleaned_line(value, LONGEST_TRAIT)) for name, value in traits.items()))


def _needed(own: x509.Certificate, above: Iterable[x509.Certificate], trusted: frozenset[bytes]) -> Iterator[x509.Certificate]:
    """Yield the certificates that lead to one of a trusted authority, the server's own first."""
    unused, last = list(above), own
    yield own
    while last.issuer != last.subject and last.issuer.public_bytes() not in trusted:
        signer = next((each for each in unused if each.subject == last.issuer), None)
        if signer is None:
            return
        unused.remove(signer)
        last = signer
        yield last


@lru_cache(maxsize=16)
def names_of_authorities(ca_file: str, changed_ns: int) -> frozenset[bytes]:  # noqa: ARG001 - a file that changed is read again
    """Return the names (DER) of the authorities in a PEM file; none where it cannot be read.

    It takes some 5 ms for certifi's.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # authorities with odd serial numbers
            found = x509.load_pem_x509_certificates(Path(ca_file).read_bytes())
            return frozenset(each.subject.public_bytes() for each in found)
    except (OSError, ValueError):
        return frozenset()


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(SHA256()).hex()


def _organisation(name: x509.Name) -> str:
    return _attribute(name, NameOID.ORGANIZATION_NAME) or _common_name(name)


def _common_name(name: x509.Name) -> str:
    return _attribute(name, NameOID.COMMON_NAME) or name.rfc4514_string()


def _attribute(name: x509.Name, which: x509.ObjectIdentifier) -> str:
    return next((str(attribute.value) for attribute in name.get_attributes_for_oid(which)), "")


def _sort_of_key(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, RSAPublicKey):
        return f"RSA-{key.key_size}"
    if isinstance(key, EllipticCurvePublicKey):
        return f"EC-{key.curve.name}"
    return type(key).__name__.removesuffix("PublicKey").lstrip("_")
