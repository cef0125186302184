"""A small watched world with a register: one hub, three IdPs,
and rounds of observations by a made-up clock.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from probe.audit.verify import Finding, verify
from probe.core.business_hours import Calendar
from probe.core.incident.clocks import FIGURE_2, ClockTerms, Treatment
from probe.core.incident.deactivation_steps import FlagTerms
from probe.core.incident.detection import TroubleTerms
from probe.core.incident.model import Act, Incident, Severity
from probe.core.judgement.observation import Fault, Hop, Kind, Observation, Outcome, Reason, Step, Tile
from probe.core.judgement.spec import HubSpec, IdpSpec
from probe.core.times import DAY_US
from probe.incidents.automation import Automation
from probe.incidents.policy import Policy
from probe.incidents.service import IncidentService
from probe.incidents.store import register
from probe.incidents.store.deactivations import acts_after
from probe.incidents.store.outbox import Route
from probe.incidents.store.situations import Place
from probe.incidents.wording import RegisterTexts
from probe.ledger.writer import Writer
from tests.builders import BEGUN, MINUTE, SECOND, observation
from tests.fakes.recorder import ImmediateRecorder as Recording

IDPS = ("ameli", "yris", "msa")
SPEC = HubSpec("fc", tuple(IdpSpec(name, interval_us=10 * SECOND) for name in IDPS), grace_us=20 * SECOND)
MINUTES = FlagTerms(after_us=MINUTE, recovery_us=MINUTE, failing_at_least=1_000)
"""A flag after a minute, and its end after another."""
AWAY: dict[str, Any] = {"outcome": Outcome.FAILED, "fault": Fault.IDP, "reason": Reason.CONNECT, "step": Step.IDP_LOGIN_PAGE}
"""What the journey of an IdP says that does not answer."""
EVERYTHING = Route("desk", frozenset(Severity))


def always(**more: object) -> Policy:
    """Terms of a support desk that never closes; the contract's hours are minutes."""
    known: dict[str, object] = {
        "places": (Place("fc", IDPS),),
        "calendar": Calendar(ZoneInfo("Europe/Paris"), 0, DAY_US, range(7)),
        "flags": MINUTES,
        "troubles": TroubleTerms(wording=RegisterTexts("en")),
        "wording": RegisterTexts("en"),
        "clocks": ClockTerms(
            treatments={each: Treatment(one.escalate_us // 60, one.total_us // 60, one.role) for each, one in FIGURE_2.items()}
        ),
        "routes": (EVERYTHING,),
        "titles": {("fc", name): (name, f"uid-{name}") for name in IDPS},
    }
    return Policy(**{**known, **more})  # type: ignore[arg-type]


class WatchedHub:
    """Rounds every ten seconds: the mire, then each IdP's journey and `direct`;
    after each the automation looks.
    """

    def __init__(self, engine: Engine, policy: Policy | None = None, spec: HubSpec = SPEC) -> None:
        self.engine = engine
        self.policy = policy or always()
        self.now_us = BEGUN
        self.login_us: dict[str, int] = {}  # how long the login of an IdP takes
        self.setup = ""  # the digests of our settings
        self.away = AWAY  # what the journey of an IdP says that is down
        self.automation = Automation(self.policy, lambda: self.now_us)
        self.recording = Recording(engine, spec)
        self.recording.writer = Writer(engine, self.automation.with_rows)
        self.service = IncidentService(engine, self.policy, lambda: self.now_us)

    def run(self, rounds: int, *, down: Iterable[str] = (), hidden: Iterable[str] = (), mire: bool = True, ticks: bool = True) -> None:
        """So many rounds, with these IdPs down, and these without a tile."""
        for _ in range(rounds):
            self.now_us += 10 * SECOND
            for seen in self._round(set(down), set(hidden), mire):
                self.now_us = max(self.now_us, seen.finished_us)
                self.recording.keep([seen])
            if ticks:
                self.tick()

    def tick(self) -> None:
        """Until there is nothing to do."""
        for _ in range(5):
            if not self.automation.tick(self.engine):
                return
        raise AssertionError("the automation comes to no rest")

    def wait(self, us: int) -> None:
        """Time passes, and nothing is observed."""
        self.now_us += us
        self.tick()

    def restart(self) -> None:
        """Another process: nothing is remembered but what is written."""
        self.automation = Automation(self.policy, lambda: self.now_us)
        self.recording.writer = Writer(self.engine, self.automation.with_rows)
        self.tick()

    def _round(self, down: set[str], hidden: set[str], mire: bool) -> Sequence[Observation]:
        at = self.now_us

        def seen(kind: Kind, idp: str | None = None, **more: Any) -> Observation:
            return observation(kind, at, idp=idp, **more)

        if not mire:
            return [seen(Kind.MIRE, outcome=Outcome.FAILED, fault=Fault.HUB, reason=Reason.HTTP_STATUS, step=Step.MIRE, on_hub=True)]
        found = [seen(Kind.MIRE, tiles=tuple(Tile(f"uid-{name}", True) for name in IDPS if name not in hidden))]
        for name in IDPS:
            if name in hidden:
                found.append(
                    seen(Kind.IDENTITY, name, outcome=Outcome.INCONCLUSIVE, reason=Reason.IDP_NOT_OFFERED, step=Step.MIRE, on_hub=True)
                )
            elif name in down:
                found.append(seen(Kind.IDENTITY, name, setup=self.setup, **self.away))
            else:
                took = self.login_us.get(name, SECOND)
                found.append(
                    seen(Kind.IDENTITY, name, setup=self.setup, hops=(Hop(Step.IDP_LOGIN, "POST", "idp.example", "/", total_us=took),))
                )
            failed = {"outcome": Outcome.FAILED, "fault": Fault.IDP, "reason": Reason.CONNECT, "step": Step.DIRECT}
            found.append(seen(Kind.DIRECT, name, **(failed if name in down else {})))
        return found

    # --- what came of it

    def incidents(self) -> list[Incident]:
        """All of them, oldest first."""
        return list(reversed(self.service.incidents(states=None)))

    def acts(self, number: int) -> list[Act]:
        return list(self.service.show(number).acts)

    def steps(self, idp: str) -> list[tuple[str, str]]:
        """(step, author) of an IdP's flags."""
        with self.engine.connect() as connection:
            return [(act.step.value, act.author) for _, act in acts_after(connection, 0, "fc", idp)]

    def findings(self) -> list[Finding]:
        with self.engine.connect() as connection:
            return verify(connection).findings

    def last_seq(self) -> int:
        with self.engine.connect() as connection:
            return register.last_seq(connection)
