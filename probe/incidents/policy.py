"""The policy of incidents and deactivation flags, read from the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from probe.config.announced import announced_kinds
from probe.config.models import Config, Hub
from probe.config.support import Approval, Deactivation, Support
from probe.config.titles import titles
from probe.core.business_hours import Calendar
from probe.core.incident.clocks import FIGURE_2, ClockTerms, Treatment
from probe.core.incident.deactivation_steps import FlagTerms
from probe.core.incident.detection import TroubleTerms
from probe.core.incident.model import Severity
from probe.core.judgement.observation import Kind
from probe.core.radar.change import ChangeKind
from probe.core.radar.notice import ANNOUNCED
from probe.core.times import MINUTE_US
from probe.incidents.holidays import french
from probe.incidents.store.outbox import Route
from probe.incidents.store.situations import Place
from probe.incidents.wording import RegisterTexts
from probe.texts.bilingual import Language


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of incidents and deactivation flags. Durations are microseconds.

    `routes`: which ticket systems get incidents of which severities. `hooked`: whether a webhook
    gets the flags' steps. `tick_us`: how often the automation looks. `late_us`: an incident that
    takes longer than this counts as late for the indicator. `titles`: (hub, IdP) -> what people
    call the IdP, and its tile. `announced`: the kinds of changes that each hub must announce.
    """

    places: tuple[Place, ...]
    calendar: Calendar
    clocks: ClockTerms = field(default_factory=ClockTerms)
    flags: FlagTerms = field(default_factory=FlagTerms)
    troubles: TroubleTerms = field(default_factory=TroubleTerms)
    wording: RegisterTexts = field(default_factory=lambda: RegisterTexts(Language.FR))
    late_us: int = 24 * 60 * MINUTE_US
    routes: tuple[Route, ...] = ()
    hooked: bool = False
    tick_us: int = 5_000_000
    titles: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    announced: Mapping[str, frozenset[ChangeKind]] = field(default_factory=dict)

    def announced_of(self, hub: str) -> frozenset[ChangeKind]:
        """Return the kinds of changes that a hub must announce."""
        return self.announced.get(hub, ANNOUNCED)

    @property
    def lookback_us(self) -> int:
        """The time before now of which observations are read."""
        return max(self.flags.lookback_us, self.troubles.lookback_us)


def policy_of(config: Config) -> Policy:
    """Make the policy from a configuration."""
    support, deactivation = config.support, config.deactivation
    wording = RegisterTexts(config.language, config.timezone, titles(config))
    return Policy(
        places=tuple(
            Place(
                hub.name,
                tuple(idp.name for idp in hub.idps),
                frozenset(idp.name for idp in hub.idps if idp.control),
                frozenset(idp.name for idp in hub.idps if idp.contacts),
                _negatives(config, hub),
                clients={client.name: tuple(idp.name for idp in client.idps) for client in hub.clients},
            )
            for hub in config.hubs
        ),
        calendar=calendar_of(support),
        clocks=_clock_terms(support),
        flags=_flag_terms(deactivation),
        troubles=_trouble_terms(support, wording),
        wording=wording,
        late_us=support.clocks.late,
        routes=tuple(Route(system.name, frozenset(Severity(each) for each in system.severities)) for system in config.tickets),
        hooked=deactivation.webhook is not None,
        tick_us=support.tick,
        titles={(hub.name, idp.name): (idp.title or idp.name, idp.tile or "") for hub in config.hubs for idp in hub.idps},
        announced=announced_kinds(config.hubs),
    )


def _negatives(config: Config, hub: Hub) -> Mapping[str, int]:
    """Return for how long each negative journey's proof counts: as long as an observation
    vouches.
    """
    return {each.value: hub.thresholds.vouches * config.interval(hub, Kind.NEGATIVE, negative=each) for each in hub.negative}


def _clock_terms(support: Support) -> ClockTerms:
    return ClockTerms(
        take_in_hand_us=support.clocks.take_in_hand,
        blocking_us=support.clocks.blocking,
        blocking_working=support.clocks.blocking_working,
        no_answer_days=support.no_answer,
        no_remark_days=support.no_remark,
        treatments={severity: _treatment(support, severity) for severity in Severity},
    )


def _flag_terms(deactivation: Deactivation) -> FlagTerms:
    return FlagTerms(
        automatic=deactivation.approval is Approval.AUTOMATIC,
        after_us=deactivation.after,
        failing_share=deactivation.failing.share,
        failing_window_us=deactivation.failing.window,
        failing_at_least=deactivation.failing.at_least,
        recovery_us=deactivation.recovery,
    )


def _trouble_terms(support: Support, wording: RegisterTexts) -> TroubleTerms:
    return TroubleTerms(
        reopen_within_us=support.reopen_within,
        settle_us=support.settle,
        patience_us=support.settle,
        failures=support.intermittent.failures,
        failures_window_us=support.intermittent.window,
        objectives={step.value: longest for step, longest in support.latency.steps.items()},
        latency_window_us=support.latency.window,
        latency_at_least=support.latency.at_least,
        wording=wording,
    )


def calendar_of(support: Support) -> Calendar:
    """Make the calendar of working hours from the configuration."""
    opens, closes = support.hours
    days = french(support.holidays, support.closed)
    return Calendar(ZoneInfo(support.timezone), opens * MINUTE_US, closes * MINUTE_US, support.days, days)


def _treatment(support: Support, severity: Severity) -> Treatment:
    times = support.clocks.of(severity)
    return Treatment(times.escalate, times.total, FIGURE_2[severity].role)
