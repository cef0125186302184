"""Reads when and where a refresh leads (WHATWG HTML, "shared declarative refresh steps").

It reads the text in one pass, whatever a page says.
"""

_WHITE = " \t\n\f\r"
_MOST_DIGITS = 9
_FOR_EVER = 10**_MOST_DIGITS  # seconds


def read_refresh(content: str) -> tuple[int, str] | None:
    """Return the delay in seconds and the address in `content`, the text of a refresh.

    The address is as it is written there, and empty when the page shall load itself again.
    Returns None when a browser takes the text for no refresh.
    """
    text = content.strip(_WHITE)
    rest = text.lstrip("0123456789")
    if rest == text and not rest.startswith("."):
        return None
    digits = text[: len(text) - len(rest)]
    delay = int(digits or "0") if len(digits) <= _MOST_DIGITS else _FOR_EVER
    rest = rest.lstrip("0123456789.")
    if not rest:
        return delay, ""
    if rest[0] not in f";,{_WHITE}":
        return None
    rest = rest.lstrip(_WHITE)
    return delay, _address(rest[1:].lstrip(_WHITE) if rest[0] in ";," else rest)


def _address(text: str) -> str:
    """Return the address after the delay, with or without `url=` and quotes."""
    if text[:3].lower() == "url":
        after = text[3:].lstrip(_WHITE)
        if after.startswith("="):
            text = after[1:].lstrip(_WHITE)
        else:
            return text
    if text[:1] in ("'", '"'):
        text = text[1:].partition(text[0])[0]
    return text
