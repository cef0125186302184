"""Which hosts one owner runs, and which names anybody may register below."""

import pytest

from probe.transport.sites import is_local, is_public_suffix, registrable, site
from probe.transport.urls import parse


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("app.franceconnect.gouv.fr", "franceconnect.gouv.fr"),
        ("franceconnect.gouv.fr", "franceconnect.gouv.fr"),
        ("gouv.fr", "gouv.fr"),  # anybody's: a site of its own
        ("www.laposte.fr", "laposte.fr"),
        ("a.b.co.uk", "b.co.uk"),
        ("hub.test", "hub.test"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("www.xn--bcher-kva.test", "xn--bcher-kva.test"),
    ],
)
def test_registrable(host: str, name: str) -> None:
    assert registrable(host) == name


def test_public_suffixes() -> None:
    assert [host for host in ("fr", "gouv.fr", "co.uk", "hub.gouv.fr", "localhost", "10.0.0.1") if is_public_suffix(host)] == [
        "fr", "gouv.fr", "co.uk", "localhost",
    ]  # fmt: skip


def test_this_machine() -> None:
    hosts = ("localhost", "hub.localhost", "127.0.0.1", "127.9.9.9", "::1", "localhost.test", "10.0.0.1", "notlocalhost")
    assert [host for host in hosts if is_local(host)] == list(hosts[:5])


def test_a_site_is_scheme_and_name_whatever_the_port() -> None:
    assert site(parse("https://A.hub.test:8443/x")) == site(parse("https://hub.test")) != site(parse("http://hub.test"))
