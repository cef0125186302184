"""Refuses a name that is none of the known ones, with those that were perhaps meant."""

from collections.abc import Iterable

from probe.core.plain_text import visible

_MOST = 40  # names that a refusal lists


def none_of(name: str, known: Iterable[str]) -> str:
    """Return the text that refuses a name, for `click.BadParameter` or an InputError."""
    return f"{visible(name)!r} is none of: {_listed(name, known)}"


def not_in_ledger(name: str, known: Iterable[str], nothing: str = "no hub") -> str:
    """Return the text that refuses a name that the ledger does not know."""
    return f"{visible(name)!r} is not in the ledger, which knows: {_listed(name, known) or nothing}"


def _listed(name: str, known: Iterable[str]) -> str:
    names = list(dict.fromkeys(known))
    listed = ", ".join(names[:_MOST]) + (", ..." if len(names) > _MOST else "")
    near = nearest(name, names)
    return f"{listed} (did you mean {near!r}?)" if near else listed


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is nearest to a misspelt one; "" where none is near."""
    from difflib import get_close_matches  # here, as a name that is known does not need it

    folded = {each.casefold(): each for each in known}
    found = get_close_matches(name.casefold()[:200], list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else ""
