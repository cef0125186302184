"""Tells which credentials of ours an exchange needs, and which of them have ended."""

from collections.abc import Mapping

from probe.core.credentials import CredentialKind
from probe.core.judgement.observation import Step
from probe.journeys.exchange import Answer

_BACK = frozenset({Step.OIDC_CALLBACK, Step.VERIFY, Step.CONSENT, Step.RESUME, Step.SP_CALLBACK})
_NEEDED = {
    Step.IDP_LOGIN: (CredentialKind.PASSWORD,),
    Step.TOKEN: (CredentialKind.CLIENT_SECRET, CredentialKind.PRIVATE_KEY, CredentialKind.DECRYPTION_KEY),
    Step.USERINFO: (CredentialKind.DECRYPTION_KEY,),
}


def ended(ends: Mapping[CredentialKind, int], step: Step, last: Answer | None, *, authenticated: bool) -> tuple[CredentialKind, ...]:
    """Return the credentials that the exchange of a step needs and that had ended by the last
    answer.

    `ends`: when each one ends, where that is known (UTC microseconds). An IdP that sends the
    browser back without having logged it in (`authenticated`) needed the password too.
    """
    needed = (CredentialKind.PASSWORD,) if step in _BACK and not authenticated else _NEEDED.get(step, ())
    return tuple(kind for kind in needed if last is not None and kind in ends and ends[kind] <= last.at_us)
