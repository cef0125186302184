"""One question, its readings, and what is held true of it at every instant.

Theory of operation
-------------------
A *reading* says good, bad or absent at the instant its journey started, and vouches for a while from there. A signal holds

    unknown --good--> good --F bad in a row--> bad --G good in a row--> good
       |                                        ^
       +--------------F bad in a row------------+         any --absent--> absent (a new signal, but for its past)

Confirmation rewrites the past: the change takes effect at the start of the *first* reading of the
run that confirmed it. Until then a bad reading on a signal that is not bad counts as good, and is
called a blip. Between the end of the latest reading's vouching and the next reading the value is
unknown; that silence also breaks a run that was not confirmed yet. (docs/domain.md: "Confirmation",
"A failure that is not confirmed is a blip", "An observation vouches for at most 3 intervals".)

The exact rules in words: docs/judgement.md, "The value of a signal at an instant". Instants are UTC
microseconds. A reading never starts before the one before it: a wall clock that went back is
clamped.
"""

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from enum import StrEnum

from probe.core.judgement.observation import Fault, Reason, Step


class Health(StrEnum):
    GOOD = "good"
    BAD = "bad"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is bad, in closed words.

    `coded` says that the hub's own code names whose fault it is; without it the fault is a guess that others may correct.
    """

    fault: Fault | None
    reason: Reason | None
    step: Step | None
    code: str | None = None
    on_hub: bool = False
    authenticated: bool = False
    coded: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What one observation says to one signal. `returned`: the identity came back (a good `identity` journey)."""

    at: int
    health: Health
    vouch_us: int
    cause: Cause | None = None
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """What a signal holds at an instant.

    `at`: when the latest reading that says so started (0: none does). `since`: when the run of readings that confirmed it started.
    `blip`: held good only because a failure is not confirmed; `cause` is then that failure's, and `doubt` its start.
    `followed`: the next reading that counts said the same. `turning`: it said the opposite, and was confirmed; of a good value `next` is
    then the cause to come, and `previous` that of the outage before it. They tell evidence from mere persistence when IdPs are compared.
    """

    health: Health
    cause: Cause | None = None
    returned: bool = False
    blip: bool = False
    doubt: int = 0
    at: int = 0
    since: int = 0
    followed: bool = False
    turning: bool = False
    next: Cause | None = None
    previous: Cause | None = None


UNKNOWN = Value(Health.UNKNOWN)


@dataclass(slots=True)
class Signal:
    """A signal's memory: its machine, and its track from the horizon on (ascending instants, the last one holds until it lapses)."""

    confirmed: Health = Health.UNKNOWN  # what was last confirmed; UNKNOWN on a new signal
    since: int = 0  # when the run that confirmed it started
    last_at: int | None = None
    vouched_until: int = 0
    evidence: int | None = None  # the latest reading that says what is confirmed, if nothing but a run came after it
    anchor: int = 0  # the reading before the run
    run_start: int = 0
    run_cause: Cause | None = None  # of its first reading
    run_length: int = 0  # readings against `confirmed`, not yet enough of them
    cause: Cause | None = None  # of the latest bad reading while bad was confirmed
    previous: Cause | None = None  # of the latest outage
    returned: bool = False  # what the latest good reading said
    retold: int = 0
    track: list[tuple[int, Value]] = field(default_factory=list)

    def read(self, reading: Reading, failures: int, successes: int) -> int:
        """Take a reading in. Returns the first instant whose health or cause may have changed; `retold` is then the first instant
        of which anything may have."""
        at = reading.at if self.last_at is None else max(reading.at, self.last_at)
        self.retold = at
        before = at if self.last_at is None else self.last_at
        changed = at
        if self.last_at is not None and at > self.vouched_until:
            self._put(self.vouched_until, UNKNOWN)
            self.run_length, self.evidence = 0, None
            changed, before = self.vouched_until, at  # a run that begins after a silence changes nothing before itself
        self.last_at, self.vouched_until = at, at + reading.vouch_us
        if reading.health is Health.ABSENT:
            self.confirmed, self.since, self.run_length, self.previous, self.returned = Health.UNKNOWN, 0, 0, None, False
            self.evidence = None
            self._put(at, Value(Health.ABSENT, at=at, since=at))
            return changed
        return min(changed, self._step(at, before, reading, failures if reading.health is Health.BAD else successes))

    def _step(self, at: int, before: int, reading: Reading, needed: int) -> int:
        if reading.health is self.confirmed or (self.confirmed is Health.UNKNOWN and reading.health is Health.GOOD):
            if self.confirmed is Health.UNKNOWN:
                self.since = at
            self._put(at, self._holding(at, reading))
            self._follow(at)
            self.confirmed, self.run_length = reading.health, 0
            return at
        if self.run_length == 0:
            self.anchor, self.run_start, self.run_cause = before, at, reading.cause
        self.run_length += 1
        self._put(at, self._pending(at, reading))
        if self.run_length < needed:
            return at
        self.confirmed, self.run_length, self.since = reading.health, 0, self.run_start
        self._confirm(reading)
        self.evidence = at
        return self.anchor

    def _follow(self, at: int) -> None:
        """A reading said again what is held: so what held since the one before, or since a run that it broke, holds for sure."""
        before = self.run_start if self.evidence is None and self.run_length else self.evidence
        self.evidence = at
        if before is None:
            return
        first = bisect_right(self.track, before - 1, key=lambda point: point[0])
        for index in range(first, len(self.track) - 1):
            start, held = self.track[index]
            self.track[index] = (start, replace(held, followed=True))
        self.retold = min(self.retold, before)

    def _holding(self, at: int, reading: Reading) -> Value:
        if reading.health is Health.BAD:
            self.cause = reading.cause
            return Value(Health.BAD, reading.cause, at=at, since=self.since)
        self.returned = reading.returned
        return Value(Health.GOOD, None, reading.returned, at=at, since=self.since, previous=self.previous)

    def _pending(self, at: int, reading: Reading) -> Value:
        """What holds while the run is not confirmed: what held before it."""
        if reading.health is Health.BAD:
            said = self.evidence or 0
            return Value(Health.GOOD, reading.cause, self.returned, True, at, said, self.since, previous=self.previous)
        return Value(Health.BAD, self.cause, reading.returned, at=self.evidence or 0, since=self.since)

    def _confirm(self, reading: Reading) -> None:
        """Rewrite the run: each of its readings now holds what it said; the reading before it is marked as turning."""
        if reading.health is Health.GOOD:
            self.previous, self.returned = self.cause, reading.returned
        first = bisect_right(self.track, self.run_start - 1, key=lambda point: point[0])
        for index in range(first, len(self.track)):
            at, held = self.track[index]
            said = self._holding(at, Reading(at, reading.health, 0, held.cause, held.returned))
            self.track[index] = (at, replace(said, followed=index < len(self.track) - 1))
        at, held = self.track[first - 1] if first else (self.run_start, UNKNOWN)
        if at == self.anchor and held.health not in (Health.UNKNOWN, Health.ABSENT):  # else a reading as old as the run stands between
            self.track[first - 1] = (at, replace(held, turning=True, next=self.run_cause if reading.health is Health.BAD else None))

    def _put(self, at: int, value: Value) -> None:
        while self.track and self.track[-1][0] >= at:
            self.track.pop()
        self.track.append((at, value))

    def value(self, at: int) -> Value:
        """What is held at instant `at` (at or after the horizon)."""
        if self.last_at is not None and at >= self.vouched_until:
            return UNKNOWN
        index = bisect_right(self.track, at, key=lambda point: point[0])
        return self.track[index - 1][1] if index else UNKNOWN

    def changes(self, after: int, until: int) -> list[int]:
        """The instants in (after, until] at which the value may change."""
        first = bisect_right(self.track, after, key=lambda point: point[0])
        found = [at for at, _ in self.track[first:] if at <= until]
        if self.last_at is not None and after < self.vouched_until <= until:
            found.append(self.vouched_until)
        return found

    def persisted(self, start: int) -> int:
        """The earliest reading that says what is held at some instant from `start` on, of the time that can still change."""
        first = max(0, bisect_right(self.track, start, key=lambda point: point[0]) - 1)
        return min((held.at for _, held in self.track[first:]), default=0)

    def began_after(self, instant: int) -> bool:
        """Whether anything held within the time that can still change, or feared, began after an instant."""
        return any(held.since > instant or held.doubt > instant for _, held in self.track)

    def disputed(self) -> bool:
        """Whether it is bad, or may be, at some instant of the time that can still change."""
        return any(held.blip or held.health is Health.BAD for _, held in self.track)

    def pending(self, clock: int, grace: int) -> bool:
        """Whether a run waits for its confirmation."""
        return self.run_length > 0 and clock - grace <= self.vouched_until

    def unsettled(self, clock: int, grace: int) -> int:
        """From this instant on a reading still to come may change the value."""
        if self.last_at is None or clock - grace > self.vouched_until:
            return clock - grace
        return self.anchor if self.run_length else self.last_at  # the latest reading may turn out to be turning

    def forget(self, before: int) -> None:
        """Drop what lies before the horizon, but for the value that holds at it."""
        keep = bisect_right(self.track, before, key=lambda point: point[0]) - 1
        if keep > 0:
            del self.track[:keep]
