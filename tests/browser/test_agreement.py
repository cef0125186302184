"""Vigie and Chromium visit the same servers: both send the same requests, and end at the same page.

A row where they differ on purpose says why, and must differ.
"""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.browser import visits
from tests.browser.all import MODULES
from tests.browser.row import ROWS, Row
from tests.browser.visits import Visitors
from tests.house.paths import ROOT


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def visitors(request: pytest.FixtureRequest, real_servers: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visitors]:
    """Both visitors, on their way through the rows that were chosen."""
    chosen = [item.callspec.params["row"] for item in request.session.items if item.path == Path(__file__) and hasattr(item, "callspec")]
    async with visits.visitors(tmp_path_factory.mktemp("browser"), chosen) as both:
        yield both


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_vigie_goes_where_chromium_goes(row: Row, visitors: Visitors) -> None:
    seen = await visitors.of(row)
    if row.differs:
        assert not seen.agree, f"both agree now, though the row says that they do not: {row.differs}"
        return
    assert seen.vigie == seen.chromium, seen.verdict
    assert seen.vigie_end == seen.chromium_end, seen.verdict


def test_the_document_says_how_many_rows_there_are() -> None:
    there, differing = Counter(row.kind for row in ROWS.values()), Counter(row.kind for row in ROWS.values() if row.differs)
    lines = [f"| {kind} | {count} | {differing[kind]} |" for kind, count in there.items()]
    lines.append(f"| all | {there.total()} | {differing.total()} |")
    assert "\n".join(lines) in (ROOT / "docs/browser.md").read_text("utf-8")


def test_no_module_of_rows_is_forgotten() -> None:
    helpers = {"__main__", "all", "by_chromium", "by_vigie", "chromium", "end", "http2", "row", "test_agreement", "visits", "web"}
    there = {path.stem for path in Path(__file__).parent.glob("*.py")}
    assert {Path(module.__file__ or "").stem for module in MODULES} == there - helpers
