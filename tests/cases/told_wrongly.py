"""What Vigie tells wrongly today, by situation. What would be right stands with the situation.

`make cases` prints both. A test holds every line: who mends one deletes it here.
"""

TOLD_WRONGLY: dict[str, str] = {
    "F8-head-of-120-KiB": "failed/hub/too_large@mire",
    "Q1-field-that-the-form-lacks": "failed/idp/login_page_missing@idp-login-page",
    "Q2-button-that-is-not-there": "failed/idp/login_page_missing@idp-login-page",
    "Q3-form-that-is-not-there": "failed/idp/login_page_missing@idp-login-page",
    "Q4-field-renamed": "failed/idp/login_page_missing@idp-login-page",
    "Q5-password-renamed": "failed/idp/login_page_missing@idp-login-page",
}
"""`outcome/fault/reason@step` by the name of the situation."""
