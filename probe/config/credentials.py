"""When the prober's credentials end: as `expires` says, and as a certificate beside a key does."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from probe.config.base import DatedSecretRef, SecretRef
from probe.config.models import ClientAuth, Config, Depth, Expiry, Hub, IdP
from probe.config.secrets import SecretError, read_secret
from probe.core.credentials import Credential, CredentialKind, Validity, validity
from probe.core.times import microseconds

Read = Callable[[SecretRef], str]
"""Returns a secret. Raises SecretError when it cannot be read."""


def credentials(config: Config, read: Read = read_secret) -> list[Credential]:
    """Return the credentials in use whose end is known, the next to end first.

    A secret that cannot be read has the end that is written for it, if any.
    """
    zone = ZoneInfo(config.support.timezone)
    return sorted({each for hub in config.hubs for each in _of_hub(hub, zone, read)})


def validities(known: Iterable[Credential], expiry: Expiry, now_us: int) -> dict[Credential, Validity]:
    """Return how near the end of each credential is at an instant, in the same order."""
    return {each: validity(each.ends_us, now_us, expiry.soon, expiry.very_soon) for each in known}


def ends(config: Config, hub: Hub, idp: IdP | None, read: Read) -> dict[CredentialKind, int]:
    """Return when each credential ends that a journey at a hub, through an IdP, uses."""
    zone = ZoneInfo(config.support.timezone)
    found = [*_of_client(hub, zone, read), *(_of_account(hub, idp, zone, read) if idp is not None else ())]
    return {each.kind: each.ends_us for each in found}


def _of_hub(hub: Hub, zone: tzinfo, read: Read) -> Iterator[Credential]:
    yield from _of_client(hub, zone, read)
    yield from (each for idp in hub.idps for each in _of_account(hub, idp, zone, read))
    for client in hub.clients:
        seen = hub.as_seen_by(client)
        yield from (replace(each, client=client.name) for each in _of_client(seen, zone, read))
        yield from (each for idp in seen.idps for each in _of_account(seen, idp, zone, read))


def _of_client(hub: Hub, zone: tzinfo, read: Read) -> Iterator[Credential]:
    sp = hub.sp
    signs = sp.client_auth is ClientAuth.PRIVATE_KEY_JWT
    used = {CredentialKind.PRIVATE_KEY: sp.private_key} if signs else {CredentialKind.CLIENT_SECRET: sp.client_secret}
    for kind, ref in {**used, CredentialKind.DECRYPTION_KEY: sp.decryption_key}.items():
        if ref is not None and (ends_us := _end(ref, zone, read, certified=kind is not CredentialKind.CLIENT_SECRET)) is not None:
            yield Credential(ends_us, hub.name, "", kind)


def _of_account(hub: Hub, idp: IdP, zone: tzinfo, read: Read) -> Iterator[Credential]:
    if idp.account is None or idp.depth is not Depth.IDENTITY:
        return
    ends_us = _end(idp.account.password, zone, read, certified=False)
    if ends_us is not None:
        yield Credential(ends_us, hub.name, idp.name, CredentialKind.PASSWORD)


def _end(ref: DatedSecretRef, zone: tzinfo, read: Read, *, certified: bool) -> int | None:
    """Return the earliest end of a credential; None when none is known.

    `certified`: the file may hold the key's certificate too.
    """
    known = [_midnight(ref.expires, zone)] if ref.expires is not None else []
    if certified:
        known += _ends_of_certificates(ref, read)
    return min(known, default=None)


def _midnight(day: date, zone: tzinfo) -> int:
    return microseconds(datetime(day.year, day.month, day.day, tzinfo=zone))


def _ends_of_certificates(ref: SecretRef, read: Read) -> list[int]:
    """Return the end of each certificate in a PEM file; none where it holds none."""
    from cryptography import x509  # here, as few configurations name a certificate

    try:
        found = x509.load_pem_x509_certificates(read(ref).encode())
    except (SecretError, ValueError):
        return []
    return [microseconds(certificate.not_valid_after_utc) for certificate in found]
