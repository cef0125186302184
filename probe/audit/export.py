"""The record as flat rows for others: streamed, in the order of time or of writing. Instants are RFC 3339 in UTC, and microseconds."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import IO, Any

from sqlalchemy import Connection, Table, select

from probe.core.incident.model import reference
from probe.core.judgement.subject import HUB, NUMBERS
from probe.core.times import rfc3339
from probe.ledger.db import records, schema
from probe.ledger.reader import Reader

_AT_ONCE = 1_000
FlatRow = Mapping[str, Any]


def ledger(reader: Reader) -> Iterator[FlatRow]:
    """The ledger's rows, with their hashes."""
    for row in reader.ledger():
        cause = row["cause"] or {}
        yield {
            "seq": row["seq"],
            "hub": row["hub"],
            "subject": row["subject"],
            **_instants("effective", row["effective_us"]),
            "state": row["state"],
            "condition": row["condition"],
            "fault": cause.get("fault"),
            "reason": cause.get("reason"),
            "step": cause.get("step"),
            "code": cause.get("code"),
            **_instants("recorded", row["recorded_us"]),
            "observation": row["observation"],
            "hash": row["hash"],
        }


def observations(reader: Reader) -> Iterator[FlatRow]:
    """The kept observations, without their evidence."""
    for number, seen in reader.observations():
        row = records.from_observation(seen)
        plain = {name: value for name, value in row.items() if name not in ("tiles", "hops", "extract", "started_us", "finished_us")}
        yield {"number": number, **_instants("started", seen.started_us), **_instants("finished", seen.finished_us), **plain}


def acts(connection: Connection) -> Iterator[FlatRow]:
    """The incident register, with its hashes. What an act says is one cell of JSON."""
    yield from _acts(connection, schema.act, lambda row: {"incident": reference(row["incident"]), "place": row["place"]})


def flag_acts(connection: Connection) -> Iterator[FlatRow]:
    """The steps of the IdPs' deactivations, likewise."""
    yield from _acts(connection, schema.flag_act, lambda row: {"hub": row["hub"], "idp": row["idp"]})


def _acts(connection: Connection, table: Table, of: Callable[[Mapping[Any, Any]], Mapping[str, Any]]) -> Iterator[FlatRow]:
    with connection.execute(select(table).order_by(table.c.seq).execution_options(yield_per=_AT_ONCE)) as rows:
        for row in rows.mappings():
            yield {
                "seq": row["seq"],
                **of(row),
                **_instants("at", row["at_us"]),
                "author": row["author"],
                "kind": row["kind"],
                "data": json.dumps(row["data"], ensure_ascii=False, sort_keys=True),
                **_instants("recorded", row["recorded_us"]),
                "hash": row["hash"],
            }


def outages(reader: Reader, now_us: int, marks: Callable[[str, str, int, int | None], Mapping[str, Any]]) -> Iterator[FlatRow]:
    """All outages. `marks` tells, of (hub, subject, start, end), what people stated about it."""
    for one in reader.outages(now_us):
        cause = one.cause
        yield {
            "hub": one.hub,
            "subject": one.subject,
            "condition": NUMBERS.get(one.subject),
            **_instants("start", one.start_us),
            **_instants("end", one.end_us),
            "down_us": one.down_us,
            "unknown_us": one.unknown_us,
            "fault": cause.fault if cause else None,
            "reason": cause.reason if cause else None,
            "step": cause.step if cause else None,
            "code": cause.code if cause else None,
            **marks(one.hub, one.subject, one.start_us, one.end_us),
        }


def availability(statements: Iterable[Mapping[str, Any]]) -> Iterator[FlatRow]:
    """One row a subject, from the JSON of `vigie availability`."""
    for one in statements:
        window = one["window"]
        for line in (one, *one["conditions"].values(), *one["idps"].values()):
            for kind, told in (("after", line), ("before", line["before_corrections"] or line)):
                yield {
                    "hub": one["hub"],
                    "subject": HUB if line is one else line["subject"],
                    "window": window["name"],
                    "start": window["start"],
                    "end": window["end"],
                    "corrections": kind,
                    "availability": _fraction(told["availability"]),
                    "percent": (told["availability"] or {}).get("percent"),
                    "meets_goal": told["meets_goal"],
                    "lowest": _fraction(told["lowest"]),
                    "highest": _fraction(told["highest"]),
                    "coverage": _fraction(told["coverage"]),
                    **{name: told[name] for name in _COUNTED},
                }


_COUNTED = (
    "complete", "since_us", "up_us", "blip_us", "blips", "down_us", "unknown_us", "excluded_us", "budget_us", "budget_left_us",
)  # fmt: skip


def _fraction(ratio: Mapping[str, str] | None) -> str | None:
    return ratio["fraction"] if ratio else None


def _instants(name: str, us: int | None) -> dict[str, Any]:
    text = None if us is None else rfc3339(us)
    return {name: text, f"{name}_us": us}


def write_csv(rows: Iterable[FlatRow], out: IO[str]) -> None:
    """RFC 4180, with a header; nothing at all when there is no row. A cell that a spreadsheet would run gets an apostrophe."""
    ahead = iter(rows)
    first = next(ahead, None)
    if first is None:
        return
    writer = csv.DictWriter(out, list(first))
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in chain([first], ahead))


def _cell(value: Any) -> Any:
    text = json.dumps(value) if isinstance(value, (bool, list)) else value
    return f"'{text}" if isinstance(text, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def write_json(rows: Iterable[FlatRow], out: IO[str]) -> None:
    """One array, an object a line."""
    out.write("[")
    for number, row in enumerate(rows):
        out.write(("\n" if number == 0 else ",\n") + json.dumps(row, ensure_ascii=False))
    out.write("\n]\n")
