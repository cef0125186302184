"""What is said of the page that one comes from, by its policy."""

from tests.browser.row import html, page, press, row, to

KIND = "referrers"
HERE = "https://hub.test/login?a=1"
POLICIES = (
    "no-referrer",
    "no-referrer-when-downgrade",
    "same-origin",
    "origin",
    "strict-origin",
    "origin-when-cross-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
)

for _policy in POLICIES:
    for _name, _action in (("here", "/to"), ("there", "https://idp.test/to"), ("without-tls", "http://idp.test/to")):
        _form = f"<form method=post action='{_action}'><button id=go>Go</button></form>"
        row(KIND, f"{_policy}-{_name}", {"/login": page(_form, ("Referrer-Policy", _policy))}, press("#go"), start=HERE)
row(KIND, "by-meta", {"/": page(html("").decode(), head="<meta name=Referrer content=never>")}, press("#go"))
row(
    KIND,
    "changed-on-the-way",
    {"/": html(""), "/to": to("https://idp.test/there", 307, ("Referrer-Policy", "odd, no-referrer"))},
    press("#go"),
)
row(KIND, "of-the-form", {"/": html("", more="rel='NoReferrer noopener'")}, press("#go"))
row(
    KIND,
    "there-and-back",
    {"/": html("", action="https://idp.test/to"), "idp.test/to": to("https://hub.test/back", 307)},
    press("#go"),
)
row(KIND, "over-three-hosts", {"/": html(""), "/to": to("https://idp.test/on", 307), "/on": to("https://hub.test/back", 308)}, press("#go"))
row(
    KIND,
    "by-a-refresh",
    {"/login": page(head="<meta http-equiv=refresh content='0;url=https://idp.test/there'>")},
    start=HERE,
)
