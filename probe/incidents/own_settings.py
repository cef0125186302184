"""Notes in an incident that a setting of ours changed while its outage lasts.

docs/domain.md, "Never passed yet": a setting that is changed while a journey fails leaves the open
outage open, until a journey passes or a person corrects it. So the other party may have been mended
since, and whoever works on the incident is told, once for each change.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from probe.core.incident.acts import Observed, undamaged
from probe.core.incident.model import MACHINE, Act, Fact, Incident
from probe.core.incident.scope import OF_OUTAGES, ScopeSubject
from probe.core.incident.situation import Situation
from probe.core.judgement.past import ChangedSetting, OutageName
from probe.core.judgement.subject import State
from probe.errors import NoneSuchError
from probe.incidents.store import register
from probe.incidents.wording import RegisterTexts
from probe.ledger.past import Past


def own_setting_notes(connection: Connection, situation: Situation, incidents: Iterable[Incident], wording: RegisterTexts) -> Iterator[Act]:
    """Yield a note for each open incident that lacks one, of those of the situation's hub.

    Raises LedgerError when the ledger cannot be read.
    """
    if not situation.unproven:
        return
    for incident in incidents:
        changed = _changed(connection, situation, incident) if incident.open else None
        if changed is not None and not _is_noted(connection, incident.number, changed.since_us):
            note = Observed(fact=Fact.OWN_SETTING, text=wording.own_setting(changed), at_us=changed.since_us)
            yield note.act(incident.number, situation.now_us, MACHINE)


def _changed(connection: Connection, situation: Situation, incident: Incident) -> ChangedSetting | None:
    """Return which setting changed during the outage that the incident is about, if it lasts."""
    subject, present = incident.scope.subject, situation.of(incident.scope.subject)
    if present.state is not State.DOWN or ScopeSubject.parse(subject).kind not in OF_OUTAGES:
        return None
    try:
        return Past.on(connection).outage(OutageName(situation.hub, subject, present.since_us), situation.now_us).changed
    except NoneSuchError:
        return None


def _is_noted(connection: Connection, number: int, since_us: int) -> bool:
    notes = (undamaged(act) for _, act in register.acts_of(connection, number))
    return any(isinstance(note, Observed) and note.fact is Fact.OWN_SETTING and note.at_us == since_us for note in notes)
