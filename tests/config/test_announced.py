"""Which kinds of changes a hub must announce: a setting."""

from pathlib import Path

from probe.cli.options.quick_settings import glance
from probe.config.announced import announced_kinds
from probe.config.peek import peek
from probe.core.radar.change import ChangeKind
from probe.core.radar.notice import ANNOUNCED

PLAIN = "store: vigie.db\nhubs:\n  - name: fc\n    idps: [{name: ameli}]\n"


def written(tmp_path: Path, more: str = "") -> Path:
    path = tmp_path / "vigie.yml"
    path.write_text(PLAIN + more, encoding="utf-8")
    return path


def test_it_is_the_contracts_where_nothing_is_written(tmp_path: Path) -> None:
    found = peek(written(tmp_path))
    assert found is not None
    assert found.announced_of("fc") == ANNOUNCED
    assert announced_kinds([{"name": "fc"}]) == {}


def test_a_hub_may_set_its_own(tmp_path: Path) -> None:
    found = glance(written(tmp_path, "    changes: {announced: [tile_removed]}\n"))
    assert (found.announced_of("fc"), found.announced_of("other")) == (frozenset({ChangeKind.TILE_REMOVED}), ANNOUNCED)
