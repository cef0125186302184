"""What Vigie tells wrongly today, by situation. What would be right stands with the situation.

`make cases` prints both. A test holds every line: who mends one deletes it here.
"""

TOLD_WRONGLY: dict[str, str] = {
    "D7-csp-form-action-self-on-the-mire": "ok/-/-@idp-login-page",
    "F3-line-without-colon": "failed/hub/protocol@mire",
    "F8-head-of-120-KiB": "failed/hub/too_large@mire",
    "G3-blank-line-before-status-line": "failed/hub/protocol@mire",
    "U4-http-to-the-same-host": "failed/idp/unexpected_host@redirect-to-idp",
    "V2-our-clock--15s": "failed/hub/id_token@token",
    "V2-our-clock-+700s": "failed/hub/id_token@token",
    "Y2-tls13-client-certificate-demanded": "failed/hub/reset@authorize",
    "M1-acr-above-the-one-asked": "failed/hub/id_token@token",
    "J1-meta-at-idp[login-page]": "failed/idp/login_page_missing@idp-login-page",
    "J2-header-at-idp[login-page]": "failed/idp/login_page_missing@idp-login-page",
    "J3-meta-without-url=-at-idp[login-page]": "failed/idp/login_page_missing@idp-login-page",
    "J2-header-at-idp[identity]": "failed/idp/login_page_missing@idp-login-page",
    "J4-meta-before-mire": "failed/hub/not_the_mire@mire",
    "J5-header-before-mire": "failed/hub/not_the_mire@mire",
    "J6-maintenance-page-that-reloads-in-five-minutes": "ok/-/-@claims",
    "K1-401-Negotiate-with-login-form[login-page]": "failed/idp/http_status@idp-login-page",
    "K1-401-Negotiate-with-login-form[identity]": "failed/idp/http_status@idp-login-page",
    "K2-mire-203": "failed/hub/http_status@mire",
}
"""`outcome/fault/reason@step` by the name of the situation."""
