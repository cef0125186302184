"""What people call a subject of the ledger: a condition, a hub, an IdP, another client of the hub.

The names of the configuration (`idp:msa@eidas2`, `client:eidas2`) are for machines and for the
commands that take them; people read titles.
"""

from collections.abc import Iterable, Mapping, Sequence

from probe.core.judgement.subject import C1, CONDITIONS, Subject, SubjectKind, client_of, journey_of
from probe.core.plain_text import visible
from probe.texts.bilingual import Text
from probe.texts.columns import HUB
from probe.texts.judgement import CONDITIONS as CONDITION_NAMES

CLIENT = Text("client {name}", "client {name}")
AT_CLIENT = Text("{idp} (client {client})", "{idp} (client {client})")

_SOME = Text("{count} sur {watched} surveillés : {names}", "{count} of {watched} watched: {names}")
_MORE = Text("{names} et {more} autre{s}", "{names} and {more} more")
MOST_NAMED = 5
"""Names in a list within a sentence; of more it says how many."""

Named = Iterable[tuple[str, str | None]]
"""Names of the configuration, each with its title; None or "" where it has none."""

Titles = Mapping[str, str]
"""The titles of one hub's subjects, by the subject's text: IdPs' and clients', and C1's where it
has another name than elsewhere. What has none is called by its name.
"""


def titles_from(idps: Named, clients: Named, own_c1: str = "") -> dict[str, str]:
    """Return the titles of one hub's subjects, out of those of its IdPs and further clients.

    `own_c1` is what C1 is called at this hub; "" where it has no name of its own.
    """
    titled = {journey_of(name): title for name, title in idps if title} | {client_of(name): title for name, title in clients if title}
    return titled | ({C1: own_c1} if own_c1 else {})


def subject_title(subject: str, titles: Titles) -> Text:
    """Return what people call a subject of the ledger. Raises ValueError when it is none."""
    if subject in CONDITIONS:
        own = titles.get(subject)
        return CONDITION_NAMES[subject] if own is None else Text(own, own)
    parsed = Subject.parse(subject)
    if parsed.kind is SubjectKind.HUB:
        return HUB
    if parsed.kind is SubjectKind.CLIENT:
        return CLIENT.format(name=titles.get(subject, parsed.name))
    return idp_title(parsed.name, parsed.client, titles)


def idp_title(idp: str, client: str, titles: Titles) -> Text:
    """Return what people call an IdP, with the client at which it is asked, "" for the main one.

    Without an IdP (""), the client alone; "" for the main one.
    """
    name = titles.get(journey_of(idp), idp) if idp else ""
    if not client:
        return Text(name, name)
    of = titles.get(client_of(client), client)
    return AT_CLIENT.format(idp=name, client=of) if name else CLIENT.format(name=of)


def with_name(idp: str, titles: Titles) -> str:
    """Return what people call an IdP, with the name that commands take where that is another."""
    title = titles.get(journey_of(idp), idp)
    return idp if title == idp else f"{title} ({idp})"


def some_idps(idps: Sequence[str], watched: int, titles: Titles) -> Text:
    """Write how many of the IdPs that are watched are meant, and which; "" for none."""
    if not idps:
        return Text("", "")
    names = some([titles.get(journey_of(idp), idp) for idp in idps])
    return _SOME.format(count=len(idps), watched=watched, names=names)


def some(names: Sequence[str]) -> Text:
    """Return the first few names, and how many more there are."""
    listed, more = visible(", ".join(names[:MOST_NAMED]), " "), len(names) - MOST_NAMED
    text = Text(listed, listed)
    return text if more <= 0 else _MORE.format(names=text, more=more, s="s" if more > 1 else "")


def titles_of(hub: str, every: Mapping[tuple[str, str], str]) -> Titles:
    """Return the titles of one hub's subjects, out of those by hub and subject."""
    return {subject: title for (name, subject), title in every.items() if name == hub}
