"""The detail of a journey that did not pass: which name, which button, which algorithm.

A reason says why a journey did not pass, and serves metrics and rules. A detail helps the person
who has to mend a recipe, a client or a hub: « the form has no field `username`; it has `login` ».
It holds a closed word and names, and never a claim's value, a password, a code, a token or a
cookie. Names that strangers wrote are redacted and bounded before they come here
(`probe.journeys.details`).
"""

from dataclasses import dataclass
from enum import StrEnum


class DetailKind(StrEnum):
    """What a detail is about. `names` and `others` of a `Detail` are said beside each word."""

    # the mire
    ANOTHER_PAGE = "another_page"  # what the profile looks for; status, title and forms of the page
    TILE_MISSING = "tile_missing"  # the uid; the tiles
    TILE_GREYED = "tile_greyed"  # the uid; the tiles
    TILE_NOT_SENDABLE = "tile_not_sendable"  # the tile: it has no form, no link or no csrf field
    UID_NOT_IN_FORM = "uid_not_in_form"  # the uid; the fields of the tile's form
    CHOOSER_SKIPPED = "chooser_skipped"  # the host that the browser was sent to
    # a recipe, and pages that are pressed
    RECIPE_MISSING = "recipe_missing"  # the IdP
    PAGE_NOT_IN_RECIPE = "page_not_in_recipe"  # what the recipe looks for; what the page has
    FORM_MISSING = "form_missing"  # the selector; the forms
    FIELD_MISSING = "field_missing"  # the fields that the form lacks; the fields that it has
    BUTTON_MISSING = "button_missing"  # the selector; the buttons
    PAGE_CAME_BACK = "page_came_back"  # what was pressed; the buttons
    PASSWORD_ASKED_AGAIN = "password_asked_again"  # what was pressed; the fields of the page
    NEW_PASSWORD_ASKED = "new_password_asked"  # what was pressed; the fields of the page
    AGREEMENT_ASKED = "agreement_asked"  # what was pressed; the fields of the page
    REFUSAL_SHOWN = "refusal_shown"  # the selector that shows a refusal
    ERROR_SHOWN = "error_shown"  # the selector that shows an error page
    TOO_MANY_PAGES = "too_many_pages"  # how many pages were passed
    UNKNOWN_HUB_PAGE = "unknown_hub_page"  # what the page has
    # addresses
    HOST_NOT_CONFIGURED = "host_not_configured"  # the host; the hosts that may be asked
    ISSUER_NOT_SENT = "issuer_not_sent"  # the host whose certificate's own issuer is not sent
    FORM_POLICY = "form_policy"  # the host that the page's policy does not let its form go to
    STATUS = "status"  # the HTTP status; the expected one
    TEXT_MISSING = "text_missing"  # the text that the answer must hold
    # the request, and the answer to it
    CREDENTIAL_ENDED = "credential_ended"  # its key in the configuration
    PARAMETER_REFUSED = "parameter_refused"  # the parameters that were refused; all that were sent
    ADDRESS_UNKNOWN = "address_unknown"  # the setting that holds the address, with its value; the status
    CLIENT_REFUSED = "client_refused"  # how the client authenticated; what the hub offers
    CLIENT_KEY_REFUSED = "client_key_refused"  # the same, of a client that proves itself by a key
    GRANT_REFUSED = "grant_refused"  # the hub's error; the parameters that were sent
    ERROR_ANSWER = "error_answer"  # the OAuth error
    PARAMETER_ABSENT = "parameter_absent"  # what is absent from the answer; what the answer has
    ISSUER = "issuer"  # the issuer that came; the configured one
    ENDPOINT_MISSING = "endpoint_missing"  # the endpoint that neither configuration nor metadata give
    # tokens and identity
    NOT_JSON = "not_json"  # the document that cannot be read
    NOT_A_TOKEN = "not_a_token"  # the token
    ALGORITHM = "algorithm"  # the token, the algorithm that came; those that are configured
    KEY_UNKNOWN = "key_unknown"  # the token, the key's id; the ids that the hub publishes
    SIGNATURE = "signature"  # the token, its algorithm
    NO_KEYS = "no_keys"  # nothing
    ENCRYPTED = "encrypted"  # the token, how it is encrypted
    DECRYPTION = "decryption"  # the token, how it is encrypted
    USERINFO_FORM = "userinfo_form"  # the form that came; the configured one
    ACR = "acr"  # the acr that came; those that are accepted
    CLAIM_ABSENT = "claim_absent"  # the token, the claim; the claims that it has
    CLAIM_WRONG = "claim_wrong"  # the token, the claim
    EXPIRED = "expired"  # the token
    NOT_YET_VALID = "not_yet_valid"  # the token, the claim
    CLAIMS_MISSING = "claims_missing"  # the claims that did not come; those that came
    CLAIMS_DIFFER = "claims_differ"  # the claims that differ
    # negative journeys
    CLIENT_ACCEPTED = "client_accepted"  # nothing
    IDP_ACCEPTED = "idp_accepted"  # nothing
    REDIRECT_URI_ACCEPTED = "redirect_uri_accepted"  # nothing
    STATE_NOT_REQUIRED = "state_not_required"  # nothing
    SECRET_ACCEPTED = "secret_accepted"  # nothing
    CODE_INVENTED = "code_invented"  # nothing
    CODE_ACCEPTED_TWICE = "code_accepted_twice"  # nothing
    TOKEN_OUTLIVES = "token_outlives"  # the lifetime that the hub told
    SESSION_OUTLIVES = "session_outlives"  # nothing
    # why a negative journey proves nothing
    CODE_JUDGED_FIRST = "code_judged_first"  # the OAuth error
    TOKEN_LIVES_LONG = "token_lives_long"  # the lifetime that the hub told; the longest wait
    NO_SESSION = "no_session"  # nothing
    # our own network
    OWN_PROXY = "own_proxy"  # the status that it answered, if it did
    # answers
    UNREADABLE = "unreadable"  # the kind of the failure


OF_THE_OWNER = frozenset({DetailKind.NEW_PASSWORD_ASKED, DetailKind.AGREEMENT_ASKED})
"""What an IdP asks of the owner of an account, whose password is right."""
MOST_NAMES = 12
"""Names kept of each list."""
LONGEST_NAME = 100
"""Characters kept of each name."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A closed word, the names that it is about, and the other names to compare them with."""

    kind: DetailKind
    names: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
