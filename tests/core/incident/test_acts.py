"""Every kind of act has a type with its fields, which reads and writes its data."""

import re
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.core.incident.acts import (
    CONTENTS,
    LONGEST_LINE,
    ActData,
    Assigned,
    Closed,
    Escalated,
    Field,
    FieldError,
    Form,
    Graded,
    Linked,
    Observed,
    Opened,
    Resolved,
    content_of,
    fields_of,
)
from probe.core.incident.model import MACHINE, Act, ActKind, Fact, Origin, Relation, Severity, Way

PAGE = (Path(__file__).parents[3] / "docs" / "incidents.md").read_text(encoding="utf-8")


def test_every_kind_of_act_has_a_type_and_no_two_have_the_same() -> None:
    assert list(CONTENTS) == list(ActKind)
    assert len(set(CONTENTS.values())) == len(ActKind)


def as_on_the_page(field: Field) -> str:
    words = {bool: "true or false", Severity: "1 to 5"}
    told = field.form.value if field.form else words.get(field.type) or r" \| ".join(word.value for word in field.type)
    return f"`{field.name}`: {told}" if field.required else f"[`{field.name}`: {told}]"


@pytest.mark.parametrize("kind", ActKind)
def test_the_page_has_the_fields_of_each_act(kind: ActKind) -> None:
    row = f"| {kind} | {', '.join(as_on_the_page(field) for field in fields_of(CONTENTS[kind])) or '(none)'} |"
    assert row in PAGE.splitlines()


def test_the_page_has_no_other_fields() -> None:
    table = PAGE.partition("| act | fields |\n|---|---|\n")[2].partition("\n\n")[0]
    assert re.findall(r"^\| (\w+) \|", table, re.MULTILINE) == [kind.value for kind in ActKind]


# --- written


@pytest.mark.parametrize(
    ("content", "stored"),
    [
        (Graded(severity=Severity.CRITICAL), {"severity": 1}),
        (Assigned(to="level3"), {"to": "level3"}),
        (Observed(fact=Fact.ALERT, text="t", at_us=5), {"fact": "alert", "text": "t", "at_us": 5}),
        (Resolved(text="t"), {"text": "t"}),
        (Resolved(text="t", ended_us=0), {"text": "t", "ended_us": 0}),
        (Closed(way=Way.NO_REMARK, due_us=9), {"way": "no_remark", "due_us": 9}),
        (Escalated(severity=Severity.MAJOR, role="level3", due_us=9), {"severity": 2, "role": "level3", "due_us": 9}),
        (Linked(to=3, relation=Relation.SWALLOWS), {"to": 3, "relation": "swallows"}),
        (
            Opened(hub="fc", subject="idp:a", origin=Origin.IDP, severity=Severity.MAJOR, title="t"),
            {
                "hub": "fc", "subject": "idp:a", "origin": "idp", "severity": 2, "title": "t", "detail": "", "began_us": None, "idp": None,
                "blocking": False,
            },
        ),
    ],
)  # fmt: skip
def test_what_is_written_are_plain_values_that_earlier_versions_wrote_too(content: ActData, stored: dict[str, Any]) -> None:
    found = content.data()
    assert found == stored
    assert list(found) == list(stored)
    assert all(type(value) in (str, int, bool, type(None)) for value in found.values())
    assert content.act(7, 60, MACHINE) == Act(7, 60, MACHINE, content.kind, stored)


def values(field: Field) -> st.SearchStrategy[Any]:
    if issubclass(field.type, Enum):
        found: st.SearchStrategy[Any] = st.sampled_from(list(field.type))
    else:
        found = {str: st.text(min_size=1).filter(lambda text: bool(text.strip())), int: st.integers(), bool: st.booleans()}[field.type]
    return found if field.required else found | st.just(field.default)


@st.composite
def contents(draw: st.DrawFn) -> ActData:
    content = CONTENTS[draw(st.sampled_from(ActKind))]
    return content(**{field.name: draw(values(field)) for field in fields_of(content)})


@given(contents())
def test_what_was_written_is_read_as_it_was(content: ActData) -> None:
    assert content_of(content.act(1, 0, "Ada")) == content


# --- read


def test_what_may_be_left_out_may_also_be_null() -> None:
    assert Resolved.of({"text": "t"}) == Resolved.of({"text": "t", "ended_us": None}) == Resolved(text="t")
    assert Opened.of({"hub": "fc", "origin": "mail", "severity": 3, "title": "t", "blocking": None}).blocking is False


def test_what_is_not_known_is_passed_over() -> None:
    assert Assigned.of({"to": "level3", "colour": "red"}) == Assigned(to="level3")


@pytest.mark.parametrize(
    ("content", "data", "name"),
    [
        (Assigned, {}, "to"),
        (Assigned, {"to": None}, "to"),
        (Assigned, {"to": " \t"}, "to"),
        (Assigned, {"to": 3}, "to"),
        (Graded, {"severity": 0}, "severity"),
        (Graded, {"severity": "1"}, "severity"),
        (Graded, {"severity": True}, "severity"),
        (Graded, {"severity": 1, "reason": 5}, "reason"),
        (Linked, {"to": True, "relation": "related"}, "to"),
        (Linked, {"to": 3, "relation": "cousin_of"}, "relation"),
        (Linked, {"to": 3, "relation": 3}, "relation"),
        (Closed, {"way": "agreed", "when_us": "yesterday"}, "when_us"),
        (Closed, {"way": "agreed", "when_us": 1.5}, "when_us"),
        (Opened, {"hub": "fc", "origin": "mail", "severity": 3, "title": "t", "blocking": 1}, "blocking"),
    ],
)
def test_a_field_that_is_missing_or_invalid_is_named(content: type[ActData], data: Any, name: str) -> None:
    with pytest.raises(FieldError, match=f"the field {name} is missing or invalid") as raised:
        content.of(data)
    assert raised.value.name == name


def test_the_machines_own_line_may_be_longer_than_what_a_person_may_send() -> None:
    assert (Form.LINE.longest, Form.TEXT.longest, Form.INSTANT.longest) == (LONGEST_LINE, 20_000, None)
    names = ", ".join(f"idp-{number}" for number in range(60))
    assert len(names) > LONGEST_LINE
    assert content_of(Act(1, 0, MACHINE, ActKind.NOTIFIED, {"to": names})).data() == {"to": names}
