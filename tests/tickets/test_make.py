"""From a configuration and a register to tickets: made, told,
and delivered by one prober of several.
"""

import asyncio
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert

from probe.clock import SystemClock
from probe.config.load import load
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.core.business_hours import Calendar
from probe.core.incident.clocks import ClockTerms
from probe.core.incident.model import MACHINE, Act, ActKind, Data, IncidentClock
from probe.core.judgement.observation import Fault, Reason, Step
from probe.core.times import rfc3339
from probe.errors import ConfigError, LedgerError
from probe.incidents.store import outbox, register
from probe.incidents.store.outbox import Outbox, Route, leader_lock
from probe.ledger.db import schema
from probe.ledger.db.store import open_store, writing
from probe.ledger.figures.runs import on
from probe.tickets import make
from probe.tickets.glpi import Glpi
from probe.tickets.mail import Mailbox
from probe.tickets.request_tracker import RequestTracker
from probe.tickets.ticket_history import TicketHistory
from probe.tickets.webhook import Webhook
from probe.tickets.wording import TicketWording
from probe.transport.tls import TlsContexts
from tests.builders import BEGUN, SECOND, a_day, idp_down
from tests.fakes import incident_acts, smtp
from tests.fakes.deliveries import ALL, Deliveries, until
from tests.fakes.peers import Authority
from tests.fakes.recorder import ImmediateRecorder
from tests.servers.postgres import Postgres

CONFIG = """
hubs:
  - name: fc
    title: FranceConnect
    issuer: https://fc.example/
    sp: {client_id: c, client_secret: {file: secret}, redirect_uri: "https://sp.example/"}
    idps:
      - name: ameli
        title: l’Assurance maladie
        tile: t
        depth: login-page
        hosts: [idp.example]
        contacts: [{name: Renée Noël, mail: renee.noel@idp.example, phone: "+33 6 00 00 00 00"}]
control: {targets: [{name: one, url: "https://one.example/"}]}
support:
  roles:
    level3: {name: Niveau 3, mail: n3@desk.example}
links: {vigie: "https://vigie.example/", grafana: "https://grafana.example"}
tickets:
"""
MAIL = """
  - name: desk
    system: mail
    host: 127.0.0.1
    port: PORT
    ca_file: ca.pem
    user: vigie
    password: {file: password}
    sender: vigie@desk.example
    to: support@desk.example
"""
OTHERS = """
  - {name: rt, system: request-tracker, url: "https://rt.example", token: {file: secret}, queue: Q, severities: [1]}
  - {name: glpi, system: glpi, url: "https://glpi.example/apirest.php", user: u, password: {file: secret}}
  - {name: hook, system: webhook, url: "https://hook.example/", secret: {file: secret}, secret_headers: {Authorization: {file: secret}}}
"""
TUESDAY_US = 1_772_528_400_000_000  # 2026-03-03T09:00:00Z, 10:00 in Paris


def configured(folder: Path, tickets: str) -> Config:
    (folder / "secret").write_text("hunter-2000\n")
    (folder / "password").write_text(smtp.PASSWORD, "utf-8")
    (folder / "vigie.yml").write_text(CONFIG + tickets, "utf-8")
    return load(folder / "vigie.yml")


def write(engine: Engine, *acts: Act, route: str = "desk") -> int:
    with writing(engine) as connection:
        register.hold(connection)
        return register.write(connection, acts, acts[-1].at_us, [Route(route, ALL)])[-1].incident.number


def opened(at_us: int = TUESDAY_US) -> Act:
    data: dict[str, str | int | bool | None] = {
        "hub": "fc", "subject": "idp:ameli", "origin": "idp", "severity": 2, "title": "ameli", "detail": "", "began_us": at_us - 60_000_000,
        "idp": "ameli", "blocking": False, "requester": "",
    }  # fmt: skip
    return Act(register.NEW, at_us, MACHINE, ActKind.OPENED, data)


def teller(engine: Engine, config: Config) -> TicketHistory:
    return TicketHistory(engine, config, Calendar(ZoneInfo("Europe/Paris")), ClockTerms())


def test_each_system_is_made_with_its_secrets(tmp_path: Path) -> None:
    Authority(tmp_path, "ca")
    config = configured(tmp_path, MAIL.replace("PORT", "25") + OTHERS)
    made = make.systems(config, Secrets.read(config), TlsContexts(), SystemClock().now_us)
    assert {name: type(system) for name, system in made.items()} == {"desk": Mailbox, "rt": RequestTracker, "glpi": Glpi, "hook": Webhook}


@pytest.mark.parametrize(
    ("tickets", "said"),
    [
        ("  - {name: a, system: pigeon}", "it needs system: request-tracker, mail, glpi, webhook"),
        ("  - {name: a}", "it needs system"),
        (OTHERS + "  - {name: rt, system: glpi, url: 'https://x.example', token: {file: secret}}", "tickets[3].name: is already the name"),
        (OTHERS.replace("token: {file: secret}, ", ""), "needs either token:, or user: and password:"),
        (OTHERS.replace("token: {file: secret}", "token: {file: gone}"), "tickets[0].token.file: names a file that does not exist"),
        (OTHERS.replace("Authorization: {file: secret}", "X-Vigie-Signature: {file: secret}"), "is a header that Vigie sets itself"),
        (OTHERS.replace("queue: Q,", "queue: Q, fields: {A: '{{ x'},"), "tickets[0].fields.A: is not a Jinja2 template"),
        (OTHERS.replace("severities: [1]", "severities: [6]"), "tickets[0].severities[0]: must be at most 5"),
        (OTHERS.replace("severities: [1]", "severities: []"), "tickets[0].severities: must have at least one entry"),
        (MAIL.replace("ca_file: ca.pem", "security: none").replace("PORT", "25"), "must not log in without TLS"),
        (MAIL.replace("PORT", "25"), "tickets[0].ca_file"),
        (MAIL.replace("ca_file: ca.pem", "domain: a:25").replace("PORT", "25"), "tickets[0].domain: is not the name of a host"),
        (MAIL.replace("ca_file: ca.pem", "domain: é.fr").replace("PORT", "25"), "tickets[0].domain: is not the name of a host"),
        (MAIL.replace("sender: vigie@", "sender: é@").replace("PORT", "25"), "tickets[0].sender: is an e-mail address that not every"),
        (MAIL.replace("ca_file: ca.pem", "retry: {longest: 2h}").replace("PORT", "25"), "tickets[0].retry: is too patient"),
        (
            MAIL.replace("ca_file: ca.pem", "retry: {first: 6m}").replace("PORT", "25"),
            "tickets[0].retry: has a longest pause that is shorter",
        ),
        (MAIL.replace("PORT", "70000").replace("    ca_file: ca.pem\n", ""), "tickets[0].port: must be at most 65535"),
    ],
)
def test_a_wrong_system_dies_at_load_on_its_line(tmp_path: Path, tickets: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, tickets)
    assert said in str(caught.value)
    assert "\\x00" not in repr(str(caught.value))


def test_a_story_is_what_was_when_the_act_was_done(tmp_path: Path, engine: Engine) -> None:
    config = configured(tmp_path, OTHERS)
    number = write(engine, opened())
    write(engine, Act(number, TUESDAY_US + 3_600_000_000, "camille", ActKind.SEVERITY, {"severity": 1, "reason": "x"}))
    first, second = (teller(engine, config)(number, act) for act in (1, 2))
    assert (first.incident.severity, second.incident.severity) == (2, 1)
    assert first.due_us[IncidentClock.ESCALATION] == TUESDAY_US + 5 * 1_800_000_000
    assert second.due_us[IncidentClock.ESCALATION] == TUESDAY_US + 2 * 3_600_000_000
    assert (first.hub, first.idp, first.role and first.role.name, second.role) == ("FranceConnect", "l’Assurance maladie", "Niveau 3", None)
    assert [person.name for person in first.contacts] == ["Renée Noël"]


def test_a_story_of_an_outage_says_what_the_ledger_says_of_it(tmp_path: Path, engine: Engine) -> None:
    config = configured(tmp_path, OTHERS)
    cause = {"fault": "idp", "reason": "tls", "step": "idp-login-page"}
    rows = [(0, 100, "down", {**cause, "reason": "dns"}), (TUESDAY_US - 10, None, "down", cause)]
    with writing(engine) as connection:
        for start, end, state, why in rows:
            row = {"hub": "fc", "subject": "idp:ameli", "start_us": start, "end_us": end, "state": state, "cause": why}
            connection.execute(insert(schema.interval), row)
    told = teller(engine, config)(write(engine, opened()), 1).cause
    assert told is not None
    assert (told.fault, told.reason, told.step) == (Fault.IDP, Reason.TLS, Step.IDP_LOGIN_PAGE)


def test_a_ticket_that_is_reopened_has_the_cause_and_the_beginning_of_the_outage_that_reopened_it(tmp_path: Path, engine: Engine) -> None:
    config, at = configured(tmp_path, OTHERS), TUESDAY_US
    coded = {"fault": "idp", "reason": "idp_error", "step": "idp-login-page", "code": "Y500"}
    later = {"fault": "idp", "reason": "timeout", "step": "idp-login-page"}
    with writing(engine) as connection:
        for start, end, why in ((at - 60_000_000, at, coded), (at, at + 600_000_000, None), (at + 600_000_000, None, later)):
            state = "down" if why else "up"
            row = {"hub": "fc", "subject": "idp:ameli", "start_us": start, "end_us": end, "state": state, "cause": why}
            connection.execute(insert(schema.interval), row)
    number = write(engine, opened())
    ended: Data = {"text": "Fini.", "ended_us": at}
    write(
        engine,
        Act(number, at + 1_000_000, MACHINE, ActKind.RESOLVED, ended),
        Act(number, at + 700_000_000, MACHINE, ActKind.REOPENED, {"reason": "Le dysfonctionnement a repris"}),
    )
    first, again = (teller(engine, config)(number, act) for act in (1, 3))
    assert first.cause is not None
    assert again.cause is not None
    assert (first.cause.code, first.again_us) == ("Y500", None)
    assert (again.cause.code, again.cause.reason, again.again_us) == (None, Reason.TIMEOUT, at + 600_000_000)
    text = TicketWording("fr", "Europe/Paris").message(again).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Repris le : 03/03/2026 à 10:10:00 (Europe/Paris, UTC+01:00)" in text
    assert "Y500" not in text


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        (ActKind.WAITING, {"request": "?"}, ["renee.noel@idp.example"]),
        (ActKind.COMMENTED, {"text": "x"}, []),
        (ActKind.BLOCKING, {"blocking": True}, []),
    ],
)
def test_the_idp_s_contacts_are_told_what_is_for_them(tmp_path: Path, engine: Engine, kind: ActKind, data: Data, told: list[str]) -> None:
    config = configured(tmp_path, OTHERS)
    number = write(engine, opened())
    write(engine, Act(number, TUESDAY_US, "camille", ActKind.ASSIGNED, {"to": "niveau 1"}), Act(number, TUESDAY_US, "camille", kind, data))
    assert list(teller(engine, config)(number, 3).notify) == told


def test_the_notice_of_a_resolution_is_for_every_idp_when_it_is_about_all(tmp_path: Path, engine: Engine) -> None:
    config = configured(tmp_path, OTHERS)
    act = Act(
        register.NEW, TUESDAY_US, MACHINE, ActKind.OPENED, {**opened().data, "subject": "mire_missing", "origin": "condition", "idp": None}
    )
    number = write(engine, act)
    ended: Data = {"text": "c’est fini", "ended_us": TUESDAY_US}
    write(
        engine,
        Act(number, TUESDAY_US, MACHINE, ActKind.RESOLVED, ended),
        Act(number, TUESDAY_US, MACHINE, ActKind.NOTIFIED, {"to": "ameli"}),
    )
    assert [list(teller(engine, config)(number, place).notify) for place in (1, 2, 3)] == [[], [], ["renee.noel@idp.example"]]


def test_a_ticket_about_an_outage_has_the_observation_that_tells_why(tmp_path: Path, engine: Engine) -> None:
    """As it was known at the act: what was observed later does not count."""
    ImmediateRecorder(engine).keep(a_day())
    down_us = BEGUN + 12 * SECOND
    number = write(engine, opened(down_us + 5 * SECOND))
    story = teller(engine, configured(tmp_path, OTHERS))(number, 1)
    assert story.outage is not None
    assert str(story.outage.name) == f"fc/ameli@{rfc3339(down_us)}"
    assert story.outage.telling is not None
    assert story.outage.telling.observation == idp_down("ameli", 12)
    assert story.cause == story.outage.outage.cause


def test_a_ticket_about_no_outage_has_none(tmp_path: Path, engine: Engine) -> None:
    number = write(engine, opened())
    assert teller(engine, configured(tmp_path, OTHERS))(number, 1).outage is None


def test_an_act_that_is_not_there_is_no_story(tmp_path: Path, engine: Engine) -> None:
    config = configured(tmp_path, OTHERS)
    number = write(engine, opened())
    with pytest.raises(LedgerError, match="has no act 2"):
        teller(engine, config)(number, 2)


async def test_from_the_register_s_acts_to_a_mail_by_the_configuration_alone(tmp_path: Path, engine: Engine) -> None:
    with smtp.server(tmp_path) as server:
        config = configured(tmp_path, MAIL.replace("PORT", str(server.port)))
        number = write(engine, opened())
        write(engine, Act(number, TUESDAY_US + 9_000_000_000, MACHINE, ActKind.ESCALATED, {"severity": 2, "role": "level3", "due_us": 1}))
        box = Outbox(outbox.on_file(engine))
        running = asyncio.create_task(make.deliverer(config, Secrets.read(config), box, teller(engine, config), SystemClock()).run())
        await until(lambda: len(server.received.mails) == 2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    first, second = server.received.mails
    assert first["Subject"] == f"[VIGIE-{number}] FranceConnect\N{NO-BREAK SPACE}: fournisseur d'identité l’Assurance maladie indisponible"
    assert second["Cc"] == "n3@desk.example"
    (plain, _) = first.iter_parts()
    assert "https://vigie.example/incidents/" in plain.get_content()


# --- several probers on one store


class FakeSystem:
    """A ticket system that says by whom it was told."""

    def __init__(self, told: list[tuple[str, str]], name: str) -> None:
        self.told, self.name = told, name

    async def deliver(self, message: object, reference: str | None) -> str:
        self.told.append((self.name, message.key))  # type: ignore[attr-defined]
        return "1"

    async def prove(self) -> bool:
        return False

    async def close(self) -> None:
        pass


async def test_of_several_probers_on_a_store_one_delivers_and_another_goes_on_when_it_stops(running_postgres: Postgres) -> None:
    url = running_postgres.database()
    engine = open_store(url)
    told: list[tuple[str, str]] = []
    offices = [Deliveries(engine, {"rt": FakeSystem(told, name)}) for name in ("one", "two")]
    teller = offices[0].teller
    tasks = []
    for deliveries in offices:
        deliveries.teller = teller
        seat = leader_lock(url)
        tasks.append(asyncio.create_task(deliveries.another(leader=seat, outbox=Outbox(seat.transaction)).run()))
    try:
        offices[0].put(1, *incident_acts.WHOLE[:3])
        await until(lambda: not offices[0].standing())
        (first,) = {name for name, _ in told}
        assert len(told) == 3
        winner = ("one", "two").index(first)
        tasks[winner].cancel()
        await asyncio.gather(tasks[winner], return_exceptions=True)
        offices[0].put(1, *incident_acts.WHOLE[3:6])
        await until(lambda: not offices[0].standing())
        assert [name for name, _ in told[3:]] == [("one", "two")[1 - winner]] * 3
        assert len({key for _, key in told}) == 6
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        engine.dispose()


async def test_a_store_that_stops_and_comes_back_is_delivered_from_again(postgres: Postgres) -> None:
    url = postgres.database()
    engine = open_store(url)
    told: list[tuple[str, str]] = []
    deliveries = Deliveries(engine, {"rt": FakeSystem(told, "one")})
    seat = leader_lock(url)
    running = asyncio.create_task(deliveries.another(leader=seat, outbox=Outbox(seat.transaction)).run())
    try:
        deliveries.put(1, *incident_acts.WHOLE[:1])
        await until(lambda: not deliveries.standing())
        postgres.stop()
        await asyncio.sleep(1.5)
        postgres.start()
        engine.dispose()
        deliveries.put(1, *incident_acts.WHOLE[1:3])
        await until(lambda: not deliveries.standing())
        assert len(told) == 3
        with engine.connect() as connection:
            assert outbox.queue_counts(on(connection)) == {}
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        engine.dispose()
