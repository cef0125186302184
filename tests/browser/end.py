"""Where a visit ended."""

from dataclasses import dataclass
from urllib.parse import urldefrag


@dataclass(frozen=True, slots=True)
class End:
    """The page that is displayed in the end: its address, its title and its encoding."""

    url: str = ""
    title: str = ""
    encoding: str = ""

    @classmethod
    def page(cls, url: str, title: str, encoding: str) -> "End":
        return cls(urldefrag(url).url, " ".join(title.split()), encoding.lower())


NOTHING = End()
"""No page: an error of the browser, a download, a text, or the page before, which stays."""
