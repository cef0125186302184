"""Redirects: which are followed, with which method, and where to."""

from tests.browser.row import bare, html, page, press, row, to

KIND = "redirects"
FORM = html("<input name=a value=1>")

for _status in (301, 302, 303, 307, 308):
    row(KIND, f"redirect-{_status}-of-a-form", {"/": FORM, "/to": to("/there", _status)}, press("#go"))
    row(KIND, f"redirect-{_status}-of-a-form-elsewhere", {"/": FORM, "/to": to("https://idp.test/there", _status)}, press("#go"))
    row(KIND, f"redirect-{_status}-of-a-link", {"/": to("//idp.test/there?x=1#part", _status)})
UTF_8 = "text/html; charset=utf-8"
for _status in (201, 300, 304, 305, 306):
    row(KIND, f"redirect-{_status}", {"/": bare(("Location", "/there"), status=_status, kind=UTF_8)})
row(KIND, "no-address", {"/": bare(status=302, kind=UTF_8)})
row(KIND, "empty-address", {"/": bare(("Location", ""), status=302, kind=UTF_8)})
row(KIND, "two-alike", {"/": to("/there", 302, ("location", "/there"))})
row(KIND, "two-unlike", {"/": to("/there", 302, ("Location", "/elsewhere"))})
row(KIND, "twenty", {"/": to("/1"), **{f"/{n}": to(f"/{n + 1}") for n in range(1, 20)}})
row(KIND, "twenty-one", {"/": to("/1"), **{f"/{n}": to(f"/{n + 1}") for n in range(1, 21)}})
row(KIND, "to-itself", {"/": [to("/", 302, ("Set-Cookie", "a=1")), page("", title="In")]})
row(KIND, "to-itself-thrice", {"/": [to("/"), to("/"), to("/"), page("", title="In")]})
row(
    KIND,
    "posted-to-itself",
    {"/": html("", action="/"), "POST /": [to("/", 307), page("", title="In")]},
    press("#go"),
    differs="a password is sent to one address once: IdPs count tries",
)
row(KIND, "back-and-forth", {"/": to("/a"), "/a": to("/")})
LOCATIONS = {
    "path": "there?x=1",
    "absolute-path": "/a/./b/../c//d",
    "query": "?x=1&y=%20",
    "scheme-relative": "//idp.test",
    "no-slashes": "https:there",
    "one-slash": "https:/idp.test/there",
    "many-slashes": "https:////idp.test/there",
    "backslashes": "\\\\idp.test\\there",
    "capitals": "HTTPS://IDP.Test/There",
    "port": "https://hub.test:443/there",
    "other-port": "https://hub.test:8443/there",
    "odd-port": "https://hub.test:00443/there",
    "no-port": "https://hub.test:/there",
    "bad-port": "https://hub.test:99999/there",
    "user": "https://me:secret@idp.test/there",
    "dots": "/a/%2e%2E/b/%2e",
    "trailing-dot": "https://idp.test./there",
    "spaces": "  /there  ",
    "space-inside": "/the re?a b",
    "tab-inside": "/th\tere",
    "latin-1": "/th\xe9re?q=\xe9",
    "utf-8": "/th\u00c3\u00a9re",
    "percent-host": "https://%69dp.test/there",
    "international": "https://b\xc3\xbccher.test/there",
    "punycode": "https://xn--bcher-kva.test/there",
    "bad-punycode": "https://xn--0.test/there",
    "unescaped": "/a|b^c`d{e}f\"g<h>i'j?k|l^m`n{o}p\"q<r>s't",
    "bad-percent": "/a%zz%2",
    "lower-percent": "/a%c3%a9%2f",
    "ipv4-odd": "https://0x7f.1/there",
    "ipv6": "https://[::1]/there",
    "ipv6-long": "https://[0:0:0:0:0:0:0:1]:8443/there",
    "bad-host": "https://hub test/there",
    "underscore": "https://id_p.test/there",
    "empty-host": "https:///",
    "javascript": "javascript:alert(1)",
    "data": "data:text/html,hello",
    "app": "franceconnect://callback?code=1",
    "about": "about:blank",
    "fragment": "#there",
    "every-sign": "/!\"$%25&'()*+,-.:;<=>@[]^_`{|}~?!\"$%25&'()*+,-.:;<=>@[]^_`{|}~",
    "nul": "/a%00b",
}
for _name, _address in LOCATIONS.items():
    row(KIND, f"to-{_name}", {"/dir/": to(_address)}, start="https://hub.test/dir/?q=1")
