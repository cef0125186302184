"""Appends the statements of people about the record: corrections, excluded windows, withdrawals
and changes.

Each one is checked against the record and appended in one transaction. This may run beside a
running watch, which writes other tables.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from probe.core.judgement.subject import Subject
from probe.core.plain_text import is_blank, line_fault
from probe.core.sla.availability import figure
from probe.core.sla.correction import Change, Correction, CorrectionKind, not_withdrawn
from probe.core.sla.window import Window
from probe.errors import InputError, LedgerError
from probe.ledger.db import schema
from probe.ledger.db.chain import append
from probe.ledger.db.postgres import hold_ledger
from probe.ledger.db.store import is_file, open_store, reason
from probe.ledger.db.store import writing as begin_writing
from probe.ledger.figures import tracks
from probe.ledger.figures.runs import on
from probe.ledger.figures.staleness import lapsed
from probe.ledger.figures.tracks import Ledgered


@contextmanager
def writing(store: Path | str) -> Iterator[Connection]:
    """Open one transaction on an existing ledger. Raises LedgerError when there is none, or it
    refuses.
    """
    open_store(store, create=False).dispose()  # says what is wrong, and makes nothing
    engine = open_store(store)
    try:
        with begin_writing(engine) as connection:
            if not is_file(connection):
                hold_ledger(connection)
            yield connection
    except DBAPIError as error:
        raise LedgerError(f"the ledger could not be written: {reason(error)}") from error
    finally:
        engine.dispose()


def correct(connection: Connection, correction: Correction) -> int:
    """Append a correction or an excluded window. Return its number.

    Its `seq` does not matter. Raises InputError with every problem.
    """
    subjects = _subjects(connection, correction.hub)
    problems = [*text_problems(author=correction.author, reason=correction.reason), *_span_problems(correction)]
    if correction.subject not in subjects:
        known = ", ".join(subject_label(subject) for subject in subjects)
        problems.append(f"{subject_label(correction.subject)!r} is not known of hub {correction.hub!r}, only: {known}")
    if not problems:
        problems += _against_the_record(connection, correction)
    if problems:
        raise InputError("\n".join(problems))
    columns = {name: value for name, value in correction._asdict().items() if name != "seq"}
    return append(connection, schema.correction, {**columns, "act": correction.act.value})


def withdraw(connection: Connection, hub: str, number: int, author: str, why: str, now_us: int) -> int:
    """Append the withdrawal of an earlier record. Return the withdrawal's number.

    The earlier record no longer counts, and stays visible. Raises InputError with every problem.
    """
    _subjects(connection, hub)
    earlier = next((record for record in not_withdrawn(tracks.corrections(on(connection), hub)) if record.seq == number), None)
    problems = list(text_problems(author=author, reason=why))
    if earlier is None:
        problems.append(f"hub {hub!r} has no correction or excluded window no. {number} that still counts")
    if problems or earlier is None:
        raise InputError("\n".join(problems))
    record = earlier._replace(act=CorrectionKind.WITHDRAWN, author=author, reason=why, recorded_us=now_us, withdraws=number)
    columns = {name: value for name, value in record._asdict().items() if name != "seq"}
    return append(connection, schema.correction, {**columns, "act": record.act.value})


def announce(connection: Connection, change: Change) -> Change:
    """Append an announced change. Return it with its number.

    Its `seq` does not matter. Raises InputError with every problem.
    """
    _subjects(connection, change.hub)
    problems = list(text_problems(author=change.author, title=change.title))
    if change.recorded_us is not None and change.announced_us > change.recorded_us:
        problems.append("the announcement is in the future: only one that was made can be recorded")
    if problems:
        raise InputError("\n".join(problems))
    columns = {name: value for name, value in change._asdict().items() if name != "seq"}
    return change._replace(seq=append(connection, schema.change, columns))


def subject_label(subject: str) -> str:
    """Return a subject as people write it: C1, C2, C3, hub, or an IdP's name."""
    return Subject.parse(subject).label


def named_subject(text: str) -> str:
    """Return the subject that people mean by C1, C2, C3, hub or an IdP's name."""
    return str(Subject.named(text))


def _subjects(connection: Connection, hub: str) -> list[str]:
    known = tracks.subjects(on(connection))
    if hub not in known:
        raise InputError(f"hub {hub!r} is not in the ledger, which knows: {', '.join(known) or 'no hub'}")
    return known[hub]


def text_problems(**texts: str) -> Iterator[str]:
    """Give the problems of texts, by name. These texts stay on every report."""
    for name, text in texts.items():
        if not text or is_blank(text):
            yield f"the {name} must be given"
        elif fault := line_fault(text):
            yield f"the {name} {fault}"


def _span_problems(correction: Correction) -> Iterator[str]:
    if correction.start_us >= correction.end_us:
        yield "the end must be after the start"
    if correction.end_us > correction.recorded_us:
        yield "the end is in the future: only what is over can be judged"


def _against_the_record(connection: Connection, correction: Correction) -> Iterator[str]:
    run = on(connection)
    for earlier in not_withdrawn(tracks.corrections(run, correction.hub)):
        if earlier.start_us < correction.end_us and earlier.end_us > correction.start_us and _conflict(earlier, correction):
            yield f"no. {earlier.seq} already says something of that time; withdraw it first"
    track = Ledgered(run, correction.hub, correction.subject, lapsed(tracks.memories(run).values(), correction.recorded_us))
    spent = figure(track, Window("", correction.start_us, correction.end_us, 1))
    recorded = spent.known_us + spent.unknown_us
    if not recorded:
        yield "nothing is recorded of that time"
    elif correction.act is not CorrectionKind.EXCLUDED and not spent.down_us:
        yield f"{subject_label(correction.subject)} was not down in that time: only down time can be corrected"


def _conflict(earlier: Correction, correction: Correction) -> bool:
    """Return whether both would decide the same time."""
    if CorrectionKind.EXCLUDED in (earlier.act, correction.act):
        return earlier.act is correction.act
    return earlier.subject == correction.subject or earlier.covers(correction.subject) or correction.covers(earlier.subject)
