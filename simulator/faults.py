"""Every fault of the federation in one table, and the board on which they are switched.

A fault has a scope (the parties that may have it), a name, and options with defaults.
`GET /faults` lists this table. `POST /faults {"party": "ameli", "fault": "token_500"}` switches one
on; further keys of the JSON are options. Delays are seconds of the real hub,
multiplied by the federation's time scale.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.options import Option, what_is_wrong
from simulator.parties import ADDRESSES, CONTROL, HUB, IDPS, OUTSIDE, REGISTRY


class FaultError(ValueError):
    """A party, a fault or an option that does not exist. The message lists those that do."""


@dataclass(frozen=True, slots=True)
class ScriptedFault:
    """One row of the table."""

    scope: str  # any | hub | idp | registry
    name: str
    does: str
    options: Mapping[str, Option] = field(default_factory=dict)


ANY, ON_HUB, ON_IDP, ON_REGISTRY = "any", "hub", "idp", "registry"

TRANSPORT: tuple[ScriptedFault, ...] = (
    ScriptedFault(ANY, "down", "nothing listens: connection refused"),
    ScriptedFault(ANY, "hang", "accepts, reads the request, never answers"),
    ScriptedFault(ANY, "held", "accepts, and answers as usual once the fault is cleared"),
    ScriptedFault(ANY, "drip", "the body comes one byte now and then, without end", {"every": 0.2}),
    ScriptedFault(ANY, "reset", "a TCP reset in the middle of the answer"),
    ScriptedFault(ANY, "truncated", "closes before the announced length"),
    ScriptedFault(ANY, "garbage", "bytes that are not HTTP"),
    ScriptedFault(ANY, "bomb", "a small gzip body that unfolds to a gigabyte", {"mebibytes": 1024}),
    ScriptedFault(ANY, "endless", "a body that never ends, as fast as it is read"),
    ScriptedFault(ANY, "redirect_loop", "every page redirects to itself"),
    ScriptedFault(ANY, "bad_redirect", "redirects to a host nobody knows", {"to": "http://127.0.0.99:9/"}),
    ScriptedFault(ANY, "content_type", "the usual body under another content type", {"value": "application/octet-stream"}),
    ScriptedFault(ANY, "maintenance", "a maintenance page with status 200"),
    ScriptedFault(ANY, "edge_error", "the load balancer's own error page, without any of the party's marks", {"status": 502}),
    ScriptedFault(
        ANY,
        "turned_away",
        "refuses this client of the network: 429 or 403 with Retry-After, or any status with a challenge for robots "
        "(`challenge`: header, widget); "
        "only a User-Agent that contains `user_agent` when given",
        {"status": 429, "challenge": "", "user_agent": ""},
    ),
    ScriptedFault(ANY, "clock_off", "its clock is ahead by `seconds`: Date, and at the hub the times of its tokens", {"seconds": 300.0}),
    ScriptedFault(ANY, "slow", "answers as usual, `seconds` later", {"seconds": 3.0}),
)

HUB_FAULTS: tuple[ScriptedFault, ...] = (
    ScriptedFault(
        ON_HUB,
        "session_store_down",
        "authorize: Y040001/400 after 9.4 s; token: 400 after 10.3 s; userinfo: 400 after 32.6 s; pages: Y190005/500; "
        "with a path: there alone",
    ),
    ScriptedFault(ON_HUB, "account_store_down", "everything works up to verify, which hangs 30 s then Y000000/500"),
    ScriptedFault(ON_HUB, "egress_down", "the hub's forward proxy is gone: every call to an IdP fails at once"),
    ScriptedFault(ON_HUB, "client_list_lost", "authorize: Y04EA6EF/400 for every client"),
    ScriptedFault(ON_HUB, "client_switched_off", "authorize: Y04EA6EF/400 for this client alone", {"client": ""}),
    ScriptedFault(ON_HUB, "redirect_uri_unknown", "authorize: Y04C013C/400 whatever the redirect_uri"),
    ScriptedFault(
        ON_HUB,
        "error_page",
        "an error page of any code at any step (authorize, mire, redirect-to-idp, oidc-callback, verify, consent, login, resume); "
        "only for the IdP `idp` when given",
        {"step": "authorize", "code": "Y000000", "status": 500, "idp": ""},
    ),
    ScriptedFault(
        ON_HUB,
        "session_lost",
        "the session is forgotten before this step (authorize, mire, oidc-callback, verify, consent, login, resume): Y190001/401",
        {"step": "mire"},
    ),
    ScriptedFault(ON_HUB, "account_blocked", "verify: Y180001/403"),
    ScriptedFault(ON_HUB, "idp_blocked_by_user", "verify: Y100011/403"),
    ScriptedFault(ON_HUB, "zero_tiles", "the mire offers no IdP at all, status 200"),
    ScriptedFault(ON_HUB, "all_greyed", "every tile of the mire is disabled, status 200"),
    ScriptedFault(ON_HUB, "suspicious", "everyone is flagged as a suspicious connection: every eidas1 IdP greyed"),
    ScriptedFault(ON_HUB, "banner", "an information banner on the mire", {"text": "Maintenance programmée dimanche de 6 h à 8 h."}),
    ScriptedFault(ON_HUB, "no_csrf", "the mire's forms lack their csrf token"),
    ScriptedFault(ON_HUB, "another_page", "the mire is another page of the hub, status 200"),
    ScriptedFault(ON_HUB, "discovery_down", "the hub's own metadata: 500"),
    ScriptedFault(ON_HUB, "jwks_down", "the hub's keys: 500"),
    ScriptedFault(ON_HUB, "jwks_garbage", "the hub's keys: 200, not JSON"),
    ScriptedFault(
        ON_HUB, "keys_rotated", "when set: new signing keys, published at once under new kids (legitimate; clearing changes nothing)"
    ),
    ScriptedFault(
        ON_HUB, "keys_beside", "the next signing keys are published beside the present ones; keys_rotated then changes to them (legitimate)"
    ),
    ScriptedFault(
        ON_HUB, "metadata_changed", "the hub's metadata with another value (legitimate)", {"name": "scopes_supported", "value": "new"}
    ),
    ScriptedFault(
        ON_HUB,
        "certificate_renewed",
        "when set, with TLS: another certificate of the hub, of its authority (`authority`: 1) or of another one (2) (legitimate)",
        {"authority": 1},
    ),
    ScriptedFault(
        ON_HUB, "page_changed", "a page has a hidden field more: mire, consent (legitimate)", {"page": "mire", "field": "channel"}
    ),
    ScriptedFault(ON_HUB, "page_noise", "mire and consent have ids of another name each time"),
    ScriptedFault(ON_HUB, "jwks_empty", "the hub's keys: an empty set"),
    ScriptedFault(ON_HUB, "callback_no_code", "back at the SP without a code"),
    ScriptedFault(ON_HUB, "callback_wrong_state", "back at the SP with another state"),
    ScriptedFault(ON_HUB, "callback_no_state", "back at the SP without a state"),
    ScriptedFault(ON_HUB, "callback_wrong_iss", "back at the SP with another issuer (RFC 9207)"),
    ScriptedFault(ON_HUB, "callback_no_iss", "back at the SP without an issuer (RFC 9207)"),
    ScriptedFault(ON_HUB, "callback_error", "back at the SP with an error instead of a code", {"error": "server_error"}),
    ScriptedFault(
        ON_HUB, "authorize_error", "authorize sends the browser straight back to the SP with an error", {"error": "invalid_request"}
    ),
    ScriptedFault(ON_HUB, "token_500", "token: 500"),
    ScriptedFault(ON_HUB, "token_error", "token: an OAuth error", {"error": "invalid_grant", "status": 400, "code": "Y049E20B"}),
    ScriptedFault(
        ON_HUB,
        "secret_rotated",
        "the hub's record has another secret of every client: token 401 (`form`: json, text, empty); HS256 signed with that secret",
        {"form": "json"},
    ),
    ScriptedFault(ON_HUB, "token_garbage", "token: 200, not JSON"),
    ScriptedFault(ON_HUB, "token_no_id_token", "token: no id_token"),
    ScriptedFault(ON_HUB, "token_no_access_token", "token: no access_token"),
    ScriptedFault(ON_HUB, "id_token_unknown_key", "id_token signed by a key that no JWKS holds, under its own kid"),
    ScriptedFault(ON_HUB, "id_token_bad_signature", "id_token under the published kid, signed by another key"),
    ScriptedFault(ON_HUB, "id_token_alg_none", "id_token without a signature (alg none)"),
    ScriptedFault(
        ON_HUB,
        "id_token_claim",
        "id_token with a wrong claim: iss, aud, azp, nonce, acr, at_hash, exp, iat, sub",
        {"claim": "iss", "value": ""},
    ),
    ScriptedFault(ON_HUB, "id_token_missing", "id_token without this claim", {"claim": "nonce"}),
    ScriptedFault(ON_HUB, "userinfo_500", "userinfo: 500"),
    ScriptedFault(ON_HUB, "userinfo_401", "userinfo: 401 invalid_token within the token's life"),
    ScriptedFault(ON_HUB, "userinfo_garbage", "userinfo: 200, neither JSON nor a token"),
    ScriptedFault(ON_HUB, "userinfo_unsigned", "userinfo: plain JSON where a signed token is due"),
    ScriptedFault(ON_HUB, "userinfo_unknown_key", "userinfo signed by a key that no JWKS holds"),
    ScriptedFault(ON_HUB, "userinfo_bad_signature", "userinfo under the published kid, signed by another key"),
    ScriptedFault(ON_HUB, "userinfo_missing", "userinfo without this claim", {"claim": "family_name"}),
    ScriptedFault(ON_HUB, "accepts_any_client", "authorize: a client_id that it does not know is one of ours"),
    ScriptedFault(ON_HUB, "accepts_any_redirect_uri", "authorize: any redirect_uri is good"),
    ScriptedFault(ON_HUB, "open_redirect", "authorize: an unknown redirect_uri is refused by an error that is sent there"),
    ScriptedFault(ON_HUB, "state_optional", "authorize: a request without a state is good"),
    ScriptedFault(ON_HUB, "accepts_any_idp", "redirect-to-idp: a uid that it does not know is the first IdP's"),
    ScriptedFault(ON_HUB, "accepts_any_secret", "token: a client that it knows may have any secret, and any signature"),
    ScriptedFault(ON_HUB, "code_reusable", "token: a code may be used again"),
    ScriptedFault(ON_HUB, "tokens_immortal", "userinfo: access tokens never expire"),
    ScriptedFault(ON_HUB, "logout_keeps_session", "logout: every page as usual, and the session goes on"),
    ScriptedFault(ON_HUB, "userinfo_claim", "userinfo with a wrong claim", {"claim": "family_name", "value": "AUTRE"}),
    ScriptedFault(
        ON_HUB,
        "sub_changed",
        "everyone gets another sub, in id_token and userinfo: a new one for ever (`each`=0), or at every login (`each`=1); "
        "only through the IdP `idp` when given",
        {"each": 0, "idp": ""},
    ),
)

IDP_FAULTS: tuple[ScriptedFault, ...] = (
    ScriptedFault(ON_IDP, "disabled", "the hub's record says active=false: greyed tile, Y020017/500 when posted all the same"),
    ScriptedFault(ON_IDP, "hidden", "the hub's record says display=false: no tile"),
    ScriptedFault(ON_IDP, "excluded", "our SP's filter excludes it: greyed or absent (setting), Y020023/403 when posted"),
    ScriptedFault(ON_IDP, "unknown", "the hub lost its record: no tile, Y020019/500 when posted"),
    ScriptedFault(
        ON_IDP,
        "disabled_late",
        "disabled after the mire was shown: redirect-to-idp, oidc-callback (Y020017/500) or verify (back to the mire)",
        {"step": "redirect-to-idp"},
    ),
    ScriptedFault(ON_IDP, "beta", "its tile wears the BETA badge"),
    ScriptedFault(ON_IDP, "renamed", "its tile has another name (legitimate)", {"title": "Un autre nom"}),
    ScriptedFault(ON_IDP, "substantial", "its record allows the level eidas2 too"),
    ScriptedFault(ON_IDP, "modal", "its tile opens a confirmation dialog that holds the real submit button"),
    ScriptedFault(ON_IDP, "discovery_500", "its metadata: 500 (the hub: Y000000/500 at redirect-to-idp when it reads metadata)"),
    ScriptedFault(ON_IDP, "jwks_500", "its keys: 500 (the hub: Y020026/502)"),
    ScriptedFault(ON_IDP, "front_error", "its login page: an error status", {"status": 503}),
    ScriptedFault(ON_IDP, "login_missing", "its login page: 200, without a form"),
    ScriptedFault(ON_IDP, "login_redesigned", "its login page: made anew, its fields have other names"),
    ScriptedFault(ON_IDP, "login_error", "after the password: its own error page", {"status": 500}),
    ScriptedFault(ON_IDP, "refuse_credentials", "every password is refused"),
    ScriptedFault(
        ON_IDP,
        "account_page",
        "after the password: a page that wants something of the account, a new password or consent to terms (`asks`: password, terms)",
        {"asks": "password"},
    ),
    ScriptedFault(ON_IDP, "interstitial", "an information page after each login"),
    ScriptedFault(ON_IDP, "no_interstitial", "no information page, even now and then"),
    ScriptedFault(ON_IDP, "callback_no_state", "sends the browser back without state (Y020021/400)"),
    ScriptedFault(ON_IDP, "callback_bad_state", "sends the browser back with another state (Y020022/403)"),
    ScriptedFault(ON_IDP, "callback_no_code", "sends the browser back without a code (Y020025/400)"),
    ScriptedFault(
        ON_IDP, "callback_error", "sends the browser back with an error (the mire again, with a banner)", {"error": "server_error"}
    ),
    ScriptedFault(ON_IDP, "token_error", "token: 400 invalid_grant (Y020026/502)", {"status": 400}),
    ScriptedFault(ON_IDP, "token_500", "token: 500 (Y020026/502)"),
    ScriptedFault(ON_IDP, "token_garbage", "token: 200, not JSON (Y020026/502)"),
    ScriptedFault(ON_IDP, "token_hang", "token: no answer (Y020026/502 after 6 s)"),
    ScriptedFault(ON_IDP, "token_bad_signature", "id_token signed by another key under the same kid (Y020026/502)"),
    ScriptedFault(ON_IDP, "token_unknown_key", "id_token signed by a key its JWKS lacks (Y020026/502)"),
    ScriptedFault(ON_IDP, "token_missing_sub", "id_token without sub (Y020026/502)"),
    ScriptedFault(ON_IDP, "token_wrong_nonce", "id_token with another nonce (Y020026/502)"),
    ScriptedFault(ON_IDP, "userinfo_error", "userinfo: 401 (Y020027/502)", {"status": 401}),
    ScriptedFault(ON_IDP, "userinfo_500", "userinfo: 500 (Y020027/502)"),
    ScriptedFault(ON_IDP, "userinfo_garbage", "userinfo: 200, garbage (Y020027/502)"),
    ScriptedFault(ON_IDP, "userinfo_hang", "userinfo: no answer (Y020027/502 after 6 s)"),
    ScriptedFault(ON_IDP, "userinfo_bad_signature", "userinfo: a token signed by another key (Y020027/502)"),
    ScriptedFault(ON_IDP, "userinfo_missing_sub", "userinfo without sub (Y020029/500)"),
    ScriptedFault(
        ON_IDP,
        "userinfo_claim",
        "userinfo with another value for a claim (empty: without it); an unacceptable one is Y600006/400",
        {"claim": "birthdate", "value": "14/03/1971"},
    ),
    ScriptedFault(ON_IDP, "acr_too_low", "id_token with an acr below what was asked (Y100018/400)", {"acr": "eidas0"}),
)

REGISTRY_FAULTS: tuple[ScriptedFault, ...] = (
    ScriptedFault(ON_REGISTRY, "timeout", "no answer (Y010011/504 after 6 s)"),
    ScriptedFault(ON_REGISTRY, "bad_xml", "200, not XML (Y010012/504)"),
    ScriptedFault(ON_REGISTRY, "rejected", "the request is rejected (Y010009/403)"),
    ScriptedFault(ON_REGISTRY, "bad_data", "the request is malformed (Y010013/400)"),
    ScriptedFault(ON_REGISTRY, "person", "another response code: 4, 6, 7, 8 (Y010004, Y010006, Y010007, Y010008/403)", {"response": 4}),
    ScriptedFault(ON_REGISTRY, "deceased", "the person is deceased (Y010015/403)"),
)

FAULTS: tuple[ScriptedFault, ...] = TRANSPORT + HUB_FAULTS + IDP_FAULTS + REGISTRY_FAULTS

IDP_NAMES = tuple(idp.name for idp in IDPS)
GROUPS: dict[str, tuple[str, ...]] = {
    "idps": IDP_NAMES,
    "all": tuple(party for party in ADDRESSES if party != CONTROL),
}
"""Names that stand for several parties."""

_SCOPES: dict[str, tuple[str, ...]] = {
    ANY: (HUB, *IDP_NAMES, REGISTRY, OUTSIDE),
    ON_HUB: (HUB,),
    ON_IDP: IDP_NAMES,
    ON_REGISTRY: (REGISTRY,),
}


@dataclass(frozen=True, slots=True)
class Active:
    """A fault switched on at one party, for the paths that begin with `path` (all when None)."""

    party: str
    fault: ScriptedFault
    path: str | None
    options: Mapping[str, Option]

    def covers(self, path: str) -> bool:
        return self.path is None or path.startswith(self.path)

    def text(self, option: str) -> str:
        return str(self.options[option])

    def number(self, option: str) -> float:
        return float(self.options[option])

    def as_dict(self) -> dict[str, Any]:
        return {"party": self.party, "fault": self.fault.name, "path": self.path, **self.options}


def fault_of(party: str, name: str) -> ScriptedFault:
    """Return the table's row of this fault at this party. Raises FaultError."""
    for fault in FAULTS:
        if fault.name == name and party in _SCOPES[fault.scope]:
            return fault
    known = ", ".join(sorted(fault.name for fault in FAULTS if party in _SCOPES[fault.scope]))
    raise FaultError(f"no fault {name!r} for {party!r}; there are: {known}")


def parties_of(party: str) -> tuple[str, ...]:
    """Return one party, or the parties of a group. Raises FaultError."""
    if party in GROUPS:
        return GROUPS[party]
    if party in _SCOPES[ANY]:
        return (party,)
    raise FaultError(f"no party {party!r}; there are: {', '.join((*_SCOPES[ANY], *GROUPS))}")


class FaultBoard:
    """The active faults.

    Setting the same fault again at a party and path replaces the earlier one.
    """

    def __init__(self) -> None:
        self._active: dict[tuple[str, str, str | None], Active] = {}

    def active(self) -> list[Active]:
        """Return all active faults, in the order in which they were set."""
        return list(self._active.values())

    def set(self, party: str, name: str, path: str | None = None, /, **options: Option) -> list[Active]:
        """Switch a fault on. An option may be called `name`.

        Raises FaultError on an unknown party, fault or option, and then changes nothing.
        """
        switched = []
        for member in parties_of(party):
            fault = fault_of(member, name)
            unknown = sorted(set(options) - set(fault.options))
            if unknown:
                raise FaultError(f"{name} has no option {', '.join(unknown)}; it has: {', '.join(fault.options) or 'none'}")
            _check_options(fault, options)
            switched.append(Active(member, fault, path, {**fault.options, **options}))
        for active in switched:
            self._active[active.party, name, path] = active
        return switched

    def clear(self, party: str | None = None, name: str | None = None) -> None:
        """Switch faults off: all, those of a party or group, one everywhere, or one there."""
        parties = None if party is None else parties_of(party)
        for key in list(self._active):
            if (parties is None or key[0] in parties) and (name is None or key[1] == name):
                del self._active[key]

    def find(self, party: str, name: str, path: str = "") -> Active | None:
        """Return the active fault of this name at this party for this path."""
        for active in self._active.values():
            if active.party == party and active.fault.name == name and active.covers(path):
                return active
        return None

    def all(self, party: str, name: str) -> list[Active]:
        """Return all active faults of this name at this party."""
        return [active for active in self._active.values() if active.party == party and active.fault.name == name]

    def has(self, party: str, name: str, path: str = "") -> bool:
        return self.find(party, name, path) is not None

    def transport(self, party: str, path: str) -> Active | None:
        """Return the active transport fault at this party for this path.

        `down` is not one of them: the server has it, not the answer. Nor is `clock_off`: the answer
        is as usual.
        """
        for active in self._active.values():
            if (
                active.party == party
                and active.fault.scope == ANY
                and active.fault.name not in ("down", "clock_off")
                and active.covers(path)
            ):
                return active
        return None

    def down(self) -> frozenset[str]:
        """Return the parties whose server must not listen."""
        return frozenset(active.party for active in self._active.values() if active.fault.name == "down")


def _check_options(fault: ScriptedFault, options: Mapping[str, Option]) -> None:
    for name, value in options.items():
        if wrong := what_is_wrong(fault.name, name, fault.options[name], value):
            raise FaultError(f"{fault.name}: {name} {wrong}")


def listing() -> list[dict[str, Any]]:
    """Return the table, for `GET /faults` and the documentation."""
    return [{"scope": fault.scope, "name": fault.name, "does": fault.does, "options": dict(fault.options)} for fault in FAULTS]


def markdown() -> str:
    """Return the table in Markdown, as in the documentation."""
    rows = ["| scope | fault | what it does | options |", "|---|---|---|---|"]
    for fault in FAULTS:
        options = ", ".join(f"`{name}`={value!r}" for name, value in fault.options.items())
        rows.append(f"| {fault.scope} | `{fault.name}` | {fault.does} | {options} |")
    return "\n".join(rows) + "\n"
