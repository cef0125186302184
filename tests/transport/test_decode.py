"""Content codings are undone under a cap that no piece passes, however the bytes come."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.transport.decode import Decoder
from probe.transport.failure import TooLargeError, UndecodableError

LIMIT = 100_000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def decoded(body: bytes, *codings: str, limit: int = LIMIT, size: int = 65_536) -> bytes:
    """The whole, fed in pieces of `size` bytes."""
    decoder = Decoder(codings, limit)
    found = b"".join(decoder.feed(body[at : at + size]) for at in range(0, len(body), size))
    decoder.finish()
    return found


@given(st.binary(max_size=2_000), st.integers(1, 50))
def test_every_coding_gives_back_what_was_packed_however_it_is_cut(data: bytes, size: int) -> None:
    assert decoded(gzip.compress(data), "gzip", size=size) == data
    assert decoded(zlib.compress(data), "deflate", size=size) == data
    assert decoded(gzip.compress(data[:9]) + gzip.compress(data[9:]), "x-GZIP", size=size) == data
    assert decoded(gzip.compress(zlib.compress(data)), "deflate", " gzip ", "identity", size=size) == data
    assert decoded(data, "identity", "", size=size) == data


def test_raw_deflate_is_read_as_browsers_do() -> None:
    assert decoded(raw_deflate(b"page" * 500), "deflate") == b"page" * 500


@pytest.mark.parametrize("codings", [["br"], ["gzip", "br"], ["compress"], ["gzip"] * 4])
def test_a_coding_that_was_not_offered_is_refused(codings: list[str]) -> None:
    with pytest.raises(UndecodableError):
        Decoder(codings, LIMIT)


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (b"<html>", "gzip"),
        (b"<html>", "deflate"),
        (gzip.compress(b"page" * 99)[:-9], "gzip"),
        (zlib.compress(b"page" * 99)[:-5], "deflate"),
    ],
    ids=["no gzip", "no deflate", "gzip cut short", "deflate cut short"],
)
def test_a_body_that_is_not_in_its_coding_or_is_cut_short_is_refused(body: bytes, coding: str) -> None:
    with pytest.raises(UndecodableError):
        decoded(body, coding)


def test_a_body_as_large_as_the_cap_is_read_and_one_byte_more_is_not() -> None:
    for codings, pack in (((), bytes), (("gzip",), gzip.compress), (("deflate",), zlib.compress)):
        assert len(decoded(pack(b"a" * LIMIT), *codings)) == LIMIT
        with pytest.raises(TooLargeError):
            decoded(pack(b"a" * (LIMIT + 1)), *codings)


def test_a_bomb_is_stopped_before_it_is_unpacked() -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 50_000_000))
    with pytest.raises(TooLargeError):
        decoded(bomb, "gzip", "gzip")


def test_a_hundred_members_are_read_and_one_more_is_not() -> None:
    assert decoded(gzip.compress(b"a") * 100, "gzip") == b"a" * 100
    with pytest.raises(TooLargeError):
        decoded(gzip.compress(b"a") * 101, "gzip")
