"""Exports the ledger, the register and the figures as flat rows, for CSV or JSON.

Rows are streamed, in the order of time or of writing. Each instant has two columns: RFC 3339 in
UTC, and microseconds.
"""

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
from probe.ledger.past import Past
from probe.ledger.reader import Reader

_AT_ONCE = 1_000
FlatRow = Mapping[str, Any]


def ledger(reader: Reader) -> Iterator[FlatRow]:
    """Yield the ledger's rows, with their hashes."""
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
    """Yield the stored observations, without their evidence."""
    for number, seen in reader.observations():
        row = records.from_observation(seen)
        left_out = ("tiles", "hops", "extract", "detail", "identity", "started_us", "finished_us")
        plain = {name: value for name, value in row.items() if name not in left_out}
        yield {"number": number, **_instants("started", seen.started_us), **_instants("finished", seen.finished_us), **plain}


def acts(connection: Connection) -> Iterator[FlatRow]:
    """Yield the acts of the incident register, with their hashes.

    An act's data is one cell of JSON.
    """
    yield from _acts(connection, schema.act, lambda row: {"incident": reference(row["incident"]), "place": row["place"]})


def flag_acts(connection: Connection) -> Iterator[FlatRow]:
    """Yield the acts of the IdPs' deactivation flags, in the same form as `acts`."""
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


def outages(past: Past, now_us: int) -> Iterator[FlatRow]:
    """Yield all outages as of `now_us`, with the number of the observation that tells why."""
    for one in past.outages(now_us):
        outage, cause, told = one.outage, one.outage.cause, one.telling
        yield {
            "hub": outage.hub,
            "subject": outage.subject,
            "condition": NUMBERS.get(outage.subject),
            **_instants("start", outage.start_us),
            **_instants("end", outage.end_us),
            "down_us": outage.down_us,
            "unknown_us": outage.unknown_us,
            "fault": cause.fault if cause else None,
            "reason": cause.reason if cause else None,
            "step": cause.step if cause else None,
            "code": cause.code if cause else None,
            "id": str(one.name),
            "corrections": [{"number": number, "as": act} for number, act in one.corrections],
            "imported": one.imported,
            "observation": told.number if told else None,
            "error_id": told.observation.error_id if told else None,
            "request_id": told.request_id if told else None,
        }


def availability(statements: Iterable[Mapping[str, Any]]) -> Iterator[FlatRow]:
    """Yield two rows for each subject, after and before corrections.

    `statements` have the form of `vigie availability --json`.
    """
    for statement in statements:
        window = statement["window"]
        for line in (statement, *statement["conditions"].values(), *statement["idps"].values()):
            for kind, figure in (("after", line), ("before", line["before_corrections"] or line)):
                yield {
                    "hub": statement["hub"],
                    "subject": HUB if line is statement else line["subject"],
                    "window": window["name"],
                    "start": window["start"],
                    "end": window["end"],
                    "corrections": kind,
                    "availability": _fraction(figure["availability"]),
                    "percent": (figure["availability"] or {}).get("percent"),
                    "meets_goal": figure["meets_goal"],
                    "verdict": figure["verdict"],
                    "goal": _fraction(figure["goal"]["availability"]),
                    "lowest": _fraction(figure["lowest"]),
                    "highest": _fraction(figure["highest"]),
                    "coverage": _fraction(figure["coverage"]),
                    **{name: figure[name] for name in _COUNTED},
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
    """Write CSV (RFC 4180) with a header, or nothing when there is no row.

    A cell that a spreadsheet would run as a formula gets an apostrophe in front.
    """
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
    """Write one JSON array, with an object on each line."""
    out.write("[")
    for number, row in enumerate(rows):
        out.write(("\n" if number == 0 else ",\n") + json.dumps(row, ensure_ascii=False))
    out.write("\n]\n")
