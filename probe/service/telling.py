"""Writes the events of a watch in words, for the log: what failed where, and what changed."""

from collections.abc import Mapping

from probe.config.formats import say_duration
from probe.config.models import Config, Depth, Hub
from probe.core.judgement.condition import CONDITIONS, SubjectStatus
from probe.core.judgement.observation import Kind, Observation
from probe.core.judgement.signal import Cause
from probe.texts.details import sentence
from probe.texts.judgement import FAULTS, HOLDS, KINDS, OUTCOMES, STATES, cause, reason_of, step
from probe.texts.subjects import idp_title, subject_title, titles_of

Titles = Mapping[tuple[str, str], str]


def journey_in_words(seen: Observation, titles: Titles) -> str:
    """Say which journey did not pass, at which step, why, and by whose fault; in English.

    >>> "fc: Ameli.fr (whole login) failed at the login page: the identity provider does not answer"
    """
    name = seen.idp or ""
    if seen.idp and seen.kind in (Kind.IDENTITY, Kind.LOGIN_PAGE, Kind.DIRECT):
        name = idp_title(seen.idp, seen.client, titles_of(seen.hub, titles)).en
    kind = KINDS[seen.kind].en
    who = f"{name} ({kind})" if name else kind
    where = f" at step '{step(seen.step).en}'" if seen.step else ""
    why = [reason_of(seen).en] if seen.reason else []
    why += [sentence(seen.detail).en] if seen.detail else []
    fault = f" (at fault: {FAULTS[seen.fault].en})" if seen.fault else ""
    return f"{_hub(seen.hub)}{who} {OUTCOMES[seen.outcome].en}{where}{': ' if why else ''}{'; '.join(why)}{fault}"


def state_in_words(hub: str, subject: str, status: SubjectStatus, since: str, titles: Titles) -> str:
    """Say which subject has which state since when, and why; in English."""
    why = cause(status.cause, subject).en if isinstance(status.cause, Cause) else ""
    name = subject_title(subject, titles_of(hub, titles)).en
    state = f"{name}? {HOLDS[status.state].en}," if subject in CONDITIONS else f"{name} is {STATES[status.state].en}"
    return f"{_hub(hub)}{state} since {since}{': ' if why else ''}{why}"


def watched_in_words(config: Config, hub: Hub) -> str:
    """Say what is watched of a hub, and how often; in English."""
    of_hub = {Depth.IDENTITY: KINDS[Kind.IDENTITY].en, Depth.LOGIN_PAGE: KINDS[Kind.LOGIN_PAGE].en}
    idps = [
        f"{idp.title or idp.name} ({of_hub[idp.depth]}, every {say_duration(config.interval(hub, Kind.IDENTITY, idp))})" for idp in hub.idps
    ]
    name = f"{hub.name} ({hub.title})" if hub.title and hub.title != hub.name else hub.name
    return f"watching {name} at {hub.issuer}: mire every {say_duration(config.interval(hub, Kind.MIRE))}; {', '.join(idps)}"


def _hub(name: str) -> str:
    return f"{name}: " if name else ""
