"""From an outage of the independent federation to the tickets of a real Request Tracker and a real
mail server, and to the end of both.

Everything is done as people do it: IdPs are stopped, commands are run, tickets and mails are read.
Only the durations are short.
"""

import email.policy
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import request_tracker
from tests.servers.federation import Federation
from tests.servers.processes import free_port
from tests.servers.request_tracker import RequestTracker
from tests.servers.vigie import C3, Vigie
from tests.servers.watched import vigie_config

ONE, OTHER = "ministere", "universite"
PATIENCE_S = 60.0


class Mailbox:
    """What arrived, oldest first."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        self.letters.append(BytesParser(EmailMessage, policy=email.policy.default).parsebytes(content))
        return "250 OK"

    def subjects(self) -> list[str]:
        return [str(letter["Subject"]) for letter in self.letters]


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """A mail server: what it took, and its port."""
    box, port = Mailbox(), free_port("127.0.0.1")
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture
def rt(running_request_tracker: RequestTracker) -> RequestTracker:
    running_request_tracker.server.start(60.0)
    return running_request_tracker


@pytest.fixture
def vigie(federation: Federation, rt: RequestTracker, mailbox: tuple[Mailbox, int], tmp_path: Path) -> Iterator[Vigie]:
    secret = tmp_path / "rt.secret"
    secret.write_text(request_tracker.PASSWORD, "utf-8")
    secret.chmod(0o600)
    service: dict[str, Any] = {
        "support": {
            "tick": "500ms",
            "settle": "4s",
            "roles": {"level3": {"name": "Équipe support de niveau 3", "mail": "niveau3@desk.test"}},
        },
        "deactivation": {"after": "4s", "recovery": "2s"},
        "tickets": [
            {
                "name": "rt",
                "system": "request-tracker",
                "url": rt.url,
                "user": request_tracker.LOGIN,
                "password": {"file": str(secret)},
                "queue": request_tracker.QUEUE,
                "retry": {"first": "500ms", "longest": "2s"},
            },
            {
                "name": "support",
                "system": "mail",
                "host": "127.0.0.1",
                "port": str(mailbox[1]),
                "security": "none",
                "sender": "vigie@desk.test",
                "to": ["support.partenaires@desk.test"],
                "severities": ["1", "2"],
            },
        ],
    }
    with Vigie(vigie_config(federation, tmp_path, top=service)) as watch:
        watch.until_well(0)
        yield watch


def eventually(holds: Callable[[], bool], what: str, watch: Vigie) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, f"still not: {what}\n{watch.told('incidents', 'list', '--all')}\n{watch.log}"
        time.sleep(0.3)


def incidents(watch: Vigie) -> list[Mapping[str, Any]]:
    return sorted(watch.told("incidents", "list", "--all"), key=lambda row: int(row["number"]))


def flag(watch: Vigie, idp: str) -> str:
    """Where its deactivation stands, as the metrics page says."""
    samples = watch.samples()
    (state,) = [dict(labels)["state"] for labels, value in samples.of("vigie_idp_flag", hub="hub", idp=idp).items() if value]
    return state


def test_an_idps_outage_goes_from_its_incident_over_its_deactivation_to_the_tickets_end(
    vigie: Vigie, federation: Federation, rt: RequestTracker, mailbox: tuple[Mailbox, int]
) -> None:
    before = rt.tickets("[VIGIE-")
    federation.idps[ONE].stop()
    eventually(lambda: len(incidents(vigie)) == 1, "an incident", vigie)
    (opened,) = incidents(vigie)
    assert (opened["severity"], opened["subject"], opened["state"]) == (2, f"idp:{ONE}", "new")

    eventually(lambda: len(rt.tickets("[VIGIE-")) == len(before) + 1, "a ticket", vigie)
    (ticket,) = [number for number in rt.tickets("[VIGIE-") if number not in before]
    eventually(lambda: bool(mailbox[0].letters), "a mail", vigie)
    assert str(rt.ticket(ticket)["Subject"]).startswith("[VIGIE-1]")
    assert mailbox[0].subjects()[0].startswith("[VIGIE-1]")

    eventually(lambda: flag(vigie, ONE) == "proposed", "a proposed flag", vigie)
    approved = vigie.command("idp", "approve", ONE, "--author", "Dominique Astreinte", "--reason", "panne confirmée")
    assert approved.returncode == 0, approved.stderr
    eventually(lambda: flag(vigie, ONE) == "approved", "an approved flag", vigie)
    federation.hub.deactivate(ONE)
    eventually(lambda: flag(vigie, ONE) == "deactivated", "the tile is gone", vigie)
    assert vigie.standings(vigie.samples())[C3] == "up"  # the other one is offered, and well

    federation.idps[ONE].start()
    eventually(lambda: flag(vigie, ONE) == "recovered", "the IdP answers directly", vigie)
    eventually(lambda: [row["state"] for row in incidents(vigie)] == ["resolved"], "the incident is resolved", vigie)
    eventually(lambda: rt.ticket(ticket)["Status"] == "resolved", "the ticket is resolved", vigie)
    federation.hub.reset()
    eventually(lambda: flag(vigie, ONE) == "none", "the tile is back", vigie)

    steps = [row["step"] for row in vigie.told("idp", "history")]
    assert steps == ["proposed", "approved", "deactivated", "recovered", "reactivated"]
    threads = {str(letter["References"] or letter["Message-ID"]).split()[0] for letter in mailbox[0].letters}
    assert len(threads) == 1  # one thread for one incident
    assert len([number for number in rt.tickets("[VIGIE-") if number not in before]) == 1
    assert vigie.command("verify").returncode == 0


def test_both_idps_at_once_are_one_incident_of_severity_1_and_no_flag(vigie: Vigie, federation: Federation, rt: RequestTracker) -> None:
    before = rt.tickets("[VIGIE-")
    for name in (ONE, OTHER):
        federation.idps[name].stop()

    def lasting() -> list[tuple[int, str]]:
        return [(row["severity"], row["subject"]) for row in incidents(vigie) if row["state"] != "merged"]

    eventually(lambda: lasting() == [(1, C3)], "one incident of severity 1", vigie)
    time.sleep(8)  # twice as long as a flag takes
    assert (flag(vigie, ONE), flag(vigie, OTHER)) == ("none", "none")
    assert lasting() == [(1, C3)]
    with ThreadPoolExecutor() as at_once:  # whoever is back much later has failed alone
        list(at_once.map(lambda name: federation.idps[name].start(), (ONE, OTHER)))
    eventually(lambda: {row["state"] for row in incidents(vigie)} <= {"resolved", "merged"}, "all is resolved", vigie)
    assert lasting() == [(1, C3)]
    new = [number for number in rt.tickets("[VIGIE-") if number not in before]
    eventually(lambda: {rt.ticket(number)["Status"] for number in new} == {"resolved"}, "every ticket is resolved", vigie)
