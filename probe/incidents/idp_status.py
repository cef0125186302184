"""How each IdP stands: by the ledger, on the latest mire, and with regard to its deactivation. What administrators of the hub ask for."""

from typing import NamedTuple

from sqlalchemy import Connection, desc, select

from probe.core.incident.deactivation import Flag, FlagStep, Guard
from probe.core.incident.model import OPEN, Incident
from probe.core.judgement.observation import Kind, Outcome, Reason
from probe.core.judgement.subject import State, journey_of
from probe.incidents.automation import Automation
from probe.incidents.policy import Policy
from probe.incidents.store import register
from probe.incidents.store.deactivations import Flags
from probe.incidents.store.situations import Place
from probe.ledger.db import schema

NONE = "none"
_SHOWN = (FlagStep.PROPOSED, FlagStep.APPROVED, FlagStep.DEACTIVATED, FlagStep.RECOVERED)
_MIRES_LOOKED_AT = 50


class FlagState(NamedTuple):
    """Where an IdP's deactivation stands. `state`: none, proposed, approved, deactivated or recovered."""

    hub: str
    idp: str
    state: str
    since_us: int | None


class IdpStanding(NamedTuple):
    """An IdP as the hub's administrators need it.

    `state`: up, down or unknown. `displayed`, `selectable`: on the latest mire, None before any. `guard`: why no flag is proposed although
    it would be, "" otherwise. `incident`: the open one about it.
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


def flag_state(flag: Flag | None) -> str:
    """The word for where a flag stands: one that is over or rejected is none."""
    return flag.state.value if flag is not None and flag.state in _SHOWN else NONE


def state_of(known: Flags, hub: str, idp: str) -> FlagState:
    """Where an IdP's deactivation stands."""
    flag = known.latest.get((hub, idp))
    return FlagState(hub, idp, flag_state(flag), flag.since_us if flag else None)


def guarded(connection: Connection, terms: Policy, now_us: int, hub: str, idp: str) -> Guard | None:
    """What forbids anybody to flag an IdP now."""
    return Automation(terms, lambda: now_us).guard(connection, hub, idp)


def standings(connection: Connection, terms: Policy, now_us: int, hub: str | None = None) -> list[IdpStanding]:
    """Every configured IdP, of one hub when it is given."""
    known = Flags()
    known.refresh(connection)
    keeper = Automation(terms, lambda: now_us)
    keeper.wanted(connection)
    return [
        found
        for place in terms.places
        if hub in (None, place.hub)
        for found in _of_hub(connection, terms, keeper, known, place)
    ]  # fmt: skip


def _of_hub(connection: Connection, terms: Policy, keeper: Automation, known: Flags, place: Place) -> list[IdpStanding]:
    hub = place.hub
    tiles = latest_tiles(connection, hub)
    open_ones = register.listed(connection, hub=hub, states=OPEN)
    found = []
    for idp in place.idps:
        title, tile = terms.titles.get((hub, idp), (idp, ""))
        present = keeper.present(hub, journey_of(idp))
        held = keeper.held.get((hub, idp))
        found.append(
            IdpStanding(
                hub,
                idp,
                title,
                tile,
                State.UP.value if present.state is State.BLIP else present.state.value,
                present.since_us or None,
                None if tiles is None else tile in tiles,
                None if tiles is None else tiles.get(tile, False),
                state_of(known, hub, idp),
                held.value if held else "",
                _about(open_ones, idp),
            )
        )
    return found


def _about(open_ones: list[Incident], idp: str) -> int | None:
    """The open incident about an IdP: its outage's before any other."""
    mine = [one for one in open_ones if one.idp == idp]
    mine.sort(key=lambda one: (one.scope.subject != journey_of(idp), one.severity, one.number))
    return mine[0].number if mine else None


def latest_tiles(connection: Connection, hub: str) -> dict[str, bool] | None:
    """What the latest mire showed: uid -> whether it could be picked; None when none was seen lately. A mire that failed shows nothing."""
    table = schema.observation
    query = (
        select(table.c.outcome, table.c.reason, table.c.tiles)
        .where(table.c.hub == hub, table.c.kind == Kind.MIRE.value, table.c.idp.is_(None), table.c.backend.is_(None))
        .order_by(desc(table.c.started_us))
        .limit(_MIRES_LOOKED_AT)
    )
    for row in connection.execute(query):
        if row.outcome == Outcome.OK.value or row.reason in (Reason.NO_IDP_SELECTABLE.value, Reason.TILES_GREYED.value):
            return {tile["uid"]: bool(tile["selectable"]) for tile in row.tiles}
    return None
