"""Reads files of past periods, CSV or JSON, for `vigie import`.

Every bad line is reported, and nothing is guessed. The columns of CSV, or the keys of JSON:

    hub          the hub's name
    subject      C1, C2, C3, hub, or an IdP's name
    state        `down`: an outage; `up`: watched, and up wherever no outage of the file says
                 otherwise; `unknown`
    start, end   RFC 3339 with an offset; the end is not included
    note         optional
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from itertools import islice
from typing import Any

from probe.cli.options.instants import parse_instant
from probe.core.judgement.subject import State
from probe.core.plain_text import line_fault
from probe.core.sla.imported import Period
from probe.errors import InputError
from probe.ledger.figures.corrections import named_subject

NEEDED = ("hub", "subject", "state", "start", "end")
KNOWN = {*NEEDED, "note"}
STATES = {state.value: state for state in (State.DOWN, State.UP, State.UNKNOWN)}
Record = tuple[int, Mapping[str, Any]]


def read_periods(content: bytes, file: str) -> list[Period]:
    """Read the periods of a file, which is JSON when it begins with `[`.

    Raises InputError with every problem as `file:line: ...`.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{file}:{line}: is not UTF-8") from error
    problems: list[str] = []
    periods: list[Period] = []

    def report(line: int, message: str) -> None:
        problems.append(f"{file}:{line}: {message}")

    records = _from_json(text, report) if text.lstrip()[:1] == "[" else _from_csv(text, report)
    for line, record in records:
        period = _period(line, record, report)
        if period is not None:
            periods.append(period)
    if not periods and not problems:
        report(1, "holds no period")
    if problems:
        raise InputError("\n".join(problems))
    return periods


Report = Callable[[int, str], None]


def _from_csv(text: str, report: Report) -> Iterator[Record]:
    first = text.partition("\n")[0]
    delimiter = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    start = 1
    try:
        for row in reader:
            line, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in row):
                continue
            if header is None:
                header = [cell.strip().lower() for cell in row]
                missing = [name for name in NEEDED if name not in header]
                if missing or len(set(header)) < len(header):
                    report(line, f"the first line names the columns: {', '.join((*NEEDED, 'note'))}")
                    return
            elif len(row) != len(header):
                report(line, f"has {len(row)} cells, and the first line names {len(header)} columns")
            else:
                yield line, dict(zip(header, (cell.strip() for cell in row), strict=True))
    except csv.Error as error:
        report(reader.line_num, f"is no CSV: {error}")


def _from_json(text: str, report: Report) -> Iterator[Record]:
    """Yield the objects of an array, each with the line on which it begins."""
    decoder = json.JSONDecoder()
    at, line, counted = text.index("[") + 1, 1, 0
    while True:
        at = _blank(text, at)
        line, counted = line + text.count("\n", counted, at), at
        if text[at : at + 1] == "]":
            if _blank(text, at + 1) < len(text):
                report(line, "there is something after the array")
            return
        try:
            value, end = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            report(getattr(error, "lineno", line), f"is no JSON: {getattr(error, 'msg', 'too deep')}")
            return
        if isinstance(value, dict):
            yield line, value
        else:
            report(line, "is no object")
        at = _blank(text, end)
        if text[at : at + 1] == ",":
            at += 1
        elif text[at : at + 1] != "]":
            report(line + text.count("\n", counted, at), "is no JSON: a comma or the array's end is missing")
            return


def _blank(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t", "\r", "\n") and at < len(text):
        at += 1
    return at


def _period(line: int, record: Mapping[str, Any], report: Report) -> Period | None:
    problems = [f"{name} is missing" for name in NEEDED if record.get(name) in (None, "")]
    problems += [f"{name!r} is no column of ours: {', '.join(sorted(KNOWN))}" for name in islice(record, 20) if name not in KNOWN]
    problems += [f"{name} must be text" for name in sorted(KNOWN) if not isinstance(record.get(name) or "", str)]
    if not problems:
        problems = list(_bad_values(record))
    for problem in problems:
        report(line, problem)
    if problems:
        return None
    subject, state = named_subject(record["subject"]), STATES[record["state"].lower()]
    start, end = parse_instant(record["start"]), parse_instant(record["end"])
    return Period(0, line, record["hub"], subject, state, start, end, record.get("note") or "")


def _bad_values(record: Mapping[str, str]) -> Iterator[str]:
    if record["state"].lower() not in STATES:
        yield f"state must be one of {', '.join(STATES)}"
    instants: list[int] = []
    for name in ("start", "end"):
        try:
            instants.append(parse_instant(record[name]))
        except ValueError as error:
            yield f"{name}: {error}"
    if len(instants) == 2 and instants[0] >= instants[1]:
        yield "the end must be after the start"
    note = record.get("note") or ""
    if note.strip() and (fault := line_fault(note)):
        yield f"note {fault}"
