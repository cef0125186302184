"""Our own settings, on which a sighting depends."""

from probe.core.judgement.sighting import Aspect
from probe.core.radar.basis import READING, basis

SETUP = "client:11111111 mire:22222222 return:33333333"


def test_pages_depend_on_our_request_and_profile_and_documents_on_nothing() -> None:
    assert basis(Aspect.TILES, SETUP) == basis(Aspect.MIRE, SETUP) == f"{READING}:22222222"
    assert basis(Aspect.CONSENT, SETUP) == f"{READING}:33333333"
    assert {basis(each, SETUP) for each in (Aspect.METADATA, Aspect.KEYS, Aspect.CHAIN, Aspect.IDP_CHAIN)} == {f"{READING}:"}
