"""Decides who may open and answer tickets by mail: the contacts named by each IdP, nobody else.

docs/contract.md, 2.2.2:
« La liste des personnes autorisées à échanger avec l'équipe Support FranceConnect Particuliers
doit être renseignée par le Fournisseur d'Identité lors de son enrôlement ».

An address proves little. So the envelope and the From field must both be authorised,
for the same IdP. Where the configuration names the server whose DMARC result is believed
(RFC 8601), that result must be a pass.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from probe.config.models import Config
from probe.inbound.email.message import IncomingMail, plain_address, without_asides

_RESULT = re.compile(r"dmarc\s*(?:/\s*\d+\s*)?=\s*([a-z]+)\b")
_DOMAIN = re.compile(r"\bheader\.from\s*=\s*([^\s;]+)")


class Contact(NamedTuple):
    """One person of one IdP."""

    hub: str
    idp: str
    title: str  # of the IdP
    name: str
    mail: str


class Doubt(StrEnum):
    """The reason why a message is refused."""

    NO_ENVELOPE = "no_envelope"  # the mail server did not give the envelope's sender
    UNKNOWN = "unknown"  # the sender is not an authorised contact
    # The envelope and the From are not of the same IdP, or there are several Froms.
    FORGED = "forged"
    DMARC = "dmarc"  # the trusted server did not confirm the From
    NOT_YOURS = "not_yours"  # the incident belongs to another IdP


def contacts(config: Config) -> Iterator[Contact]:
    """Yield every contact of every IdP."""
    for hub in config.hubs:
        for idp in hub.idps:
            for person in idp.contacts:
                yield Contact(hub.name, idp.name, idp.title or idp.name, person.name, plain_address(person.mail))


def known(config: Config, address: str) -> list[Contact]:
    """Return the contacts that have an address."""
    return [one for one in contacts(config) if address and one.mail == address]


def authorised(config: Config, mail: IncomingMail, envelope: str | None) -> Sequence[Contact] | Doubt:
    """Return the contacts as whom the sender speaks, one or more, or why nobody is believed."""
    if not envelope:
        return Doubt.NO_ENVELOPE
    by_envelope = {(one.hub, one.idp) for one in known(config, envelope)}
    by_from = known(config, mail.senders[0]) if len(mail.senders) == 1 else []
    if not by_envelope and not by_from:
        return Doubt.UNKNOWN
    both = [one for one in by_from if (one.hub, one.idp) in by_envelope]
    if not both:
        return Doubt.FORGED
    authority = config.mail.authority
    if authority is not None and not dmarc_passed(mail.results, authority, mail.senders[0].rpartition("@")[2]):
        return Doubt.DMARC
    return both


def dmarc_passed(results: Sequence[str], authority: str, domain: str) -> bool:
    """Tell whether `authority` found that DMARC passed for `domain`, by its topmost result.

    Fields below that one may come from anywhere: the server must remove those that others wrote in
    its name (RFC 8601, section 5).
    """
    for field in results:
        # Comments and quoted texts are no result.
        issuer, *statements = without_asides(field.lower()).split(";")
        if issuer.split()[:1] == [authority.lower()]:
            return any(_passes(one.strip(), domain) for one in statements)
    return False


def _passes(statement: str, domain: str) -> bool:
    result, about = _RESULT.match(statement), _DOMAIN.search(statement)
    return result is not None and result[1] == "pass" and (about is None or about[1].rpartition("@")[2] == domain)
