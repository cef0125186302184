"""The hub's own failures, as codes (docs/hub.md, "Error codes")."""

import uuid
from dataclasses import dataclass

from starlette.requests import Request

from simulator.world import LOGGED, LoggedRequest

UNEXPECTED = "Y000000"
NOT_FOUND = "Y000404"
UNMAPPED = "Y040001"  # the OIDC library's errors without a code of their own
PARAMETERS = "Y030007"
UNKNOWN_CLIENT = "Y04EA6EF"
REDIRECT_URI = "Y04C013C"
BAD_SECRET = "Y0434A7B"
CODE_UNKNOWN = "Y049E20B"
CODE_REUSED = "Y0416228"
STORE = "Y190005"
SESSION_LOST = "Y190001"
OUT_OF_ORDER = "Y190004"
REPLAYED = "Y420001"
CSRF_BAD, CSRF_MISSING, CSRF_REUSED = "Y470001", "Y470002", "Y470004"
IDP_DISABLED, IDP_UNKNOWN, IDP_EXCLUDED = "Y020017", "Y020019", "Y020023"
IDP_NO_STATE, IDP_BAD_STATE, IDP_NO_CODE = "Y020021", "Y020022", "Y020025"
IDP_TOKEN, IDP_USERINFO, IDP_NO_SUB = "Y020026", "Y020027", "Y020029"
IDP_IDENTITY, IDP_ACR = "Y600006", "Y100018"
REGISTRY_TIMEOUT, REGISTRY_UNREACHABLE = "Y010011", "Y010012"
REGISTRY_REJECTED, REGISTRY_BAD_DATA = "Y010009", "Y010013"
REGISTRY_PERSON = {4: "Y010004", 6: "Y010006", 7: "Y010007", 8: "Y010008", 9: "Y010009"}
DECEASED = "Y010015"
ACCOUNT_BLOCKED, IDP_BLOCKED = "Y180001", "Y100011"

STATUS: dict[str, int] = {
    UNEXPECTED: 500,
    NOT_FOUND: 404,
    UNMAPPED: 400,
    PARAMETERS: 400,
    UNKNOWN_CLIENT: 400,
    REDIRECT_URI: 400,
    BAD_SECRET: 401,
    CODE_UNKNOWN: 400,
    CODE_REUSED: 400,
    STORE: 500,
    SESSION_LOST: 401,
    OUT_OF_ORDER: 409,
    REPLAYED: 400,
    CSRF_BAD: 401,
    CSRF_MISSING: 400,
    CSRF_REUSED: 401,
    IDP_DISABLED: 500,
    IDP_UNKNOWN: 500,
    IDP_EXCLUDED: 403,
    IDP_NO_STATE: 400,
    IDP_BAD_STATE: 403,
    IDP_NO_CODE: 400,
    IDP_TOKEN: 502,
    IDP_USERINFO: 502,
    IDP_NO_SUB: 500,
    IDP_IDENTITY: 400,
    IDP_ACR: 400,
    REGISTRY_TIMEOUT: 504,
    REGISTRY_UNREACHABLE: 504,
    REGISTRY_REJECTED: 403,
    REGISTRY_BAD_DATA: 400,
    "Y010004": 403,
    "Y010006": 403,
    "Y010007": 403,
    "Y010008": 403,
    DECEASED: 403,
    ACCOUNT_BLOCKED: 403,
    IDP_BLOCKED: 403,
}
"""The HTTP status of each code's error page."""


def name_error(request: Request, code: str) -> str:
    """Return a fresh id of a failure, and log it with its code beside the request."""
    line: LoggedRequest = request.scope[LOGGED]
    line.error_id, line.code = str(uuid.uuid4()), code
    return line.error_id


@dataclass(eq=False)
class FrontError(Exception):
    """Ends a front-channel request with the hub's error page.

    `status` None stands for the code's own status.
    """

    code: str
    status: int | None = None

    @property
    def http_status(self) -> int:
        return self.status or STATUS.get(self.code, 500)


@dataclass(eq=False)
class SpRefusalError(Exception):
    """Ends a front-channel request with an OAuth error at the SP's callback (RFC 6749, 4.1.2.1)."""

    redirect_uri: str
    state: str
    error: str


@dataclass(eq=False)
class BackError(Exception):
    """Ends a back-channel request with the hub's JSON.

    `error` None leaves the key out, as the hub does when its store is down.
    """

    code: str
    error: str | None
    description: str
    status: int = 400
