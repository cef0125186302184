"""Recognises a page that a script builds in the browser: what the server sends is an empty frame.

Vigie runs no scripts, so it cannot tell what a citizen sees there. A page that says something by
itself, a notice of maintenance say, is none such, whatever scripts it loads.
"""

from typing import Final

from probe.journeys.pages import Page

_SCRIPTS: Final = "script:not([type]), script[type=''], script[type=module i], script[type*=javascript i], script[type*=ecmascript i]"
_CONTROLS: Final = "input:not([type=hidden i]), select, textarea, button, a[href]"
_SEEN: Final = "img, picture, svg, video, canvas, object, embed, iframe, h1, h2, h3"
_LONGEST_WAIT: Final = 40  # characters of "Loading, please wait…"
_WAITS: Final = ("…", "...")


def is_built_by_scripts(page: Page) -> bool:
    """Tell whether a page runs scripts, and has nothing for a citizen without them.

    It has no control, and shows nothing at all; or it has a few words that end in an ellipsis,
    or beside which a `noscript` says that scripts are needed.
    """
    if not page.is_html or not page.has(_SCRIPTS) or page.has(_CONTROLS):
        return False
    text = page.visible_text
    if not text and not page.has(_SEEN):
        return True
    return len(text) <= _LONGEST_WAIT and not page.has("h1, h2, h3") and (text.endswith(_WAITS) or _asks_for_scripts(page))


def _asks_for_scripts(page: Page) -> bool:
    """Tell whether it has words for browsers without scripts. A picture there counts visits."""
    unscripted = page.unscripted
    return unscripted is not None and any(node.text().strip() for node in unscripted.all("body noscript"))
