"""Whatever stands in the file, the answer is a configuration or a ConfigError:
never another exception, never a wait.
"""

import string
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probe.config.load import load_with_warnings
from probe.config.models import Config
from probe.errors import ConfigError
from tests.config.conftest import ROOT, VALID, write_secret

_SLOW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
_TOKENS = [*"[]{}:,-&*!|>'\"%@`#?~<=. \n\t\\0aé", "<<: ", "&a ", "*a ", "\n  ", "- ", "null", "hubs:"]
_YAML = st.lists(st.sampled_from(_TOKENS), max_size=60).map("".join)
_ANY = st.one_of(_YAML, st.text(max_size=30), st.text(alphabet=string.printable, max_size=30))
_NAUGHTY = st.sampled_from(
    [
        "\\uD800",
        "http://[",
        "http://a:b:c",
        "[::1",
        "9" * 400,
        "1" * 30 + "d",
        "\u0661\u0662s",
        "xn--",
        "a" * 5000,
        "(" * 900,
        "[" * 900,
        "${HOME}",
        "/" * 300,
        "~",
        ".",
    ]
)
_LINES = VALID.splitlines(keepends=True)


@pytest.fixture
def loads(tmp_path: Path) -> Callable[[bytes], None]:
    write_secret(tmp_path / "secret")
    file = tmp_path / "vigie.yml"

    def check(content: bytes) -> None:
        file.write_bytes(content)
        refusal: ConfigError | None = None
        try:
            config, _ = load_with_warnings(file)
        except ConfigError as error:
            refusal = error
        if refusal is None:
            assert isinstance(config, Config)
        else:
            assert str(refusal).encode("utf-8")
            assert all(problem.line >= 1 and problem.message for problem in refusal.problems)

    return check


@_SLOW
@given(st.binary(max_size=300))
def test_any_bytes(loads: Callable[[bytes], None], content: bytes) -> None:
    loads(content)


@_SLOW
@given(_YAML)
def test_any_text_that_looks_like_yaml(loads: Callable[[bytes], None], text: str) -> None:
    loads(text.encode())


@_SLOW
@given(st.integers(0, len(_LINES) - 1), st.one_of(_ANY, _NAUGHTY), st.booleans())
def test_a_good_file_with_any_value_in_one_place(loads: Callable[[bytes], None], number: int, value: str, quoted: bool) -> None:
    key, colon, _ = _LINES[number].rstrip("\n").partition(": ")
    written = '"' + value.replace('"', "'") + '"' if quoted else value
    changed = [*_LINES[:number], f"{key}{colon or ' '}{written}\n", *_LINES[number + 1 :]]
    loads("".join(changed).encode("utf-8", "replace"))


@_SLOW
@given(st.data())
def test_the_manual_with_a_few_bytes_changed(loads: Callable[[bytes], None], data: st.DataObject) -> None:
    content = bytearray((ROOT / "config" / "vigie.yml").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.sampled_from(b"[]{}:,-&*!|>'\"#? \n\tx0"))
    loads(bytes(content))
