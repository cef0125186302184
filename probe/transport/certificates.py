"""What the certificates of a connection say: libcurl gives the chain as the server sent it."""

import datetime as dt
from functools import lru_cache

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


def expiry_us(chain: Shown) -> int | None:
    """Return when the server's own certificate expires, in UTC microseconds (RFC 5280, 4.1.2.5).

    None without a certificate, and when the date cannot be read.
    """
    return next((_instant_us(value) for name, value in (chain[0] if chain else ()) if name == "Expire date"), None)


def _instant_us(text: str) -> int | None:
    """Read `Nov 29 10:00:00 2026 GMT`."""
    try:
        return microseconds(dt.datetime.strptime(text, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=dt.UTC))
    except ValueError:
        return None


def chain_traits(chain: Shown) -> tuple[Trait, ...]:
    """Return the traits of the chain, for `probe.core.radar`: issuer, key, certificate, above.

    The issuer is the organisation that signed: many sign with one of several certificates in turn.
    Empty without certificates, and when they cannot be read.
    """
    written = [next((value for name, value in certificate if name == "Cert"), "") for certificate in chain]
    return _traits(tuple(written[: 1 + _MOST_ABOVE]))


@lru_cache(maxsize=256)
def _traits(chain: tuple[str, ...]) -> tuple[Trait, ...]:
    if not chain:
        return ()
    try:
        own, *above = (x509.load_pem_x509_certificate(each.encode()) for each in chain)
        traits = {
            "issuer": _organisation(own.issuer),
            "key": _sort_of_key(own),
            "certificate": f"{_fingerprint(own)[:_DIGITS]} ({own.not_valid_after_utc.date().isoformat()})",
            "above": ", ".join(f"{_common_name(each.subject)} {_fingerprint(each)[:_FEW_DIGITS]}" for each in above),
        }
    except (ValueError, UnsupportedAlgorithm, OverflowError):
        return ()
    return in_order((name, cleaned_line(value, LONGEST_TRAIT)) for name, value in traits.items())


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
