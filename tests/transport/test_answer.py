"""An answer that comes line by line and piece by piece: what is kept, and what ends it."""

import gzip

import pytest

from probe.core.judgement.observation import Reason
from probe.transport.answer import HEAD_LIMIT, PAGE_LIMIT, PIECES_LIMIT, AnswerReader


def read(*lines: bytes, pieces: tuple[bytes, ...] = ()) -> AnswerReader:
    """An answer of these lines of heads, and of pieces until one is refused."""
    answer = AnswerReader()
    for line in lines:
        answer._line(line)
    for piece in pieces:
        if answer._piece(piece) is not None:
            break
    return answer


def test_interim_heads_and_trailers_are_no_part_of_the_head() -> None:
    answer = read(b"HTTP/1.1 103 Early Hints\r\n", b"Link: x\r\n", b"\r\n", b"HTTP/1.1 200 OK\r\n", b"A: 1\r\n", b"\r\n", b"Late: 2\r\n")
    assert (answer.status, answer.fields, answer.complete) == (200, [(b"a", b"1")], True)


def test_a_folded_line_goes_on_and_a_line_without_a_colon_is_skipped() -> None:
    answer = read(b"HTTP/1.1 200 OK\r\n", b"A: 1\r\n", b"  2\r\n", b"nothing\r\n", b"B : 3\r\n", b"\r\n")
    assert answer.fields == [(b"a", b"1 2"), (b"b", b"3")]


def test_a_head_without_its_end_is_not_complete() -> None:
    assert not read(b"HTTP/1.1 200 OK\r\n", b"A: 1\r\n").complete


def test_a_small_body_that_unfolds_to_a_large_one_ends_the_transfer_early() -> None:
    squeezed = gzip.compress(bytes(64 << 20))
    pieces = tuple(squeezed[start : start + 1_000] for start in range(0, len(squeezed), 1_000))
    answer = read(b"HTTP/1.1 200 OK\r\n", b"Content-Encoding: gzip\r\n", b"\r\n", pieces=pieces)
    assert answer.failure is not None
    assert answer.failure.reason is Reason.TOO_LARGE
    assert answer._size < len(squeezed) / 8


@pytest.mark.parametrize(
    ("head", "pieces"),
    [
        ((b"X: " + b"x" * HEAD_LIMIT + b"\r\n",), ()),
        ((b"\r\n",), (b"x" * (PAGE_LIMIT + 1),)),
        ((b"\r\n",), (b"x",) * (PIECES_LIMIT + 1)),
    ],
    ids=["head", "body", "pieces"],
)
def test_each_cap_ends_the_transfer(head: tuple[bytes, ...], pieces: tuple[bytes, ...]) -> None:
    failure = read(b"HTTP/1.1 200 OK\r\n", *head, pieces=pieces).failure
    assert failure is not None
    assert failure.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("code", ["99", "1000", "0200", "9" * 40, "9" * 5_000, "abc", ""])
def test_a_status_that_has_not_three_digits_ends_the_transfer(code: str) -> None:
    answer = read(f"HTTP/1.1 {code} X\r\n".encode())
    assert answer.failure is not None
    assert (answer.failure.reason, answer.status) == (Reason.HEAD_REFUSED, None)


@pytest.mark.parametrize(
    ("coding", "length", "whole"),
    [
        ("identity", "2", True),
        ("identity", "3", False),
        ("chunked", "2", False),
        ("x, Chunked", "2", False),
        ("identity", "9" * 5_000, False),
    ],
)
def test_a_length_beside_a_transfer_coding_that_is_none_is_heeded(coding: str, length: str, whole: bool) -> None:
    head = (f"Transfer-Encoding: {coding}\r\n".encode(), f"Content-Length: {length}\r\n".encode(), b"\r\n")
    answer = read(b"HTTP/1.1 200 OK\r\n", *head, pieces=(b"o", b"k"))
    assert (answer.whole, answer.body()) == (whole, b"ok")


def test_no_body_beside_a_transfer_coding_that_is_none_is_whole_at_once() -> None:
    assert read(b"HTTP/1.1 200 OK\r\n", b"Transfer-Encoding: identity\r\n", b"Content-Length: 0\r\n", b"\r\n").whole
