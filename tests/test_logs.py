"""Logs on standard error: one line an event, UTC, without secrets and without URLs."""

import io
import json
import logging
from collections.abc import Iterator

import httpx
import pytest
import structlog

from probe.logs import Masker, configure

SECRETS = ["s3cret/&=+", "Angela Claire", "été", 75107, {"given_name": "Wossewodda"}]


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def logged(*, as_json: bool, masker: Masker | None = None, level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    configure(as_json=as_json, stream=stream, masker=masker, level=level)
    return stream


def test_a_json_line_says_when_who_and_what() -> None:
    stream = logged(as_json=True)
    structlog.get_logger("probe.service.watch").info("started", hub="france", targets=3)
    line = json.loads(stream.getvalue())
    assert (line["message"], line["level"], line["logger"], line["hub"], line["targets"]) == (
        "started",
        "info",
        "probe.service.watch",
        "france",
        3,
    )
    assert line["timestamp"].endswith("Z")


def test_a_plain_line_is_key_value() -> None:
    stream = logged(as_json=False)
    structlog.get_logger("probe.service.watch").warning("two words", names=["a", "b"])
    line = stream.getvalue()
    assert line.count("\n") == 1
    assert 'level=warning logger=probe.service.watch message="two words"' in line
    assert line.startswith("time=")


@pytest.mark.parametrize("as_json", [True, False])
def test_secrets_are_masked_in_every_form_and_place(as_json: bool) -> None:
    stream = logged(as_json=as_json, masker=Masker(SECRETS))
    log = structlog.get_logger("x")
    log.info("plain s3cret/&=+ here", url="https://a/?q=s3cret%2F%26%3D%2B", deep={"list": ["Angela Claire"]}, number=75107)
    log.info("form", body="name=Angela+Claire&other=Angela%20Claire", claim="Wossewodda", Wossewodda=1)
    logging.getLogger("uvicorn.error").warning("from %s", "Angela Claire")
    text = stream.getvalue()
    for leaked in ("s3cret", "Angela", "75107", "Wossewodda"):
        assert leaked not in text
    assert text.count("***") >= 8


def test_values_too_short_to_mask_leave_the_line_readable() -> None:
    stream = logged(as_json=True, masker=Masker(["1", "fr", "", None, True]))
    structlog.get_logger("x").info("france 1", ok=True)
    assert json.loads(stream.getvalue())["message"] == "france 1"


def test_new_secrets_replace_the_old_ones() -> None:
    masker = Masker(["old secret"])
    masker.replace(["new secret"])
    assert (masker.text("old secret"), masker.text("new secret")) == ("old secret", "***")


@pytest.mark.parametrize("as_json", [True, False])
def test_an_exception_is_told_by_its_frames_and_name_never_by_its_text(as_json: bool) -> None:
    stream = logged(as_json=as_json)
    try:
        raise KeyError("value of a claim")
    except KeyError as error:
        structlog.get_logger("x").exception("failed")
        structlog.get_logger("x").error("failed", exc_info=error)
        logging.getLogger("y").exception("failed")
    text = stream.getvalue()
    assert text.count("KeyError") == 3
    assert text.count("test_an_exception_is_told") == 3
    assert "value of a claim" not in text


@pytest.mark.parametrize("level", ["debug", "info"])
async def test_httpx_never_logs_a_url(level: str) -> None:
    stream = logged(as_json=False, level=level)
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    async with httpx.AsyncClient(transport=transport) as client:
        await client.get("https://hub.test/callback?code=abc")
    logging.getLogger("httpcore.http11").debug("header cookie: %s", "session")
    logging.getLogger("uvicorn.access").info("GET /probe?x")
    assert stream.getvalue() == ""


def test_below_the_level_nothing_is_said() -> None:
    stream = logged(as_json=True, level="warning")
    structlog.get_logger("x").info("quiet")
    assert stream.getvalue() == ""
