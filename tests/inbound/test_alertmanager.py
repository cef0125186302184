"""What a notification says, before anybody is asked: its alerts, their scopes,
and what is no notification.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from probe.core.incident.model import Severity
from probe.core.plain_text import refused_in_block
from probe.errors import InputError
from probe.inbound.alertmanager import _OWN, Known, Unplaced, by_weight, parse_time, place, placed, read
from probe.incidents.service import Alert
from tests.fakes.alertmanager import alert, at_us, notification

ONE = Known({"fc": frozenset({"ameli", "yris"})}, {"fc": frozenset({"eidas2"})})
TWO = Known({"fc": frozenset({"ameli"}), "agent": frozenset({"ameli"})})
RULES = Path(__file__).parents[2] / "config" / "prometheus" / "vigie.rules.yml"


def only(*, known: Known = ONE, starts: float = 0, ends: float | None = None, name: str = "Rule", **labels: str) -> Alert | Unplaced:
    (firing,) = read(notification(alert(starts, ends, name, **labels))).alerts
    return place(firing, known)


def scope(**labels: Any) -> tuple[str, str, int, str]:
    found = only(**labels)
    assert isinstance(found, Alert)
    return found.hub, found.subject, int(found.severity), found.name


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ({"condition": "mire_missing"}, ("fc", "mire_missing", 1, "Rule")),
        ({"condition": "C3"}, ("fc", "all_idps_unavailable", 1, "Rule")),
        ({"condition": "mire_missing", "idp": "ameli", "vigie_severity": "2"}, ("fc", "mire_missing", 2, "Rule")),
        ({"condition": "another"}, ("fc", "", 3, "Rule")),
        ({"idp": "ameli"}, ("fc", "idp:ameli", 2, "Rule")),
        ({"idp": "ameli", "vigie_severity": "1"}, ("fc", "idp:ameli", 1, "Rule")),
        ({"idp": "ameli", "vigie_severity": "4"}, ("fc", "", 4, "Rule:ameli")),
        ({"idp": "another"}, ("fc", "", 3, "Rule")),
        ({"hub": "fc", "vigie_severity": "5"}, ("fc", "", 5, "Rule")),
        ({"vigie_severity": "0"}, ("fc", "", 3, "Rule")),
        ({"vigie_severity": "critical"}, ("fc", "", 3, "Rule")),
        ({"vigie_subject": "slow"}, ("fc", "slow", 2, "Rule")),
        ({"vigie_subject": "accounts"}, ("fc", "accounts", 1, "Rule")),
        ({"vigie_subject": "slow:ameli"}, ("fc", "slow:ameli", 3, "Rule")),
        ({"vigie_subject": "idp:ameli"}, ("fc", "idp:ameli", 2, "Rule")),
        ({"vigie_subject": "idp:another"}, ("fc", "", 3, "Rule")),
        ({"vigie_subject": "client:eidas2"}, ("fc", "client:eidas2", 3, "Rule")),
        ({"vigie_subject": "client:another"}, ("fc", "", 3, "Rule")),
        ({"vigie_subject": "idp:ameli@eidas2", "idp": "ameli", "vigie_severity": "3"}, ("fc", "idp:ameli@eidas2", 3, "Rule")),
        ({"vigie_subject": "idp:ameli@another", "idp": "ameli", "vigie_severity": "3"}, ("fc", "", 3, "Rule:ameli")),
        ({"vigie_subject": "anything"}, ("fc", "", 3, "Rule")),
        ({"name": "VigieIdpSlow", "idp": "ameli", "vigie_severity": "3"}, ("fc", "slow:ameli", 3, "VigieIdpSlow")),
        ({"name": "VigieIdpIntermittent", "idp": "ameli", "vigie_severity": "3"}, ("fc", "intermittent:ameli", 3, "VigieIdpIntermittent")),
        ({"name": "VigieHubSlow", "vigie_severity": "2"}, ("fc", "slow", 2, "VigieHubSlow")),
        ({"vigie_subject": "security:client"}, ("fc", "security:client", 1, "Rule")),
        ({"vigie_subject": "security:anything"}, ("fc", "", 3, "Rule")),
        ({"name": "VigieNegativePassed", "target": "idp", "vigie_severity": "2"}, ("fc", "security:idp", 2, "VigieNegativePassed")),
        ({"name": "VigieAccountChanged", "vigie_severity": "1"}, ("fc", "accounts", 1, "VigieAccountChanged")),
    ],
)
def test_its_labels_say_what_an_alert_is_about_and_how_bad_it_is(labels: dict[str, str], found: tuple[str, str, int, str]) -> None:
    assert scope(**labels) == found


def test_our_rules_that_are_named_are_there() -> None:
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    assert set(_OWN) <= {rule.get("alert") for group in groups for rule in group["rules"]}


def test_the_hub_that_is_named_is_meant_else_the_first() -> None:
    named, unnamed = only(known=TWO, hub="agent"), only(known=TWO)
    assert isinstance(named, Alert)
    assert isinstance(unnamed, Alert)
    assert (named.hub, unnamed.hub) == ("agent", "fc")


def test_an_alert_of_another_hub_concerns_nothing_of_ours() -> None:
    found = only(known=TWO, hub="elsewhere")
    assert found == Unplaced("Rule", "hub 'elsewhere' is none of: fc, agent")


def test_instants_are_read_to_the_microsecond() -> None:
    found = only(starts=1.5, ends=2.25)
    assert isinstance(found, Alert)
    assert (found.starts_us, found.ends_us) == (at_us(1.5), at_us(2.25))


def test_what_fires_has_no_end_whatever_it_says() -> None:
    (firing,) = read(notification({**alert(), "endsAt": "2030-01-01T00:00:00Z"})).alerts
    found = place(firing, ONE)
    assert isinstance(found, Alert)
    assert found.ends_us is None


def test_an_end_before_the_start_is_the_start() -> None:
    found = only(starts=10, ends=5)
    assert isinstance(found, Alert)
    assert found.ends_us == found.starts_us


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("1970-01-01T00:00:01Z", 1_000_000),
        ("1970-01-01T00:00:01.000001999Z", 1_000_001),
        ("1970-01-01T01:00:01+01:00", 1_000_000),
        ("0001-01-01T00:00:00Z", 0),
    ],
)
def test_go_writes_instants_so(text: str, us: int) -> None:
    assert parse_time(text) == us


@pytest.mark.parametrize("text", ["", "now", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "1e9", None, 5, True])
def test_what_is_no_instant_is_refused(text: Any) -> None:
    with pytest.raises(ValueError, match=r"instant|range|month"):
        parse_time(text)


def test_what_is_shown_is_one_line_and_what_can_be_printed() -> None:
    firing = {**alert(), "annotations": {"summary": "a\x1b[2Jb\nsecond", "description": "x\0y\nz\u202e"}}
    found = place(read(notification(firing)).alerts[0], ONE)
    assert isinstance(found, Alert)
    assert found.title == "a [2Jb"
    assert found.detail.splitlines()[:2] == ["x y", "z"]
    assert "alertname=VigieIdpUnavailable" in found.detail


def test_an_alert_without_words_is_called_by_its_rule() -> None:
    found = place(read(notification({**alert(name="Rule"), "annotations": {}})).alerts[0], ONE)
    assert isinstance(found, Alert)
    assert found.title == "Rule"


def test_the_same_labels_have_the_same_name_whoever_forgot_to_give_it() -> None:
    bare = {**alert(name="Rule", b="2", a="1"), "fingerprint": ""}
    turned = {**bare, "labels": dict(reversed(bare["labels"].items()))}
    other = {**bare, "labels": {**bare["labels"], "a": "2"}}
    names = [
        found.fingerprint for one in (bare, turned, other) if isinstance(found := place(read(notification(one)).alerts[0], ONE), Alert)
    ]
    assert names[0] == names[1] != names[2]


def test_alerts_are_taken_in_the_order_in_which_they_began() -> None:
    found = placed(read(notification(alert(9, name="c"), alert(1, 2, name="a"), alert(5, name="b"))), ONE)
    assert [one.name for one in found] == ["a", "b", "c"]


NONE: dict[str, Any] = {
    "nothing": {},
    "an array": [],
    "a text": "x",
    "null": None,
    "no alerts": {"version": "4"},
    "alerts of another kind": notification(alerts={}),
    "a text of alerts": notification(alerts="xxxxx"),
}


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_notification_is_refused_and_no_value_of_it_repeated(name: str) -> None:
    with pytest.raises(InputError) as refused:
        read(NONE[name])
    assert str(refused.value)
    assert "xxxxx" not in str(refused.value)


DEEP: Any = "xxxxx"
for _ in range(400):
    DEEP = [DEEP]
ODD: dict[str, Any] = {
    "another kind": "xxxxx",
    "null": None,
    "another status": {**alert(), "status": "xxxxx"},
    "no status": {key: value for key, value in alert().items() if key != "status"},
    "a status of another kind": {**alert(), "status": ["xxxxx"]},
    "no start": {**alert(), "startsAt": None},
    "a start that is none": {**alert(), "startsAt": "xxxxx"},
    "a start on no day": {**alert(), "startsAt": "2026-02-30T00:00:00Z"},
    "a start of another kind": {**alert(), "startsAt": {"xxxxx": 1}},
    "an end that is none": {**alert(0, 5), "endsAt": "xxxxx"},
    "no labels": {**alert(), "labels": None},
    "labels of another kind": {**alert(), "labels": ["xxxxx"]},
    "a name of another kind": {**alert(), "labels": {"alertname": ["xxxxx"]}},
    "a condition of another kind": alert(condition={"xxxxx": 1}),  # type: ignore[arg-type]
    "a severity of another kind": alert(vigie_severity=True),  # type: ignore[arg-type]
    "a hub of another kind": alert(hub=2.5),  # type: ignore[arg-type]
    "an IdP of another kind": alert(idp=DEEP),
}


@pytest.mark.parametrize("name", ODD)
def test_an_alert_that_cannot_be_understood_is_refused_alone_and_no_value_of_it_repeated(name: str) -> None:
    found = placed(read(notification(alerts=[alert(name="A"), ODD[name], alert(1, name="B")])), ONE)
    assert [one.name for one in found if isinstance(one, Alert)] == ["A", "B"]
    (lost,) = (one for one in found if isinstance(one, Unplaced))
    assert lost.number == 2
    assert "xxxxx" not in lost.name + lost.why


TOLD: dict[str, Any] = {
    "a long annotation": {"annotations": {"description": "x" * 1_000_000}},
    "a null annotation": {"annotations": {"summary": None, "description": None}},
    "annotations null": {"annotations": None},
    "annotations of another kind": {"annotations": ["x"]},
    "an annotation of another kind": {"annotations": {"summary": {"x": DEEP}, "description": [1]}},
    "many annotations": {"annotations": {f"a{number}": "x" for number in range(5_000)}},
    "half a character": {"annotations": {"summary": "a\ud800b", "\udc00": "x"}},
    "control characters": {"annotations": {"summary": "\0\x1b[2J", "description": "\x85"}},
    "a long link": {"generatorURL": "http://x/" + "x" * 1_000_000},
    "a link of another kind": {"generatorURL": {"x": 1}},
    "a long fingerprint": {"fingerprint": "0" * 10_000},
    "a fingerprint of another kind": {"fingerprint": 12},
    "an end that is none while it fires": {"endsAt": "yesterday"},
    "no end": {"endsAt": None},
    "more keys": {"x": DEEP, "startsat": 1},
}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_only_told_never_costs_an_alert(name: str) -> None:
    (found,) = placed(read(notification({**alert(condition="C1"), **TOLD[name]})), ONE)
    assert isinstance(found, Alert)
    assert (found.subject, int(found.severity), found.starts_us) == ("mire_missing", 1, at_us(0))
    assert len(found.title) <= 200
    assert len(found.detail) <= 4_000
    assert re.fullmatch("[0-9a-f]{16}", found.fingerprint)


LABELS: dict[str, dict[str, Any]] = {
    "a long one": {"note": "x" * 1_000_000},
    "a long name": {"x" * 1_000_000: "x"},
    "many": {f"l{number}": "x" for number in range(5_000)},
    "null": {"note": None},
    "another kind": {"note": [DEEP]},
    "half a character": {"note": "\ud800", "\udfff": "x"},
    "deciding ones that are null": {"idp": None, "hub": None, "vigie_subject": None},
    "deciding ones that are empty": {"idp": "", "hub": "", "vigie_subject": "", "vigie_severity": ""},
    "a number as the severity": {"vigie_severity": 1},
}


@pytest.mark.parametrize("name", LABELS)
def test_labels_that_decide_nothing_never_cost_an_alert(name: str) -> None:
    one = alert(condition="C1")
    (found,) = placed(read(notification({**one, "labels": {**one["labels"], **LABELS[name]}})), ONE)
    assert isinstance(found, Alert)
    assert (found.hub, found.subject, int(found.severity)) == ("fc", "mire_missing", 1)
    assert "condition=C1" in found.detail


def test_many_labels_hide_none_that_decides() -> None:
    one = alert(condition="C1")
    labels = {**{f"a{number:05}": "x" * 300 for number in range(500)}, **one["labels"]}
    (found,) = placed(read(notification({**one, "labels": labels})), ONE)
    assert isinstance(found, Alert)
    assert found.subject == "mire_missing"


@pytest.mark.parametrize(
    "more", [{"version": None}, {"version": 4}, {"version": "5"}, {"status": 1, "groupLabels": DEEP, "truncatedAlerts": "x"}]
)
def test_what_nothing_depends_on_may_be_anything(more: dict[str, Any]) -> None:
    assert len(read({**notification(alert()), **more}).alerts) == 1
    assert read({**notification(), **more, "alerts": None}).alerts == []


def test_of_two_long_names_each_is_a_rule_of_its_own() -> None:
    found = [only(name="x" * 5_000 + end) for end in "ab"]
    assert len({one.name for one in found}) == 2
    assert all(isinstance(one, Alert) and len(one.name) <= 200 for one in found)


def test_the_worst_comes_first_and_neither_what_fires_nor_what_is_over_waits_for_the_other() -> None:
    told = [alert(number, name=f"Low{number}", vigie_severity="4") for number in range(50)]
    told += [alert(number, number + 1, name=f"Over{number}", vigie_severity="4") for number in range(50)]
    told += [alert(90, name="Bad", condition="C1"), alert(91, 92, name="Ended", vigie_severity="1")]
    found = placed(read(notification(*told)), ONE)
    weighed = by_weight([(place, one) for place, one in enumerate(found) if isinstance(one, Alert)])
    assert sorted(place for place, _ in weighed) == list(range(len(found)))
    names = [one.name for _, one in weighed]
    assert set(names[:2]) == {"Bad", "Ended"}
    assert names[2:6] == ["Low0", "Over0", "Low1", "Over1"]


def test_the_alerts_of_a_scope_stay_in_their_order() -> None:
    told = [alert(5, idp="ameli", name="B"), alert(0, 3, idp="ameli", name="A"), alert(1, idp="ameli", name="C", vigie_severity="1")]
    found = placed(read(notification(*told)), ONE)
    weighed = by_weight([(place, one) for place, one in enumerate(found) if isinstance(one, Alert)])
    assert [one.name for _, one in weighed] == ["A", "C", "B"]


@pytest.mark.parametrize("labels", [{}, {"alertname": ""}, {"alertname": " \x00"}])
def test_an_alert_without_a_name_concerns_nothing_of_ours(labels: dict[str, str]) -> None:
    assert isinstance(place(read(notification({**alert(), "labels": labels})).alerts[0], ONE), Unplaced)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["version", "alerts", "status", "labels", "startsAt", "x"]), inner)
    ),
    max_leaves=20,
)
ODD_ALERT = st.fixed_dictionaries(
    {"status": st.sampled_from(["firing", "resolved"]), "labels": st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=4)},
    optional={
        "startsAt": st.sampled_from(["2026-11-20T10:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999-12:00", ""]) | JSON
    },
)


@given(st.one_of(JSON, st.lists(ODD_ALERT | JSON, max_size=4).map(lambda found: notification(alerts=found))))
def test_any_document_is_a_notification_or_is_refused(document: Any) -> None:
    try:
        found = placed(read(document), ONE)
    except InputError:
        return
    for one in found:
        assert not refused_in_block(one.name)
        assert isinstance(one, Unplaced) or isinstance(one.severity, Severity)
