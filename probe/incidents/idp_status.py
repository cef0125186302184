"""Reads the status of each IdP: by the ledger, on the latest mire, and of its deactivation.

The administrators of the hub need all three.
"""

from typing import NamedTuple

from sqlalchemy import Connection, desc, select

from probe.core.incident.deactivation import Flag, FlagStep
from probe.core.incident.deactivation_steps import Guard
from probe.core.incident.model import OPEN, Incident
from probe.core.judgement.accounts import RememberedAccount, differing
from probe.core.judgement.observation import Kind, Outcome, Reason
from probe.core.judgement.subject import State, journey_of
from probe.core.judgement.suspension import Suspension
from probe.core.judgement.why_unknown import Explanation
from probe.incidents.automation import Automation
from probe.incidents.policy import Policy
from probe.incidents.store import register
from probe.incidents.store.deactivations import Flags
from probe.incidents.store.situations import Place
from probe.ledger.db import schema
from probe.ledger.reader import Reader

NONE = "none"
_UNDER_WAY = (FlagStep.PROPOSED, FlagStep.APPROVED, FlagStep.DEACTIVATED, FlagStep.RECOVERED)
_MIRES_LOOKED_AT = 50


class FlagState(NamedTuple):
    """The state of an IdP's deactivation: none, proposed, approved, deactivated or recovered."""

    hub: str
    idp: str
    state: str
    since_us: int | None


class IdpStatus(NamedTuple):
    """An IdP as the hub's administrators need it.

    `state`: up, down or unknown. `displayed`, `selectable`: on the latest mire; None before any.
    `guard`: why no flag is proposed for an IdP in trouble, "" otherwise. `incident`: the open one.
    `account`: of its persona. `differs`: the same person has another one through other IdPs.
    `unknown`: why nobody can tell its state, where that is so. `suspended`: its account is.
    """

    hub: str
    idp: str
    title: str
    tile: str
    state: str
    since_us: int | None
    displayed: bool | None
    selectable: bool | None
    flag: FlagState
    guard: str
    incident: int | None
    account: RememberedAccount | None = None
    differs: bool = False
    unknown: Explanation | None = None
    suspended: Suspension | None = None


def flag_state(flag: Flag | None) -> str:
    """Return the word for a flag's state: `none` for a flag that is over or rejected."""
    return flag.state.value if flag is not None and flag.state in _UNDER_WAY else NONE


def deactivated_us(flag: Flag | None) -> int:
    """Return since when the hub has deactivated the IdP of a flag that is not over; else 0."""
    return (flag.deactivated_us or 0) if flag is not None and flag.current else 0


def state_of(known: Flags, hub: str, idp: str) -> FlagState:
    """Return the state of an IdP's deactivation."""
    flag = known.latest.get((hub, idp))
    return FlagState(hub, idp, flag_state(flag), flag.since_us if flag else None)


def guarded(connection: Connection, terms: Policy, now_us: int, hub: str, idp: str) -> Guard | None:
    """Return the guard that forbids to flag an IdP now; None when none does."""
    return Automation(terms, lambda: now_us).guard(connection, hub, idp)


def idp_statuses(connection: Connection, terms: Policy, now_us: int, hub: str | None = None) -> list[IdpStatus]:
    """Return the status of every configured IdP, of one hub when it is given."""
    known = Flags()
    known.refresh(connection)
    automation = Automation(terms, lambda: now_us)
    automation.anything_due(connection)
    reader = Reader.on(connection)
    unknown, suspended = reader.explanations(now_us), reader.suspensions()
    return [
        status._replace(
            unknown=unknown.get((status.hub, journey_of(status.idp))) if status.state == State.UNKNOWN.value else None,
            suspended=suspended.get((status.hub, status.idp)),
        )
        for place in terms.places
        if hub in (None, place.hub)
        for status in _of_hub(connection, terms, automation, known, place)
    ]


def _of_hub(connection: Connection, terms: Policy, automation: Automation, known: Flags, place: Place) -> list[IdpStatus]:
    hub = place.hub
    tiles = latest_tiles(connection, hub)
    open_ones = register.listed(connection, hub=hub, states=OPEN)
    accounts = automation.accounts(hub)
    odd = differing({idp: account for idp, account in accounts.items() if idp in place.idps})
    statuses = []
    for idp in place.idps:
        title, tile = terms.titles.get((hub, idp), (idp, ""))
        present = automation.present(hub, journey_of(idp))
        guard = automation.held.get((hub, idp))
        statuses.append(
            IdpStatus(
                hub,
                idp,
                title,
                tile,
                State.UP.value if present.state is State.BLIP else present.state.value,
                present.since_us or None,
                None if tiles is None else tile in tiles,
                None if tiles is None else tiles.get(tile, False),
                state_of(known, hub, idp),
                guard.value if guard else "",
                _about(open_ones, idp),
                accounts.get(idp),
                idp in odd,
            )
        )
    return statuses


def _about(open_ones: list[Incident], idp: str) -> int | None:
    """Return the open incident about an IdP: that of its outage before any other."""
    mine = [incident for incident in open_ones if incident.idp == idp]
    mine.sort(key=lambda incident: (incident.scope.subject != journey_of(idp), incident.severity, incident.number))
    return mine[0].number if mine else None


def latest_tiles(connection: Connection, hub: str) -> dict[str, bool] | None:
    """Return the tiles of the latest mire: uid -> whether it could be picked.

    None when no mire was seen lately. A failed journey saw none.
    """
    table = schema.observation
    main = table.c.idp.is_(None), table.c.backend.is_(None), table.c.client.is_(None)
    query = (
        select(table.c.outcome, table.c.reason, table.c.tiles)
        .where(table.c.hub == hub, table.c.kind == Kind.MIRE.value, *main)
        .order_by(desc(table.c.started_us))
        .limit(_MIRES_LOOKED_AT)
    )
    for row in connection.execute(query):
        if row.outcome == Outcome.OK.value or row.reason in (Reason.NO_IDP_SELECTABLE.value, Reason.TILES_GREYED.value):
            return {tile["uid"]: bool(tile["selectable"]) for tile in row.tiles}
    return None
