"""Pages that lead on by themselves."""

from tests.browser.row import bare, page, row

KIND = "refreshes"


def leads(content: str) -> str:
    """A `<meta>` that leads on."""
    return f"<meta http-equiv=refresh content='{content}'>"


LEADS = leads("0;url=/to")


def meta(name: str, content: str, *, quote: str = "'", base: str = "") -> None:
    """A `<meta http-equiv=refresh>` with this content."""
    row(KIND, name, {"/": page(head=f"{base}<meta http-equiv=refresh content={quote}{content}{quote}>")})


def header(name: str, value: str) -> None:
    """A header `Refresh` with this value."""
    row(KIND, name, {"/": bare(("Refresh", value))})


meta("usual", "0;url=/to")
meta("spaces", "  0 ;  URL =  /to  ")
meta("no-url-word", "0; /to")
meta("comma", "0,/to")
meta("only-space", "0 /to")
meta("point", ".5;url=/to")
meta("decimals", "0.9xyz;url=/to")
meta("digits-and-points", "0....3;url=/to")
meta("glued", "0url=/to")
meta("quoted", '0; url="/to" more')
meta("quote-left-open", '0; url="/to')
meta("url-of-another-kind", "0; urls=/to")
meta("url-without-equals", "0; url /to")
meta("no-number", "; url=/to")
meta("negative", "-1; url=/to")
meta("scripts-are-no-address", "0; url=javascript:1")
meta("data-is-no-page", "0; url=data:text/html,hello")
meta("base", "0; url=to", base="<base href='/deep/er/'>")
meta("base-after", "0; url=to", base="<meta name=x><base href=/there/>")
meta("fragment-alone", "9; url=#x")
meta("backslash", "0; url=\\\\idp.test\\to")
meta("after-one-second", "1; url=/to")
row(KIND, "in-the-body", {"/": page("<p>x<meta http-equiv=Refresh content='0;url=/to'>")})
row(KIND, "in-noscript", {"/": page(head="<noscript>" + LEADS + "</noscript>")})
row(KIND, "in-a-template", {"/": page("<template>" + LEADS + "</template>")})
row(KIND, "in-a-comment", {"/": page(head="<!-- " + LEADS + " -->")})
row(KIND, "in-a-textarea", {"/": page("<textarea>" + LEADS + "</textarea>")})
row(KIND, "in-svg", {"/": page("<svg><desc>" + LEADS + "</desc></svg>")})
row(KIND, "by-name", {"/": page(head="<meta name=refresh content='0;url=/to'>")})
row(KIND, "two", {"/": page(head="<meta http-equiv=refresh content='1;url=/late'><meta http-equiv=refresh content='0;url=/soon'>")})
row(KIND, "two-at-once", {"/": page(head="<meta http-equiv=refresh content='0;url=/a'><meta http-equiv=refresh content='0;url=/b'>")})
row(
    KIND,
    "with-an-error",
    {"/": page(head=LEADS, status=404)},
    differs="a page that says that something went wrong is what the citizen reads, and is judged",
)
row(
    KIND,
    "chain",
    {
        "/": page(head="<meta http-equiv=refresh content='0;url=/a'>"),
        "/a": page(head="<meta http-equiv=refresh content='0;url=https://idp.test/b'>"),
    },
)
header("header", "0; url=/to")
header("header-quoted", "0;url='/to'")
header("header-without-url", "0;/to")
header("header-latin-1", "0;url=/t\xe9")
row(KIND, "header-of-text", {"/": bare(("Refresh", "0;url=/to"), kind="text/plain")})
row(
    KIND,
    "header-twice",
    {"/": bare(("Refresh", "0;url=/a"), ("Refresh", "0;url=/b"))},
)
row(KIND, "header-and-meta", {"/": page("", ("Refresh", "0;url=/header"), head="<meta http-equiv=refresh content='0;url=/meta'>")})
