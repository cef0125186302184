"""`vigie mail` on a real register: what opens, what answers, what is refused,
and that the same again changes nothing.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from email import message_from_bytes, message_from_string
from email.message import EmailMessage, Message
from email.policy import SMTP, default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Kept
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.cli import main
from probe.config.load import load
from probe.core.incident.model import Act, ActKind, Incident, IncidentState, Origin, Severity
from probe.errors import ConfigError
from probe.inbound.email.receive import Exit
from tests.fakes.mail import ALEX, CAMILLE, EVE, message, nested, parts, raw
from tests.fakes.register import configuration, incident_service
from tests.servers.processes import free_port

Post = Callable[..., Result]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return configuration(tmp_path)


@pytest.fixture
def post(path: Path, monkeypatch: pytest.MonkeyPatch) -> Post:
    """Hand a message over, as a mail server's pipe does."""
    monkeypatch.delenv("SENDER", raising=False)

    def run(content: bytes | EmailMessage, *options: str, sender: str | None = CAMILLE, env: Mapping[str, str] | None = None) -> Result:
        given = content if isinstance(content, bytes) else content.as_bytes(policy=SMTP)
        envelope = [] if sender is None else ["--sender", sender]
        return CliRunner().invoke(main, ["mail", "--config", str(path), *envelope, *options], input=given, env=dict(env or {}))

    return run


def register(path: Path) -> list[tuple[Incident, tuple[Act, ...]]]:
    """Every incident with its acts, oldest first."""
    with incident_service(path) as (_, service):
        return [(shown.incident, shown.acts) for shown in (service.show(one.number) for one in reversed(service.incidents(states=None)))]


def do(path: Path, number: int, kind: ActKind, **data: Any) -> Incident:
    with incident_service(path) as (_, service):
        return service.act(number, kind, data, author="Ada")


def opened_by_hand(path: Path, **more: Any) -> Incident:
    with incident_service(path) as (_, service):
        given: dict[str, Any] = {"author": "Ada", "hub": "fc", "severity": Severity.MAJOR, "title": "A fault", "idp": "ameli"}
        return service.open(**{**given, **more})


# --- opening


def test_a_contacts_message_opens_a_request_of_its_idp(path: Path, post: Post) -> None:
    made = message("Les connexions échouent\ndepuis midi.", subject="Panne chez Ameli")
    made.add_attachment(b"x" * 10, maintype="text", subtype="csv", filename="journal.csv")
    done = post(made)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "[VIGIE-1]" in done.stdout
    ((incident, acts),) = register(path)
    assert (incident.origin, incident.severity, incident.state) == (Origin.MAIL, Severity.MEDIUM, IncidentState.NEW)
    assert (incident.scope, incident.idp, incident.requester) == (("fc", ""), "ameli", "Camille Martin (Ameli)")
    assert incident.title == "Panne chez Ameli"
    assert incident.detail == "Les connexions échouent\ndepuis midi.\n\nAttachments (not kept):\n- journal.csv (text/csv, 10 bytes)"
    assert [act.author for act in acts] == ["Camille Martin"]


def test_the_same_message_twice_changes_nothing(path: Path, post: Post) -> None:
    first, second = post(message()), post(message())
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "[VIGIE-1]" in second.stdout
    assert len(register(path)) == 1
    assert json.loads(post(message(), "--json").stdout)["result"] == "unchanged"


def test_each_request_is_an_incident_of_its_own(path: Path, post: Post) -> None:
    for number in range(3):
        post(message(message_id=f"<{number}@ameli.example>"))
    assert [incident.number for incident, _ in register(path)] == [1, 2, 3]


def test_a_message_that_says_nothing_opens_a_request_all_the_same(path: Path, post: Post) -> None:
    assert post(raw(f"From: {CAMILLE}", body=b"")).exit_code == 0
    assert [incident.title for incident, _ in register(path)] == ["(no subject)"]


def test_of_a_contact_of_several_idps_the_one_that_is_named_is_meant(path: Path, post: Post) -> None:
    post(message(sender="sam@both.example", subject="Msa ne répond plus"), sender="sam@both.example")
    assert [incident.idp for incident, _ in register(path)] == ["msa"]


@pytest.mark.parametrize("how", ["option", "environment", "return path"])
def test_the_envelope_is_told_in_any_of_three_ways(path: Path, post: Post, how: str) -> None:
    made = message(Return_Path=f"<{CAMILLE}>") if how == "return path" else message()
    env = {"SENDER": CAMILLE} if how == "environment" else {}
    assert post(made, sender=CAMILLE if how == "option" else None, env=env).exit_code == 0
    assert len(register(path)) == 1


def test_what_the_mail_server_tells_wins_over_what_the_message_says(path: Path, post: Post) -> None:
    made = message(Return_Path=f"<{CAMILLE}>")
    assert post(made, sender=EVE, env={"SENDER": CAMILLE}).exit_code == Exit.REFUSED
    assert post(made, sender=None, env={"SENDER": EVE}).exit_code == Exit.REFUSED
    assert register(path) == []


# --- refusals


@pytest.mark.parametrize(
    ("sender", "envelope"), [(EVE, EVE), (CAMILLE, EVE), (EVE, CAMILLE), (CAMILLE, ALEX), (f"{CAMILLE}, {EVE}", CAMILLE), (CAMILLE, None)]
)
def test_anybody_else_gets_a_refusal_and_nothing_is_opened(path: Path, post: Post, sender: str, envelope: str | None) -> None:
    opened_by_hand(path)
    before = register(path)
    for subject in ("Panne", "Re: [VIGIE-1] A fault"):
        done = post(message(sender=sender, subject=subject), sender=envelope)
        assert done.exit_code == Exit.REFUSED
        assert "refused" in done.stdout
        assert "VIGIE-1" not in done.stdout
    assert register(path) == before


def test_a_refusal_is_french_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = configuration(tmp_path, language="fr")
    done = CliRunner().invoke(main, ["mail", "--config", str(path), "--sender", EVE], input=message(sender=EVE).as_bytes())
    assert (done.exit_code, done.stdout.partition("\N{NO-BREAK SPACE}:")[0]) == (Exit.REFUSED, "Votre message est refusé")


@pytest.mark.parametrize(
    ("content", "french", "english"),
    [
        (b"", "il n'a pas d'en-tête", "it has no header"),
        (parts(201), "il a plus de 200 parties", "it has more than 200 parts"),
        (nested(200), "il a plus de 50 groupes de parties (multipart)", "it has more than 50 groups of parts (multipart)"),
    ],
    ids=["empty", "parts", "nested"],
)
def test_the_sender_reads_in_one_language_why_the_message_cannot_be_read(tmp_path: Path, content: bytes, french: str, english: str) -> None:
    told = []
    for language in ("fr", "en"):
        place = tmp_path / language
        place.mkdir()
        path = configuration(place, language=language)
        done = CliRunner().invoke(main, ["mail", "--config", str(path), "--sender", CAMILLE], input=content)
        assert done.exit_code == Exit.DATA
        told.append(done.stdout.replace("\N{NO-BREAK SPACE}", " "))
    assert f"Votre message n'a pas pu être lu : {french}. Rien n'a été enregistré." in told[0]
    assert f"Your message could not be read: {english}. Nothing was recorded." in told[1]


def test_a_message_that_dmarc_does_not_vouch_for_is_refused_where_that_is_asked_for(tmp_path: Path, post: Post) -> None:
    path = configuration(tmp_path, mail={"authority": "mx.desk.example"})
    assert post(message()).exit_code == Exit.REFUSED
    assert post(message(Authentication_Results="mx.desk.example; dmarc=fail")).exit_code == Exit.REFUSED
    assert register(path) == []
    assert post(message(Authentication_Results="mx.desk.example; dmarc=pass header.from=ameli.example")).exit_code == 0
    assert len(register(path)) == 1


@pytest.mark.parametrize("idp", ["yris", None])
def test_another_idps_incident_is_nobody_elses_to_answer(path: Path, post: Post, idp: str | None) -> None:
    opened_by_hand(path, idp=idp)
    before = register(path)
    done = post(message(subject="[VIGIE-1] encore"))
    assert done.exit_code == Exit.REFUSED
    assert register(path) == before


def test_an_incident_of_the_whole_hub_is_everybodys_to_comment(path: Path, post: Post) -> None:
    opened_by_hand(path, idp=None, subject="mire_missing", origin=Origin.CONDITION)
    assert post(message(subject="[VIGIE-1] chez nous aussi")).exit_code == 0
    ((_, acts),) = register(path)
    assert acts[-1].kind is ActKind.COMMENTED


# --- threads


def test_the_references_reply_threads_onto_the_same_incident(path: Path, post: Post) -> None:
    printed = post(message(), "--reply").stdout_bytes
    reply = message_from_bytes(printed, policy=default)
    assert reply["To"] == CAMILLE
    assert reply["Subject"] == "[VIGIE-1] Re: Panne"
    assert reply["In-Reply-To"] == "<m1@ameli.example>"
    assert reply["Auto-Submitted"] == "auto-replied"
    assert "VIGIE-1" in str(reply.get_content())
    by_subject = message("un", subject=f"Re: {reply['Subject']}", message_id="<m2@ameli.example>")
    by_thread = message("deux", subject="Autre chose", message_id="<m3@ameli.example>", In_Reply_To=str(reply["Message-ID"]))
    by_own = message("trois", subject="Encore", message_id="<m4@ameli.example>", References="<x@y> <m1@ameli.example>")
    for made in (by_subject, by_thread, by_own):
        assert post(made).exit_code == 0
    ((_, acts),) = register(path)
    assert [(act.kind, act.data.get("text")) for act in acts[1:]] == [(ActKind.COMMENTED, text) for text in ("un", "deux", "trois")]


def test_a_reply_keeps_one_reference_however_often_it_goes_to_and_fro(path: Path, post: Post) -> None:
    post(message())
    printed = post(message(subject="Re: RE: [VIGIE-1] Re: Panne", message_id="<m2@ameli.example>"), "--reply").stdout
    assert message_from_string(printed, policy=default)["Subject"] == "[VIGIE-1] Re: Panne"


def test_a_reference_to_nothing_opens_a_request(path: Path, post: Post) -> None:
    assert post(message(subject="[VIGIE-99] panne")).exit_code == 0
    assert [incident.number for incident, _ in register(path)] == [1]


def test_a_thread_of_an_earlier_store_is_not_mistaken_for_one_of_this(path: Path, post: Post) -> None:
    opened_by_hand(path)
    assert post(message(In_Reply_To="<VIGIE-1-00000000.3@desk.example>")).exit_code == 0
    assert [incident.number for incident, _ in register(path)] == [1, 2]


# --- what an answer does


def test_an_answer_resumes_an_incident_that_waits(path: Path, post: Post) -> None:
    opened_by_hand(path)
    do(path, 1, ActKind.WAITING, request="Vos journaux ?")
    assert post(message("Les voici.", subject="Re: [VIGIE-1] A fault")).exit_code == 0
    ((incident, acts),) = register(path)
    assert (incident.state, incident.asked_us) == (IncidentState.IN_HAND, None)
    assert (acts[-1].kind, acts[-1].author, acts[-1].data) == (ActKind.RESUMED, "Camille Martin", {"reason": "Les voici."})


def test_an_answer_to_a_resolution_is_a_remark(path: Path, post: Post) -> None:
    opened_by_hand(path)
    do(path, 1, ActKind.RESOLVED, text="mended")
    post(message("Toujours en panne.", subject="[VIGIE-1]"))
    ((incident, acts),) = register(path)
    assert incident.remarked_us is not None
    assert acts[-1].data == {"text": "Toujours en panne."}


def test_an_answer_to_what_is_closed_opens_one_that_follows_it(path: Path, post: Post) -> None:
    opened_by_hand(path)
    do(path, 1, ActKind.RESOLVED, text="mended")
    with incident_service(path) as (_, service):
        resolved = service.show(1).acts[-1].at_us
    do(path, 1, ActKind.CLOSED, way="confirmed", by="Camille", how="spoken", when_us=resolved)
    done = post(message("Encore.", subject="Re: [VIGIE-1] A fault"))
    assert "[VIGIE-2]" in done.stdout
    (first, _), (second, _) = register(path)
    assert first.state is IncidentState.CLOSED
    assert [(link.to, link.relation) for link in second.links] == [(1, "follows")]
    assert "VIGIE-2" in post(message("Encore.", subject="Re: [VIGIE-1] A fault")).stdout
    assert len(register(path)) == 2


def test_an_answer_to_a_duplicate_goes_to_what_it_was_merged_into(path: Path, post: Post) -> None:
    opened_by_hand(path)
    opened_by_hand(path, title="The same")
    do(path, 1, ActKind.MERGED, into=2)
    post(message("du nouveau", subject="[VIGIE-1]"))
    _, (_, acts) = register(path)
    assert acts[-1].data == {"text": "du nouveau"}


# --- what machines write


@pytest.mark.parametrize("headers", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List_Id": "<x.example>"}])
@pytest.mark.parametrize("sender", [CAMILLE, EVE])
def test_what_a_machine_wrote_opens_nothing_and_is_never_answered(path: Path, post: Post, headers: dict[str, str], sender: str) -> None:
    done = post(message(sender=sender, **headers), "--reply", sender=sender)
    assert (done.exit_code, done.stdout) == (0, "")
    assert register(path) == []


@pytest.mark.parametrize("envelope", ["", "<>", "MAILER-DAEMON", " "])
def test_a_bounce_opens_nothing_and_is_never_answered(path: Path, post: Post, envelope: str) -> None:
    done = post(message(), "--reply", sender=envelope)
    assert (done.exit_code, done.stdout) == (0, "")
    assert register(path) == []


def test_what_a_contacts_machine_answers_is_kept_and_resumes_nothing(path: Path, post: Post) -> None:
    opened_by_hand(path)
    do(path, 1, ActKind.WAITING, request="Vos journaux ?")
    done = post(message("En congés.", subject="Re: [VIGIE-1]", Auto_Submitted="auto-replied"), "--reply")
    assert (done.exit_code, done.stdout) == (0, "")
    ((incident, acts),) = register(path)
    assert (incident.state, acts[-1].kind) == (IncidentState.WAITING, ActKind.COMMENTED)


# --- what cannot be taken, and what is lost: nothing


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 1_000,
        nested(500),
        parts(5_000),
        raw(f"From: {CAMILLE}", b"Subject: " + b"x" * 10_000_000),
        raw(f"From: {CAMILLE}", *("X: y" for _ in range(5_000))),
        raw(f"From: {CAMILLE}", body=b"x" * 12_000_000),
    ],
    ids=["nothing", "NULs", "nested", "parts", "10 MB subject", "headers", "12 MB"],
)
def test_a_message_that_nobody_should_parse_is_returned(path: Path, post: Post, content: bytes) -> None:
    started = time.monotonic()
    done = post(content)
    assert done.exit_code in (Exit.DATA, Exit.REFUSED), done.output
    assert done.stdout.strip()
    assert register(path) == []
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("kind", ["no configuration", "a wrong one", "no ledger", "no secret"])
def test_a_message_is_presented_again_when_the_fault_is_ours(path: Path, post: Post, kind: str) -> None:
    match kind:
        case "no configuration":
            path.unlink()
        case "a wrong one":
            path.write_text("hubs: []\n", "utf-8")
        case "no ledger":
            path.with_name("vigie.db").unlink()
        case "no secret":
            path.with_name("secret").unlink()
    done = post(message())
    assert (done.exit_code, done.stdout) == (Exit.TEMPORARY, "")
    assert done.stderr.startswith("vigie: ")
    assert "Traceback" not in done.output


def test_a_message_is_presented_again_when_the_register_is_locked(path: Path, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    from probe.errors import LedgerError
    from probe.incidents.service import IncidentService

    def locked(*_: object, **__: object) -> Incident:
        raise LedgerError("locked")

    monkeypatch.setattr(IncidentService, "open", locked)
    assert post(message()).exit_code == Exit.TEMPORARY


def test_a_fault_of_ours_is_no_reason_to_return_the_message(path: Path, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    from probe.incidents.service import IncidentService

    def broken(*_: object, **__: object) -> Incident:
        raise RuntimeError("secret")

    monkeypatch.setattr(IncidentService, "open", broken)
    done = post(message())
    assert (done.exit_code, done.stdout, done.stderr) == (Exit.TEMPORARY, "", "vigie: RuntimeError\n")


def test_nothing_that_a_message_says_becomes_a_header_of_the_reply(path: Path, post: Post) -> None:
    subject = "=?utf-8?q?x=0D=0ABcc=3A_eve=40elsewhere=2Eexample=0D=0A=0D=0Abody?="
    identity = "Message-ID: <a\r\n b@ameli.example>"
    content = raw(
        f"From: {CAMILLE}", f"Subject: {subject}", identity, "References: <r@x\0y> <é@b> <ok@b>", "Reply-To: eve@elsewhere.example"
    )
    reply = message_from_bytes(post(content, "--reply").stdout_bytes, policy=default)
    assert reply["Bcc"] is None
    assert reply["To"] == CAMILLE
    assert not reply.defects


def test_a_secret_of_the_configuration_is_in_no_reply(path: Path, post: Post) -> None:
    assert not re.search("client-secret-of-a-test", post(message()).output + post(message(sender=EVE), sender=EVE).output)


class Inbox(Kept):
    """A real SMTP server's mailbox. (AsyncMessage would make an event loop that nobody closes.)"""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.kept.append(message)


def mailing(port: int) -> dict[str, Any]:
    service = {"name": "desk", "system": "mail", "host": "127.0.0.1", "port": port, "security": "none", "sender": "vigie@desk.example"}
    return {"tickets": [{**service, "to": "support@desk.example"}], "mail": {"reply_by": "desk"}}


def test_a_reply_is_sent_by_the_configured_server_to_the_contact_alone(tmp_path: Path, post: Post) -> None:
    inbox = Inbox()
    server = Controller(inbox, hostname="127.0.0.1", port=free_port("127.0.0.1"))
    server.start()
    try:
        configuration(tmp_path, **mailing(server.port))
        for sender in (CAMILLE, EVE):
            post(message("Déjà vu", sender=sender, Reply_To=EVE), sender=sender)
        post(message(Auto_Submitted="auto-replied", message_id="<m9@ameli.example>"))
    finally:
        server.stop()
    (reply,) = inbox.kept
    assert (reply["To"], reply["X-RcptTo"], reply["From"]) == (CAMILLE, CAMILLE, "vigie@desk.example")
    assert (reply["Subject"], reply["In-Reply-To"]) == ("[VIGIE-1] Re: Panne", "<m1@ameli.example>")


def test_a_reply_that_cannot_be_sent_takes_nothing_back(tmp_path: Path, post: Post) -> None:
    path = configuration(tmp_path, **mailing(free_port("127.0.0.1")))
    done = post(message())
    assert done.exit_code == 0
    assert done.stderr.startswith("vigie: the reply was not sent: ")
    assert len(register(path)) == 1


def test_replies_go_by_a_ticket_system_that_is_a_mailbox(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="reply_by"):
        load(configuration(tmp_path, mail={"reply_by": "elsewhere"}))


ODD_HEADERS = rb"""Subject: [VIGIE-1] |Subject: =?utf-8?b?|Message-ID: <|In-Reply-To: <VIGIE-1-|charset=|?=|>|VIGIE-99999999999999999999
Content-Type: |multipart/mixed; boundary=b|--b|Auto-Submitted: no"""
SNIPPETS = st.sampled_from([*re.split(rb"[|\n]", ODD_HEADERS), b"\r\n", b"\r\n\r\n", b"\n", b"\0", b"\xff"])
ODD = st.lists(st.one_of(SNIPPETS, st.binary(max_size=15)), max_size=30).map(b"".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(odd=ODD, sender=st.sampled_from([CAMILLE, EVE, "", "\0", "<" * 50, f"{CAMILLE}\n{EVE}"]))
def test_whatever_comes_is_taken_or_refused_and_only_contacts_write(path: Path, post: Post, odd: bytes, sender: str) -> None:
    before = register(path)
    done = post(f"From: {CAMILLE}\r\n".encode() + odd, sender=sender)
    assert done.exit_code in (Exit.TAKEN, Exit.DATA, Exit.REFUSED), done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    if sender != CAMILLE or done.exit_code != Exit.TAKEN:
        assert register(path) == before
