"""Names every metric, with its meaning, unit and labels.

Collectors, `docs/metrics.md`, dashboards and alerts take the names from this table. No name is
written anywhere else; a test holds that.

Conventions: all names have one prefix and base units (seconds, bytes). Counters end in `_total`,
information in `_info`, instants in `_timestamp_seconds` (seconds since the Unix epoch, UTC,
0 for never). A two-valued gauge is 0 or 1. A state is a set of series, one for each value of
`state`, of which exactly one is 1: their averages are shares of time, and unknown is neither up nor
down. A ratio that is unknown is NaN. Failures have counters of their own: there is no `success`
label. No label is named `type`, `service`, `env` or `region`, as the configuration of a scraper
often sets these itself.
"""

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """The metric types in use, as the exposition formats call them."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric family.

    `unit` is the OpenMetrics unit, which is then a suffix of the name; it is empty for plain
    numbers. `buckets` are the upper bounds of a histogram, in that unit. `instead` names the metric
    to use in the place of a deprecated one, which is served until the next minor version.
    """

    name: str
    kind: Type
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""
    buckets: tuple[float, ...] = ()
    instead: str = ""


def _deprecated(name: str, labels: tuple[str, ...], instead: Metric, meaning: str) -> Metric:
    return Metric(name, Type.GAUGE, f"Deprecated, not in 0.3: use {instead.name}. {meaning}", labels, instead=instead.name)


TARGET = ("hub", "kind", "idp", "target", "backend", "vantage")
"""The labels that name one probed target.

Labels that do not apply are empty, which Prometheus treats as absent. `idp` is set for journeys
through an IdP and for `direct`. `target` is a control target's name, or the invented part of a
negative journey's request. `backend` is a node behind the hub's load balancer.
"""

CLIENT_TARGET = ("hub", "client", "kind", "idp", "vantage")
"""The labels that name a target probed as another client of the hub than the main one."""

LOGIN_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0)
"""Seconds. A hop takes 20 to 200 ms; a hub that lost its session store answers after 33 s; the
deadline of a journey is 45 s."""
LAG_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds between the due instant and the start."""

_SECONDS = "seconds"

# --- the judgement, read from the ledger

HUB_INFO = Metric("vigie_hub_info", Type.INFO, "1, by the title of the hub for people, or its name.", ("hub", "title"))
HUB_STATE = Metric(
    "vigie_hub_state",
    Type.GAUGE,
    "1 for the hub's present state, 0 for the others: up while no contractual condition holds, down while one does, else unknown.",
    ("hub", "state"),
)
HUB_AVAILABLE = _deprecated(
    "vigie_hub_available", ("hub",), HUB_STATE, "1 while none of the three contractual conditions holds, 0 while one does or when unknown."
)
HUB_UNKNOWN = _deprecated("vigie_hub_unknown", ("hub",), HUB_STATE, "1 while the hub's state is unknown: no observation is fresh enough.")
HUB_SINCE = Metric(
    "vigie_hub_state_since_timestamp_seconds", Type.GAUGE, "When the hub's present state began; 0 before any.", ("hub",), _SECONDS
)
HUB_FAULT = Metric(
    "vigie_hub_fault", Type.GAUGE, "1 for the party at fault for the hub's present outage, 0 for the others.", ("hub", "fault")
)
HUB_SECONDS = Metric(
    "vigie_hub_seconds_total",
    Type.COUNTER,
    "Final time of the hub by state (up, down, unknown), over the whole ledger; it survives restarts.",
    ("hub", "state"),
    _SECONDS,
)
HUB_BLIP_SECONDS = Metric(
    "vigie_hub_blip_seconds_total",
    Type.COUNTER,
    "The part of the hub's up time in which a failure was seen but not confirmed.",
    ("hub",),
    _SECONDS,
)
HUB_BLIPS = Metric("vigie_hub_blips_total", Type.COUNTER, "Failures of the hub that were never confirmed, over the whole ledger.", ("hub",))
CONDITION_STATE = Metric(
    "vigie_condition_state",
    Type.GAUGE,
    "1 for the condition's present state, 0 for the others: down while it holds (mire_missing C1, identity_not_returned C2, "
    "all_idps_unavailable C3), up while it does not, else unknown.",
    ("hub", "condition", "state"),
)
CONDITION_ACTIVE = _deprecated(
    "vigie_condition_active",
    ("hub", "condition"),
    CONDITION_STATE,
    "1 while the condition holds (mire_missing C1, identity_not_returned C2, all_idps_unavailable C3), 0 otherwise or when unknown.",
)
CONDITION_UNKNOWN = _deprecated(
    "vigie_condition_unknown", ("hub", "condition"), CONDITION_STATE, "1 while it is unknown whether the condition holds."
)
CONDITION_FAILURE = Metric(
    "vigie_condition_failure_info",
    Type.INFO,
    "While the condition holds: 1, by the step and the reason of the failing journeys, the party at fault and the hub's own code.",
    ("hub", "condition", "step", "reason", "fault", "code"),
)
CONDITION_SINCE = Metric(
    "vigie_condition_since_timestamp_seconds",
    Type.GAUGE,
    "When the condition's present state began; 0 before any.",
    ("hub", "condition"),
    _SECONDS,
)
CONDITION_FAULT = Metric(
    "vigie_condition_fault",
    Type.GAUGE,
    "1 for the party at fault while the condition holds, 0 for the others.",
    ("hub", "condition", "fault"),
)
CONDITION_SECONDS = Metric(
    "vigie_condition_seconds_total",
    Type.COUNTER,
    "Final time by state of one condition: down while it held, up while it did not, unknown; over the whole ledger.",
    ("hub", "condition", "state"),
    _SECONDS,
)
IDP_INFO = Metric("vigie_idp_info", Type.INFO, "1, by the title of the IdP for people, or its name.", ("hub", "idp", "title"))
IDP_STATE = Metric(
    "vigie_idp_state",
    Type.GAUGE,
    "1 for the IdP's present state, 0 for the others: up while a citizen can log in at it, down during its outage, else unknown.",
    ("hub", "idp", "state"),
)
IDP_AVAILABLE = _deprecated(
    "vigie_idp_available", ("hub", "idp"), IDP_STATE, "1 while a citizen can log in at the IdP, 0 during its outage or when unknown."
)
IDP_UNKNOWN = _deprecated(
    "vigie_idp_unknown", ("hub", "idp"), IDP_STATE, "1 while the IdP's state is unknown: no observation is fresh enough."
)
IDP_FAILURE = Metric(
    "vigie_idp_failure_info",
    Type.INFO,
    "While the IdP is down: 1, by the step and the reason of the failing journeys, the party at fault and the hub's own code.",
    ("hub", "idp", "step", "reason", "fault", "code"),
)
IDP_SINCE = Metric(
    "vigie_idp_state_since_timestamp_seconds",
    Type.GAUGE,
    "When the IdP's present state began; 0 before any.",
    ("hub", "idp"),
    _SECONDS,
)
IDP_FAULT = Metric(
    "vigie_idp_fault", Type.GAUGE, "1 for the party at fault for the IdP's present outage, 0 for the others.", ("hub", "idp", "fault")
)
IDP_SECONDS = Metric(
    "vigie_idp_seconds_total",
    Type.COUNTER,
    "Final time of the IdP by state (up, down, unknown), over the whole ledger; it survives restarts.",
    ("hub", "idp", "state"),
    _SECONDS,
)
IDP_BLIP_SECONDS = Metric(
    "vigie_idp_blip_seconds_total",
    Type.COUNTER,
    "The part of the IdP's up time in which a failure was seen but not confirmed.",
    ("hub", "idp"),
    _SECONDS,
)
IDP_BLIPS = Metric(
    "vigie_idp_blips_total", Type.COUNTER, "Failures of the IdP that were never confirmed, over the whole ledger.", ("hub", "idp")
)
CLIENT_STATE = Metric(
    "vigie_client_state",
    Type.GAUGE,
    "1 for the present state of the hub for a client beside the main one, 0 for the others. It never counts in the figure.",
    ("hub", "client", "state"),
)
CLIENT_AVAILABLE = _deprecated(
    "vigie_client_available",
    ("hub", "client"),
    CLIENT_STATE,
    "1 while the hub serves a client beside the main one, 0 while it does not or when unknown. It never counts in the figure.",
)
CLIENT_UNKNOWN = _deprecated(
    "vigie_client_unknown", ("hub", "client"), CLIENT_STATE, "1 while it is unknown whether the hub serves the client."
)
CLIENT_SINCE = Metric(
    "vigie_client_state_since_timestamp_seconds",
    Type.GAUGE,
    "When the present state of the hub for the client began; 0 before any.",
    ("hub", "client"),
    _SECONDS,
)
CLIENT_FAULT = Metric(
    "vigie_client_fault",
    Type.GAUGE,
    "1 for the party at fault for what the client meets at present, 0 for the others.",
    ("hub", "client", "fault"),
)
CLIENT_SECONDS = Metric(
    "vigie_client_seconds_total",
    Type.COUNTER,
    "Final time of the hub for the client by state (up, down, unknown), over the whole ledger; it survives restarts.",
    ("hub", "client", "state"),
    _SECONDS,
)
CLIENT_IDP_STATE = Metric(
    "vigie_client_idp_state",
    Type.GAUGE,
    "1 for the present state of the IdP for this client, 0 for the others.",
    ("hub", "client", "idp", "state"),
)
CLIENT_IDP_AVAILABLE = _deprecated(
    "vigie_client_idp_available",
    ("hub", "client", "idp"),
    CLIENT_IDP_STATE,
    "1 while a citizen can log in at the IdP as this client, 0 during an outage or when unknown.",
)
CLIENT_IDP_UNKNOWN = _deprecated(
    "vigie_client_idp_unknown", ("hub", "client", "idp"), CLIENT_IDP_STATE, "1 while the IdP's state is unknown for this client."
)
CLIENT_IDP_SINCE = Metric(
    "vigie_client_idp_state_since_timestamp_seconds",
    Type.GAUGE,
    "When the IdP's present state for this client began; 0 before any.",
    ("hub", "client", "idp"),
    _SECONDS,
)
CLIENT_IDP_FAULT = Metric(
    "vigie_client_idp_fault",
    Type.GAUGE,
    "1 for the party at fault for the IdP's present outage at this client, 0 for the others.",
    ("hub", "client", "idp", "fault"),
)
CLIENT_IDP_SECONDS = Metric(
    "vigie_client_idp_seconds_total",
    Type.COUNTER,
    "Final time of the IdP for this client by state (up, down, unknown), over the whole ledger; it survives restarts.",
    ("hub", "client", "idp", "state"),
    _SECONDS,
)
CLIENT_NEVER_PASSED = Metric(
    "vigie_client_settings_never_passed",
    Type.GAUGE,
    "1 while the client's journeys fail in a part of our own settings that has never passed: at an IdP; without `idp`, at the hub.",
    ("hub", "client", "idp"),
)
ACCOUNT_SUSPENDED = Metric(
    "vigie_idp_account_suspended",
    Type.GAUGE,
    "1 while the lock-out guard has stopped the IdP's synthetic account after refused credentials.",
    ("hub", "idp"),
)
NEVER_PASSED = Metric(
    "vigie_settings_never_passed",
    Type.GAUGE,
    "1 while journeys fail in a part of our own settings that has never passed: of an IdP; without `idp`, of the hub. Nobody's outage.",
    ("hub", "idp"),
)
ACCOUNT_CHANGED = Metric(
    "vigie_idp_account_changed",
    Type.GAUGE,
    "1 while the hub gives the IdP's persona another `sub` than it did, twice in a row or more: citizens would lose their accounts.",
    ("hub", "idp"),
)
ACCOUNT_DIFFERS = Metric(
    "vigie_idp_account_differs",
    Type.GAUGE,
    "1 while the same person has another `sub` through this IdP than through others.",
    ("hub", "idp"),
)
CLAIM_RETURNED = Metric(
    "vigie_claim_returned",
    Type.GAUGE,
    "1 when the last identity that came at this level held the claim; 0 when it did not, or before any.",
    ("hub", "idp", "claim", "acr"),
)
CLAIM_LOST = Metric(
    "vigie_claim_lost",
    Type.GAUGE,
    "1 while the claim, which once came through the IdP, is missing from two identities in a row or more.",
    ("hub", "idp", "claim"),
)
WINDOW = ("hub", "window")
"""The labels of a hub's figure over one of the two windows, `rolling` and `year`."""

AVAILABILITY = Metric(
    "vigie_availability_ratio",
    Type.GAUGE,
    "Availability of the hub over the window, corrections applied: up / (up + down), unknown time as configured; NaN when unknown.",
    WINDOW,
)
AVAILABILITY_UNKNOWN = Metric(
    "vigie_availability_unknown", Type.GAUGE, "1 when the hub was never known to be up or down in the window.", WINDOW
)
AVAILABILITY_MET = Metric(
    "vigie_availability_goal_met",
    Type.GAUGE,
    "1 when the availability over the window meets its goal, compared exactly, and enough of the window is known; else 0.",
    WINDOW,
)
AVAILABILITY_MISSED = Metric(
    "vigie_availability_goal_missed",
    Type.GAUGE,
    "1 when the availability over the window is below its goal. Neither met, missed nor unknown: not enough is known.",
    WINDOW,
)
AVAILABILITY_GOAL = Metric("vigie_availability_goal_ratio", Type.GAUGE, "The configured goal of the hub's availability.", WINDOW)
AVAILABILITY_LOWEST = Metric(
    "vigie_availability_lowest_ratio",
    Type.GAUGE,
    "The lowest possible availability: unknown time and blips are down; NaN when unknown.",
    WINDOW,
)
AVAILABILITY_HIGHEST = Metric(
    "vigie_availability_highest_ratio",
    Type.GAUGE,
    "The highest possible availability: unknown time is up; NaN when unknown.",
    WINDOW,
)
AVAILABILITY_BEFORE = Metric(
    "vigie_availability_uncorrected_ratio",
    Type.GAUGE,
    "The availability before corrections and excluded windows; NaN when unknown.",
    WINDOW,
)
COVERAGE = Metric("vigie_availability_coverage_ratio", Type.GAUGE, "Known time / window, without excluded time.", WINDOW)
COMPLETE = Metric(
    "vigie_availability_complete",
    Type.GAUGE,
    "1 when the ledger goes back to the window's start and the window is its whole period.",
    WINDOW,
)
DOWNTIME = Metric(
    "vigie_availability_down_seconds", Type.GAUGE, "Down time of the hub in the window; several conditions at once count once.",
    WINDOW, _SECONDS,
)  # fmt: skip
DOWNTIME_CONDITION = Metric(
    "vigie_availability_condition_down_seconds",
    Type.GAUGE,
    "Time within the window in which the condition held.",
    (*WINDOW, "condition"),
    _SECONDS,
)
UNKNOWN_TIME = Metric(
    "vigie_time_unknown_seconds", Type.GAUGE, "Time within the window in which the hub's state is unknown.", WINDOW, _SECONDS
)
UNKNOWN_LIMIT = Metric(
    "vigie_time_unknown_limit_seconds",
    Type.GAUGE,
    "The configured part of the window's period that may be unknown; 0 when the figure is unknown.",
    WINDOW,
    _SECONDS,
)
BUDGET = Metric(
    "vigie_error_budget_seconds",
    Type.GAUGE,
    "What the goal leaves of the window's period: with 99.9 %, 31,536 s of 365 days.",
    WINDOW,
    _SECONDS,
)
BUDGET_LEFT = Metric(
    "vigie_error_budget_left_seconds",
    Type.GAUGE,
    "The part of the error budget that is left; negative once it is overspent, NaN when the availability is unknown.",
    WINDOW,
    _SECONDS,
)
IDP_WINDOW = ("hub", "idp", "window")
IDP_AVAILABILITY = Metric(
    "vigie_idp_availability_ratio",
    Type.GAUGE,
    "Availability of the IdP over the window, computed as the hub's; NaN when unknown.",
    IDP_WINDOW,
)
IDP_AVAILABILITY_UNKNOWN = Metric(
    "vigie_idp_availability_unknown", Type.GAUGE, "1 when the IdP was never known to be up or down in the window.", IDP_WINDOW
)
IDP_AVAILABILITY_MET = Metric(
    "vigie_idp_availability_goal_met", Type.GAUGE, "1 when the IdP's availability meets its goal, and enough is known; else 0.", IDP_WINDOW
)
IDP_AVAILABILITY_MISSED = Metric(
    "vigie_idp_availability_goal_missed", Type.GAUGE, "1 when the IdP's availability is below its goal.", IDP_WINDOW
)
IDP_AVAILABILITY_GOAL = Metric(
    "vigie_idp_availability_goal_ratio", Type.GAUGE, "The configured goal of the IdP's availability.", IDP_WINDOW
)
IDP_AVAILABILITY_LOWEST = Metric(
    "vigie_idp_availability_lowest_ratio",
    Type.GAUGE,
    "The lowest possible availability: unknown time and blips are down; NaN when unknown.",
    IDP_WINDOW,
)
IDP_AVAILABILITY_HIGHEST = Metric(
    "vigie_idp_availability_highest_ratio",
    Type.GAUGE,
    "The highest possible availability: unknown time is up; NaN when unknown.",
    IDP_WINDOW,
)
IDP_COVERAGE = Metric("vigie_idp_availability_coverage_ratio", Type.GAUGE, "Known time of the IdP / window.", IDP_WINDOW)
IDP_DOWNTIME = Metric("vigie_idp_availability_down_seconds", Type.GAUGE, "Down time of the IdP within the window.", IDP_WINDOW, _SECONDS)
LEDGER_SETTLED = Metric(
    "vigie_ledger_settled_timestamp_seconds",
    Type.GAUGE,
    "Until when the hub's time is final: no later observation can change anything before it; the seconds counters end there.",
    ("hub",),
    _SECONDS,
)
LEDGER_READABLE = Metric("vigie_ledger_readable", Type.GAUGE, "1 when this scrape could read the ledger; 0 makes every state unknown.")

# --- incidents, flags and tickets, read from the register

INCIDENTS_OPEN = Metric("vigie_incidents_open", Type.GAUGE, "Incidents that are not closed, by severity and state.", ("severity", "state"))
INCIDENTS = Metric("vigie_incidents_total", Type.COUNTER, "Incidents received since the register began, by severity.", ("severity",))
INCIDENT_OLDEST = Metric(
    "vigie_incident_oldest_timestamp_seconds",
    Type.GAUGE,
    "When the oldest unresolved incident of this severity was received; 0 without any.",
    ("severity",),
    _SECONDS,
)
INCIDENT_DEADLINE = Metric(
    "vigie_incident_deadline_timestamp_seconds",
    Type.GAUGE,
    "The next deadline of this contractual clock; 0 while no such clock runs.",
    ("clock",),
    _SECONDS,
)
INCIDENTS_OVERDUE = Metric("vigie_incidents_overdue", Type.GAUGE, "Open incidents whose clock of this name has run out.", ("clock",))
BREACHES = Metric(
    "vigie_incident_breaches_total",
    Type.COUNTER,
    "Deadlines missed since the register began, by clock and severity.",
    ("clock", "severity"),
)
ESCALATIONS = Metric("vigie_escalations_total", Type.COUNTER, "Escalations fired since the register began, by severity.", ("severity",))
ESCALATION_LAG = Metric(
    "vigie_escalation_lag_seconds",
    Type.GAUGE,
    "How late the oldest escalation is that is due and not fired; without one, how late the last one was fired.",
    (),
    _SECONDS,
)
REGISTER_SEEN = Metric(
    "vigie_register_last_look_timestamp_seconds",
    Type.GAUGE,
    "When the clocks of all incidents were last checked; 0 before the first time.",
    (),
    _SECONDS,
)
INDICATOR = Metric(
    "vigie_indicator_ratio",
    Type.GAUGE,
    "Incidents resolved in under 24 working hours / received (contract, section 4); 1 when none was received, NaN when unknown.",
    ("period", "reading"),
)
INDICATOR_LATE = Metric(
    "vigie_indicator_late_incidents", Type.GAUGE, "Incidents of the period not resolved in under 24 working hours.", ("period",)
)
INDICATOR_RECEIVED = Metric("vigie_indicator_received_incidents", Type.GAUGE, "Incidents received in the period.", ("period",))
FLAG = Metric(
    "vigie_idp_flag",
    Type.GAUGE,
    "1 for the present state of the IdP's deactivation (none, proposed, approved, deactivated, recovered), 0 for the others.",
    ("hub", "idp", "state"),
)
FLAG_SINCE = Metric(
    "vigie_idp_flag_since_timestamp_seconds",
    Type.GAUGE,
    "When the present state of the IdP's deactivation began; 0 when none was ever proposed.",
    ("hub", "idp"),
    _SECONDS,
)
FLAG_GUARDED = Metric(
    "vigie_idp_flag_guarded", Type.GAUGE, "1 while the IdP would be proposed for deactivation, but a guard forbids it.", ("hub", "idp")
)
IDP_SLOW = Metric("vigie_idp_slow", Type.GAUGE, "1 while the IdP misses its latency objective.", ("hub", "idp"))
IDP_INTERMITTENT = Metric("vigie_idp_intermittent", Type.GAUGE, "1 while the IdP fails again and again without an outage.", ("hub", "idp"))
SECURITY_OPEN = Metric(
    "vigie_security_incident_open", Type.GAUGE, "1 while an incident is open about what the hub accepts and must refuse.", ("hub", "target")
)
OUTBOX_WAITING = Metric("vigie_outbox_waiting", Type.GAUGE, "Messages that wait for the ticket system.", ("system",))
OUTBOX_OLDEST = Metric(
    "vigie_outbox_oldest_timestamp_seconds",
    Type.GAUGE,
    "When the oldest waiting message was written; 0 without any.",
    ("system",),
    _SECONDS,
)
OUTBOX_DEAD = Metric(
    "vigie_outbox_dead", Type.GAUGE, "Messages that the ticket system refused for good: a person must retry or drop them.", ("system",)
)
OUTBOX_DELIVERED = Metric("vigie_outbox_delivered_total", Type.COUNTER, "Messages delivered to the ticket system.", ("system",))
OUTBOX_FAILURES = Metric(
    "vigie_outbox_failures_total", Type.COUNTER, "Failed deliveries to the ticket system; each is tried again.", ("system",)
)
TICKET_SYSTEM_FAILING = Metric(
    "vigie_ticket_system_failing",
    Type.GAUGE,
    "1 while the last exchange with the ticket system failed: it did not answer, or refused our credentials.",
    ("system",),
)
TICKET_SYSTEM_REACHED = Metric(
    "vigie_ticket_system_reached_timestamp_seconds",
    Type.GAUGE,
    "When the ticket system last took a message or answered a proof, by this process; 0 before.",
    ("system",),
    _SECONDS,
)
INTAKE = Metric(
    "vigie_intake_total",
    Type.COUNTER,
    "Alerts and incidents that came in, by way (alertmanager, api) and result (opened, attached, unchanged, refused).",
    ("way", "result"),
)
CHANGES_PLANNED = Metric("vigie_changes_planned", Type.GAUGE, "Announced changes that are still to come.", ("hub",))
CHANGES_SEEN = Metric(
    "vigie_changes_seen",
    Type.GAUGE,
    "Changes of the hub seen in the rolling year, by notice (not_needed, nobody, late, in_time): whether they were announced.",
    ("hub", "notice"),
)
CHANGES_LATE = Metric("vigie_changes_late", Type.GAUGE, "Changes of the rolling year announced less than six months ahead.", ("hub",))

# --- the journeys of this process since its start

RUNS = Metric("vigie_runs_total", Type.COUNTER, "Journeys that ended, with any outcome.", TARGET)
FAILED_RUNS = Metric(
    "vigie_failed_runs_total", Type.COUNTER, "Journeys that failed, by the party at fault; every fault exists at 0.", (*TARGET, "fault")
)
FAILURES = Metric(
    "vigie_failures_total",
    Type.COUNTER,
    "Journeys that failed, by the step at which they ended, the reason and the fault; the plausible combinations exist at 0.",
    (*TARGET, "step", "reason", "fault"),
)
INCONCLUSIVE = Metric(
    "vigie_inconclusive_total",
    Type.COUNTER,
    "Journeys that say nothing about the hub or the IdP, by reason: the prober's own trouble, or an administrative state.",
    (*TARGET, "reason"),
)
SKIPPED = Metric(
    "vigie_skipped_total", Type.COUNTER, "Slots without a journey, as the one before was still under way or started too late.", TARGET
)
LAST_RUN = Metric("vigie_last_run_timestamp_seconds", Type.GAUGE, "When the last journey ended; 0 before the first.", TARGET, _SECONDS)
LAST_SUCCESS = Metric(
    "vigie_last_success_timestamp_seconds",
    Type.GAUGE,
    "When the last successful journey of the configured kind ended; 0 before the first.",
    TARGET,
    _SECONDS,
)
CLIENT_RUNS = Metric(
    "vigie_client_runs_total", Type.COUNTER, "Journeys by a client beside the main one that ended, with any outcome.", CLIENT_TARGET
)
CLIENT_FAILED_RUNS = Metric(
    "vigie_client_failed_runs_total",
    Type.COUNTER,
    "Journeys by a client beside the main one that failed, by the party at fault; every fault exists at 0.",
    (*CLIENT_TARGET, "fault"),
)
CLIENT_INCONCLUSIVE = Metric(
    "vigie_client_inconclusive_total",
    Type.COUNTER,
    "Journeys by a client beside the main one that say nothing about the hub or the IdP, by reason.",
    (*CLIENT_TARGET, "reason"),
)
CLIENT_LAST_RUN = Metric(
    "vigie_client_last_run_timestamp_seconds",
    Type.GAUGE,
    "When the last journey by a client beside the main one ended; 0 before the first.",
    CLIENT_TARGET,
    _SECONDS,
)
CLIENT_LAST_SUCCESS = Metric(
    "vigie_client_last_success_timestamp_seconds",
    Type.GAUGE,
    "When the last successful journey by a client beside the main one ended; 0 before the first.",
    CLIENT_TARGET,
    _SECONDS,
)
RUN_DURATION = Metric(
    "vigie_run_duration_seconds", Type.HISTOGRAM, "Duration of whole journeys of the configured kind.", TARGET, _SECONDS, LOGIN_BUCKETS
)
STEP_DURATION = Metric(
    "vigie_step_duration_seconds",
    Type.HISTOGRAM,
    "Duration of the exchanges of each step of a journey, failed ones included.",
    (*TARGET, "step"),
    _SECONDS,
    LOGIN_BUCKETS,
)
LAST_RUN_PHASE = Metric(
    "vigie_last_run_phase_seconds",
    Type.GAUGE,
    "Time that the last journey spent in each phase of its exchanges: dns, connect, tls, first_byte, transfer.",
    (*TARGET, "phase"),
    _SECONDS,
)
DEMANDS = Metric("vigie_demands_total", Type.COUNTER, "Journeys run on demand by /probe; no other metric counts them.", TARGET)
CONTROL_STATE = Metric(
    "vigie_control_state",
    Type.GAUGE,
    "1 for what the last journey to the control target says, 0 for the others: up, down, or unknown when it was inconclusive.",
    ("target", "vantage", "state"),
)
CONTROL_UP = _deprecated("vigie_control_up", ("target", "vantage"), CONTROL_STATE, "1 when the control target answered the last journey.")
CONTROL_UNKNOWN = _deprecated(
    "vigie_control_unknown", ("target", "vantage"), CONTROL_STATE, "1 until a journey to the control target is conclusive."
)
DIRECT_STATE = Metric(
    "vigie_direct_state",
    Type.GAUGE,
    "1 for what the last journey to the IdP without the hub says, 0 for the others: up, down, or unknown when it was inconclusive.",
    ("hub", "idp", "vantage", "state"),
)
DIRECT_UP = _deprecated(
    "vigie_direct_up", ("hub", "idp", "vantage"), DIRECT_STATE, "1 when the last journey to the IdP without the hub was successful."
)
DIRECT_UNKNOWN = _deprecated(
    "vigie_direct_unknown", ("hub", "idp", "vantage"), DIRECT_STATE, "1 when the last journey to the IdP without the hub was inconclusive."
)
BACKEND_STATE = Metric(
    "vigie_backend_state",
    Type.GAUGE,
    "1 for what the last journey to the hub's node says, 0 for the others: up when it showed the mire, down, or unknown.",
    ("hub", "backend", "vantage", "state"),
)
BACKEND_UP = _deprecated(
    "vigie_backend_up", ("hub", "backend", "vantage"), BACKEND_STATE, "1 when the hub's node showed the mire to the last journey."
)
BACKEND_UNKNOWN = _deprecated(
    "vigie_backend_unknown", ("hub", "backend", "vantage"), BACKEND_STATE, "1 when the last journey to the hub's node was inconclusive."
)
NEGATIVE_PASSED = Metric(
    "vigie_negative_passed",
    Type.GAUGE,
    "1 when the last negative journey that proved something was accepted: the hub must refuse it. Not decided by inconclusive ones.",
    ("hub", "target", "vantage"),
)
IDP_DISPLAYED = Metric(
    "vigie_idp_displayed", Type.GAUGE, "1 when the mire, as it was seen last, shows the IdP's tile.", ("hub", "idp", "vantage")
)
IDP_SELECTABLE = Metric(
    "vigie_idp_selectable", Type.GAUGE, "1 when the mire, as it was seen last, lets a citizen choose the IdP.", ("hub", "idp", "vantage")
)
MIRE_DISPLAYED = Metric(
    "vigie_mire_displayed_idps", Type.GAUGE, "IdPs on the mire as it was seen last, configured in Vigie or not.", ("hub", "vantage")
)
MIRE_SELECTABLE = Metric(
    "vigie_mire_selectable_idps", Type.GAUGE, "IdPs that can be chosen on the mire as it was seen last.", ("hub", "vantage")
)
MIRE_SEEN = Metric(
    "vigie_mire_last_seen_timestamp_seconds",
    Type.GAUGE,
    "When the mire was last seen; 0 before the first time.",
    ("hub", "vantage"),
    _SECONDS,
)
CERTIFICATE_EXPIRY = Metric(
    "vigie_certificate_expiry_timestamp_seconds",
    Type.GAUGE,
    "When the first expires of the certificates on which the host's last connection rested, its own and those above; 0 before the first.",
    ("host",),
    _SECONDS,
)
HOST_TLS = Metric(
    "vigie_host_tls",
    Type.GAUGE,
    "1, by how the connection to the host is secured, as it was last looked at (once a minute at most).",
    ("host", "tls_version", "cipher", "issuer"),
)
HOST_FAMILY = Metric(
    "vigie_host_family_reachable",
    Type.GAUGE,
    "Of a host with addresses of IPv4 and IPv6: 1 when a connection by the family came about when it was last tried, 0 when not "
    "while the other family served.",
    ("host", "ip"),
)

LOGINS_TODAY = Metric(
    "vigie_account_logins_today",
    Type.GAUGE,
    "Logins that the IdP's account has made today from this prober, by all IdPs that share the account.",
    ("hub", "idp", "vantage"),
)
REGULAR_LOGINS = Metric(
    "vigie_account_regular_logins",
    Type.GAUGE,
    "Logins that the account's regular journeys make in 24 hours from this prober.",
    ("hub", "idp", "vantage"),
)
LOGIN_BUDGET = Metric(
    "vigie_account_login_budget",
    Type.GAUGE,
    "Logins that the account may make a day from this prober, its part of the budget; 0 for any number.",
    ("hub", "idp", "vantage"),
)
LOGINS_WITHHELD = Metric(
    "vigie_account_logins_withheld_total",
    Type.COUNTER,
    "Journeys that ended before their login, as the account's budget of the day did not admit it.",
    ("hub", "idp", "vantage", "run"),
)

CREDENTIAL_END = Metric(
    "vigie_credential_end_timestamp_seconds",
    Type.GAUGE,
    "When a credential of the prober ends, as `expires` or the certificate beside its key says; `idp` is empty for one of the client.",
    ("hub", "client", "idp", "which"),
    _SECONDS,
)
CREDENTIAL_VALIDITY = Metric(
    "vigie_credential_validity",
    Type.GAUGE,
    "How near that end is: 0 valid, 1 ends soon, 2 ends very soon (`expiry` in the configuration: 14 and 3 days), 3 has ended.",
    ("hub", "client", "idp", "which"),
)

# --- the process itself

SCHEDULE_LAG = Metric(
    "vigie_schedule_lag_seconds", Type.HISTOGRAM, "How late after their slot journeys started.", (), _SECONDS, LAG_BUCKETS
)
OVERSLEPT = Metric("vigie_overslept_total", Type.COUNTER, "How often this process was found suspended or starved.")
LOOP_STALLS = Metric("vigie_loop_stalls_total", Type.COUNTER, "How often the event loop stood still for more than two seconds.")
LOOP_STALLED = Metric(
    "vigie_loop_stalled_seconds_total", Type.COUNTER, "How long the event loop stood still, in all such pauses together.", (), _SECONDS
)
LEDGER_ERRORS = Metric("vigie_ledger_errors_total", Type.COUNTER, "Failed writes to the ledger; each is tried again.")
LEDGER_BACKLOG = Metric(
    "vigie_ledger_backlog", Type.GAUGE, "Observations that wait to be written to the ledger or delivered to the shared store."
)
LEDGER_LATE = Metric(
    "vigie_ledger_backlog_age_seconds",
    Type.GAUGE,
    "How long the oldest of these observations has waited; 0 without any. Beyond 60 s /readyz says `ledger_behind`.",
    (),
    _SECONDS,
)
LEDGER_DROPPED = Metric(
    "vigie_ledger_dropped_total",
    Type.COUNTER,
    "Lost observations: the backlog was full, they could never be written, or their line in the file of the last stop was damaged.",
)
EVALUATOR = Metric(
    "vigie_evaluator",
    Type.GAUGE,
    "1 while this prober evaluates the ledger: one of those that share a store does, and a prober with its own store always does.",
)
PASSED_OVER = Metric(
    "vigie_passed_over_total",
    Type.COUNTER,
    "Observations of a shared store that this prober, as its evaluator, could not fold into the ledger.",
    ("why",),
)
OWN_CLOCK_OFF = Metric(
    "vigie_own_clock_off_seconds",
    Type.GAUGE,
    "By how much this prober's clock is ahead of those of the hosts that it asked, negative when behind, by the middle one's `Date`; "
    "0 within the precision of a second.",
    (),
    _SECONDS,
)
CLOCK_AHEAD = Metric(
    "vigie_clock_ahead_seconds",
    Type.GAUGE,
    "By how much this prober's clock is ahead of the shared store's, negative when behind: observations from its future are not folded.",
    (),
    _SECONDS,
)
RELOAD_SUCCESSFUL = Metric("vigie_config_last_reload_successful", Type.GAUGE, "1 when the last (re)load of the configuration was accepted.")
RELOAD_SUCCESS = Metric(
    "vigie_config_last_reload_success_timestamp_seconds",
    Type.GAUGE,
    "When the configuration in use was loaded.",
    (),
    _SECONDS,
)
RELOAD_FAILURES = Metric("vigie_config_reload_failures_total", Type.COUNTER, "Refused reloads; the configuration before stayed in use.")
HEARTBEAT_INTERVAL = Metric(
    "vigie_heartbeat_interval_seconds", Type.GAUGE, "How often the heartbeat is to be sent; 0 where none is configured.", (), _SECONDS
)
HEARTBEAT_SENT = Metric(
    "vigie_heartbeat_sent_timestamp_seconds", Type.GAUGE, "When the receiver last took a heartbeat; 0 before.", (), _SECONDS
)
HEARTBEAT_FAILURES = Metric("vigie_heartbeat_failures_total", Type.COUNTER, "Heartbeats that the receiver did not take.")
HEARTBEAT_WITHHELD = Metric(
    "vigie_heartbeat_withheld_total", Type.COUNTER, "Heartbeats that were not sent, as nothing was observed or written."
)
DEMANDS_REFUSED = Metric(
    "vigie_demands_refused_total", Type.COUNTER, "Requests for a journey on demand that were refused, as too many came."
)
CONNECTIONS = Metric("vigie_http_connections", Type.GAUGE, "Open connections to the port that serves this page.")
CONNECTIONS_DROPPED = Metric(
    "vigie_http_connections_dropped_total",
    Type.COUNTER,
    "Connections to that port that were ended before their client ended them, by why.",
    ("why",),
)
BUILD = Metric("vigie_build_info", Type.INFO, "1, by version and vantage of this process.", ("version", "vantage"))

# --- one journey on demand (/probe only)

PROBE_SUCCESS = Metric("vigie_probe_success", Type.GAUGE, "On /probe only: 1 when the journey was successful.")
PROBE_INCONCLUSIVE = Metric(
    "vigie_probe_inconclusive", Type.GAUGE, "On /probe only: 1 when the journey says nothing about the hub or the IdP."
)
PROBE_FAILURE = Metric(
    "vigie_probe_failure_info",
    Type.INFO,
    "On /probe only, when the journey was not successful: the step at which it ended, the reason, and the party at fault.",
    ("step", "reason", "fault"),
)
PROBE_DURATION = Metric("vigie_probe_duration_seconds", Type.GAUGE, "On /probe only: duration of the journey.", (), _SECONDS)
PROBE_STEP = Metric(
    "vigie_probe_step_seconds",
    Type.GAUGE,
    "On /probe only: duration of the exchanges of each step of the journey.",
    ("step",),
    _SECONDS,
)
PROBE_PHASE = Metric(
    "vigie_probe_phase_seconds",
    Type.GAUGE,
    "On /probe only: time that the journey spent in each phase of its exchanges.",
    ("phase",),
    _SECONDS,
)
PROBE_CERTIFICATE = Metric(
    "vigie_probe_certificate_expiry_timestamp_seconds",
    Type.GAUGE,
    "On /probe only: when the first expires of the certificates on which the journey's connection to the host rested.",
    ("host",),
    _SECONDS,
)

TABLE: tuple[Metric, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
"""Every metric, in the order above."""

TARGETS_WITH_LOGIN = ("code", "logout", "token")
"""Values of `target`: the negative journeys that log in, at an interval of their own."""

LABELS = {
    "acr": "a level of assurance that the configuration names, `other`, or empty without one",
    "backend": "the node's name under `backends:`; empty through the load balancer",
    "cipher": "a cipher suite, as OpenSSL names it",
    "claim": "a claim that the profile's `scopes:` promise for the SP's scope, or that the IdP's `persona:` names",
    "client": "a client's name under `clients:`; empty for the main one",
    "code": "the code that the hub's page named, in 64 characters at most; empty without one",
    "clock": "`take_in_hand`, `escalation`, `resolution`, `blocking`, `no_answer`, `no_remark`",
    "condition": "`mire_missing` (C1), `identity_not_returned` (C2), `all_idps_unavailable` (C3)",
    "fault": "`hub`, `idp`, `sp`, `prober`, `network`",
    "host": "`host` or `host:port` of a host named in the configuration",
    "hub": "the hub's name in the configuration; empty for control targets",
    "idp": "the IdP's name in the configuration",
    "ip": "`4` or `6`: IPv4 or IPv6",
    "issuer": "the organisation that signed the host's certificate, in 64 characters at most; one of a host at a time",
    "kind": "`mire`, `identity`, `login-page`, `direct`, `control`, `negative`",
    "phase": "`dns`, `connect`, `tls`, `first_byte`, `transfer`",
    "period": "`month` (the current civil month of Europe/Paris), `rolling` (the 365 days that end now)",
    "reading": "`contract` (all received incidents), `due` (without those younger than their deadline)",
    "reason": "a closed set of words (`probe/core/judgement/observation.py`)",
    "notice": "`not_needed`, `nobody`, `late`, `in_time`: whether a change that was seen was announced (docs/changes.md)",
    "result": "`opened`, `attached`, `unchanged`, `refused`",
    "run": "`regular` (at its interval), `retry` (asked again at once), `demand` (by /probe)",
    "severity": "`1` (critical) to `5` (information), as the contract counts them",
    "state": "`up`, `down`, `unknown`; of incidents `new`, `acknowledged`, `in_hand`, `waiting`, `resolved`; "
    "of flags `none`, `proposed`, `approved`, `deactivated`, `recovered`",
    "step": "the step at which a journey ended, or that is measured: a closed set of words (`probe/core/judgement/observation.py`)",
    "title": "a title of the configuration in 64 characters at most, which may change; else the name",
    "system": "a ticket system's name under `tickets:`",
    "target": "a control target's name, or what a negative journey asks for and the hub must refuse (`client`, `idp`, "
    "`redirect_uri`, `state`, `secret`, `code`, `token`, `logout`)",
    "tls_version": "`TLSv1.3`, `TLSv1.2`, `TLSv1.1`, `TLSv1`",
    "vantage": "where this prober runs",
    "version": "the version of Vigie",
    "way": "`alertmanager`, `api`",
    "which": "`client_secret`, `private_key`, `decryption_key`, `password`",
    "why": "of observations `ahead`, `set_back` (the vantage's clock), `too_late`, `unreadable`; "
    "of connections `head`, `body`, `unread` (too slow), `crowded` (a newer one needed the place), `malformed` (no HTTP)",
    "window": "`rolling` (the 365 days that end now), `year` (the current civil year of Europe/Paris)",
}
"""The values of each label. The configuration or a closed vocabulary bounds all of them."""
