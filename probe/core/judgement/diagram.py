"""Draws a signal's transitions from the code itself.

`python -m probe.core.judgement.diagram > docs/transitions.md`. Every state that readings can lead
to is found by trying each reading on a copy of it. Two failures confirm, two successes end.
"""

from copy import deepcopy

from probe.core.judgement.signal import Cause, Health, Reading, Signal

FAILURES = SUCCESSES = 2
READINGS = (Health.GOOD, Health.BAD, Health.ABSENT)
_HEAD = """# A signal's transitions

Drawn from `probe/core/judgement/signal.py` by `python -m probe.core.judgement.diagram`; a test holds this page to it.
Two failures in a row confirm, two successes in a row end (`failures`, `successes`).
`silence`: no reading is fresh any more; what is held is kept, a run is broken,
and the time is unknown.

```mermaid
stateDiagram-v2
"""


def name(signal: Signal) -> str:
    """Return the name that the diagram gives to a signal's state."""
    confirmed = {Health.UNKNOWN: "new", Health.GOOD: "good", Health.BAD: "bad"}[signal.confirmed]
    if not signal.run_length:
        return confirmed
    return f"{confirmed}_{'recovering' if signal.confirmed is Health.BAD else 'doubted'}"


def transitions() -> list[tuple[str, str, str]]:
    """Return each (state, event, state that follows) that can be reached from a new signal."""
    start = Signal()
    seen, reached, waiting = {name(start)}, [], [start]
    while waiting:
        signal = waiting.pop(0)
        for event, following in [*((str(health), _read(signal, health, 0)) for health in READINGS), *_silence(signal)]:
            reached.append((name(signal), event, name(following)))
            if name(following) not in seen:
                seen.add(name(following))
                waiting.append(following)
    return reached


def _read(signal: Signal, health: Health, after: int) -> Signal:
    following = deepcopy(signal)
    at = (signal.last_at or 0) + 1 + after
    cause = Cause(None, None, None) if health is Health.BAD else None
    following.read(Reading(at, health, 10, cause), FAILURES, SUCCESSES)
    return following


def _silence(signal: Signal) -> list[tuple[str, Signal]]:
    """Return a silence with the state that follows it; nothing where there is no run to break.

    The next reading shows in which state the silence left the signal.
    """
    if not signal.run_length:
        return []
    broken = deepcopy(signal)
    broken.run_length = 0
    opposite = Health.GOOD if signal.confirmed is Health.BAD else Health.BAD
    assert name(_read(signal, opposite, 100)) == name(_read(broken, opposite, 100))
    return [("silence", broken)]


def markdown() -> str:
    """Return the whole page."""
    lines = [f"    {start} --> {end}: {event}" for start, event, end in transitions()]
    return _HEAD + "\n".join(["    [*] --> new", *lines]) + "\n```\n"


if __name__ == "__main__":
    print(markdown(), end="")  # noqa: T201 - the page is its output
