"""Content codings are undone under a cap that no piece passes, however the bytes come."""

import gzip
import sys
import time
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.transport.decode import Decoder
from probe.transport.failure import TooLargeError, UndecodableError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LIMIT = 100_000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def zstandard(data: bytes) -> bytes:
    return zstd.compress(data)


PACKERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstandard}


def decoded(body: bytes, *codings: str, limit: int = LIMIT, size: int = 65_536) -> bytes:
    """The whole, fed in pieces of `size` bytes."""
    decoder = Decoder(codings, limit)
    return b"".join(decoder.feed(body[at : at + size]) for at in range(0, len(body), size))


@given(st.binary(max_size=2_000), st.integers(1, 50))
def test_every_coding_gives_back_what_was_packed_however_it_is_cut(data: bytes, size: int) -> None:
    for coding, pack in PACKERS.items():
        assert decoded(pack(data), coding, size=size) == data
    assert decoded(raw_deflate(data), "deflate", size=size) == data
    assert decoded(gzip.compress(zlib.compress(data)), "deflate", " x-GZIP ", "identity", size=size) == data
    assert decoded(data, "identity", "", size=size) == data
    assert decoded(zstandard(data[:9]) + zstandard(data[9:]), "zstd", size=size) == data
    for after in (b"\n", b"\0" * 9, b"<!-- cached -->"):
        assert decoded(zstandard(data) + after, "zstd", size=size) == data


@given(st.binary(max_size=200), st.binary(max_size=200), st.booleans(), st.booleans(), st.binary(max_size=40), st.integers(1, 50))
def test_each_field_of_a_gzip_head_is_passed_over(extra: bytes, name: bytes, comment: bool, check: bool, data: bytes, size: int) -> None:
    name = name.replace(b"\0", b"")
    head = b"\x1f\x8b\x08" + bytes([(4 if extra else 0) | (8 if name else 0) | (16 if comment else 0) | (2 if check else 0)]) + bytes(6)
    head += (len(extra).to_bytes(2, "little") + extra if extra else b"") + (name + b"\0" if name else b"")
    head += (b"why\0" if comment else b"") + (b"cs" if check else b"")
    assert decoded(head + raw_deflate(data), "gzip", size=size) == data


@pytest.mark.parametrize("codings", [["utf-8"], ["none"], ["gzip", "compress"], ["compress"], ["aes128gcm"]])
def test_a_body_in_a_coding_that_nobody_knows_is_taken_as_it_is(codings: list[str]) -> None:
    body = gzip.compress(b"page")
    assert decoded(body, *codings) == body


@pytest.mark.parametrize(
    "after", [b"\n", b"<!-- cached -->", b"\0" * 8, gzip.compress(b"more")], ids=["line end", "comment", "zeros", "member"]
)
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_what_follows_a_stream_is_ignored(coding: str, after: bytes) -> None:
    body = PACKERS[coding](b"page" * 99) + after
    for size in (1, 7, 65_536):
        assert decoded(body, coding, size=size) == b"page" * 99


@pytest.mark.parametrize("coding", PACKERS)
def test_a_stream_that_ends_too_early_gives_what_came(coding: str) -> None:
    page = bytes(range(256)) * 200
    assert page.startswith(decoded(PACKERS[coding](page)[:-5], coding))


def test_the_check_sum_of_gzip_is_not_looked_at() -> None:
    assert decoded(gzip.compress(b"page" * 99)[:-8], "gzip") == b"page" * 99
    assert decoded(gzip.compress(b"page" * 99)[:-8] + b"wrong!!!", "gzip") == b"page" * 99


@pytest.mark.parametrize("coding", PACKERS)
def test_a_body_that_is_not_in_its_coding_is_refused(coding: str) -> None:
    for body in (b"<html><body>" * 9, b"\xff" * 40):
        with pytest.raises(UndecodableError):
            decoded(body, coding)


def test_more_codings_than_three_are_refused() -> None:
    with pytest.raises(UndecodableError):
        Decoder(["gzip"] * 4, LIMIT)


def test_a_body_as_large_as_the_cap_is_read_and_one_byte_more_is_not() -> None:
    for codings, pack in (((), bytes), *(((coding,), pack) for coding, pack in PACKERS.items())):
        assert len(decoded(pack(b"a" * LIMIT), *codings)) == LIMIT
        with pytest.raises(TooLargeError):
            decoded(pack(b"a" * (LIMIT + 1)), *codings)


def test_a_bomb_is_stopped_before_it_is_unpacked() -> None:
    zeros = b"\0" * 50_000_000
    for coding, pack in PACKERS.items():
        for bomb, codings in ((pack(zeros), (coding,)), (pack(pack(zeros)), (coding, coding))):
            with pytest.raises(TooLargeError):
                decoded(bomb, *codings)


def test_a_hundred_frames_are_read_and_one_more_is_not() -> None:
    assert decoded(zstandard(b"a") * 100, "zstd") == b"a" * 100
    with pytest.raises(TooLargeError):
        decoded(zstandard(b"a") * 101, "zstd")


def test_a_frame_that_asks_for_much_memory_is_refused() -> None:
    options = {int(zstd.CompressionParameter.window_log): 27, int(zstd.CompressionParameter.enable_long_distance_matching): 1}
    body = zstd.compress(b"page" * 9_000_000, options=options)
    with pytest.raises(UndecodableError):
        decoded(body, "zstd")


def test_a_gzip_head_without_end_is_refused() -> None:
    with pytest.raises(TooLargeError):
        decoded(b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * 100_000, "gzip", size=1_000)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_what_follows_a_stream_is_not_collected(coding: str) -> None:
    decoder = Decoder([coding], LIMIT)
    assert decoder.feed(PACKERS[coding](b"x")) == b"x"
    began = time.process_time()
    assert all(decoder.feed(b"z" * 100) == b"" for _ in range(20_000))
    assert time.process_time() - began < 1
