"""Shows one journey to a person as plain text.

The observation is redacted already; this module only lays it out.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from exporters.http.texts import PageTexts
from probe.core.judgement.observation import NUMBER_DIGITS, Hop, Observation
from probe.core.plain_text import visible
from probe.texts import details
from probe.texts import judgement as labels
from probe.texts.subjects import idp_title
from probe.texts.what_to_check import to_check

_COLUMNS = ("dns", "connect", "tls", "first_byte", "transfer", "total")
_NAMED_BY = 2  # cells of an exchange that name it: its number and its step
_EXTRACT_LINES, _EXTRACT_CHARACTERS = 40, 4_000


def trace(observation: Observation, texts: PageTexts, width: int | None = None) -> str:
    """Return the text, which ends with a line feed.

    `width`: the characters of a line of the terminal, None where it is written to none. An exchange
    whose row would be wider is a paragraph.
    Control characters in parts that come from outside are replaced.
    """
    lines = [
        *_lines(summary_rows(observation, texts), width),
        "",
        *_exchanges(observation.hops, texts, width),
        *_tiles(observation, texts),
        *_extract(observation, texts),
    ]
    return "\n".join([*(part for line in lines for part in _wrapped(line, width)), ""])


def summary_rows(observation: Observation, texts: PageTexts) -> dict[str, str]:
    """Return what the journey saw, by the names that people read; without what it did not see."""
    kind = labels.with_word(labels.KINDS[observation.kind], observation.kind).in_language(texts.language)
    who = " / ".join(
        part
        for part in (observation.hub, kind, idp_title(observation.idp or "", observation.client, {}).in_language(texts.language))
        if part
    )
    lasted = max(observation.finished_us - observation.started_us, 0)
    reason, step = observation.reason, observation.step
    rows = {
        "journey": visible(who),
        "vantage": visible(observation.vantage),
        "backend": visible(observation.backend or ""),
        "started": texts.zoned_instant(observation.started_us),
        "duration": f"{lasted // 1_000_000}{texts.decimal}{lasted // 1_000 % 1_000:03} s",
        "outcome": texts.outcomes[observation.outcome],
        "fault": texts.faults[observation.fault] if observation.fault else None,
        "reason": reason and labels.with_word(labels.reason_of(observation), reason).in_language(texts.language),
        "detail": observation.detail and visible(details.sentence(observation.detail).in_language(texts.language), " "),
        "step": step and labels.with_word(labels.step(step), step).in_language(texts.language),
        "code": visible(observation.code or ""),
        "error_id": visible(observation.error_id or ""),
        "request_ids": _request_ids(observation.hops, texts),
        "families": " ".join(
            texts.dead_family.format(host=visible(hop.host), ip=hop.dead_ip) for hop in observation.hops if hop.dead_ip is not None
        ),
        "settings": labels.never_passed(observation.part).in_language(texts.language)
        if observation.part and observation.never_passed
        else None,
        "to_do": "" if observation.part and observation.never_passed else to_check(observation).in_language(texts.language),
    }
    return {texts.trace[key]: value for key, value in rows.items() if value}


def _lines(rows: Mapping[str, str], width: int | None) -> Iterator[str]:
    names = max(map(len, rows))
    for name, value in rows.items():
        yield from _wrapped(f"{name:<{names}}  {value}", width, names + 2)


def _wrapped(line: str, width: int | None, within: int = 4) -> Iterator[str]:
    """Yield a line in as many as the terminal needs, the later ones so far in."""
    if width is None or len(line) <= width:
        yield line
        return
    yield from textwrap.wrap(
        line, width, subsequent_indent=" " * within, break_on_hyphens=False, drop_whitespace=True, replace_whitespace=False
    )


def _request_ids(hops: Sequence[Hop], texts: PageTexts) -> str:
    """What the ids of all requests begin with, for a search in the logs of those that got them.

    "" when no request had an id. They differ in the number of the exchange at their ends.
    """
    given = [hop.request_id for hop in hops if hop.request_id]
    return f"{visible(given[0][:-NUMBER_DIGITS])}* ({texts.trace['exchange_number']})" if given else ""


def _exchanges(hops: Sequence[Hop], texts: PageTexts, width: int | None) -> Iterator[str]:
    if not hops:
        return
    yield f"{texts.trace['hops']}{texts.colon}"
    rows = [texts.hop_columns, *exchange_rows(hops, texts)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(texts.hop_columns))]
    lines = ["  ".join(cell.ljust(length) for cell, length in zip(row, widths, strict=True)).rstrip() for row in rows]
    if width is None or max(map(len, lines)) <= width:
        yield from lines
        return
    for row in rows[1:]:
        yield "  ".join(row[:_NAMED_BY])
        yield f"    {row[_NAMED_BY]}"
        yield from _packed([f"{head} {cell}" for head, cell in zip(rows[0], row, strict=True) if cell][_NAMED_BY + 1 :], width)


def _packed(parts: Sequence[str], width: int) -> Iterator[str]:
    """Yield lines of whole parts, as many as fit; a part that is wider has a line of its own."""
    line = ""
    for part in parts:
        if line and 4 + len(line) + 2 + len(part) > width:
            yield f"    {line}"
            line = ""
        line = f"{line}  {part}" if line else part
    if line:
        yield f"    {line}"


def exchange_rows(hops: Sequence[Hop], texts: PageTexts) -> list[tuple[str, ...]]:
    """Return a row of `texts.hop_columns` for each exchange."""
    return [_row(number, hop, texts) for number, hop in enumerate(hops, 1)]


def _row(number: int, hop: Hop, texts: PageTexts) -> tuple[str, ...]:
    times = (getattr(hop, f"{column}_us") for column in _COLUMNS)
    return (
        str(number),
        texts.steps[hop.step],
        visible(f"{hop.method} {hop.host}{hop.path}"),
        "-" if hop.status is None else str(hop.status),
        "-" if hop.bytes is None else str(hop.bytes),
        *("-" if us is None else f"{us // 1_000}{texts.decimal}{us // 100 % 10}" for us in times),
        labels.with_word(labels.reason(hop.error, hop.step), hop.error).in_language(texts.language) if hop.error else "",
    )


def _tiles(observation: Observation, texts: PageTexts) -> Iterator[str]:
    if observation.tiles:
        yield ""
        yield f"{texts.trace['tiles']}{texts.colon}"
        for tile in observation.tiles:
            yield f"  {visible(tile.uid)}" + ("" if tile.selectable else f" ({texts.trace['greyed']})")


def _extract(observation: Observation, texts: PageTexts) -> Iterator[str]:
    if observation.extract:
        yield ""
        yield f"{texts.trace['extract']}{texts.colon}"
        for line in observation.extract[:_EXTRACT_CHARACTERS].splitlines()[:_EXTRACT_LINES]:
            yield f"  {visible(line)}"
