"""The commands that tickets, pages and mails tell people to type, with every option that is asked.

Words in capitals stand for what the person fills in.
"""

from shlex import quote

from probe.texts.bilingual import Text

_ACKNOWLEDGE = Text("vigie incidents ack {number} --author NOM", "vigie incidents ack {number} --author NAME")
_APPROVE = Text("vigie idp approve {idp} --hub {hub} --author NOM", "vigie idp approve {idp} --hub {hub} --author NAME")
_REJECT = Text(
    'vigie idp reject {idp} --hub {hub} --author NOM --reason "MOTIF"',
    'vigie idp reject {idp} --hub {hub} --author NAME --reason "WHY"',
)


def acknowledge(number: int) -> Text:
    """Return the command that acknowledges an incident."""
    return _ACKNOWLEDGE.format(number=number)


def approve(hub: str, idp: str) -> Text:
    """Return the command that approves the proposed deactivation of an IdP."""
    return _APPROVE.format(idp=quote(idp), hub=quote(hub))


def reject(hub: str, idp: str) -> Text:
    """Return the command that rejects the proposed deactivation of an IdP."""
    return _REJECT.format(idp=quote(idp), hub=quote(hub))
