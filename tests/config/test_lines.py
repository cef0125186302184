"""A problem is reported on the line where it was written, whatever way YAML was written in."""

from pathlib import Path

import pytest

from probe.config.load import load
from probe.config.source import parse_source
from probe.errors import ConfigError
from tests.config.conftest import VALID


def _problems(path: Path, text: str) -> list[tuple[int, str]]:
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refused:
        load(path)
    return [(problem.line, problem.path) for problem in refused.value.problems]


def test_in_a_merged_mapping_the_line_is_where_the_value_stands_and_the_path_where_it_counts(valid: Path) -> None:
    text = (
        VALID
        + "      - &two\n        name: two\n        tile: uid-2\n        hosts: [a]\n        depth: logn\n"
        + "      - <<: *two\n        name: three\n        tile: t\n"
    )
    assert _problems(valid, text) == [(20, "hubs[0].idps[1].depth"), (20, "hubs[0].idps[2].depth")]


def test_a_key_written_out_wins_over_a_merged_one_and_the_first_merged_over_the_second() -> None:
    text = b"a: &a {x: a, y: a, z: a}\nb: &b {x: b, y: b, w: b}\nc: {<<: [*a, *b], x: c}\n"
    assert parse_source("f", text).data["c"] == {"x": "c", "y": "a", "z": "a", "w": "b"}


def test_an_alias_is_reported_on_its_use_and_what_is_in_it_on_its_own_line(valid: Path) -> None:
    text = "vantage: &bad 'a b'\n" + VALID.replace("name: fc", "name: *bad") + "        network: &net {proxy: x}\n    network: *net\n"
    assert _problems(valid, text) == [
        (1, "vantage"),
        (6, "hubs[0].name"),
        (17, "hubs[0].idps[0].network.proxy"),
        (17, "hubs[0].network.proxy"),
    ]


def test_flow_style_and_multi_line_values_have_their_own_lines(valid: Path) -> None:
    text = VALID + "    intervals: {\n      mire: x,\n      direct: y\n    }\n    hosts: [\n      a,\n      '::1:'\n    ]\n"
    assert _problems(valid, text) == [(17, "hubs[0].intervals.mire"), (18, "hubs[0].intervals.direct"), (22, "hubs[0].hosts[1]")]


def test_a_missing_key_is_reported_where_its_mapping_begins(valid: Path) -> None:
    assert _problems(valid, VALID.replace("        tile: uid-1\n", "")) == [(12, "hubs[0].idps[0].tile")]


def test_carriage_returns_and_a_byte_order_mark_change_nothing(valid: Path) -> None:
    valid.write_bytes(b"\xef\xbb\xbf" + VALID.replace("\n", "\r\n").encode())
    assert load(valid).hubs[0].name == "fc"


def test_scalars_stay_text_and_only_a_plain_null_is_none() -> None:
    data = parse_source("f", b"a: no\nb: 18:00\nc: 1962-08-24\nd: 0x10\ne: null\nf: ~\ng:\nh: 'null'\ni: ''\nj: !!int 3\n").data
    assert data == {
        "a": "no",
        "b": "18:00",
        "c": "1962-08-24",
        "d": "0x10",
        "e": None,
        "f": None,
        "g": None,
        "h": "null",
        "i": "",
        "j": "3",
    }
