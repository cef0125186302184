"""Each credential, and each nearness of its end, has its words."""

from probe.core.credentials import CredentialKind, Validity
from probe.texts.credentials import CREDENTIALS, VALIDITIES


def test_every_credential_and_every_validity_has_a_word_in_both_languages() -> None:
    assert set(CREDENTIALS) == set(CredentialKind)
    assert set(VALIDITIES) == set(Validity)
    assert all(text.fr and text.en for text in (*CREDENTIALS.values(), *VALIDITIES.values()))
