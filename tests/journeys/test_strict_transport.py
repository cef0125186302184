"""A host that said so is asked over TLS, whatever an address says (RFC 6797)."""

import time

import pytest

from probe.core.judgement.attribution import Party
from probe.core.judgement.observation import Step
from probe.journeys.browser import upgraded
from probe.journeys.exchange import Answer, Ask
from probe.journeys.strict_transport import StrictHosts, over_tls

HUB = "https://hub.test/a"


def heard(*said: tuple[str, str]) -> StrictHosts:
    hosts = StrictHosts()
    for url, header in said:
        hosts.noted(Answer(url, 200, {"strict-transport-security": header}))
    return hosts


@pytest.mark.parametrize(
    ("said", "asked", "over"),
    [
        pytest.param([], "http://hub.test/x", False, id="nothing was said"),
        pytest.param([(HUB, "max-age=60")], "http://hub.test/x", True, id="the host"),
        pytest.param([(HUB, "max-age=60")], "http://www.hub.test/x", False, id="one below"),
        pytest.param([(HUB, "Max-Age=60 ; IncludeSubDomains; preload")], "http://a.b.hub.test/x", True, id="all below"),
        pytest.param([(HUB, "max-age=60; includeSubDomains")], "http://nothub.test/x", False, id="a name that ends so"),
        pytest.param([(HUB, "max-age=60"), (HUB, "max-age=0")], "http://hub.test/x", False, id="taken back"),
        pytest.param([(HUB, 'max-age="60"')], "http://hub.test/x", True, id="quoted"),
        pytest.param([(HUB, "includeSubDomains")], "http://hub.test/x", False, id="without an age"),
        pytest.param([(HUB, "max-age=60; max-age=60")], "http://hub.test/x", False, id="twice"),
        pytest.param([(HUB, "max-age=60, max-age=0")], "http://hub.test/x", True, id="the first of two headers"),
        pytest.param([(HUB, "max-age=-1")], "http://hub.test/x", False, id="no age"),
        pytest.param([("http://hub.test/a", "max-age=60")], "http://hub.test/x", False, id="said without TLS"),
        pytest.param([("https://127.0.0.1/a", "max-age=60")], "http://127.0.0.1/x", False, id="an address"),
        pytest.param([("https://[::1]/a", "max-age=60")], "http://[::1]/x", False, id="an address of IPv6"),
    ],
)
def test_who_said_it_is_asked_over_tls(said: list[tuple[str, str]], asked: str, over: bool) -> None:
    assert heard(*said).secured(asked) == (asked.replace("http:", "https:") if over else asked)


def test_a_name_of_thousands_of_labels_costs_little() -> None:
    """Each of its ends would be looked up, of which each is long."""
    strict, url = heard((HUB, "max-age=60; includeSubDomains")), f"http://{'a.' * 30_000}hub.test/"
    begun = time.process_time()
    assert strict.secured(url) == url
    assert time.process_time() - begun < 0.05


def test_the_address_of_the_service_provider_stays_as_it_is() -> None:
    """Nobody asks it: the journey ends where the browser is sent there."""
    strict = heard((HUB, "max-age=60; includeSubDomains"))
    parties = {"http://sp.hub.test/back": Party.SP, "https://www.hub.test/": Party.HUB}
    asked = [Ask(Step.SP_CALLBACK, "GET", url) for url in ("http://sp.hub.test/back", "http://www.hub.test/", "http://else.test/")]
    sent = [upgraded(ask, parties.get, strict).url for ask in asked]
    assert sent == ["http://sp.hub.test/back", "https://www.hub.test/", "http://else.test/"]


def test_the_usual_port_becomes_the_usual_one_and_another_stays() -> None:
    asked = ["http://hub.test:80/x:80", "http://hub.test:8080/", "http://hub.test?x=http://a"]
    assert [over_tls(url) for url in asked] == ["https://hub.test/x:80", "https://hub.test:8080/", "https://hub.test?x=http://a"]
