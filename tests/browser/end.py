"""Where a visit ended."""

from dataclasses import dataclass
from urllib.parse import urldefrag


@dataclass(frozen=True, slots=True)
class End:
    """What is displayed in the end. `kind`: `page`, `other` (text, pictures), or `none`.

    Of a page, its title and its encoding are known too.
    """

    kind: str
    url: str = ""
    title: str = ""
    encoding: str = ""

    @classmethod
    def page(cls, url: str, title: str, encoding: str) -> "End":
        return cls("page", urldefrag(url).url, " ".join(title.split()), encoding.lower())

    @classmethod
    def other(cls, url: str) -> "End":
        return cls("other", urldefrag(url).url)


NOTHING = End("none")
"""No page: an error page of the browser, a download, or the page before, which stays."""
