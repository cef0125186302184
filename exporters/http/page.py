"""Renders the pages for people from `templates/`.

They are plain HTML with landmarks, headings and captioned tables, without scripts, in which every
text is escaped. The content policy allows their one style by a hash, and forbids everything else.
"""

import base64
import hashlib
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension

from exporters.http.texts import PageTexts
from probe.core.times import rfc3339

_STYLE = (
    "body{font-family:sans-serif;line-height:1.5;max-width:60rem;margin:0 auto;padding:1rem;color:#161616;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}"
    "caption{text-align:left;font-weight:bold;padding:.5rem 0}"
    "th,td{border:1px solid #666;padding:.4rem .6rem;text-align:left;vertical-align:top}"
    "a{color:#000091}"
    ".wide{overflow-x:auto}"
    ".evidence :is(th,caption,h2,h3,h4)::first-letter{text-transform:uppercase}"
)
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


class _LinesJoined(Extension):
    """Takes indentation and line ends out of a template, so that it may be laid out for readers."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002 - Jinja's signature
        return "".join(line.strip() for line in source.splitlines())


_ENVIRONMENT = Environment(
    loader=PackageLoader("exporters.http", "templates"), autoescape=True, undefined=StrictUndefined, extensions=[_LinesJoined]
)
_ENVIRONMENT.globals.update(style=_STYLE, rfc3339=rfc3339)


def render(template: str, texts: PageTexts, **values: Any) -> str:
    """Return a whole HTML document. `values` are what the template names."""
    return _ENVIRONMENT.get_template(template).render(texts=texts, **values) + "\n"
