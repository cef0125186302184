"""What a mail server's answers mean, and what becomes of a session that goes wrong."""

import asyncio
import base64
import hmac
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from probe.tickets import smtp
from probe.tickets.message import RefusedLetterError, TemporaryError, TicketError
from probe.tickets.smtp import Security, Server, submit
from probe.transport.resolve import Resolver

PASSWORD = "é-secret-77"
CONTENT = b"Subject: x\r\n\r\n.dot\r\n"
PLAIN_TALK = {
    "": "220 mx ESMTP", "EHLO": "250 mx", "HELO": "250 mx", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go", ".": "250 taken",
    "QUIT": "221 bye",
}  # fmt: skip


@dataclass
class Script:
    """A mail server that answers each command by its first word; None: it says nothing.

    A word that is missing ends the connection.
    """

    answers: Mapping[str, str | None]
    lines: list[str] = field(default_factory=list)
    sessions: list[asyncio.Task[None]] = field(default_factory=list)
    port: int = 0

    def begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sessions.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await self._talk(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        word = ""
        while word in self.answers:
            await self._say(writer, word)
            if self.answers[word] is None or word == "STARTTLS":
                await reader.read()  # until the client hangs up
                return
            line = await self._line(reader)
            while self._takes_content(word) and line not in (".", None):
                line = await self._line(reader)
            word = "gone" if line is None else line.split()[0].upper()

    def _takes_content(self, word: str) -> bool:
        return word == "DATA" and (self.answers[word] or "").startswith("354")

    async def _line(self, reader: asyncio.StreamReader) -> str | None:
        line = (await reader.readline()).decode("utf-8", "replace")
        self.lines += [line.removesuffix("\r\n")] if line else []
        return self.lines[-1] if line else None

    async def _say(self, writer: asyncio.StreamWriter, word: str) -> None:
        answer = self.answers.get(word)
        if answer is not None:
            writer.write(answer.encode("latin-1") + b"\r\n")
            await writer.drain()

    async def ended(self) -> None:
        """Wait until all connections are closed, which the client does."""
        async with asyncio.timeout(2):
            await asyncio.gather(*self.sessions)

    @property
    def words(self) -> list[str]:
        return [line.split()[0] for line in self.lines if line and line[0] != "."]


@asynccontextmanager
async def scripted(changed: Mapping[str, str | None] | None = None, without: Sequence[str] = ()) -> AsyncIterator[Script]:
    """Run a server that takes a mail, but for what is changed. No connection is left."""
    answers = {**PLAIN_TALK, **(changed or {})}
    script = Script({word: answer for word, answer in answers.items() if word not in without})
    running = await asyncio.start_server(script.begin, "127.0.0.1", 0)
    async with running:
        script.port = running.sockets[0].getsockname()[1]
        yield script
        await script.ended()


async def send(script: Script, *, user: str = "", host: str = "127.0.0.1", to: Sequence[str] = ("a@x.example",)) -> None:
    server = Server(host, script.port, Security.NONE, user=user, password=PASSWORD, helo="vigie.example")
    await submit(server, "vigie@x.example", to, CONTENT)


async def test_a_mail_is_said_as_the_protocol_wants() -> None:
    async with scripted() as script:
        await send(script)
    assert script.lines == [
        "EHLO vigie.example", "MAIL FROM:<vigie@x.example>", "RCPT TO:<a@x.example>", "DATA", "Subject: x", "", "..dot", ".", "QUIT",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "kind", "doubt", "away"),
    [
        ({".": "250-taken\r\n250 as 12"}, None, False, False),
        ({"RCPT": "251 forwarded"}, None, False, False),
        ({"EHLO": "502 what?"}, None, False, False),  # a server from before 1995
        ({"MAIL": "552 too big"}, RefusedLetterError, False, False),
        ({"MAIL": "451 later"}, TemporaryError, False, False),
        ({"RCPT": "421 closing"}, TemporaryError, False, True),
        ({"RCPT": "\0\xff"}, TemporaryError, False, True),
        ({"DATA": "250 what?"}, TemporaryError, True, True),
        ({".": "554 spam"}, RefusedLetterError, False, False),
        ({".": "450 later"}, TemporaryError, False, False),
        ({".": "257 what?"}, TemporaryError, True, True),
        ({".": "taken!"}, TemporaryError, True, True),
        ({".": "250 " + 40_000 * "x"}, TemporaryError, True, True),
        ({".": "999 what?"}, TemporaryError, True, True),
        ({"QUIT": "500 what?"}, None, False, False),
        ({"": "421 too many"}, TemporaryError, False, True),
        ({"": "SSH-2.0-OpenSSH_9.9"}, TemporaryError, False, True),
        ({"EHLO": "550 go away", "HELO": "550 go away"}, TemporaryError, False, True),
    ],
    ids=str,
)
async def test_the_answer_decides(changed: dict[str, str | None], kind: type[TicketError] | None, doubt: bool, away: bool) -> None:
    async with scripted(changed) as script:
        if kind is None:
            await send(script)
            return
        with pytest.raises(kind) as caught:
            await send(script)
    assert type(caught.value) is kind
    assert caught.value.doubt is doubt
    assert getattr(caught.value, "away", False) is away
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(("word", "doubt"), [("EHLO", False), ("MAIL", False), ("RCPT", False), ("DATA", True), (".", True)])
async def test_a_connection_that_breaks_leaves_a_doubt_from_the_mail_on(word: str, doubt: bool) -> None:
    async with scripted(without=[word]) as script:
        with pytest.raises(TemporaryError) as caught:
            await send(script)
    assert (caught.value.doubt, caught.value.away) == (doubt, True)
    assert str(caught.value).endswith("(SMTPServerDisconnected)")


@pytest.mark.parametrize("word", ["", "EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"])
async def test_a_server_that_falls_silent_is_hung_up_on_at_the_deadline(word: str) -> None:
    async with scripted({word: None}) as script:
        began = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(send(script), 0.1)
        assert asyncio.get_running_loop().time() - began < 2


async def test_a_handshake_that_hangs_is_hung_up_on_at_the_deadline() -> None:
    for security, greeting in ((Security.TLS, None), (Security.STARTTLS, "220 mx")):
        async with scripted({"": greeting, "EHLO": "250-mx\r\n250 STARTTLS", "STARTTLS": "220 go"}) as script:
            server = Server("127.0.0.1", script.port, security, ssl.create_default_context())
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(submit(server, "vigie@x.example", ["a@x.example"], CONTENT), 0.1)


async def test_an_answer_that_does_not_come_is_waited_for_no_longer_than_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "_ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(smtp, "_GOODBYE_SECONDS", 0.1)
    async with scripted({".": None}) as script:
        with pytest.raises(TemporaryError, match=r"broke the exchange off \(TimeoutError\)") as caught:
            await send(script)
    assert caught.value.doubt
    async with scripted({"QUIT": None}) as script:
        await send(script)  # it was taken


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("offered", "lines"),
    [
        ("LOGIN CRAM-MD5 PLAIN", ["AUTH PLAIN " + encoded(f"\0zoé\0{PASSWORD}")]),
        ("LOGIN CRAM-MD5", ["AUTH LOGIN " + encoded("zoé"), encoded(PASSWORD)]),
        ("GSSAPI CRAM-MD5", ["AUTH CRAM-MD5", encoded(f"zoé {hmac.digest(PASSWORD.encode(), b'<1@mx>', 'md5').hex()}")]),
    ],
)
async def test_a_login_is_tried_once_by_the_best_way_that_is_offered(offered: str, lines: list[str]) -> None:
    """And in UTF-8. A server may lock an account that is refused more often."""
    first, *second = lines
    for last, taken in (("235 welcome", True), ("535 no, é-secret-77", False), ("503 you are in", True)):
        answers = {"EHLO": f"250-mx\r\n250 AUTH {offered}", "AUTH": f"334 {encoded('<1@mx>')}" if second else last}
        answers |= {line.upper(): last for line in second}
        async with scripted(answers) as script:
            if taken:
                await send(script, user="zoé")
            else:
                with pytest.raises(TemporaryError, match=r"^127\.0\.0\.1 refuses our login \(SMTP 535\)$") as caught:
                    await send(script, user="zoé")
                assert (caught.value.doubt, caught.value.away) == (False, True)
            assert [line for line in script.lines if "AUTH" in line or line in second] == [first, *second]


@pytest.mark.parametrize("offer", ["250 mx", "250-mx\r\n250 AUTH GSSAPI"])
async def test_a_server_without_a_login_of_ours_gets_no_mail(offer: str) -> None:
    async with scripted({"EHLO": offer}) as script:
        with pytest.raises(TemporaryError, match="does not offer"):
            await send(script, user="zoé")
    assert script.words == ["EHLO", "QUIT"]


async def test_the_first_address_that_answers_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def addresses(_self: object, host: str) -> list[str]:
        return {"mx.example": ["127.0.0.9", "127.0.0.1"], "away.example": ["127.0.0.9", "127.0.0.8"]}[host]

    monkeypatch.setattr(Resolver, "addresses", addresses)
    async with scripted() as script:
        await send(script, host="mx.example")
        with pytest.raises(TemporaryError, match=r"away\.example cannot be reached \(ConnectionRefusedError\)"):
            await send(script, host="away.example")


async def test_a_name_that_does_not_exist_is_away() -> None:
    with pytest.raises(TemporaryError, match=r"nowhere\.invalid cannot be reached \(gaierror\)") as caught:
        await send(Script({}, port=25), host="nowhere.invalid")
    assert (caught.value.doubt, caught.value.away) == (False, True)


@pytest.mark.parametrize("to", ["a@x.example> SIZE=1", "a@x.example\r\nDATA", "a b@x.example", "renée@x.example", "\0@x.example"])
async def test_no_address_changes_the_protocol(to: str) -> None:
    async with scripted() as script:
        with suppress(RefusedLetterError):
            await send(script, to=[to])
    assert script.words in (["EHLO", "MAIL", "QUIT"], ["EHLO", "MAIL", "RCPT", "DATA", "Subject:", "QUIT"])
    assert [line for line in script.lines if line.startswith("RCPT")] in ([], ["RCPT TO:<a@x.example>"])
