"""Looks for pages of random repeated tags that pass the limits and still keep the parser busy.

    python -m benchmarks.tag_soup --seconds 60 [--seed 0]

It prints the pages that cost the parser most, with the steps that were counted.
"""

import argparse
import random
import time
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

from probe.journeys import markup

_NAMES = [
    *(
        "div",
        "p",
        "b",
        "i",
        "a",
        "li",
        "ul",
        "dt",
        "dd",
        "table",
        "tr",
        "td",
        "th",
        "tbody",
        "caption",
        "col",
        "colgroup",
        "select",
        "option",
    ),
    *(
        "optgroup",
        "form",
        "button",
        "textarea",
        "input",
        "label",
        "svg",
        "g",
        "foreignObject",
        "desc",
        "math",
        "mi",
        "title",
        "style",
        "script",
    ),
    *(
        "template",
        "object",
        "nobr",
        "font",
        "span",
        "h1",
        "br",
        "hr",
        "img",
        "image",
        "html",
        "head",
        "body",
        "frameset",
        "frame",
        "iframe",
    ),
    *("noscript", "ruby", "rt", "pre", "xmp", "plaintext", "center", "marquee", "applet", "section", "details", "summary", "dialog"),
]
_ATTRIBUTES = ("", "", "", " x='</div>'", ' x=">"', " /", "/", " a b c d", " a={number}", " a={turn}")
_OTHERS = (
    *("x", " ", "<!--", "-->", "<![CDATA[", "]]>", "<!", "</z>", "<?", "&amp;", "<script>", "</script>", "</select>", "<select>"),
    *("<svg>", "</svg>", "<table>", "</table>", "\0"),
)


class ParseCost(NamedTuple):
    """The parser's cost of a page that passes: seconds of CPU, and the steps that were counted."""

    seconds: float
    steps: int
    seed: int


def page(seed: int, most: int = 3_000) -> bytes:
    """Return a beginning, then one or two short sequences of tags repeated up to `most` times."""
    chance = random.Random(seed)
    parts = [_bit(random.Random(chance.random()), 0) for _ in range(chance.randrange(6))]
    for _ in range(chance.randrange(1, 3)):
        unit = [chance.random() for _ in range(chance.randrange(1, 7))]
        parts += [_bit(random.Random(each), turn) for turn in range(chance.choice([most // 10, most // 3, most])) for each in unit]
    return "".join(parts).encode()


def _bit(chance: random.Random, turn: int) -> str:
    kind = chance.random()
    if kind < 0.5:
        return f"<{chance.choice(_NAMES)}{chance.choice(_ATTRIBUTES).format(number=chance.randrange(10**6), turn=turn)}>"
    return f"</{chance.choice(_NAMES)}>" if kind < 0.85 else chance.choice(_OTHERS)


def cost(seed: int) -> ParseCost | None:
    """Return the cost of this seed's page; None when the page is refused."""
    body = page(seed)
    estimate = markup.WorkEstimate(body)
    estimate.read()
    if estimate.too_much:
        return None
    began = time.process_time()
    LexborHTMLParser(body.decode())
    return ParseCost(time.process_time() - began, estimate.steps, seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    costs, until, seed = list[ParseCost](), time.monotonic() + options.seconds, options.seed
    while time.monotonic() < until:
        seed += 1
        if each := cost(seed):
            costs.append(each)
    print(f"{seed - options.seed} pages, {len(costs)} let through; the dearest:")
    for each in sorted(costs, reverse=True)[:10]:
        print(f"{each.seconds * 1000:8.1f} ms {each.steps:10} steps  seed {each.seed}: {page(each.seed)[:80]!r}")


if __name__ == "__main__":
    main()
