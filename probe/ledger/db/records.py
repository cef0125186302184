"""Converts the core's values into columns of the tables, and back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from pydantic import TypeAdapter

from probe.core.judgement.condition import State, SubjectStatus
from probe.core.judgement.detail import Detail
from probe.core.judgement.observation import Hop, Observation, ReturnedIdentity, Tile
from probe.core.judgement.sighting import Sighting
from probe.core.judgement.signal import Cause
from probe.core.judgement.spec import HubSpec
from probe.core.judgement.timeline import Interval, LedgerRow
from probe.core.sla.availability import Totals
from probe.ledger.db.chain import digest
from probe.ledger.db.schema import SUMS

_observation = TypeAdapter(Observation)
_cause = TypeAdapter(Cause)
_hops = TypeAdapter(tuple[Hop, ...])
_tiles = TypeAdapter(tuple[Tile, ...])
_detail = TypeAdapter(Detail)
_identity = TypeAdapter(ReturnedIdentity)
_sightings = TypeAdapter(tuple[Sighting, ...])
_TEXTS = ("setup", "part", "network", "client")
"""Texts that came after 0.1.0; an empty one is stored as null."""
_LATER = frozenset({"detail", "error_id", "identity", "sightings", *_TEXTS})
"""Columns that came after 0.1.0, and are null in every older observation."""
_NEVER_NONE = frozenset({"sightings", *_TEXTS})
"""Fields of an observation that are empty where their column is null."""
_SHAPED = ("tiles", "hops", "detail", "identity", "sightings", *_TEXTS)
_PLAIN = [field.name for field in fields(Observation) if field.name not in _SHAPED]


@dataclass(frozen=True, slots=True)
class Setting:
    """A hub's settings from `at_us` on.

    They were recorded after the observation of number `after_observation` and before the next.
    """

    spec: HubSpec
    at_us: int
    after_observation: int


def from_observation(seen: Observation) -> dict[str, Any]:
    """Return the columns of an observation, with its digest."""
    columns = {name: getattr(seen, name) for name in _PLAIN}
    columns = {name: str(value) if isinstance(value, str) else value for name, value in columns.items()}
    columns["tiles"] = [_plain_tile(tile) for tile in _tiles.dump_python(seen.tiles, mode="json")]
    columns["hops"] = [{key: value for key, value in hop.items() if value is not None} for hop in _hops.dump_python(seen.hops, mode="json")]
    # A column of a later version is part of the digest only where it says something, so that older
    # observations keep theirs.
    columns["detail"] = None if seen.detail is None else _detail.dump_python(seen.detail, mode="json")
    columns["sightings"] = _sightings.dump_python(seen.sightings, mode="json") or None
    columns["identity"] = None if seen.identity is None else _without_empty(_identity.dump_python(seen.identity, mode="json"))
    columns |= {name: str(value) if (value := getattr(seen, name)) else None for name in _TEXTS}
    told = {name: value for name, value in columns.items() if value is not None or name not in _LATER}
    return {**columns, "digest": digest(told)}


def _without_empty(identity: dict[str, Any]) -> dict[str, Any]:
    """Return what an identity says, without what is empty."""
    return {name: value for name, value in identity.items() if value}


def _plain_tile(tile: dict[str, Any]) -> dict[str, Any]:
    """Return a tile, without `listed` where that is true.

    So older observations keep their digests.
    """
    return {name: value for name, value in tile.items() if name != "listed" or not value}


def to_observation(row: Mapping[str, Any]) -> Observation:
    """Return the observation of a row.

    Raises pydantic.ValidationError when `from_observation` did not write the row.
    """
    names = {field.name for field in fields(Observation)}
    found = {name: value for name, value in row.items() if name in names and (value is not None or name not in _NEVER_NONE)}
    return _observation.validate_python(found)


def to_hops(column: list[dict[str, Any]]) -> tuple[Hop, ...]:
    """Return the exchanges of an observation, as its column holds them.

    Raises pydantic.ValidationError when `from_observation` did not write them.
    """
    return _hops.validate_python(column)


def from_status(status: SubjectStatus) -> dict[str, Any]:
    """Return the columns of a status: state, condition and cause."""
    cause = None if status.cause is None else _cause.dump_python(status.cause, mode="json")
    return {"state": status.state.value, "condition": status.condition, "cause": cause}


def to_status(row: Mapping[str, Any]) -> SubjectStatus:
    """Return the status of a row. Raises ValueError or KeyError when Vigie did not write it."""
    cause = None if row["cause"] is None else _cause.validate_python(row["cause"])
    return SubjectStatus(State(row["state"]), cause, row["condition"])


def from_row(row: LedgerRow, seq: int, observation: str) -> dict[str, Any]:
    """Return the columns of a ledger row, all but its hash."""
    plain = {name: value for name, value in asdict(row).items() if name != "status"}
    return {"seq": seq, **plain, **from_status(row.status), "observation": observation}


def to_interval(row: Mapping[str, Any]) -> Interval:
    return Interval(row["start_us"], row["end_us"], to_status(row))


def sums_after(row: Mapping[str, Any], at_us: int, state: State) -> dict[str, int]:
    """Return the sums of an interval that starts at `at_us` in `state`.

    `row`: the interval before it.
    """
    before = Totals(*(row[name] for name in SUMS))
    return before.with_interval(State(row["state"]), at_us - row["start_us"], state)._asdict()


def to_setting(row: Mapping[str, Any]) -> Setting:
    """Return the settings of a row. Raises TypeError or KeyError when Vigie did not write it."""
    return Setting(HubSpec.from_json(row["spec"]), row["at_us"], row["after_observation"])
