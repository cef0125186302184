"""What the certificates of a connection say: libcurl gives the chain as the server sent it."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import pycurl
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from probe.core.judgement.sighting import LONGEST_TRAIT, Trait, in_order
from probe.core.plain_text import cleaned_line
from probe.core.times import microseconds

_MOST_ABOVE = 4  # certificates above the server's own that are told
_MOST_READ = 12  # certificates that are looked at for those that the server's own rests on
_MOST_CHECKS = 24  # of signatures
_DIGITS = 32  # of a fingerprint of 64
_FEW_DIGITS = 8


Shown = list[tuple[tuple[str, str], ...]]
"""The certificates that a server showed, its own first: the names and values that libcurl tells."""


def certificates_of(handle: pycurl.Curl) -> Shown:
    """Return the certificates of a transfer; none without TLS, and on a kept connection."""
    return handle.getinfo(pycurl.INFO_CERTINFO) or []


def tells_where_its_issuer_is(shown: Shown) -> bool:
    """Tell whether the last certificate has the address of the one that signed it (RFC 5280,
    section 4.2.2.1).
    """
    return bool(shown) and any(name == "Authority Information Access" and "CA Issuers" in value for name, value in shown[-1])


@dataclass(frozen=True, slots=True)
class CertificateChain:
    """What a chain of certificates says.

    `expires_us` is when the first of those ends on which the server's own certificate rests, and
    itself (UTC microseconds); of several ways to an authority, that which lasts longest. `traits`
    are for `probe.core.radar`: issuer, key, certificate, above. The issuer is the organisation that
    signed: many sign with one of several certificates in turn.
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
    return _read(tuple(written[:_MOST_READ]), trusted)


@lru_cache(maxsize=256)
def _read(written: tuple[str, ...], trusted: frozenset[bytes]) -> CertificateChain:
    if not written:
        return CertificateChain()
    try:
        own, *above = (x509.load_pem_x509_certificate(each.encode()) for each in written[: 1 + _MOST_ABOVE])
        traits = {
            "issuer": _organisation(own.issuer),
            "key": _sort_of_key(own),
            "certificate": f"{_fingerprint(own)[:_DIGITS]} ({own.not_valid_after_utc.date().isoformat()})",
            "above": ", ".join(f"{_common_name(each.subject)} {_fingerprint(each)[:_FEW_DIGITS]}" for each in above),
        }
        ends = _end(own, [*above, *_readable(written[1 + _MOST_ABOVE :])], trusted)
    except (ValueError, UnsupportedAlgorithm, OverflowError):
        return CertificateChain()
    return CertificateChain(microseconds(ends), in_order((name, cleaned_line(value, LONGEST_TRAIT)) for name, value in traits.items()))


def _readable(written: Iterable[str]) -> Iterator[x509.Certificate]:
    for each in written:
        with suppress(ValueError, UnsupportedAlgorithm):
            yield x509.load_pem_x509_certificate(each.encode())


def _end(own: x509.Certificate, above: Iterable[x509.Certificate], trusted: frozenset[bytes]) -> datetime:
    """Return when the longest way ends from the server's own certificate to a trusted authority.

    A way ends with the first of its certificates. Two of them may have one name (an authority's
    next key, or a stranger's), or one name and one key (an authority that several others signed),
    so that the signature tells which of them signed. The way that lasts longest is followed first,
    and each certificate is reached once.
    """
    unused, checks = list(above), _Checks()
    reached, dead_ends = [(own.not_valid_after_utc, own)], []
    while reached:
        until, last = reached.pop(max(range(len(reached)), key=lambda place: reached[place][0]))
        if last.issuer == last.subject or last.issuer.public_bytes() in trusted:
            return until
        signers = [each for each in unused if checks.signed(each, last)]
        unused = [each for each in unused if each not in signers]
        reached += [(min(until, each.not_valid_after_utc), each) for each in signers]
        if not signers:
            dead_ends.append(until)
    return max(dead_ends)


class _Checks:
    """Tells which certificate signed another one, as long as there are checks left."""

    def __init__(self) -> None:
        self._left = _MOST_CHECKS

    def signed(self, signer: x509.Certificate, certificate: x509.Certificate) -> bool:
        """Tell whether one certificate signed the other; by their names alone where the signature
        is of a kind that is no longer checked.
        """
        if signer.subject != certificate.issuer or not self._left:
            return False
        self._left -= 1
        try:
            certificate.verify_directly_issued_by(signer)
        except UnsupportedAlgorithm:
            return True
        except (InvalidSignature, TypeError, ValueError):
            return False
        return True


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
