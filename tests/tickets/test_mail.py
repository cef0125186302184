"""Mails in a real SMTP server: a thread per incident, in French,
the same mail when it is sent again.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.core.incident.model import ActKind
from probe.tickets.mail import Letterhead, Mailbox, compose
from probe.tickets.message import Message, RefusedLetterError, TemporaryError, TicketError
from probe.tickets.smtp import Security, Server
from probe.tickets.wording import TicketWording
from tests.fakes import incident_acts, smtp
from tests.fakes.deliveries import Deliveries
from tests.fakes.peers import Authority
from tests.fakes.recorder import ledger

HEAD = Letterhead("vigie@desk.example", ("support.partenaires@desk.example",), "vigie.desk.example", "retours@desk.example")
WORDS = TicketWording("fr", "Europe/Paris")


def message(count: int = 1, number: int = 12, **changed: Any) -> Message:
    return WORDS.message(incident_acts.story(incident_acts.acts(number)[:count], **changed))


def mailbox(at: smtp.Server, security: Security = Security.STARTTLS, head: Letterhead = HEAD, **changed: Any) -> Mailbox:
    tls = ssl.create_default_context(cafile=str(at.ca_file))
    given: dict[str, Any] = {"tls": tls, "user": smtp.USER, "password": smtp.PASSWORD, "helo": "vigie.desk.example", **changed}
    return Mailbox(Server(at.host, at.port, security, **given), head)


async def failure(box: Mailbox, wanted: Message | None = None) -> TicketError:
    with pytest.raises(TicketError) as caught:
        await box.deliver(wanted or message(), None)
    await box.close()
    return caught.value


@pytest.fixture
def server(tmp_path: Path) -> Iterator[smtp.Server]:
    with smtp.server(tmp_path) as running:
        yield running


async def test_a_story_is_one_thread(server: smtp.Server, tmp_path: Path) -> None:
    with ledger(tmp_path / "vigie.db") as engine:
        deliveries = Deliveries(engine, {"mail": mailbox(server)})
        deliveries.put(12, *incident_acts.WHOLE)
        await deliveries.settle()
        first, *others = server.received.mails
        assert deliveries.ticket(12) == first["Message-ID"]
    assert len(others) == len(incident_acts.WHOLE) - 1
    assert first["In-Reply-To"] is None
    assert {(mail["In-Reply-To"], mail["References"]) for mail in others} == {(first["Message-ID"], first["Message-ID"])}
    assert len({mail["Message-ID"] for mail in server.received.mails}) == len(incident_acts.WHOLE)
    assert {mail["Subject"].removeprefix("Re: ") for mail in server.received.mails} == {first["Subject"]}
    assert server.received.logins == len(incident_acts.WHOLE)


async def test_french_arrives_as_it_was_written(server: smtp.Server) -> None:
    await mailbox(server).deliver(message(), None)
    (mail,) = server.received.mails
    assert mail["Subject"] == "[VIGIE-12] FranceConnect\N{NO-BREAK SPACE}: fournisseur d'identité l’Assurance maladie indisponible"
    plain, html = mail.iter_parts()
    assert "Échec à la page de connexion" in plain.get_content()
    assert "Échec à la page de connexion" in html.get_content()
    assert (plain.get_content_charset(), html.get_content_type()) == ("utf-8", "text/html")
    assert server.received.raw[0].isascii()
    assert max(map(len, server.received.raw[0].splitlines())) <= 998


async def test_who_writes_to_whom(server: smtp.Server) -> None:
    box = mailbox(server)
    await box.deliver(message(), None)
    await box.deliver(message(7), "<a@b>")  # the escalation
    opened, escalated = server.received.mails
    assert str(opened["From"]) == "Vigie <vigie@desk.example>"
    assert opened["Reply-To"] == "retours@desk.example"
    assert opened["Auto-Submitted"] == "auto-generated"
    assert opened["Date"].datetime.timestamp() == incident_acts.OPENED_US // 1_000_000
    assert opened["Cc"] is None
    assert escalated["Cc"] == incident_acts.ROLE.mail
    assert server.received.recipients[1] == ["support.partenaires@desk.example", incident_acts.ROLE.mail]


@pytest.mark.parametrize("contacts", [True, False])
async def test_contacts_get_a_blind_copy_of_what_is_for_them(server: smtp.Server, contacts: bool) -> None:
    head = Letterhead(HEAD.sender, HEAD.to, HEAD.domain, contacts=contacts)
    await mailbox(server, head=head).deliver(message(11, notify=("renee@idp.example", "luc@other.example")), "<a@b>")
    assert server.received.recipients == [[*HEAD.to, *(["renee@idp.example", "luc@other.example"] if contacts else [])]]
    head_lines = server.received.raw[0].partition(b"\r\n\r\n")[0]
    assert b"idp.example" not in head_lines
    assert b"other.example" not in head_lines


async def test_an_address_that_not_every_server_takes_keeps_nobody_else_from_the_mail(server: smtp.Server) -> None:
    wanted = message(11, notify=("renée@idp.example", "luc@équipe.example"))
    await mailbox(server).deliver(wanted, "<a@b>")
    assert server.received.recipients == [[*HEAD.to, "luc@xn--quipe-9ra.example"]]


async def test_what_is_sent_again_is_the_same_mail(server: smtp.Server, tmp_path: Path) -> None:
    server.received.replies = {"AFTER": [""]}  # taken, but the answer is lost
    with ledger(tmp_path / "vigie.db") as engine:
        deliveries = Deliveries(engine, {"mail": mailbox(server)})
        deliveries.put(12, *incident_acts.WHOLE[:1])
        assert await deliveries.deliverer.deliver_next("mail")
        assert deliveries.rows()[0].doubt
        deliveries.deliverer = deliveries.another()
        await deliveries.settle()
    one, two = server.received.raw
    assert one == two


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize(("tls", "security"), [("starttls", Security.STARTTLS), ("tls", Security.TLS), ("none", Security.NONE)])
async def test_each_way_in_works(tmp_path: Path, tls: str, security: Security) -> None:
    with smtp.server(tmp_path, tls=tls, login=tls != "none") as server:
        await mailbox(server, security, user=smtp.USER if tls != "none" else "").deliver(message(), None)
        assert len(server.received.mails) == 1


async def test_without_the_right_authority_nothing_is_said(server: smtp.Server) -> None:
    error = await failure(mailbox(server, tls=ssl.create_default_context()))
    assert isinstance(error, TemporaryError)
    assert error.away
    assert not error.doubt
    assert server.received.logins == 0


async def test_a_server_that_offers_no_starttls_gets_neither_password_nor_mail(tmp_path: Path) -> None:
    with smtp.server(tmp_path, tls="none", login=False) as server:
        error = await failure(mailbox(server))
        assert "does not offer" in str(error)
        assert server.received.mails == []


async def test_a_login_that_is_refused_is_tried_again_and_not_shown(server: smtp.Server) -> None:
    error = await failure(mailbox(server, password="mauvais-4711"))
    assert isinstance(error, TemporaryError)
    assert str(error) == "127.0.0.1 refuses our login (SMTP 535)"
    assert error.away


async def test_a_proof_logs_in_and_sends_nothing(server: smtp.Server) -> None:
    assert await mailbox(server).prove()
    assert (server.received.logins, server.received.mails) == (1, [])
    with pytest.raises(TemporaryError, match=r"refuses our login"):
        await mailbox(server, password="mauvais-4711").prove()


@pytest.mark.parametrize(
    ("replies", "kind"),
    [
        ({"RCPT": ["550 5.1.1 no such mailbox"]}, RefusedLetterError),
        ({"RCPT": ["452 4.2.2 full"]}, TemporaryError),
        ({"DATA": ["552 5.3.4 too big"]}, RefusedLetterError),
        ({"DATA": ["451 4.3.0 later"]}, TemporaryError),
        ({"DATA": ["421 4.3.2 closing"]}, TemporaryError),
    ],
)
async def test_what_the_server_says_decides(server: smtp.Server, replies: dict[str, list[str]], kind: type[TicketError]) -> None:
    server.received.replies = dict(replies)
    (said,) = (text for texts in replies.values() for text in texts)
    error = await failure(mailbox(server))
    assert type(error) is kind
    assert str(error) == f"SMTP {said[:3]}: {said[4:]}"
    assert not error.doubt


async def test_of_several_recipients_one_that_is_gone_does_not_keep_the_others_from_it(server: smtp.Server) -> None:
    head = Letterhead(HEAD.sender, ("gone@desk.example", "here@desk.example"), HEAD.domain)
    server.received.replies = {"gone@desk.example": ["550 no"]}
    await mailbox(server, head=head).deliver(message(), None)
    assert server.received.recipients == [["here@desk.example"]]


async def test_one_that_is_full_for_now_keeps_it_from_all_so_that_nobody_gets_it_twice(server: smtp.Server) -> None:
    head = Letterhead(HEAD.sender, ("here@desk.example", "full@desk.example"), HEAD.domain)
    server.received.replies = {"full@desk.example": ["452 full"]}
    assert isinstance(await failure(mailbox(server, head=head)), TemporaryError)
    assert server.received.mails == []


async def test_nobody_there_is_away(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = await failure(mailbox(smtp.Server("127.0.0.1", port, Authority(tmp_path).ca_file, smtp.ReceivedMail())))
    assert isinstance(error, TemporaryError)
    assert (error.away, error.doubt) == (True, False)


async def test_a_server_that_hangs_is_hung_up_on_at_the_deadline(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        box = mailbox(smtp.Server("127.0.0.1", silent.getsockname()[1], Authority(tmp_path).ca_file, smtp.ReceivedMail()))
        began = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await box.deliver(message(), None)
        assert asyncio.get_running_loop().time() - began < 15
        await box.close()


async def test_a_greeting_that_sends_us_away_is_no_refusal_of_the_mail(tmp_path: Path) -> None:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 5.7.1 you are on a list\r\n")
        await writer.drain()
        writer.close()

    running = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with running:
        port = running.sockets[0].getsockname()[1]
        error = await failure(mailbox(smtp.Server("127.0.0.1", port, Authority(tmp_path).ca_file, smtp.ReceivedMail())))
    assert isinstance(error, TemporaryError)
    assert "554" in str(error)


HOSTILE = st.text(st.characters(exclude_categories=[]), max_size=200)


@settings(max_examples=40)
@given(title=HOSTILE, text=HOSTILE, hub=HOSTILE)
def test_whatever_people_write_stays_out_of_the_headers(title: str, text: str, hub: str) -> None:
    nasty = f"\r\nBcc: victim@example.org\n{title}"
    written = incident_acts.acts(12, [(ActKind.OPENED, {"title": nasty, "detail": text}), (ActKind.COMMENTED, {"text": nasty + text})])
    for count in (1, 2):
        told = WORDS.message(incident_acts.story(written[:count], hub=hub + nasty, subject="rule:x"))
        mail = compose(told, HEAD, "<a@b>" if count == 2 else None)
        content = mail.as_bytes()
        assert content.isascii()
        head = content.partition(b"\r\n\r\n")[0]
        assert b"\nBcc" not in head
        assert {line.partition(b":")[0].decode() for line in head.split(b"\r\n") if line[:1] not in b" \t"} <= {
            "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "X-Priority",
            "X-Vigie-Incident", "X-Vigie-Act", "X-Vigie-Severity", "MIME-Version", "Content-Type",
        }  # fmt: skip
        assert content == compose(told, HEAD, "<a@b>" if count == 2 else None).as_bytes()


@pytest.mark.parametrize("address", ["a\r\nBcc: b@c", "no address", "a@b, c@d", ""])
async def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(RefusedLetterError):
        compose(message(), Letterhead(address, HEAD.to, HEAD.domain), None)
