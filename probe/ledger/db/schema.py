"""The ledger's tables. Instants are UTC microseconds, durations microseconds.

observation   the observation of each journey; kept for the retention time (docs/domain.md,
              "Retention")
setting       the judgement's settings from an instant on; kept for ever, so that a replay judges
              as the watch did
ledger        the append-only rows, each chained to the one before by its hash; kept for ever
interval      the ledger read as time: a projection, rewritten in the same transaction as the rows
              that it follows from. Each row also carries the time that its subject spent in each
              state before it, so a figure takes two look-ups, however long the history
memory        the memory of the fold and of the corroboration, so that a restart goes on where the
              process was killed
source        the streams by which observations were delivered, and how far each one was, so that
              nothing comes twice (shared stores)
sighting      what the watch saw of each hub's outward form, day by day; append-only, chained, and
              kept for ever (`probe.core.radar`)
stage         the memory of a shared fold at past instants, so that a late observation is folded in
              its place (shared stores)
evaluation    how far the one evaluator has come (shared stores)
checkpoint    copies of the memory, so that a replay can start after the deleted observations
login         how many logins each IdP's account made on each day (`probe.ledger.logins`)
salt          the secret with which the digests of accounts are made; one row, kept for ever

Statements of people, append-only and chained like the ledger (`probe.core.sla.correction`):

correction    corrections of false outages, excluded windows, and their withdrawals
change        announced changes of application or infrastructure
batch         imports of past time, each with the digest of its periods
imported      their periods, projected into `interval` before the watched time, and marked there
              for ever

Towards the ticket systems (`probe.incidents.store.outbox`):

outbox        the letters to each ticket system: one row per system, incident and act, written in
              the act's transaction
ticket        which ticket of a system belongs to which incident
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, text

SUMS = ("up_us", "blip_us", "down_us", "unknown_us", "blips", "rises")
"""Of a subject, from its beginning to an interval's start (`probe.core.sla.availability.Totals`):
microseconds in each state, how many blips, and how often down time ended."""

metadata = MetaData()
_serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in an INTEGER key

observation = Table(
    "observation",
    metadata,
    Column("id", _serial, primary_key=True),
    Column("hub", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("idp", String),
    Column("backend", String),
    Column("vantage", String, nullable=False),
    Column("started_us", BigInteger, nullable=False),
    Column("finished_us", BigInteger, nullable=False),
    Column("interval_us", BigInteger, nullable=False),
    Column("outcome", String, nullable=False),
    Column("fault", String),
    Column("reason", String),
    Column("step", String),
    Column("code", String),
    Column("coded", Boolean, nullable=False),
    Column("on_hub", Boolean, nullable=False),
    Column("authenticated", Boolean, nullable=False),
    Column("retry", Boolean, nullable=False),
    Column("lag_us", BigInteger, nullable=False),
    Column("tiles", JSON, nullable=False),
    Column("hops", JSON, nullable=False),  # evidence: redacted
    Column("extract", String, nullable=False),  # evidence: redacted
    Column("detail", JSON(none_as_null=True)),  # evidence: a closed word, and names
    Column("error_id", String),  # the hub's own name of this failure
    Column("digest", String, nullable=False),  # SHA-256 of all the above but the id
    # the recorder or spool that it came from, and its number there
    Column("source", String),
    Column("number", BigInteger),
    # digests of our own settings, and the part of them on which the failure depends
    Column("setup", String),
    Column("part", String),
    Column("network", String),  # of the vantage; none: its own
    Column("sightings", JSON(none_as_null=True)),  # of the hub's outward form; none: nothing for the record
    Column("identity", JSON(none_as_null=True)),  # names of claims, and salted digests
    Column("client", String),  # of the hub, that made the journey; none: the main one
    Column("received_us", BigInteger),  # of what was delivered to a shared store: by the store's own clock
    sqlite_autoincrement=True,  # a number is never given twice, not even when every observation was deleted
)
Index("observation_latest", observation.c.hub, observation.c.kind, observation.c.idp, observation.c.started_us)
Index("observation_age", observation.c.started_us)
_FAILED = observation.c.outcome == "failed"
Index("observation_failed", observation.c.hub, observation.c.started_us, sqlite_where=_FAILED, postgresql_where=_FAILED)

Index("observation_delivered", observation.c.source, observation.c.number, unique=True)
Index("observation_vantage", observation.c.hub, observation.c.vantage, observation.c.id)

sighting = Table(
    "sighting",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hub", String, nullable=False),
    Column("vantage", String, nullable=False),
    Column("aspect", String, nullable=False),
    Column("place", String, nullable=False),
    Column("basis", String, nullable=False),
    Column("since_us", BigInteger, nullable=False),
    Column("before_us", BigInteger),
    Column("form", String, nullable=False),  # SHA-256 of the traits
    Column("traits", JSON(none_as_null=True)),  # none: those of an earlier row with this form
    Column("observation", String, nullable=False),  # digest of the observation that it came with
    Column("hash", String, nullable=False),
)
Index("sighting_hub", sighting.c.hub, sighting.c.seq)
Index("sighting_form", sighting.c.form)

setting = Table(
    "setting",
    metadata,
    Column("id", _serial, primary_key=True),
    Column("hub", String, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("after_observation", BigInteger, nullable=False),  # it takes effect between this observation and the next
    Column("spec", JSON, nullable=False),
    Column("hash", String, nullable=False, server_default=""),
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hub", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("effective_us", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("condition", String),
    Column("cause", JSON),
    Column("recorded_us", BigInteger, nullable=False),
    Column("observation", String, nullable=False),  # digest of the observation it follows from; empty: of a setting
    Column("hash", String, nullable=False),
)

interval = Table(
    "interval",
    metadata,
    Column("hub", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("start_us", BigInteger, primary_key=True, autoincrement=False),
    Column("end_us", BigInteger),
    Column("state", String, nullable=False),
    Column("condition", String),
    Column("cause", JSON),
    *(Column(name, BigInteger, nullable=False, server_default=text("0")) for name in SUMS),
    Column("batch", BigInteger),  # of the import that it comes from; none: it was watched
)
Index("interval_state", interval.c.hub, interval.c.subject, interval.c.state, interval.c.start_us)

memory = Table(
    "memory",
    metadata,
    Column("hub", String, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

salt = Table(
    "salt",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row
    Column("content", LargeBinary, nullable=False),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("after_observation", BigInteger, primary_key=True, autoincrement=False),
    Column("hub", String, primary_key=True),
    Column("seq", BigInteger, nullable=False),  # of the last ledger row then, 0 before any
    Column("content", LargeBinary, nullable=False),
)

login = Table(
    "login",
    metadata,
    Column("hub", String, primary_key=True),
    Column("idp", String, primary_key=True),
    Column("day", String, primary_key=True),  # 2026-03-29, by the configured time zone
    Column("run", String, primary_key=True),  # regular, retry, demand
    Column("logins", Integer, nullable=False),
)

correction = Table(
    "correction",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hub", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False),
    Column("act", String, nullable=False),
    Column("author", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("withdraws", BigInteger),
    Column("hash", String, nullable=False),
)

change = Table(
    "change",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hub", String, nullable=False),
    Column("planned_us", BigInteger, nullable=False),
    Column("announced_us", BigInteger, nullable=False),  # as its author says
    Column("title", String, nullable=False),
    Column("author", String, nullable=False),
    Column("recorded_us", BigInteger),  # absent before 0.2: it was announced when it was recorded
    Column("hash", String, nullable=False),
)

batch = Table(
    "batch",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("source", String, nullable=False),
    Column("author", String, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("file", String, nullable=False),  # SHA-256 of the file's bytes: the same file again changes nothing
    Column("periods", String, nullable=False),  # SHA-256 of its periods, in their order
    Column("hash", String, nullable=False),
)

imported = Table(
    "imported",
    metadata,
    Column("batch", BigInteger, ForeignKey("batch.seq"), primary_key=True),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    Column("hub", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("state", String, nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False),
    Column("note", String, nullable=False),
)

source = Table(
    "source",
    metadata,
    Column("id", String, primary_key=True),
    Column("vantage", String, nullable=False),
    Column("delivered", BigInteger, nullable=False),  # the number of the last observation that is delivered
)

shared_checkpoint = Table(
    "stage",  # the name that it has in every store
    metadata,
    Column("hub", String, primary_key=True),
    Column("at_us", BigInteger, primary_key=True, autoincrement=False),  # the fold's clock
    Column("setting", BigInteger, nullable=False),  # the last one it had taken in
    # vantage -> its last observation that was taken in; "": of any other vantage
    Column("taken", JSON, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

evaluation = Table(
    "evaluation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row
    Column("observation", BigInteger, nullable=False),
    Column("setting", BigInteger, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("system", String, primary_key=True),
    Column("incident", BigInteger, primary_key=True, autoincrement=False),
    Column("act", Integer, primary_key=True, autoincrement=False),  # the incident's first act is 1
    Column("put_us", BigInteger, nullable=False),
    Column("state", String, nullable=False),  # waiting, delivered, dead, dropped
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("due_us", BigInteger, nullable=False),  # not tried before
    Column("doubt", Boolean, nullable=False),  # a try began, and what came of it is not known
    Column("error", String, nullable=False, server_default=""),  # of the last try: bounded, without secrets
    Column("settled_us", BigInteger),  # when it was delivered, refused for good, or dropped
)
Index("outbox_state", outbox.c.system, outbox.c.state, outbox.c.tries, outbox.c.due_us)
Index("outbox_incident", outbox.c.incident)

ticket = Table(
    "ticket",
    metadata,
    Column("system", String, primary_key=True),
    Column("incident", BigInteger, primary_key=True, autoincrement=False),
    Column("reference", String, nullable=False),  # what the ticket system calls it
    Column("made_us", BigInteger, nullable=False),
)


act = Table(
    "act",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("incident", BigInteger, nullable=False),
    Column("place", Integer, nullable=False),  # within the incident: its first act is 1
    Column("at_us", BigInteger, nullable=False),
    Column("author", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("data", JSON, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("hash", String, nullable=False),
)
Index("act_incident", act.c.incident, act.c.place, unique=True)

incident = Table(
    "incident",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hub", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("idp", String),
    Column("severity", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("received_us", BigInteger, nullable=False),
    Column("latest_us", BigInteger, nullable=False),  # of when it was received, over, and closed
    Column("changed", BigInteger, nullable=False),  # the `seq` of its last act
    Column("content", JSON, nullable=False),  # the whole of it (`probe.incidents.store.register`)
)
Index("incident_scope", incident.c.hub, incident.c.subject, incident.c.number)
Index("incident_state", incident.c.state, incident.c.number)
Index("incident_latest", incident.c.hub, incident.c.latest_us)
Index("incident_received", incident.c.received_us)
Index("incident_changed", incident.c.changed)
Index(
    "incident_open_scope", incident.c.hub, incident.c.subject, unique=True,
    sqlite_where=incident.c.open.is_(True) & (incident.c.subject != ""),
    postgresql_where=incident.c.open.is_(True) & (incident.c.subject != ""),
)  # fmt: skip

intake = Table(
    "intake",
    metadata,
    Column("key", String, primary_key=True),  # what names a thing that came in: it comes in once
    Column("incident", BigInteger, nullable=False),
    Column("at_us", BigInteger, nullable=False),
)

alert = Table(
    "alert",
    metadata,
    Column("fingerprint", String, primary_key=True),
    Column("starts_us", BigInteger, primary_key=True, autoincrement=False),
    Column("incident", BigInteger),  # none: its resolution came, and it was never told
    Column("ends_us", BigInteger),
)
Index("alert_incident", alert.c.incident)

flag_act = Table(
    "flag_act",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hub", String, nullable=False),
    Column("idp", String, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("author", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("data", JSON, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("hash", String, nullable=False),
)
Index("flag_act_idp", flag_act.c.hub, flag_act.c.idp, flag_act.c.seq)
