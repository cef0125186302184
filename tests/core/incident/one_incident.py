"""One incident and its acts. Times are minutes of one day."""

from typing import Any

import pytest

from probe.core.incident.model import MACHINE, Act, ActKind, Incident
from probe.core.incident.refusal import RefusedActError
from probe.core.incident.rules import apply, replay
from tests.fakes.stated_hub import minute

OPENING: dict[str, Any] = {"hub": "fc", "subject": "idp:ameli", "origin": "idp", "severity": 2, "title": "ameli is down", "idp": "ameli"}


def act(now: float, kind: ActKind, author: str = "Alice", **data: Any) -> Act:
    return Act(7, minute(now), author, kind, data)


def opened(author: str = MACHINE, **data: Any) -> Act:
    return act(0, ActKind.OPENED, author, **{**OPENING, **data})


def story(*acts: Act, **data: Any) -> Incident:
    return replay([opened(**data), *acts])


def refusal(incident: Incident | None, refused: Act) -> str:
    with pytest.raises(RefusedActError) as error:
        apply(incident, refused)
    assert error.value.text
    return error.value.code


ACK = act(1, ActKind.ACKNOWLEDGED)
IN_HAND = act(2, ActKind.ASSIGNED, to="level3")
WAIT = act(3, ActKind.WAITING, request="which version?")
RESOLVED = act(5, ActKind.RESOLVED, text="restarted")
NOTIFIED = act(6, ActKind.NOTIFIED, to="ameli")
CONFIRMED: dict[str, Any] = {"way": "confirmed", "by": "Bob of ameli", "how": "spoken", "when_us": minute(7)}
AGREED: dict[str, Any] = {"way": "agreed", "by": "Bob of ameli", "ours": "Alice", "how": "written", "when_us": minute(7)}
