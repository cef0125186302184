"""Builds the ticket systems, their wording and the deliverer from the configuration.

The systems' secrets are read here once. A reload builds everything again.
"""

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

from probe.clock import Clock
from probe.config.authorities import trusted_file
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.config.tickets import GlpiSystem, MailSystem, RequestTrackerSystem, Retry, WebhookSystem
from probe.core.incident.model import Severity
from probe.incidents.store.outbox import Outbox
from probe.ledger.db.session_lock import SessionLock
from probe.logs import Masker
from probe.tickets import glpi, mail, request_tracker, smtp, webhook
from probe.tickets.deliverer import Compose, Deliverer, DeliveryListener, Pace, ReadStory
from probe.tickets.message import TicketSystem, Verb
from probe.tickets.template import Template
from probe.tickets.wire import Wire
from probe.tickets.wording import Sites, TicketWording
from probe.transport.tls import TlsContexts

AnySystem = RequestTrackerSystem | MailSystem | GlpiSystem | WebhookSystem


def words(config: Config) -> TicketWording:
    """Build the wording: language, time zone of the support, links of its tickets."""
    links = config.links
    sites = (each.rstrip("/") if each else "" for each in (links.vigie, links.grafana, links.runbooks))
    return TicketWording(config.language, config.support.timezone, Sites(*sites))


def systems(config: Config, secrets: Secrets, tls: TlsContexts, now_us: Callable[[], int]) -> dict[str, TicketSystem]:
    """Build the systems, by name.

    Raises probe.transport.failure.LocalError when a CA file cannot be read.
    """
    return {each.name: _system(each, secrets, tls, now_us, config.user_agent) for each in config.tickets}


def deliverer(
    config: Config,
    secrets: Secrets,
    outbox: Outbox,
    read_story: ReadStory,
    clock: Clock,
    *,
    leader: SessionLock | None = None,
    tls: TlsContexts | None = None,
    listener: DeliveryListener | None = None,
    others: Mapping[str, tuple[TicketSystem, Compose]] | None = None,
) -> Deliverer:
    """Build the deliverer of the configured systems.

    `leader`: the lock of a shared store, whose connection `outbox` uses. `others`: systems that get
    other messages than incidents. Raises LocalError when a certificate's file cannot be read.
    """
    masker = Masker([*secrets.values(), *secrets.personal()])
    made = systems(config, secrets, tls or TlsContexts(), clock.now_us) | {name: system for name, (system, _) in (others or {}).items()}
    composed = {name: compose for name, (_, compose) in (others or {}).items()}
    paces = {each.name: _pace(each.retry, each.prove) for each in config.tickets}
    return Deliverer(
        outbox, made, read_story, words(config), clock, leader=leader, listener=listener, masker=masker, paces=paces, composed=composed
    )


def _pace(retry: Retry, prove_us: int) -> Pace:
    return Pace(retry.first, retry.longest, retry.deadline, doubt_us=retry.deadline, proof_us=prove_us)


def _system(wanted: AnySystem, secrets: Secrets, tls: TlsContexts, now_us: Callable[[], int], user_agent: str) -> TicketSystem:
    context = tls.get(wanted.ca_file)
    agent = {"user-agent": user_agent}
    if isinstance(wanted, RequestTrackerSystem):
        return _request_tracker(wanted, secrets, context, agent)
    if isinstance(wanted, MailSystem):
        return _mailbox(wanted, secrets, _mail_context(wanted.ca_file))
    if isinstance(wanted, GlpiSystem):
        return _glpi(wanted, secrets, context, agent)
    return _webhook(wanted, secrets, context, agent, now_us)


def _mail_context(ca_file: Path | None) -> ssl.SSLContext:
    """Make a TLS context for mail: the shared contexts offer HTTP in their handshake (ALPN)."""
    return ssl.create_default_context(cafile=str(trusted_file(ca_file)))


def _request_tracker(wanted: RequestTrackerSystem, secrets: Secrets, context: ssl.SSLContext, agent: dict[str, str]) -> TicketSystem:
    headers, auth = dict(agent), None
    if wanted.token is not None:
        headers |= request_tracker.authorization(secrets[wanted.token])
    elif wanted.user is not None and wanted.password is not None:
        auth = request_tracker.basic(wanted.user, secrets[wanted.password])
    statuses = wanted.statuses
    settings = request_tracker.QueueSettings(
        queue=wanted.queue,
        requestor=wanted.requestor or "",
        priorities=request_tracker.PRIORITIES | {Severity(severity): priority for severity, priority in wanted.priorities.items()},
        statuses={
            Verb.WORK: statuses.work,
            Verb.WAIT: statuses.wait,
            Verb.RESOLVE: statuses.resolve,
            Verb.REOPEN: statuses.reopen,
            Verb.CLOSE: statuses.close,
        },
        fields={name: Template(text) for name, text in wanted.fields.items()},
    )
    return request_tracker.RequestTracker(Wire(wanted.url, context, headers, auth), settings)


def mailbox(config: Config, secrets: Secrets, name: str) -> mail.Mailbox | None:
    """Build the mail system of that name; None when there is none."""
    wanted = next((each for each in config.tickets if each.name == name and isinstance(each, MailSystem)), None)
    return _mailbox(wanted, secrets, _mail_context(wanted.ca_file)) if isinstance(wanted, MailSystem) else None


def _mailbox(wanted: MailSystem, secrets: Secrets, context: ssl.SSLContext) -> mail.Mailbox:
    domain = wanted.domain or wanted.sender.rpartition("@")[2]
    server = smtp.Server(
        host=wanted.host,
        port=wanted.port,
        security=smtp.Security(wanted.security),
        tls=context,
        user=wanted.user or "",
        password=secrets[wanted.password] if wanted.password else "",
        helo=domain,
    )
    letterhead = mail.Letterhead(wanted.sender, tuple(wanted.to), domain, wanted.reply_to or "", wanted.sender_name, wanted.contacts)
    return mail.Mailbox(server, letterhead)


def _glpi(wanted: GlpiSystem, secrets: Secrets, context: ssl.SSLContext, agent: dict[str, str]) -> TicketSystem:
    login = glpi.Login(
        user_token=secrets[wanted.token] if wanted.token else "",
        user=wanted.user or "",
        password=secrets[wanted.password] if wanted.password else "",
        app_token=secrets[wanted.app_token] if wanted.app_token else "",
    )
    urgencies = glpi.URGENCIES | {Severity(severity): level for severity, level in wanted.urgencies.items()}
    return glpi.Glpi(Wire(wanted.url, context, agent), login, glpi.GlpiSettings(urgencies, wanted.category, wanted.entity))


def _webhook(
    wanted: WebhookSystem, secrets: Secrets, context: ssl.SSLContext, agent: dict[str, str], now_us: Callable[[], int]
) -> TicketSystem:
    call = webhook.Call(
        secret=secrets[wanted.secret],
        method=wanted.method,
        body=Template(wanted.body if wanted.body is not None else webhook.DEFAULT),
        content_type=wanted.content_type,
        headers=wanted.headers | {name: secrets[ref] for name, ref in wanted.secret_headers.items()},
        reference=wanted.reference or "",
    )
    return webhook.Webhook(Wire(wanted.url, context, agent), call, now_us)
