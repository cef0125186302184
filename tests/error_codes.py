"""What is expected of each error code of the hub: docs/hub.md, "Error codes", and docs/domain.md.

The one table that the tests at every level take their expectations from: the judgement alone
(`tests/core/judgement/test_attribution.py`), the simulated hub that shows the code
(`tests/simulator/test_error_table.py`), and the real prober against that hub
(`tests/prober/test_error_table.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from probe.core.judgement.observation import Fault, Outcome, Reason, Step

_FAILED, _INCONCLUSIVE = Outcome.FAILED, Outcome.INCONCLUSIVE
_BACK = "oidc-callback verify consent resume"


@dataclass(frozen=True)
class Told:
    """A code at a step: the status that it comes with, and what follows from it."""

    code: str
    step: Step
    status: int
    outcome: Outcome
    fault: Fault | None
    reason: Reason

    @property
    def late(self) -> bool:
        """Whether the browser was back from the IdP with a code at this step."""
        return self.step in _AUTHENTICATED

    def __str__(self) -> str:
        return f"{self.code}-{self.step}"


_AUTHENTICATED = {Step.OIDC_CALLBACK, Step.VERIFY, Step.CONSENT, Step.RESUME, Step.TOKEN, Step.USERINFO}

# codes, HTTP status, steps, outcome, fault, reason: one line for each group of codes
_GROUPS: list[tuple[str, int, str, Outcome, Fault | None, Reason]] = [
    # the hub cannot show the mire
    ("Y040001", 400, "authorize", _FAILED, Fault.HUB, Reason.STORE_ERROR),
    ("Y190005", 500, "mire", _FAILED, Fault.HUB, Reason.STORE_ERROR),
    ("Y030002 Y030004 Y030005 Y030006 Y030026 Y450001", 500, "authorize", _FAILED, Fault.HUB, Reason.HUB_ERROR),
    ("Y000000", 500, "authorize mire", _FAILED, Fault.HUB, Reason.HUB_ERROR),
    ("Y460001 Y460002 Y490001 Y490002 Y490003 Y450001", 500, "mire", _FAILED, Fault.HUB, Reason.HUB_ERROR),
    ("Y460002", 500, "consent", _FAILED, Fault.HUB, Reason.HUB_ERROR),
    ("Y410001", 400, "authorize", _FAILED, Fault.HUB, Reason.HUB_ERROR),
    # our request, our client, our secret
    ("Y030007 Y04EA6EF Y04C013C Y030027", 400, "authorize", _INCONCLUSIVE, Fault.SP, Reason.SP_CONFIGURATION),
    ("Y0434A7B", 401, "token", _INCONCLUSIVE, Fault.SP, Reason.SP_CONFIGURATION),
    ("Y100009", 400, "verify resume", _INCONCLUSIVE, Fault.SP, Reason.SP_CONFIGURATION),
    ("Y600007", 500, "verify", _INCONCLUSIVE, Fault.SP, Reason.SP_CONFIGURATION),
    ("Y000404", 404, "authorize", _INCONCLUSIVE, Fault.SP, Reason.SP_CONFIGURATION),
    ("Y04A8220", 400, "authorize", _INCONCLUSIVE, Fault.SP, Reason.SP_CONFIGURATION),
    # the IdP's metadata cannot be read: it looks like an unknown fault of the hub's
    ("Y000000 Y040001", 500, "redirect-to-idp", _FAILED, Fault.IDP, Reason.IDP_DISCOVERY),
    ("Y04ABCDE", 400, "redirect-to-idp", _FAILED, Fault.IDP, Reason.IDP_DISCOVERY),
    # what the hub says of the IdP's answers
    ("Y020026", 502, "oidc-callback", _FAILED, Fault.IDP, Reason.IDP_TOKEN),
    ("Y020030", 500, "oidc-callback", _FAILED, Fault.IDP, Reason.IDP_TOKEN),
    ("Y020027", 502, "oidc-callback", _FAILED, Fault.IDP, Reason.IDP_USERINFO),
    ("Y020029", 500, "oidc-callback", _FAILED, Fault.IDP, Reason.IDP_USERINFO),
    ("Y600006 Y100002 Y100018", 400, "oidc-callback", _FAILED, Fault.IDP, Reason.IDP_IDENTITY),
    ("Y100001", 500, "oidc-callback", _FAILED, Fault.IDP, Reason.IDP_IDENTITY),
    ("Y020021 Y020025", 400, "oidc-callback", _FAILED, Fault.IDP, Reason.IDP_CALLBACK),
    ("Y020022", 403, "oidc-callback", _FAILED, Fault.IDP, Reason.IDP_CALLBACK),
    # administrative
    ("Y020017", 500, "redirect-to-idp oidc-callback", _INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED),
    ("Y020019", 500, "redirect-to-idp", _INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED),
    ("Y020023", 403, "redirect-to-idp", _INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED),
    ("Y100010", 400, "redirect-to-idp oidc-callback", _INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED),
    ("Y020024", 500, "redirect-to-idp", _FAILED, Fault.HUB, Reason.HUB_ERROR),
    # the civil registry, the person, the account
    ("Y010011 Y010012", 504, "verify", _FAILED, Fault.HUB, Reason.REGISTRY_ERROR),
    ("Y010009", 403, "verify", _FAILED, Fault.HUB, Reason.REGISTRY_ERROR),
    ("Y010013", 400, "verify", _FAILED, Fault.HUB, Reason.REGISTRY_ERROR),
    ("Y010004 Y010006 Y010007 Y010008 Y010015", 403, "verify", _INCONCLUSIVE, Fault.SP, Reason.TEST_USER),
    ("Y180001 Y100011", 403, "verify", _INCONCLUSIVE, Fault.SP, Reason.TEST_USER),
    # the stores, after the login and on the back channel
    ("Y000000 Y100004 Y180002 Y540001", 500, "verify", _FAILED, Fault.HUB, Reason.STORE_ERROR),
    ("Y040001", 400, "token userinfo", _FAILED, Fault.HUB, Reason.STORE_ERROR),
    # the session: lost by the hub, or a step of ours out of order
    ("Y190001", 401, f"mire redirect-to-idp {_BACK}", _FAILED, Fault.HUB, Reason.SESSION_LOST),
    ("Y190004", 409, "redirect-to-idp consent", _INCONCLUSIVE, Fault.PROBER, Reason.SESSION_LOST),
    ("Y190009 Y190010 Y190011 Y190012 Y190013 Y190014", 400, "redirect-to-idp consent", _INCONCLUSIVE, Fault.PROBER, Reason.SESSION_LOST),
    ("Y420001 Y420002 Y470002 Y470003", 400, "redirect-to-idp consent", _INCONCLUSIVE, Fault.PROBER, Reason.SESSION_LOST),
    ("Y470001 Y470004", 401, "redirect-to-idp consent", _INCONCLUSIVE, Fault.PROBER, Reason.SESSION_LOST),
    # a code refused within its lifetime
    ("Y049E20B Y0416228", 400, "token", _FAILED, Fault.HUB, Reason.TOKEN_ERROR),
    # mail
    ("Y270001 Y270002 Y270003", 500, "consent", _FAILED, Fault.HUB, Reason.HUB_ERROR),
    # codes that nobody knows: the step decides
    ("Y999999", 500, "authorize oidc-callback verify resume", _FAILED, Fault.HUB, Reason.HUB_ERROR),
    ("Y999999", 500, "redirect-to-idp", _FAILED, Fault.IDP, Reason.IDP_DISCOVERY),
    ("Y000000", 500, "oidc-callback", _FAILED, Fault.HUB, Reason.HUB_ERROR),
]


def _each() -> Iterator[Told]:
    for codes, status, steps, outcome, fault, reason in _GROUPS:
        for step in steps.split():
            for code in codes.split():
                yield Told(code, Step(step), status, outcome, fault, reason)


EVERY_CODE = list(_each())
_BY_CODE_AND_STEP = {(each.code, each.step): each for each in EVERY_CODE}
assert len(_BY_CODE_AND_STEP) == len(EVERY_CODE), "no code is expected twice at one step"


def told(code: str, step: Step | str) -> Told:
    """What is expected of a code at a step. Raises KeyError where the table has no such row."""
    return _BY_CODE_AND_STEP[code, Step(step)]
