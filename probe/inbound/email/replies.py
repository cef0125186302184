"""Replies to messages: the texts in both languages, and the reply itself.

Sources: RFC 5322, RFC 3834.
"""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from probe.core.times import at
from probe.inbound.email.message import IncomingMail, Unreadable, UnreadableError
from probe.inbound.email.senders import Doubt
from probe.texts.bilingual import Text, Texts, Vocabulary
from probe.texts.columns import AND_MORE


class ReplyTexts(Texts):
    """What is answered to a message."""

    no_subject = Text("(sans objet)", "(no subject)")
    attachments = Text("Pièces jointes (non conservées) :", "Attachments (not kept):")
    size = Text("{bytes} octets", "{bytes} bytes")
    more = AND_MORE
    opened = Text(
        "Votre demande est enregistrée sous la référence {reference}.", "Your request is recorded under the reference {reference}."
    )
    attached = Text("Votre message est ajouté à la demande {reference}.", "Your message is added to request {reference}.")
    unchanged = Text("Votre message était déjà enregistré : demande {reference}.", "Your message was recorded before: request {reference}.")
    keep = Text(
        "Gardez la référence [{reference}] dans l'objet de vos messages à ce sujet.",
        "Keep the reference [{reference}] in the subject of your messages about it.",
    )
    hours = Text(
        "Le support répond du lundi au vendredi, aux heures ouvrées.", "The support answers from Monday to Friday, in working hours."
    )
    unreadable = Text(
        "Votre message n'a pas pu être lu : {why}. Rien n'a été enregistré.", "Your message could not be read: {why}. Nothing was recorded."
    )
    unreadables = Vocabulary(
        {
            Unreadable.BROKEN: Text("sa forme n'est pas celle d'un message", "its form is not that of a message"),
            Unreadable.TOO_LARGE: Text("il dépasse {most} octets", "it is larger than {most} bytes"),
            Unreadable.NO_HEADER: Text("il n'a pas d'en-tête", "it has no header"),
            Unreadable.LARGE_HEADER: Text("son en-tête dépasse {most} octets", "its header is larger than {most} bytes"),
            Unreadable.MANY_FIELDS: Text("son en-tête a plus de {most} champs", "its header has more than {most} fields"),
            Unreadable.LONG_FIELD: Text(
                "un champ de son en-tête dépasse {most} octets", "a field of its header is larger than {most} bytes"
            ),
            Unreadable.MANY_MULTIPARTS: Text(
                "il a plus de {most} groupes de parties (multipart)", "it has more than {most} groups of parts (multipart)"
            ),
            Unreadable.MANY_MESSAGES: Text("il contient plus de {most} autres messages", "it holds more than {most} other messages"),
            Unreadable.MANY_SEPARATORS: Text(
                "il a plus de {most} lignes qui peuvent séparer des parties", "it has more than {most} lines that may separate parts"
            ),
            Unreadable.MANY_PARTS: Text("il a plus de {most} parties", "it has more than {most} parts"),
        }
    )
    """`{most}` is the limit that the message passes."""
    rejected = Text(
        "Votre message n'a pas pu être enregistré : {why}. Rien n'a été enregistré.",
        "Your message could not be recorded: {why}. Nothing was recorded.",
    )
    bad_text = Text("le registre des incidents ne peut pas en garder le texte", "the incident register cannot keep its text")
    bad_state = Text("l'état de la demande ne le permet pas", "the state of the request forbids it")
    away = Text(
        "Le registre des incidents ne répond pas pour l'instant ; le message sera présenté à nouveau.",
        "The incident register does not answer now; the message will be presented again.",
    )
    automatic = Text("Message automatique : rien n'a été enregistré.", "Automatic message: nothing was recorded.")
    refusals = Vocabulary(
        {
            Doubt.NO_ENVELOPE: Text(
                "Votre message est refusé : son expéditeur (enveloppe) n'est pas indiqué. Aucune demande n'a été ouverte.",
                "Your message is refused: its sender (envelope) is not told. No request was opened.",
            ),
            Doubt.UNKNOWN: Text(
                "Votre message est refusé : seules les personnes désignées par un fournisseur d'identité lors de son "
                "enrôlement peuvent écrire au support (convention d'adhésion, 2.2.2). Aucune demande n'a été ouverte.",
                "Your message is refused: only the persons whom an identity provider has named at its enrolment may write to "
                "the support (agreement, 2.2.2). No request was opened.",
            ),
            Doubt.FORGED: Text(
                "Votre message est refusé : l'expéditeur de l'enveloppe et celui de l'en-tête From ne sont pas tous deux des "
                "contacts autorisés du même fournisseur d'identité. Aucune demande n'a été ouverte.",
                "Your message is refused: the sender of the envelope and that of the From field are not both authorised "
                "contacts of the same identity provider. No request was opened.",
            ),
            Doubt.DMARC: Text(
                "Votre message est refusé : l'authenticité de son expéditeur n'a pas pu être vérifiée (DMARC). Aucune demande "
                "n'a été ouverte.",
                "Your message is refused: its sender could not be verified (DMARC). No request was opened.",
            ),
            Doubt.NOT_YOURS: Text(
                "Votre message est refusé : la référence qu'il cite n'est pas celle d'une demande de votre fournisseur "
                "d'identité. Aucune demande n'a été ouverte ni modifiée.",
                "Your message is refused: the reference that it names is not of a request of your identity provider. No "
                "request was opened or changed.",
            ),
        }
    )


def unreadable(error: UnreadableError, texts: ReplyTexts) -> str:
    """Return what the sender of a message that cannot be read is told."""
    return texts.unreadable.format(why=texts.unreadables[error.why].format(most=error.most))


def listed(mail: IncomingMail, texts: ReplyTexts) -> str:
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
