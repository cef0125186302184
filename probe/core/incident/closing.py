"""Checks what the contract asks for before an incident is closed, in each of the four ways.

Source: docs/contract.md, 2.2.3. Instants are UTC microseconds.
"""

from collections.abc import Callable

from probe.core.incident.acts import Closed
from probe.core.incident.model import SPOKEN, WRITTEN, Act, Incident, IncidentState, Way
from probe.core.incident.refusal import RefusedActError


def check_closing(incident: Incident, act: Act, closing: Closed) -> None:
    """Raise RefusedActError unless the incident may be closed in this way, with this evidence."""
    _WAYS[closing.way](incident, act, closing)


def _check_confirmed(incident: Incident, act: Act, closing: Closed) -> None:
    """« résolue avec la confirmation verbale ou écrite du Fournisseur d'Identité »."""
    _must_be_resolved(incident)
    _must_be_named(closing.by, "not_confirmed", "say who confirmed the resolution for the IdP")
    if closing.how not in (SPOKEN, WRITTEN):
        raise RefusedActError("not_confirmed", "say how the resolution was confirmed: spoken or written")
    _must_have_been(incident, act, closing.when_us, "not_confirmed")


def _check_agreed(incident: Incident, act: Act, closing: Closed) -> None:
    """« Un ticket pour un objet non résolu sera fermé si les deux parties en conviennent par
    écrit ».
    """
    if incident.state is IncidentState.RESOLVED:
        raise RefusedActError("resolved", f"{incident.reference} is resolved: only an unresolved incident is closed by agreement")
    _must_be_named(closing.by, "not_agreed", "say who agreed for the IdP")
    _must_be_named(closing.ours, "not_agreed", "say who agreed for us")
    if closing.how != WRITTEN:
        raise RefusedActError("not_written", "both parties agree in writing")
    _must_have_been(incident, act, closing.when_us, "not_agreed")


def _check_no_answer(incident: Incident, act: Act, closing: Closed) -> None:
    """« au bout de 10 jours ouvrés en cas d'absence de réactivité ou de non-collaboration du
    Fournisseur d'Identité ».
    """
    if incident.asked_us is None:
        raise RefusedActError("not_waiting", f"{incident.reference} does not wait for an answer of the IdP")
    _must_be_due(act, closing.due_us, incident.asked_us, "too_early", "the IdP still has time to answer")


def _check_no_remark(incident: Incident, act: Act, closing: Closed) -> None:
    """« résolu par la DINSIC, notifié au Fournisseur d'Identité et sans remarque de ce
    dernier ».
    """
    _must_be_resolved(incident)
    if incident.notified_us is None:
        raise RefusedActError("not_notified", "the IdP was not told of the resolution")
    if incident.remarked_us is not None:
        raise RefusedActError("remarked", "the IdP has made a remark")
    _must_be_due(act, closing.due_us, incident.notified_us, "too_early", "the IdP still has time for a remark")


_WAYS: dict[Way, Callable[[Incident, Act, Closed], None]] = {
    Way.CONFIRMED: _check_confirmed,
    Way.AGREED: _check_agreed,
    Way.NO_ANSWER: _check_no_answer,
    Way.NO_REMARK: _check_no_remark,
}


def _must_be_resolved(incident: Incident) -> None:
    if incident.state is not IncidentState.RESOLVED:
        raise RefusedActError("not_resolved", f"{incident.reference} is not resolved")


def _must_be_named(name: str | None, code: str, text: str) -> None:
    if not (name or "").strip():
        raise RefusedActError(code, text)


def _must_have_been(incident: Incident, act: Act, when_us: int | None, code: str) -> None:
    """Raise unless a confirmation or an agreement lies between the ticket's receipt and now."""
    if when_us is None:
        raise RefusedActError(code, "say when")
    if not incident.received_us <= when_us <= act.at_us:
        raise RefusedActError("when", f"the instant must lie between the receipt of {incident.reference} and now")


def _must_be_due(act: Act, due_us: int | None, since_us: int, code: str, text: str) -> None:
    """Raise unless the IdP's time has run out, and was counted from `since_us`.

    The caller computes `due_us` with its calendar (`probe.core.incident.clocks.runs_out`).
    """
    if due_us is None or due_us <= since_us or act.at_us < due_us:
        raise RefusedActError(code, text)
