"""Redirects: which are followed, with which method, and where to."""

from tests.browser.row import html, press, row, to

KIND = "redirects"
FORM = html("<input name=a value=1>")

for _status in (301, 302, 303, 307, 308):
    row(KIND, f"redirect-{_status}-of-a-form", {"/": FORM, "/to": to("/there", _status)}, press("#go"))
    row(KIND, f"redirect-{_status}-of-a-form-elsewhere", {"/": FORM, "/to": to("https://idp.test/there", _status)}, press("#go"))
    row(KIND, f"redirect-{_status}-of-a-link", {"/": to("//idp.test/there?x=1#part", _status)})
