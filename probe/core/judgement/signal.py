"""One question, its readings, and the value that holds at every instant.

Theory of operation
-------------------
A *reading* says good, bad or absent from the instant at which its journey started. It is fresh for
a while after its journey's finish (it *vouches*). The signal's value changes with its readings:

    unknown --good--> good --F bad in a row--> bad --G good in a row--> good
       |                                        ^
       +--------------F bad in a row------------+         any --absent--> absent

A *run* is a series of readings that contradict the value. When it is F or G long it is confirmed,
and the past is rewritten: the value changes at the start of the run's *first* reading. Until then a
bad reading on a signal that is not bad counts as good, and is called a blip. From the end of the
latest reading's freshness to the next reading the value is unknown; such a silence also breaks a
run that is not confirmed yet. After an absent reading the signal is as new. (docs/domain.md:
"Confirmation", "A failure that is not confirmed is a blip", "An observation vouches from its start
until 3 intervals of its kind after its finish".)

A good reading after a bad one says good from its finish only: a request that hung until the repair
tells nothing of the time before. Until then what was held before it goes on. So an outage ends at
the finish of the first good reading.

A reading may say that nobody can tell (`unknown`): from its start on the value is unknown, as in a
silence. What is confirmed stays so.

An example with F = G = 2: good at 10:00, bad at 10:01, bad at 10:02, good from 10:03 to 10:03:20,
good at 10:04. At 10:01 the value is good, with a blip. At 10:02 the outage is confirmed: the value
is bad from 10:01 on. At 10:04 its end is confirmed: the value is good from 10:03:20 on.

The *evidence window* of a value is the time between two readings. It begins at the latest reading
that said what is held. It ends at the next reading that says the same (`followed`), or at the first
reading of a confirmed run that says the opposite (`turning`). The comparison of IdPs needs it: a
value that was not measured while another IdP failed is no evidence about that failure.

The names of the fields of `Value` and `Signal` are stored with the memory of the fold: they stay.

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

    `coded`: the hub's own code names whose fault it is. Without it the fault is a guess, which the
    other IdPs may correct.
    """

    fault: Fault | None
    reason: Reason | None
    step: Step | None
    code: str | None = None
    on_hub: bool = False
    authenticated: bool = False
    coded: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """The mire's offer beside the IdPs that are watched.

    `unwatched`: it has a selectable tile of an IdP that nobody watches. `aside`: the names of the
    watched IdPs whose button stands beside the list, which is no tile. `strangers`: the uids of
    some of the tiles that nobody watches and that can be picked.
    """

    unwatched: bool = False
    aside: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer of one observation to the question of one signal.

    `at`: when its journey started. `done`: when it finished; 0 means at once, as Vigie 0.1 had it
    of every journey. `vouch_us`: for how long it is fresh after that. `returned`: the identity came
    back (a good `identity` journey). `offer`: what the mire offers (of the signal `tiles`).
    `hold_us`: it helps to confirm a run only once the run has lasted so long. `forgets`: an absent
    reading forgets the outage that it ends, as Vigie 0.1 did.
    """

    at: int
    health: Health
    vouch_us: int
    cause: Cause | None = None
    returned: bool = False
    done: int = 0
    offer: Offer | None = None
    hold_us: int = 0
    forgets: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a signal at an instant.

    `at`: the instant from which the latest reading with this health says it; 0 when there is none.
    `since`: the same instant of the first reading of the run that confirmed it. `since_done`: of a
    bad value, the finish of that reading; 0 means that it is not known.
    `blip`: the value is good only because a failure is not confirmed. `cause` is then that
    failure's, and `doubt` the start of its latest reading.
    `followed`: the next reading that counts said the same. `turning`: the next readings said the
    opposite, and were confirmed. Of a good value, `next` is then the cause of the outage to come.
    `previous`: of a good or absent value, the cause of the outage before it. `offer`: see `Offer`.
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
    offer: Offer | None = None
    since_done: int = 0


UNKNOWN = Value(Health.UNKNOWN)


@dataclass(slots=True)
class Signal:
    """A signal's state machine, and its values from the watermark on.

    `track`: (instant, value), ascending; the last value holds while the latest reading is fresh.
    """

    confirmed: Health = Health.UNKNOWN  # what was last confirmed; UNKNOWN on a new signal
    since: int = 0  # when the run that confirmed it started
    last_at: int | None = None
    vouched_until: int = 0
    # the latest reading that says what is confirmed; None after a silence
    evidence: int | None = None
    anchor: int = 0  # the reading before the run
    run_start: int = 0
    run_cause: Cause | None = None  # of its first reading
    run_length: int = 0  # readings against `confirmed`, not yet enough of them
    run_held: int = 0  # of them, those that confirm only a run that has lasted `run_hold_us`
    run_hold_us: int = 0
    run_done: int = 0  # the finish of its first reading; 0: not known
    since_done: int = 0  # the same of the run that confirmed bad
    cause: Cause | None = None  # of the latest bad reading while bad was confirmed
    previous: Cause | None = None  # of the latest outage
    absent_since: int | None = None  # since when it has been absent; None: it is not
    returned: bool = False  # whether the identity came back with the latest good reading
    retold: int = 0
    track: list[tuple[int, Value]] = field(default_factory=list)

    def read(self, reading: Reading, failures: int, successes: int) -> int:
        """Take a reading in. Return the first instant whose health or cause may have changed.

        `retold` is then the first instant of whose value anything may have changed. `failures`,
        `successes`: how many bad or good readings in a row confirm.
        """
        began = at = reading.at if self.last_at is None else max(reading.at, self.last_at)
        self.retold = changed = at
        before = at if self.last_at is None else self.last_at
        if reading.health is Health.UNKNOWN:
            return self._fall_silent(at)
        silent = self.last_at is not None and at > self.vouched_until
        if silent:
            self._put(self.vouched_until, UNKNOWN)
            self.run_length, self.evidence = 0, None
            # a run that begins after a silence changes nothing before itself
            changed, before = self.vouched_until, at
        done = max(at, reading.done)
        if reading.health is Health.GOOD and self._fails():
            at = done
            if silent and began < at:
                self._put(began, replace(self._pending(began, reading), returned=False))
        self.last_at, self.vouched_until = at, done + reading.vouch_us
        if silent or reading.health is not Health.ABSENT:
            self.absent_since = None
        if reading.health is Health.ABSENT:
            self._put(at, self._absent(at, reading))
            return changed
        return min(changed, self._step(at, before, reading, failures if reading.health is Health.BAD else successes))

    def go_on(self, reading: Reading) -> int:
        """Let a bad value that is confirmed and fresh go on for as long as a reading vouches.

        Nothing was measured: whatever the value rests on, and whatever it proves of others, stays
        as it was. A run of good readings is not broken. Return the first instant whose value may
        have changed.
        """
        at = reading.at if self.last_at is None else max(reading.at, self.last_at)
        until = self.vouched_until
        if self.confirmed is Health.BAD and not self.run_length and at < until:
            self.vouched_until = max(until, max(at, reading.done) + reading.vouch_us)
        return until

    def _fails(self) -> bool:
        """Return whether the latest reading is bad; after a silence, whether bad is confirmed."""
        return (self.run_length > 0) is not (self.confirmed is Health.BAD)

    def _fall_silent(self, at: int) -> int:
        """Let earlier readings vouch until `at` only: from then on nobody can tell. Return `at`."""
        if self.last_at is not None:
            self.last_at, self.vouched_until = at, min(self.vouched_until, at)
        return at

    def _absent(self, at: int, reading: Reading) -> Value:
        """Make the signal as new, but for the outage that the absence ends. Return its value."""
        if reading.forgets or self.confirmed is Health.GOOD:
            self.previous = None
        elif self.confirmed is Health.BAD:
            self.previous = self.cause
        since = at if reading.forgets or self.absent_since is None else self.absent_since
        self.absent_since = None if reading.forgets else since
        self.confirmed, self.since, self.run_length, self.returned, self.evidence = Health.UNKNOWN, 0, 0, False, None
        return Value(Health.ABSENT, at=at, since=since, previous=self.previous)

    def _step(self, at: int, before: int, reading: Reading, needed: int) -> int:
        if reading.health is self.confirmed or (self.confirmed is Health.UNKNOWN and reading.health is Health.GOOD):
            if self.confirmed is Health.UNKNOWN:
                self.since = at
            self._put(at, self._holding(at, reading))
            self._mark_repeated(at)
            self.confirmed, self.run_length = reading.health, 0
            return at
        if self.run_length == 0:
            self.anchor, self.run_start, self.run_cause = before, at, reading.cause
            self.run_held = self.run_hold_us = 0
            self.run_done = reading.done
        self.run_length += 1
        self.run_held += reading.hold_us > 0
        self.run_hold_us = max(self.run_hold_us, reading.hold_us)
        self._put(at, self._pending(at, reading))
        lasted = at - self.run_start >= self.run_hold_us
        if self.run_length - (0 if lasted else self.run_held) < needed:
            return at
        self.confirmed, self.run_length, self.since = reading.health, 0, self.run_start
        self._confirm(reading)
        self.evidence = at
        return self.anchor

    def _mark_repeated(self, at: int) -> None:
        """Mark the values that a reading at `at` repeats as followed: those since the reading
        before it, or since the run that it broke.
        """
        before = self.evidence
        if before is None and self.run_length:  # the run began after a silence, or on a new signal
            before = self.anchor if self.confirmed is Health.BAD else self.run_start
        self.evidence = at
        if before is None:
            return
        first = bisect_right(self.track, before - 1, key=lambda point: point[0])
        for index in range(first, len(self.track) - 1):
            start, value = self.track[index]
            self.track[index] = (start, replace(value, followed=True))
        self.retold = min(self.retold, before)

    def _holding(self, at: int, reading: Reading) -> Value:
        """Return the value that a reading confirms or repeats."""
        if reading.health is Health.BAD:
            self.cause = reading.cause
            return Value(Health.BAD, reading.cause, at=at, since=self.since, offer=reading.offer, since_done=self.since_done)
        self.returned = reading.returned
        return Value(Health.GOOD, None, reading.returned, at=at, since=self.since, previous=self.previous, offer=reading.offer)

    def _pending(self, at: int, reading: Reading) -> Value:
        """Return the value while a run is not confirmed: the one that held before the run."""
        evidence = self.evidence or 0
        if reading.health is Health.BAD:
            return Value(
                Health.GOOD, reading.cause, self.returned, True, at, evidence, self.since, previous=self.previous, offer=reading.offer
            )
        return Value(
            Health.BAD, self.cause, reading.returned, at=evidence, since=self.since, offer=reading.offer, since_done=self.since_done
        )

    def _confirm(self, reading: Reading) -> None:
        """Rewrite the values of a confirmed run by its readings, and mark the value before the run
        as turning.
        """
        if reading.health is Health.GOOD:
            self.previous, self.returned = self.cause, reading.returned
        else:
            self.since_done = self.run_done
        first = bisect_right(self.track, self.run_start - 1, key=lambda point: point[0])
        for index in range(first, len(self.track)):
            at, pending = self.track[index]
            confirmed = self._holding(at, Reading(at, reading.health, 0, pending.cause, pending.returned, offer=pending.offer))
            self.track[index] = (at, replace(confirmed, followed=index < len(self.track) - 1))
        at, before = self.track[first - 1] if first else (self.run_start, UNKNOWN)
        # a reading that is as old as the run does not come before it
        if at == self.anchor and before.health not in (Health.UNKNOWN, Health.ABSENT):
            self.track[first - 1] = (at, replace(before, turning=True, next=self.run_cause if reading.health is Health.BAD else None))

    def _put(self, at: int, value: Value) -> None:
        while self.track and self.track[-1][0] >= at:
            self.track.pop()
        self.track.append((at, value))

    def value(self, at: int) -> Value:
        """Return the value at an instant, which must not lie before the watermark."""
        if self.last_at is not None and at >= self.vouched_until:
            return UNKNOWN
        index = bisect_right(self.track, at, key=lambda point: point[0])
        return self.track[index - 1][1] if index else UNKNOWN

    def changes(self, after: int, until: int) -> list[int]:
        """Return the instants in (after, until] at which the value may change, ascending."""
        first = bisect_right(self.track, after, key=lambda point: point[0])
        instants = [at for at, _ in self.track[first:] if at <= until]
        if self.since_done:
            instants += {value.since_done for _, value in self.track if after < value.since_done <= until}
        if self.last_at is not None and after < self.vouched_until <= until:
            instants.append(self.vouched_until)
        return instants

    def oldest_evidence(self, start: int) -> int:
        """Return the earliest instant of a reading that some value from `start` on rests on; 0 when
        one of these values rests on none.
        """
        first = max(0, bisect_right(self.track, start, key=lambda point: point[0]) - 1)
        return min((value.at for _, value in self.track[first:]), default=0)

    def began_failing(self, instant: int) -> int:
        """Return the start of the earliest failure that had begun before an instant, and whose
        first journey had not finished before it; the instant itself where there is none.
        """
        failing = (value.since for _, value in self.track if value.health is Health.BAD and value.since < instant <= value.since_done)
        return min(failing, default=instant)

    def began_after(self, instant: int) -> bool:
        """Return whether any value or blip since the watermark began after an instant."""
        return any(max(value.since, value.since_done, value.doubt) > instant for _, value in self.track)

    def disputed(self) -> bool:
        """Return whether it is bad or a blip at some instant since the watermark."""
        return any(value.blip or value.health is Health.BAD for _, value in self.track)

    def pending(self, clock: int, grace: int) -> bool:
        """Return whether a run waits for its confirmation.

        `clock`: the latest instant that is known; `grace`: how late an observation may come.
        """
        return self.run_length > 0 and clock - grace <= self.vouched_until

    def open_from(self, clock: int, grace: int) -> int:
        """Return the instant from which on a reading still to come may change the value."""
        if self.last_at is None or clock - grace > self.vouched_until:
            return clock - grace
        # the reading before a run may be marked as turning
        return self.anchor if self.run_length else self.last_at

    def forget(self, before: int) -> None:
        """Drop the values before an instant, but for the one that holds at it."""
        keep = bisect_right(self.track, before, key=lambda point: point[0]) - 1
        if keep > 0:
            del self.track[:keep]
