"""Names the page that a browser comes from, as far as its policy lets it.

The headers are `Referer` (Referrer Policy, sections 3 and 8.3) and `Origin` (Fetch, "append a
request Origin header"). Servers compare them with their own address, and refuse a form without.
"""

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

DEFAULT = "strict-origin-when-cross-origin"
NEVER = "no-referrer"
_POLICIES = frozenset(
    {
        NEVER,
        "no-referrer-when-downgrade",
        "same-origin",
        "origin",
        "strict-origin",
        "origin-when-cross-origin",
        DEFAULT,
        "unsafe-url",
    }
)
_OLD_WORDS = {"never": NEVER, "default": DEFAULT, "always": "unsafe-url", "origin-when-crossorigin": "origin-when-cross-origin"}
"""What a `<meta>` may still say (HTML, "standard metadata names")."""
_LONGEST = 4_096  # characters of an address that is sent
_NOBODY = "null"


def in_header(value: str) -> str | None:
    """Return the policy of a `Referrer-Policy` header: the last word that is one, or None."""
    words = (word.strip().lower() for word in value.split(","))
    return next((word for word in reversed(list(words)) if word in _POLICIES), None)


def of_page(header: str, metas: Iterable[str]) -> str:
    """Return a page's policy. `metas`: the contents of its `<meta name=referrer>`, in order."""
    policy = in_header(header) or DEFAULT
    for content in metas:
        word = content.strip().lower()
        word = _OLD_WORDS.get(word, word)
        policy = word if word in _POLICIES else policy
    return policy


def referer(page: str, target: str, policy: str) -> str | None:
    """Return the `Referer` of a request from a page; None sends none."""
    source, aim = _split(page), _split(target)
    if source is None or aim is None or policy == NEVER:
        return None
    same, weaker = _origin(source) == _origin(aim), source.scheme == "https" and aim.scheme == "http"
    if (policy == "same-origin" and not same) or (weaker and policy in ("no-referrer-when-downgrade", "strict-origin", DEFAULT)):
        return None
    short = f"{_origin(source)}/"
    if policy in ("origin", "strict-origin") or (not same and policy in ("origin-when-cross-origin", DEFAULT)):
        return short
    whole = f"{_origin(source)}{source.path or '/'}" + (f"?{source.query}" if source.query else "")
    return whole if len(whole) <= _LONGEST else short


def origin(page: str, target: str, policy: str) -> str:
    """Return the `Origin` of a form that is posted from a page."""
    source, aim = _split(page), _split(target)
    if source is None or aim is None or policy == NEVER:
        return _NOBODY
    weaker = source.scheme == "https" and aim.scheme != "https"
    if weaker and policy in ("no-referrer-when-downgrade", "strict-origin", DEFAULT):
        return _NOBODY
    if policy == "same-origin" and _origin(source) != _origin(aim):
        return _NOBODY
    return _origin(source)


def after_redirect(sent: str, asked: str, target: str) -> str:
    """Return the `Origin` after a redirect from `asked` to `target`: nobody's on another host."""
    before, after = _split(asked), _split(target)
    same = before is not None and after is not None and _origin(before) == _origin(after)
    return sent if same else _NOBODY


def _origin(address: SplitResult) -> str:
    return f"{address.scheme}://{address.netloc}"


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None
