"""The output of `vigie change seen`: JSON in the API's shape, and text for people."""

from collections.abc import Iterator, Sequence
from typing import Any

from probe.cli.output.folding import folded
from probe.core.judgement.sighting import Aspect
from probe.core.radar.notice import Notice, NoticedChange
from probe.core.times import rfc3339
from probe.ledger.figures.seen import WatchedPart
from probe.texts.bilingual import Text, Texts
from probe.texts.changes import ASPECTS, CHANGE_KINDS, NOTICES, RECORDED_AFTER, announcement, course, difference

_MARKS = {Notice.NOT_NEEDED: " ", Notice.NOBODY: "!", Notice.LATE: "!", Notice.IN_TIME: "✔"}


class SeenTexts(Texts):
    """The sentences of `vigie change seen`."""

    kinds = CHANGE_KINDS
    aspects = ASPECTS
    notices = NOTICES
    recorded_after = RECORDED_AFTER
    nothing = Text("Aucune modification vue.", "No change was seen.")
    awaited = Text("Pas encore relevé : {aspects}", "Not recorded yet: {aspects}")
    when = Text(
        "Les métadonnées et les clés sont lues avec la première mire réussie une heure après le démarrage de la veille, puis une fois "
        "par jour ; le reste, à chaque parcours réussi.",
        "Metadata and keys are read with the first mire that passes an hour after the start of the watch, then once a day; "
        "the rest, with each journey that passes.",
    )
    not_watched = Text("Rien n'a encore été relevé.", "Nothing has been recorded yet.")
    watched = Text("Relevés", "On record")
    since = Text("depuis le {since}, dernier relevé le {last}", "since {since}, recorded last on {last}")


def seen_change_json(hub: str, one: NoticedChange) -> dict[str, Any]:
    """Return a change that was seen in the API's shape (`exporters.http.answers.SeenChangeAnswer`).

    No pydantic here: `vigie change seen` starts without it.
    """
    change, announced = one.change, one.announcement
    return {
        "hub": hub,
        "kind": change.kind.value,
        "aspect": change.aspect.value,
        "place": change.place,
        "differences": [{"trait": each.trait, "before": each.before, "after": each.after} for each in change.differences],
        "first_seen": rfc3339(change.first_us),
        "old_last_seen": rfc3339(change.last_us),
        "came_back": None if change.back_us is None else rfc3339(change.back_us),
        "alternates_since": None if change.again_us is None else rfc3339(change.again_us),
        "overlap_seconds": None if change.overlap_us is None else change.overlap_us // 1_000_000,
        "notice": one.notice.value,
        "announcement": None if announced is None else announced.seq,
        "notice_days": one.notice_days,
    }


def watched_json(hub: str, one: WatchedPart) -> dict[str, Any]:
    """Return a watched part of a hub's outward form."""
    return {
        "hub": hub,
        "aspect": one.aspect.value,
        "place": one.place,
        "since": rfc3339(one.since_us),
        "last": rfc3339(one.last_us),
    }


def text(hub: str, one: NoticedChange, said: SeenTexts) -> Iterator[str]:
    """Yield the lines about one change."""
    change = one.change
    what = f"{said.kinds[change.kind]} ({_where(change.aspect, change.place, said)})"
    yield f"{_MARKS[one.notice]} {said.instant(change.first_us)}  {hub}  {what}"
    yield folded(_notice(one, said), 6)
    yield from (folded(sentence.in_language(said.language), 6) for sentence in course(change, said.instant))
    yield from (f"        {difference(each)}" for each in change.differences)


_EXPECTED = (Aspect.METADATA, Aspect.KEYS, Aspect.TILES, Aspect.MIRE)


def not_on_record(found: Sequence[WatchedPart], *, chooser: bool) -> list[Aspect]:
    """Return what of every hub is watched and not on record yet. Without a chooser it has no tiles.

    Certificates need HTTPS, and not every hub shows a consent page: they are not waited for.
    """
    seen = {one.aspect for one in found}
    return [aspect for aspect in _EXPECTED if aspect not in seen and (chooser or aspect is not Aspect.TILES)]


def not_on_record_text(aspects: Sequence[Aspect], said: SeenTexts) -> str:
    """Write what is not on record yet, and when it will be."""
    names = ", ".join(said.aspects[aspect] for aspect in aspects)
    return folded(f"{said.awaited.format(aspects=names)}. {said.when}", 6)


def _notice(one: NoticedChange, said: SeenTexts) -> str:
    announced, word = one.announcement, said.notices[one.notice]
    if announced is None:
        return word
    sentence = announcement(
        needed=one.notice is not Notice.NOT_NEEDED,
        number=announced.seq,
        announced=said.instant(announced.announced_us),
        planned=said.instant(announced.planned_us),
        days=one.notice_days,
    )
    later = "" if one.recorded_after_us is None else f" ({said.recorded_after.format(recorded=said.instant(one.recorded_after_us))})"
    return f"{word}{later}{_colon(said)} {sentence.in_language(said.language)} - {announced.title}"


def _colon(said: SeenTexts) -> str:
    return Text(" :", ":").in_language(said.language)


def _where(aspect: Aspect, place: str, said: SeenTexts) -> str:
    return f"{said.aspects[aspect]}, {place}" if place else said.aspects[aspect]


def watched_text(hub: str, found: Sequence[WatchedPart], said: SeenTexts) -> Iterator[str]:
    """Yield the lines about what is on record of a hub."""
    yield f"{hub}  {said.watched}"
    for one in found:
        span = said.since.format(since=said.instant(one.since_us), last=said.instant(one.last_us))
        yield folded(f"{_where(one.aspect, one.place, said)}{_colon(said)} {span}", 6)
