"""Replies to messages: the texts in both languages, and the reply itself.

Sources: RFC 5322, RFC 3834.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from probe.config.models import Language
from probe.core.times import at
from probe.inbound.email.message import IncomingMail
from probe.inbound.email.senders import Doubt


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    no_subject: str
    attachments: str
    size: str
    more: str
    opened: str
    attached: str
    unchanged: str
    keep: str
    hours: str
    unreadable: str
    rejected: str
    bad_text: str
    bad_state: str
    away: str
    automatic: str
    refusals: Mapping[Doubt, str]


FR = Words(
    no_subject="(sans objet)",
    attachments="Pièces jointes (non conservées)\N{NO-BREAK SPACE}:",
    size="{bytes} octets",
    more="et {count} de plus",
    opened="Votre demande est enregistrée sous la référence {reference}.",
    attached="Votre message est ajouté à la demande {reference}.",
    unchanged="Votre message était déjà enregistré\N{NO-BREAK SPACE}: demande {reference}.",
    keep="Gardez la référence [{reference}] dans l'objet de vos messages à ce sujet.",
    hours="Le support répond du lundi au vendredi, aux heures ouvrées.",
    unreadable="Votre message n'a pas pu être lu\N{NO-BREAK SPACE}: {why}. Rien n'a été enregistré.",
    rejected="Votre message n'a pas pu être enregistré\N{NO-BREAK SPACE}: {why}. Rien n'a été enregistré.",
    bad_text="le registre ne peut pas en garder le texte",
    bad_state="l'état de la demande ne le permet pas",
    away="Le registre ne répond pas pour l'instant\N{NO-BREAK SPACE}; le message sera présenté à nouveau.",
    automatic="Message automatique\N{NO-BREAK SPACE}: rien n'a été enregistré.",
    refusals={
        Doubt.NO_ENVELOPE: (
            "Votre message est refusé\N{NO-BREAK SPACE}: son expéditeur (enveloppe) n'est pas indiqué. Aucune demande n'a été ouverte."
        ),
        Doubt.UNKNOWN: (
            "Votre message est refusé\N{NO-BREAK SPACE}: "
            "seules les personnes désignées par un fournisseur d'identité lors de son enrôlement "
            "peuvent écrire au support (convention d'adhésion, 2.2.2). Aucune demande n'a été ouverte."
        ),
        Doubt.FORGED: (
            "Votre message est refusé\N{NO-BREAK SPACE}: "
            "l'expéditeur de l'enveloppe et celui de l'en-tête From "
            "ne sont pas tous deux des contacts autorisés du même fournisseur d'identité. Aucune demande n'a été ouverte."
        ),
        Doubt.DMARC: (
            "Votre message est refusé\N{NO-BREAK SPACE}: "
            "l'authenticité de son expéditeur n'a pas pu être vérifiée (DMARC). Aucune demande n'a été ouverte."
        ),
        Doubt.NOT_YOURS: (
            "Votre message est refusé\N{NO-BREAK SPACE}: "
            "la référence qu'il cite n'est pas celle d'une demande de votre "
            "fournisseur d'identité. Aucune demande n'a été ouverte ni modifiée."
        ),
    },
)

EN = Words(
    no_subject="(no subject)",
    attachments="Attachments (not kept):",
    size="{bytes} bytes",
    more="and {count} more",
    opened="Your request is recorded under the reference {reference}.",
    attached="Your message is added to request {reference}.",
    unchanged="Your message was recorded before: request {reference}.",
    keep="Keep the reference [{reference}] in the subject of your messages about it.",
    hours="The support answers from Monday to Friday, in working hours.",
    unreadable="Your message could not be read: {why}. Nothing was recorded.",
    rejected="Your message could not be recorded: {why}. Nothing was recorded.",
    bad_text="the register cannot keep its text",
    bad_state="the state of the request forbids it",
    away="The register does not answer now; the message will be presented again.",
    automatic="Automatic message: nothing was recorded.",
    refusals={
        Doubt.NO_ENVELOPE: "Your message is refused: its sender (envelope) is not told. No request was opened.",
        Doubt.UNKNOWN: (
            "Your message is refused: only the persons whom an identity provider has named at its enrolment may write to the support "
            "(agreement, 2.2.2). No request was opened."
        ),
        Doubt.FORGED: (
            "Your message is refused: the sender of the envelope and that of the From field are not both authorised contacts of the same "
            "identity provider. No request was opened."
        ),
        Doubt.DMARC: "Your message is refused: its sender could not be verified (DMARC). No request was opened.",
        Doubt.NOT_YOURS: (
            "Your message is refused: the reference that it names is not of a request of your identity provider. "
            "No request was opened or changed."
        ),
    },
)


def words(language: Language) -> Words:
    """Return the texts in a language."""
    return EN if language is Language.EN else FR


def listed(mail: IncomingMail, texts: Words) -> str:
    """Return the attachments, one a line; "" without any."""
    if not mail.attachments and not mail.more_attachments:
        return ""
    lines = [f"- {one.name} ({one.kind}, {texts.size.format(bytes=one.size)})" for one in mail.attachments]
    lines += [texts.more.format(count=mail.more_attachments)] if mail.more_attachments else []
    return "\n".join([texts.attachments, *lines])


def reply(mail: IncomingMail, reference: str, mark: str, text: str, *, sender: str, to: str, at_us: int) -> EmailMessage:
    """Make a reply that threads by the subject's reference and the Message-IDs (RFC 5322, 3.6.4).

    `mark` names the incident in the reply's own Message-ID. The reply says that a machine wrote it,
    so that no machine answers (RFC 3834, 3.1.7).
    """
    message = EmailMessage(policy=SMTP.clone(max_line_length=200))
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject(mail, reference)
    message["Date"] = format_datetime(at(at_us))
    digest = mail.message_id.encode("utf-8", "replace").hex()[-16:]
    message["Message-ID"] = f"<{mark}.reply-{digest}@{sender.rpartition('@')[2].rstrip('>')}>"
    if "@digest" not in mail.message_id and mail.message_id.isascii():
        message["In-Reply-To"] = f"<{mail.message_id}>"
        earlier = [one for one in reversed(mail.threads[:10]) if one.isascii()]
        message["References"] = " ".join(f"<{one}>" for one in [*earlier, mail.message_id])
    message["Auto-Submitted"] = "auto-replied"
    message.set_content(text, cte="quoted-printable")
    return message


def subject(mail: IncomingMail, reference: str) -> str:
    """Return `[VIGIE-12] Re: ...`, with one `Re:` however many replies there were."""
    rest = mail.subject.replace(f"[{reference}]", " ")
    while rest.strip().lower().startswith("re:"):
        rest = rest.strip()[3:]
    return f"[{reference}] Re: {' '.join(rest.split())}".strip()
