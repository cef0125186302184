"""Prints where Vigie and Chromium go different ways.

Each PREFIX chooses the rows whose name begins so.
"""

import asyncio
from collections import Counter
from dataclasses import fields
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.browser import all as _  # noqa: F401 - it gives the rows
from tests.browser.row import ROWS, Row
from tests.browser.visits import Visits, visitors
from tests.browser.web import Sent


def _differences(vigie: Sent | None, chromium: Sent | None) -> str:
    if vigie is None or chromium is None:
        one = vigie or chromium
        assert one is not None
        return f"{'Vigie' if vigie else 'Chromium'} alone sends {one}"
    unlike = [one.name for one in fields(Sent) if getattr(vigie, one.name) != getattr(chromium, one.name)]
    return "; ".join(f"{name}: Vigie {getattr(vigie, name)!r}, Chromium {getattr(chromium, name)!r}" for name in unlike)


def _lines(row: Row, seen: Visits) -> list[str]:
    both = zip_longest(seen.vigie, seen.chromium)
    lines = [f"  {number}. {found}" for number, pair in enumerate(both, 1) if (found := _differences(*pair))]
    if seen.vigie_end != seen.chromium_end:
        lines.append(f"  end: Vigie {seen.vigie_end}, Chromium {seen.chromium_end}")
    return [f"{row.name}, {seen.verdict}{': ' + row.differs if row.differs else ''}", *lines]


async def _main(prefixes: tuple[str, ...]) -> None:
    rows = [row for row in ROWS.values() if row.name.startswith(prefixes or ("",))]
    agree: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        async with visitors(Path(folder), rows) as both:
            for row in rows:
                seen = await both.of(row)
                agree[row.kind] += seen.agree
                if not seen.agree or row.differs:
                    click.echo("\n".join(_lines(row, seen)))
    for kind, count in Counter(row.kind for row in rows).items():
        click.echo(f"{kind}: {agree[kind]} of {count} agree")


@click.command(help=__doc__)
@click.argument("prefixes", nargs=-1)
def main(prefixes: tuple[str, ...]) -> None:
    asyncio.run(_main(prefixes))


main()
