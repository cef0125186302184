"""The ends of the prober's credentials, as metrics."""

from exporters.metrics import names
from exporters.metrics.credentials import CredentialMeters
from exporters.metrics.exposition import Format, page
from exporters.metrics.live import Meters
from probe.core.credentials import Credential, CredentialKind, Validity
from tests.fakes.readings import value

SECRET = Credential(1_800_000_000_000_000, "fc", "", CredentialKind.CLIENT_SECRET)
PASSWORD = Credential(1_900_000_000_500_000, "fc", "alpha", CredentialKind.PASSWORD)


def test_each_credential_has_its_end_and_how_near_it_is_at_each_reading() -> None:
    meters, known = Meters("1"), {SECRET: Validity.ENDED, PASSWORD: Validity.VALID}
    meters.access.credentials = lambda: known
    told = page(meters.parts(), Format.TEXT)
    assert value(told, names.CREDENTIAL_END, hub="fc", idp="alpha", which="password") == 1_900_000_000.5
    assert value(told, names.CREDENTIAL_VALIDITY, hub="fc", which="client_secret") == 3
    known = {SECRET: Validity.ENDED, PASSWORD: Validity.ENDS_SOON}
    assert value(page(meters.parts(), Format.TEXT), names.CREDENTIAL_VALIDITY, hub="fc", idp="alpha", which="password") == 1


def test_a_credential_that_left_the_configuration_has_no_series() -> None:
    meters = CredentialMeters()
    meters.show({SECRET: Validity.VALID, PASSWORD: Validity.VALID})
    meters.show({SECRET: Validity.VALID})
    assert value(page([meters], Format.TEXT), names.CREDENTIAL_END, hub="fc", idp="alpha", which="password") is None
    assert value(page([meters], Format.TEXT), names.CREDENTIAL_END, hub="fc", which="client_secret") is not None
