"""A hub under watch, for tests of incidents: what the ledger would say, the register in memory,
and the tick that joins them.

Minutes are written as numbers; `M` makes instants of them. Nothing here judges: outages are stated.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from probe.core.incident import deactivation as flags_of
from probe.core.incident import deactivation_steps
from probe.core.incident.automation import automatic_acts, since
from probe.core.incident.deactivation import Flag, FlagAct
from probe.core.incident.detection import TroubleTerms
from probe.core.incident.model import Act, ActKind, Data, Incident, IncidentState
from probe.core.incident.rules import apply
from probe.core.incident.situation import Present, Sample, Situation
from probe.core.judgement.accounts import RememberedAccount
from probe.core.judgement.condition import SubjectStatus
from probe.core.judgement.observation import Fault, Reason, Step
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import C1, C2, C3, CONDITIONS, HUB, State
from probe.core.judgement.timeline import Interval, Outage

M = 60_000_000
BASE = 1_800_000_000_000_000 // M * M
"""Minute 0."""
UP, DOWN, UNKNOWN, BLIP = State.UP, State.DOWN, State.UNKNOWN, State.BLIP
SHORT = {"C1": C1, "C2": C2, "C3": C3}
TIMEOUT = Cause(Fault.IDP, Reason.TIMEOUT, Step.IDP_LOGIN_PAGE, None, False, False, False)


def minute(number: float) -> int:
    return BASE + round(number * M)


def subject(name: str) -> str:
    return SHORT.get(name, name if name == HUB or name.startswith("client:") else f"idp:{name}")


@dataclass
class StatedHub:
    """`downs`: by subject (C1, C2, C3, an IdP's name, `client:NAME` or `IDP@CLIENT`),
    [start, end or None) in minutes. `causes`: why, by the same names, each from a minute on;
    TIMEOUT before. `unknown`: subjects not known now.
    """

    idps: tuple[str, ...] = ("ameli", "impots", "poste")
    terms: TroubleTerms = field(default_factory=TroubleTerms)
    flag_terms: deactivation_steps.FlagTerms = field(default_factory=deactivation_steps.FlagTerms)
    contacts: frozenset[str] = frozenset({"ameli", "impots", "poste"})
    control: frozenset[str] = frozenset()
    downs: dict[str, list[tuple[float, float | None]]] = field(default_factory=dict)
    causes: dict[str, list[tuple[float, Cause]]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    samples: list[Sample] = field(default_factory=list)
    watched: bool = True
    clients: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    accounts: dict[str, RememberedAccount] = field(default_factory=dict)
    unproven: dict[str, int] = field(default_factory=dict)
    incidents: dict[int, Incident] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    flags: dict[str, Flag] = field(default_factory=dict)
    flag_acts: list[FlagAct] = field(default_factory=list)
    held: Mapping[str, deactivation_steps.Guard] = field(default_factory=dict)
    shared: tuple[str, ...] = ()

    # --- how things stand

    def situation(self, now: float) -> Situation:
        now_us = minute(now)
        outages = [
            outage
            for name, spans in self.downs.items()
            for start, end in spans
            if start <= now
            for outage in [self._outage(name, start, end if end is None or end <= now else None, now)]
        ]
        present = {subject(name): self._present(subject(name), outages, now_us) for name in (*SHORT, *self.idps, *self._at_clients())}
        hub = self._hub(present)
        return Situation(
            "fc",
            now_us,
            self.idps,
            self.control,
            self.contacts,
            {**present, HUB: hub},
            outages,
            [*self.samples],
            watched=self.watched,
            accounts=self.accounts,
            clients=self.clients,
            unproven=self.unproven,
            intervals={subject(name): self._intervals(name, now) for name in self.downs},
        )

    def _intervals(self, name: str, now: float) -> list[Interval]:
        found: list[Interval] = []
        for start, end in sorted(span for span in self.downs[name] if span[0] <= now):
            until, end = (now, None) if end is None or end > now else (end, end)
            parts = [(start, self.cause(name, start)), *(each for each in self.causes.get(name, ()) if start < each[0] <= until)]
            for (at, cause), after in zip(parts, [*(each[0] for each in parts[1:]), end], strict=True):
                found.append(Interval(minute(at), None if after is None else minute(after), SubjectStatus(DOWN, cause)))
            if end is not None:
                found.append(Interval(minute(end), None, SubjectStatus(UP)))
        return found

    def cause(self, name: str, at: float) -> Cause:
        """Why a subject is down at a minute."""
        return next((cause for since, cause in reversed(self.causes.get(name, [])) if since <= at), TIMEOUT)

    def _at_clients(self) -> Iterable[str]:
        for client, idps in self.clients.items():
            yield f"client:{client}"
            yield from (f"{idp}@{client}" for idp in idps)

    def _outage(self, name: str, start: float, end: float | None, now: float) -> Outage:
        down_us = minute(now if end is None else end) - minute(start)
        return Outage("fc", subject(name), minute(start), None if end is None else minute(end), down_us, 0, TIMEOUT)

    def _present(self, name: str, outages: Iterable[Outage], now_us: int) -> Present:
        if name in {subject(each) for each in self.unknown}:
            return Present(UNKNOWN, now_us - M)
        ours = [each for each in outages if each.subject == name]
        lasting = [each.start_us for each in ours if each.end_us is None]
        if lasting:
            return Present(DOWN, max(lasting))
        return Present(UP, max((each.end_us or 0 for each in ours), default=BASE - 10_000 * M))

    @staticmethod
    def _hub(present: Mapping[str, Present]) -> Present:
        states = [present[name] for name in CONDITIONS]
        for wanted in (DOWN, UNKNOWN):
            for each in states:
                if each.state is wanted:
                    return each
        return states[0]

    # --- the register

    def tick(self, now: float, most: int = 30) -> list[Act]:
        """Flags, then incidents, until nobody has more to say.
        Raises AssertionError when that takes too many rounds.
        """
        done: list[Act] = []
        for _ in range(most):
            situation = self.situation(now)
            stepped = deactivation_steps.step(situation, self.flags, self.flag_terms)
            self.held, self.shared = stepped.held, stepped.shared
            for each in stepped.acts:
                self.flag(each)
            acts = automatic_acts(situation, self._given(situation), self.flags, stepped.shared, self.terms)
            if not acts and not stepped.acts:
                return done
            done += [self.write(act) for act in acts]
        raise AssertionError(f"the machine does not come to rest: {done[-4:]}")

    def _given(self, situation: Situation) -> list[Incident]:
        """As docs/incidents.md asks for them."""
        since_us = since(situation.outages, self.incidents.values(), situation.now_us, self.terms)
        return [
            each
            for each in self.incidents.values()
            if each.open
            or each.state is IncidentState.RESOLVED
            or max(each.received_us, each.ended_us or 0, each.closed_us or 0) >= since_us
        ]

    def write(self, act: Act) -> Act:
        if act.number == 0:
            act = replace(act, number=len(self.incidents) + 1)
        before = self.incidents.get(act.number)
        after = self.incidents[act.number] = apply(before, act)
        if after.open and (before is None or not before.open):
            assert [each.number for each in self.open(after.scope.subject)] == [act.number], "one open incident per scope"
        self.acts.append(act)
        return act

    def flag(self, act: FlagAct) -> None:
        self.flags[act.idp] = flags_of.apply(self.flags.get(act.idp), act)
        self.flag_acts.append(act)

    def do(self, number: int, now: float, kind: ActKind, data: Data | None = None, author: str = "Alice") -> Incident:
        return self.incidents[self.write(Act(number, minute(now), author, kind, data or {})).number]

    # --- looking

    def open(self, name: str | None = None) -> list[Incident]:
        return [each for each in self.incidents.values() if each.open and (name is None or each.scope.subject == name)]

    def told(self, acts: Sequence[Act]) -> list[tuple[int, str]]:
        return [(act.number, act.kind.value) for act in acts]
