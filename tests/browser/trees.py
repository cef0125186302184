"""Pages whose tags do not fit: which form owns which control."""

from tests.browser.row import page, press, row

KIND = "trees"
GO = "<button id=go>Go</button>"
FORM = "<form method=post action=/to>"


PICTURE = "the parser's selectors know no namespaces, and no login form is in a picture"


def tree(name: str, body: str, head: str = "", differs: str = "") -> None:
    """A page with a button `#go`, which is pressed."""
    row(KIND, name, {"/": page(body, head=head)}, press("#go"), differs=differs)


tree("form-in-a-table", f"<table>{FORM}<tr><td><input name=a value=1></td></tr><tr><td>{GO}</td></tr></form></table>")
tree("form-in-a-row", f"<table><tr>{FORM}<td><input name=a value=1><td>{GO}</tr></form></table>")
tree(
    "two-forms-in-a-table",
    f"<table><form action=/no><tr><td><input name=x value=0></form>{FORM}<tr><td><input name=a value=1>{GO}</form></table>",
)
tree("form-in-a-table-not-closed", f"<table>{FORM}<tr><td><input name=a value=1></table><input name=b value=2>{GO}")
tree("control-between-cells", f"{FORM}<table><input name=a value=1><tr><input type=hidden name=b value=2><td>{GO}</table></form>")
tree("nested-forms", f"{FORM}<input name=a value=1><form action=/no><input name=b value=2></form><input name=c value=3>{GO}</form>")
tree(
    "nested-forms-in-cells",
    f"{FORM}<table><tr><td><form action=/no><input name=a value=1></form><td><input name=b value=2></table>{GO}</form>",
)
tree("form-closed-by-a-div", f"<div>{FORM}<input name=a value=1></div><input name=b value=2>{GO}")
tree("form-closed-twice", f"{FORM}<input name=a value=1>{GO}</form></form><input name=b value=2>")
tree("form-closed-inside", f"{FORM}<div><input name=a value=1></form><input name=b value=2></div><button form=none>x</button>{GO}")
tree("form-in-a-paragraph", f"<p>{FORM}<input name=a value=1><p>{GO}</p></form>")
tree("form-in-a-button", f"<button>{FORM}<input name=a value=1></button>{GO}</form>")
tree("form-in-a-list", f"<ul>{FORM}<li><input name=a value=1><li>{GO}</ul><input name=b value=2></form>")
tree("formatting-across", f"<b>{FORM}<i><input name=a value=1></b>{GO}</i></form>")
tree(
    "attribute-over-ancestor",
    f"<form id=f method=post action=/to><input name=a value=1></form><form action=/no><input name=b value=2 form=f>{'<button id=go form=f>Go</button>'}</form>",
)
tree("attribute-of-none", f"{FORM}<input name=a value=1 form=none><input name=b value=2 form=''>{GO}</form>")
tree(
    "attribute-before-the-form", f"<input name=a value=1 form=f><form id=f method=post action=/to>{GO}</form><input name=b value=2 form=f>"
)
tree("two-forms-of-one-id", f"<form id=f method=post action=/to>{GO}</form><form id=f action=/no></form><input name=a value=1 form=f>")
tree(
    "attribute-of-a-fieldset",
    f"<form id=f method=post action=/to>{GO}</form><fieldset form=f disabled><input name=a value=1 form=f></fieldset><input name=b value=1 form=F>",
)
tree("templates", f"{FORM}<template><input name=a value=1></form></template><input name=b value=2>{GO}</form>")
tree("template-with-a-form", f"<template>{FORM}<input name=a value=1></template>{FORM}<input name=b value=2>{GO}</form>")
tree("noscript", f"{FORM}<noscript><input name=a value=1></form></noscript><input name=b value=2>{GO}</form>")
tree("noscript-in-head", f"{FORM}<input name=b value=2>{GO}</form>", head=f"<noscript>{FORM}<input name=a value=1></noscript>")
tree(
    "comments",
    f"{FORM}<!-- <input name=a value=1> --><!--> <input name=b value=2><!-- x --!><input name=c value=3><!---><input name=d value=4>{GO}</form>",
)
tree(
    "odd-comments",
    f"{FORM}<!x><input name=a value=1><?x ><input name=b value=2></ x><input name=c value=3></><![CDATA[<input name=d value=4>]]>{GO}</form>",
)
tree("comment-left-open", f"{FORM}<input name=a value=1>{GO}</form><!-- <input name=b form=f>")
tree("scripts", f"{FORM}<script>'</form><input name=a value=1>'</script><style></form></style><input name=b value=2>{GO}</form>")
tree("scripts-within", f"{FORM}<script><!-- <script> </form> </script> --></script><input name=b value=2>{GO}</form>")
tree("textareas-and-titles", f"{FORM}<textarea name=a></form><input name=b value=1></textarea><title></form></title>{GO}</form>")
tree("text-that-ends-nowhere", f"{FORM}{GO}<input name=a value=1><textarea name=b></form></textare")
tree("xmp-and-iframe", f"{FORM}<xmp></form><input name=a value=1></xmp><iframe></form></iframe><noembed></form></noembed>{GO}</form>")
tree("plaintext", f"{FORM}<input name=a value=1>{GO}<plaintext></form><input name=b value=2>")
tree("selects", f"{FORM}<select name=a><option>1<input name=b value=2><textarea name=c></textarea>{GO}</form>")
tree("select-in-a-select", f"{FORM}<select name=a><option>1<select name=b><option>2</select>{GO}</form>")
tree("select-in-a-table", f"{FORM}<table><tr><td><select name=a><option>1<tr><td><input name=b value=2></table>{GO}</form>")
tree(
    "foreign",
    f"{FORM}<svg><input name=a value=1></svg><math><mi><input name=b value=2></mi></math><svg><foreignObject><input name=c value=3></foreignObject></svg>{GO}</form>",
    differs=PICTURE,
)
tree("foreign-forms", f"<svg><form method=post action=/to></svg><input name=a value=1>{GO}</form>", differs=PICTURE)
tree(
    "attributes",
    f"<FORM METHOD=POST ACTION=/to action=/no><INPUT name=a VALUE=1 value=2><input/name=b/value=3/><input name = 'c' value = \"4\"><input name=d value=5/>{GO}</form>",
)
tree(
    "attributes-odd", f"{FORM}<input name=a value='1'name=b><input =name=c value=2><input name=d value=\"3'><input name='e\">{GO}\"></form>"
)
tree(
    "references",
    f"{FORM}<input name=a value='&lt;&#233;&#xe9;&eacute&notit;&amp&#128;&#0;&#x110000;&copy=1&copy2'><input name=b value='&#xD800;&hellip'>{GO}</form>",
)
tree("nulls", f"{FORM}<input name=a value='x\0y'><input na\0me=b value=2><inp\0ut name=c value=3>{GO}</form>")
tree("frames", f"{FORM}<iframe srcdoc='<form></form>'></iframe><input name=a value=1>{GO}</form>")
tree("body-twice", f"{FORM}<input name=a value=1></body><body class=x><input name=b value=2></html>{GO}</form>")
tree("image-is-img", f"{FORM}<image><input type=image name=x><isindex><keygen name=a>{GO}</form>")
tree("form-after-the-end", f"</body></html>{FORM}<input name=a value=1>{GO}</form>")
tree("deep", f"{FORM}{'<div>' * 300}<input name=a value=1>{'</div>' * 300}{GO}</form>")
tree("deeper-than-the-tree", f"{FORM}{'<div>' * 600}<input name=a value=1>{'</div>' * 600}{GO}</form>")
tree("ruby-and-lists", f"{FORM}<ruby><rb>x<rt><input name=a value=1></ruby><dl><dt><dd><input name=b value=2><dt></dl>{GO}</form>")
tree("captions", f"<table><caption>{FORM}<input name=a value=1></caption><colgroup><col><input name=b value=2><tbody><tr><th>{GO}</table>")
