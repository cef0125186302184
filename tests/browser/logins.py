"""What login pages of the field do beside the usual: upgrades, strict transport, odd submitters."""

from tests.browser.row import html, page, press, raw, row, to

KIND = "logins"
FORM = html("<input name=a value=1>")
STRICT = ("Strict-Transport-Security", "max-age=600")
UPGRADE = ("Content-Security-Policy", "upgrade-insecure-requests")
ACTION = "http://idp.test/to"


def sends(name: str, body: str, *headers: tuple[str, str], head: str = "", differs: str = "", **more: bytes) -> None:
    """A page whose button `#go` is pressed; `more` by the names of other paths."""
    row(
        KIND,
        name,
        {"/": page(body, *headers, head=head), **{f"/{path}": given for path, given in more.items()}},
        press("#go"),
        differs=differs,
    )


# --- upgrades

sends("upgrade-of-a-form", f"<form method=post action={ACTION}><input name=a value=1><button id=go>Go</button></form>", UPGRADE)
sends(
    "upgrade-of-a-form-here", "<form method=post action=http://hub.test/to><input name=a value=1><button id=go>Go</button></form>", UPGRADE
)
sends(
    "upgrade-by-meta",
    f"<form method=post action={ACTION}><button id=go name=b>Go</button></form>",
    head="<meta http-equiv=content-security-policy content='upgrade-insecure-requests'>",
)
sends(
    "upgrade-and-form-action",
    f"<form method=post action={ACTION}><button id=go>Go</button></form>",
    UPGRADE,
    ("Content-Security-Policy", "form-action https:"),
)
sends("upgrade-of-a-redirect", FORM.partition(b"\r\n\r\n")[2].decode(), UPGRADE, to=to(ACTION))
row(KIND, "upgrade-of-a-refresh", {"/": page("", UPGRADE, head="<meta http-equiv=refresh content='0;url=http://idp.test/to'>")})
row(KIND, "strict-then-a-redirect", {"/": to("http://hub.test/there", 302, STRICT)})
row(
    KIND,
    "strict-for-what-is-below",
    {"/": to("http://www.hub.test/there", 302, ("Strict-Transport-Security", "max-age=600; includeSubDomains"))},
)
sends("strict-then-a-form", "<form method=post action=http://hub.test/to><input name=a value=1><button id=go>Go</button></form>", STRICT)
row(
    KIND,
    "strict-and-forgotten",
    {"/": to("/next", 302, STRICT), "/next": to("http://hub.test/there", 302, ("Strict-Transport-Security", "max-age=0"))},
)

# --- what a page or an answer does to cookies

SET = ("Set-Cookie", "a=1")
row(KIND, "cookies-cleared", {"/": to("/next", 302, SET), "/next": to("/there", 302, ("Clear-Site-Data", '"cookies"'))})
row(KIND, "all-cleared", {"/": to("/next", 302, SET), "/next": to("/there", 302, ("Clear-Site-Data", '"*"'))})
row(
    KIND,
    "cookies-cleared-and-set",
    {"/": to("/next", 302, SET), "/next": to("/there", 302, ("Clear-Site-Data", '"cookies"'), ("Set-Cookie", "b=2"))},
)
row(
    KIND,
    "cookies-of-the-site-cleared",
    {
        "/": to("/next", 302, ("Set-Cookie", "a=1; Domain=hub.test")),
        "/next": to("https://www.hub.test/there", 302, ("Clear-Site-Data", '"cookies"')),
    },
)
sends("cookie-by-meta", "<form action=/to><button id=go>Go</button></form>", head="<meta http-equiv=set-cookie content='a=1'>")
row(
    KIND,
    "cookie-partitioned",
    {"/": to("/there", 302, ("Set-Cookie", "a=1; Secure; Partitioned; Path=/"), ("Set-Cookie", "b=2; Partitioned"))},
)
row(KIND, "cookie-of-early-hints", {"/": b"HTTP/1.1 103 Early Hints\r\nSet-Cookie: a=1\r\n\r\n" + to("/there")})

# --- submitters

WINDOW = "Chromium shows it in a new window, and Vigie goes on there"
WRAP = "Chromium sends lines as they are displayed; Vigie displays none"
MARKUP = "Vigie reads XHTML as HTML: the pages of the field that say so are both"

BY_SCRIPT = "a recipe may name a button that does nothing by itself: a script of the page sends its form then"

sends(
    "button-of-no-use",
    "<form method=post action=/to><button type=button>x</button><button>first</button><input name=a value=1></form><form action=/no><button type=reset id=go>x</button></form>",
    differs=BY_SCRIPT,
)
sends(
    "button-with-a-command",
    "<form method=post action=/to><button id=go commandfor=d command=show-modal>Go</button></form><dialog id=d></dialog>",
    differs=BY_SCRIPT,
)
sends("form-for-a-new-window", "<form method=post target=_blank action=/to><button id=go>Go</button></form>", differs=WINDOW)
sends("action-of-a-script", "<form method=post action=javascript:void(0)><button id=go>Go</button></form>")
sends(
    "hard-wrap",
    "<form method=post action=/to><textarea name=a wrap=hard cols=5>one two three&#10;four</textarea><button id=go>Go</button></form>",
    differs=WRAP,
)
sends(
    "shadow",
    "<form method=post action=/to><div><template shadowrootmode=open><input name=a value=1></template></div><input name=b value=2><button id=go>Go</button></form>",
)
sends(
    "select-with-a-button",
    "<form method=post action=/to><select name=a><button><selectedcontent></selectedcontent></button><option>1<option selected>2</select><button id=go>Go</button></form>",
)
XHTML = "<html xmlns='http://www.w3.org/1999/xhtml'><head><title>X</title></head><body>{}</body></html>"
for _name, _body in {
    "xhtml-form": "<form method='post' action='/to'><p/><input name='a' value='1'/><button id='go'>Go</button></form>",
    "xhtml-with-cdata": "<form method='post' action='/to'><textarea name='a'><![CDATA[<b>]]></textarea><button id='go'>Go</button></form>",
    "xhtml-with-an-empty-textarea": "<form method='post' action='/to'><textarea name='a'/><input name='b' value='2'/><button id='go'>Go</button></form>",
    "xhtml-that-is-broken": "<form method='post' action='/to'><input name='a' value='1'><button id='go'>Go</button></form>",
}.items():
    _differs = MARKUP if _name in ("xhtml-with-cdata", "xhtml-with-an-empty-textarea") else ""
    row(KIND, _name, {"/": raw(XHTML.format(_body), 200, [("Content-Type", "application/xhtml+xml")])}, press("#go"), differs=_differs)

# --- scripts, which Vigie does not run

SCRIPTS = "Vigie runs no scripts"
row(KIND, "script-that-leads-on", {"/": page("<script>location.replace('/to')</script>")}, differs=SCRIPTS)
row(
    KIND,
    "script-that-sends",
    {"/": page("<form name=f method=post action=/to><input name=a value=1></form><script>f.submit()</script>")},
    differs=SCRIPTS,
)
row(
    KIND,
    "cookie-by-script",
    {"/": page("<form action=/to><button id=go>Go</button></form><script>document.cookie='a=1'</script>")},
    press("#go"),
    differs=SCRIPTS,
)
