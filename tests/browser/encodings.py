"""Encodings of pages and of the forms on them."""

from tests.browser.row import press, raw, row

KIND = "encodings"
TEXT = "\u00c9t\u00e9 \u2013 \u20ac"
FORM = "<form method=post action=/to><input name=a value='{value}'><input type=hidden name=_charset_><input name=b><button id=go>Go</button></form>"


def encoded(
    name: str,
    encoding: str,
    content_type: str = "text/html",
    head: str = "",
    *,
    start: bytes = b"",
    text: str = TEXT,
    more: str = "",
    fill: str = "\u00e9",
    differs: str = "",
) -> None:
    """A page in an encoding, with a form that is filled and sent."""
    form = FORM.format(value=text).replace("<form ", f"<form {more} ")
    body = start + f"<!doctype html>{head}<title>{text}</title>{form}".encode(encoding, "xmlcharrefreplace")
    row(KIND, name, {"/": raw(body, 200, [("Content-Type", content_type)])}, press("#go", b=fill), differs=differs)


encoded("header-utf-8", "utf-8", "text/html; charset=utf-8", fill="\u4e2d\U0001f600")
encoded("header-capitals", "cp1252", 'TEXT/HTML ; Charset="ISO-8859-1" ; x=y')
encoded("header-single-quotes", "cp1252", "text/html; charset='windows-1252'")
encoded("header-twice", "cp1252", "text/html; charset=windows-1252; charset=utf-8")
encoded("header-comma", "utf-8", "text/html;charset=utf-8,text/html;charset=windows-1252")
encoded("header-unknown", "utf-8", "text/html; charset=odd", "<meta charset=utf-8>")
encoded("header-empty", "utf-8", "text/html; charset=", "<meta charset=utf-8>")
encoded("header-before-meta", "cp1252", "text/html; charset=latin1", "<meta charset=utf-8>")
encoded("header-space", "cp1252", "text/html; charset = windows-1252", "<meta charset=windows-1252>")
encoded("header-space-before", "cp1252", "text/html; charset =utf-8")
encoded("header-without-semicolon", "utf-8", "text/html charset=windows-1252", "<meta charset=utf-8>")
encoded("header-comment", "cp1252", "text/html (charset=utf-8); charset=windows-1252")
encoded("header-x-label", "cp1252", "text/html; charset=x-cp1252")
encoded("ascii-is-windows-1252", "cp1252", "text/html; charset=us-ascii")
encoded("latin-9", "iso8859-15", "text/html; charset=iso-8859-15")
encoded("koi8-r", "koi8-r", "text/html; charset=koi8-r", text="\u043f\u0440", fill="\u0438\u00e9")
encoded("shift-jis", "shift_jis", "text/html; charset=shift_jis", text="\u65e5\u672c", fill="\u672c\u00e9")
encoded("euc-jp", "euc_jp", "text/html; charset=euc-jp", text="\u65e5\u672c", fill="\u672c\u20ac")
encoded("iso-2022-jp", "iso2022_jp", "text/html; charset=iso-2022-jp", text="\u65e5\u672c", fill="\u672c")
encoded("gbk", "gbk", "text/html; charset=gb2312", text="\u4e2d\u6587", fill="\u6587\u20ac")
encoded("gb18030", "gb18030", "text/html; charset=gb18030", text="\u4e2d\u6587", fill="\u20ac\u00e9")
encoded("big5", "big5", "text/html; charset=big5", text="\u4e2d\u6587", fill="\u6587\u00e9")
encoded("euc-kr", "euc_kr", "text/html; charset=ks_c_5601-1987", text="\ud55c\uae00", fill="\uae00\u00e9")
encoded("utf-16", "utf-16-le", "text/html; charset=utf-16")
encoded("utf-16-big", "utf-16-be", "text/html; charset=utf-16be")
encoded("utf-16-mark-only", "utf-16-be", start=b"\xfe\xff")
encoded("utf-7", "ascii", "text/html; charset=utf-7", "<meta charset=utf-8>")
encoded("user-defined", "cp1252", "text/html; charset=x-user-defined", differs="no form can be sent in an encoding without letters")
encoded("mark-over-header", "utf-8", "text/html; charset=windows-1252", start=b"\xef\xbb\xbf")
encoded("meta", "cp1252", head="<meta charset=windows-1252>")
encoded("meta-equiv", "cp1252", head="<meta http-equiv=content-type content='text/html; charset=windows-1252'>")
encoded("meta-equiv-turned", "cp1252", head="<META CONTENT='charset = latin1;x' HTTP-EQUIV='Content-Type'>")
encoded("meta-utf-16-is-utf-8", "utf-8", head="<meta charset=utf-16>")
encoded("meta-twice", "utf-8", head="<meta charset=odd><meta charset=utf-8><meta charset=windows-1252>")
encoded("meta-in-a-comment", "utf-8", head="<!-- <meta charset=windows-1252> --><meta charset=utf-8>")
encoded("meta-in-a-script", "utf-8", head="<script>'<meta charset=windows-1252>'</script><meta charset=utf-8>")
encoded("meta-in-a-value", "utf-8", head="<link title='<meta charset=windows-1252>'><meta charset=utf-8>")
encoded("meta-in-a-title", "utf-8", head="<title><meta charset=windows-1252></title><meta charset=utf-8>")
encoded("meta-with-slashes", "cp1252", head="<meta/charset='windows-1252'/>")
encoded("meta-without-equals", "utf-8", head="<meta charset><meta content='charset=windows-1252'><meta charset=utf-8>")
encoded("meta-late", "utf-8", head="<!--" + "x" * 900 + "--><meta charset=utf-8>")
encoded("meta-too-late", "utf-8", head="<!--" + "x" * 1100 + "--><meta charset=utf-8>")
encoded("xml-declaration", "cp1252", start=b"<?xml version='1.0' encoding='windows-1252'?>")
encoded("nothing-said-of-ascii", "ascii", text="plain", fill="\u00e9\u20ac")
encoded("nothing-said-of-windows-1252", "cp1252")
encoded("nothing-said-of-utf-8", "utf-8", differs="Chromium garbles a page in UTF-8 that does not say so; Vigie reads it")
encoded("accept-charset", "utf-8", "text/html; charset=utf-8", more="accept-charset='odd windows-1252'", fill="\u00e9\u4e2d")
encoded("accept-charset-utf-16", "utf-8", "text/html; charset=utf-8", more="accept-charset=utf-16")
encoded("accept-charset-commas", "utf-8", "text/html; charset=utf-8", more="accept-charset='windows-1252,utf-8'")
encoded("sent-in-parts", "cp1252", "text/html; charset=windows-1252", more="enctype=multipart/form-data", fill='\u00e9\u4e2d"\n')
encoded("sent-plain", "cp1252", "text/html; charset=windows-1252", more="enctype=text/plain", fill="\u00e9\u4e2d")
encoded("broken-utf-8", "utf-8", "text/html; charset=utf-8", text="x", start=b"<!-- \xff\xe9 -->")
row(
    KIND,
    "address-in-the-encoding-of-the-page",
    {
        "/": raw(
            "<form method=post action='/\u00e9?\u00e9'><button id=go>Go</button></form>".encode("cp1252"),
            200,
            [("Content-Type", "text/html; charset=windows-1252")],
        )
    },
    press("#go"),
)
