"""Malformed notifications are read as far as possible, in linear time."""

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.http.notification import UNCLEAR, read_body
from exporters.http.requests import MalformedError
from tests.fakes.alertmanager import alert, notification

GOOD = json.dumps(alert(condition="C1"))


def body(*alerts: str, before: str = "", after: str = "") -> bytes:
    """A notification of alerts as they are written."""
    return f'{before}{{"version": "4", "alerts": [{", ".join(alerts)}]}}{after}'.encode("utf-8", "surrogatepass")


def nested(depth: int, what: str = "[") -> str:
    return what * depth + "]" * (depth if what == "[" else 0)


DEEP_OBJECTS = '{"annotations": ' + '{"x":' * 100_000 + "1" + "}" * 100_000 + ", " + GOOD[1:]
DEEP = '{"annotations": {"x": ' + nested(100_000) + "}, " + GOOD[1:]
ODD = {
    "a lone surrogate, escaped": ('{"annotations": {"a": "\\ud800"}, ' + GOOD[1:], True),
    "a number of many digits": ('{"x": ' + "9" * 100_000 + ", " + GOOD[1:], True),
    "a float that is too large": ('{"x": 1e999999999, ' + GOOD[1:], True),
    "no number": ('{"x": NaN, "y": -Infinity, ' + GOOD[1:], True),
    "a control character": ('{"annotations": {"a": "\x00\x1f\n"}, ' + GOOD[1:], True),
    "a name twice": ('{"x": 1, "x": 2, ' + GOOD[1:], True),
    "too deep to parse": (DEEP, True),
    "objects too deep to parse": (DEEP_OBJECTS, True),
    "too deep in a name that decides": (GOOD.replace('"C1"', nested(100_000)), True),
    "a comma too many": ("{,}", False),
    "no value": ('{"labels": }', False),
    "a bad escape": ('{"labels": {"alertname": "\\x"}}', False),
    "a word": ('{"labels": nothing}', False),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_in_one_alert_leaves_the_others_as_they_are(name: str) -> None:
    odd, is_read = ODD[name]
    first, second, third = read_body(body(GOOD, odd, GOOD))["alerts"]
    assert first == third == json.loads(GOOD)
    assert isinstance(second, dict) is is_read
    if is_read:
        assert second["startsAt"] == first["startsAt"]


@pytest.mark.parametrize(
    "content", [body(GOOD), body(GOOD, before="\ufeff"), body(GOOD).decode().encode("utf-16"), body(GOOD).decode().encode("utf-32-le")]
)
def test_it_is_read_in_any_form_of_unicode(content: bytes) -> None:
    assert read_body(content)["alerts"] == [json.loads(GOOD)]


def test_bytes_that_are_no_utf_8_are_marked_where_they_stand() -> None:
    told = read_body(body(GOOD.replace("Why it fires", "Why \ue000 fires")).replace("\ue000".encode(), b"\xff\xfe"))
    assert told["alerts"][0]["annotations"]["description"] == "Why \ufffd\ufffd fires."


@pytest.mark.parametrize("after", ["garbage", '{"alerts": []}', "]", "\x00"])
def test_what_follows_it_costs_nothing(after: str) -> None:
    assert read_body(body(GOOD, after=after))["alerts"][0] == json.loads(GOOD)


def test_of_a_body_that_is_cut_the_whole_alerts_are_read() -> None:
    whole = body(GOOD, GOOD, GOOD)
    for end in range(len(whole) - len(GOOD), len(whole) - 3):
        assert read_body(whole[:end])["alerts"] == [json.loads(GOOD)] * 2


def test_brackets_and_quotes_inside_texts_are_text() -> None:
    odd = json.dumps(alert(name='a "quoted" [ { } ] \\ "alerts": [ {'))
    assert read_body(body(odd, "{,}", odd))["alerts"] == [json.loads(odd), None, json.loads(odd)]


def test_of_a_body_with_very_many_brackets_each_alert_is_read_by_itself() -> None:
    odd = json.dumps({**alert(name="Odd"), "annotations": {"description": "[" * 60_000}})
    assert read_body(body(odd, GOOD))["alerts"] == [json.loads(odd), json.loads(GOOD)]
    lists = "[" + "[], " * 60_000 + "[]]"
    first, second = read_body(body(GOOD.replace('"C1"', lists), GOOD))["alerts"]
    assert (first["labels"]["condition"], second) == ([], json.loads(GOOD))
    assert read_body(body('{"x": [' + "[], " * 60_000 + "[]], " + GOOD[1:], GOOD))["alerts"][1] == json.loads(GOOD)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1, "a": 2}', UNCLEAR),
        ('{"a": "x", "a": "x"}', "x"),
        ('{"a": "x", "a": "y", "a": "x"}', UNCLEAR),
        ('{"a": {"x": 1}, "a": {"x": 1}}', UNCLEAR),
        ('{"a": null, "a": "x"}', UNCLEAR),
        ('{"a": [1], "a": [2], "a": [3]}', [1, 2, 3]),
    ],
)
def test_a_name_given_twice_is_clear_only_where_it_says_the_same(text: str, found: Any) -> None:
    assert read_body(text.encode())["a"] == found


@pytest.mark.parametrize(
    "content", [b"", b"x", b"{", b"\xff" * 10, b'{"alerts": [{,}]}', b'{"alerts": [' + b"[" * 100_000, b"[" * 100_000, b'"']
)
def test_what_holds_no_alert_is_no_notification(content: bytes) -> None:
    with pytest.raises(MalformedError, match="is no JSON"):
        read_body(content)


MIB = 1_048_576
LARGE = {
    "arrays": lambda size: b'{"alerts": [' + b"[]," * (size // 3),
    "brackets": lambda size: b'{"alerts": [' + b"[" * size,
    "closing": lambda size: b"]" * size,
    "quotes": lambda size: b'{"alerts": [' + b'"' * size,
    "escapes": lambda size: b'{"alerts": ["' + b"\\" * size,
    "names": lambda size: b'{"alerts": [], ' + b'"a":1,' * (size // 6) + b'"b": 1}',
    "lists": lambda size: b'{"alerts": []' + b',"alerts":[1]' * (size // 13) + b"}",
    "digits": lambda size: b'{"alerts": [' + b"9" * size + b"]}",
    "objects": lambda size: b'{"alerts": [' + b"{}," * (size // 3) + b"{,}]}",
}


@pytest.mark.parametrize("name", LARGE)
def test_the_work_grows_with_the_size_and_no_faster(name: str) -> None:
    """Twice as much takes about twice as long; were it quadratic, eight times as much would take 64
    times as long.
    """

    def cpu(size: int) -> float:
        content = LARGE[name](size)
        started = time.process_time()
        with suppress(MalformedError):
            read_body(content)
        return time.process_time() - started

    small = min(cpu(MIB // 8) for _ in range(3))
    assert cpu(MIB) < 30 * max(small, 0.01)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_json_of_whole_numbers_and_texts_is_read_as_everybody_reads_it(document: Any) -> None:
    assert read_body(json.dumps(document).encode()) == document


@given(st.binary(max_size=200), st.integers(0, 300), st.integers(0, 40))
def test_any_bytes_are_read_or_refused(more: bytes, at: int, gone: int) -> None:
    whole = json.dumps(notification(alert(), alert(5, 6, idp="ameli"))).encode()
    try:
        read_body(whole[:at] + more + whole[at + gone :])
    except MalformedError:
        return
