"""Forms: what they send, how, and where to."""

from tests.browser.row import Doing, enter, html, page, press, row

KIND = "forms"


def fields(name: str, body: str, *, more: str = "", differs: str = "", **fill: str) -> None:
    """A form with these controls, which is sent by its button."""
    row(KIND, name, {"/": html(body, more=more)}, press("#go", **fill), differs=differs)


# --- controls

fields("text", "<input name=a value=' x '><input name=b><input value=no-name><input name='' value=x><input name=c type=odd value=1>")
fields("hidden", "<input type=hidden name=a value='1&#10;2&#13;3'><input type=HIDDEN name='b b' value='&amp;=+%&eacute;'>")
fields("repeated", "<input name=a value=1><input name=a value=2><select name=a><option>3</select><input type=hidden name=a value=4>")
fields(
    "sanitised",
    "<input type=text name=a value='x&#10;y&#13;z'><input type=email name=b value=' e@x.fr &#10;'><input type=url name=c value=' https://x '>"
    "<input type=search name=d value='&#10;q'><input type=tel name=e value=' 06&#10;'><input type=password name=f value='&#10; p '>",
)
fields(
    "sanitised-email-list",
    "<input type=email multiple name=a value=' a@x , b@y ,&#10; c'><input type=email name=b value='a, b'>",
    more="novalidate",
)
fields("checked-first", "<input name=a required>", differs="a browser checks values before it sends them; those of a recipe are right")
fields(
    "numbers",
    "".join(
        f"<input type=number name=n{number} value='{value}'>"
        for number, value in enumerate(["1", "1.", ".5", "+1", "-0", "1e5", "1e999", "0x1", " 1 ", "-.5", "--1", "1,5", "1E-2"])
    ),
)
fields(
    "ranges",
    "<input type=range name=a><input type=range name=b value=150><input type=range name=c min=10 max=20 value=0>"
    "<input type=range name=d min=0 max=10 step=3 value=5><input type=range name=e value=x min=-10 max=-20><input type=range name=f step=any value=.3>"
    "<input type=range name=g min=1 max=2 value=1.5><input type=range name=h min=5 step=2 value=8>",
)
fields(
    "dates",
    "<input type=date name=a value=2026-02-30><input type=date name=b value=2026-02-28><input type=date name=c value=0000-01-01>"
    "<input type=month name=d value=2026-13><input type=month name=e value=2026-12><input type=week name=f value=2026-W53>"
    "<input type=week name=g value=2026-W54><input type=week name=h value=2025-W53><input type=date name=i value=20260228>",
)
fields(
    "times",
    "<input type=time name=a value=24:00><input type=time name=b value=23:59><input type=time name=c value=1:00>"
    "<input type=time name=d value=10:00:60><input type=time name=e value=10:00:59.5><input type=time name=f value=10:00:00>"
    "<input type=datetime-local name=g value=2026-02-28T10:00><input type=datetime-local name=h value='2026-02-28 10:00:00'>"
    "<input type=datetime-local name=i value=2026-02-30T10:00><input type=datetime-local name=j value=x><input type=time name=k value=10:00:00.1234>",
)
fields(
    "colours",
    "<input type=color name=a><input type=color name=b value=#ABCDEF><input type=color name=d value=#abc>"
    "<input type=color name=e value=' #123456 '><input type=color name=f value=x>",
)
fields(
    "colours-by-name", "<input type=color name=a value=red>", differs="names and functions of CSS are not read; no login asks for a colour"
)
fields(
    "ticks",
    "<input type=checkbox name=a><input type=checkbox name=b checked><input type=checkbox name=c value='' checked>"
    "<input type=checkbox name=d value=1 checked=no><input type=checkbox name=e value=2 checked disabled>",
)
fields(
    "radios",
    "<input type=radio name=a value=1 checked><input type=radio name=a value=2 checked><input type=radio name=b value=3>"
    "<input type=radio name=A value=4 checked><input type=radio value=5 checked><input type=radio name=c checked>",
)
fields("radios-of-which-one-is-disabled", "<input type=radio name=a value=1 checked><input type=radio name=a value=2 checked disabled>")
row(
    KIND,
    "radios-of-two-forms",
    {
        "/": page(
            "<form method=post action=/to><input type=radio name=a value=1 checked><button id=go>Go</button></form>"
            "<form><input type=radio name=a value=2 checked></form><input type=radio name=a value=3 checked>"
        )
    },
    press("#go"),
)
fields(
    "selects",
    "<select name=a><option>x  y<option value=2>z</select><select name=b><option><option selected>2<option selected>3</select>"
    "<select name=c multiple><option selected>1<option selected value=''>2<option>3</select><select name=d size=3><option>1</select>"
    "<select name=e></select><select name=f disabled><option>1</select><select name=g size=1><option value>1</select>",
)
fields(
    "selects-disabled",
    "<select name=a><option disabled>1<option>2</select><select name=b><option selected disabled>1<option>2</select>"
    "<select name=c><optgroup disabled><option>1</optgroup><option>2</select><select name=d multiple><option selected disabled>1</select>"
    "<select name=e><optgroup disabled><option selected>1</optgroup></select><select name=f><option disabled>1</select>",
)
fields(
    "selects-deep",
    "<select name=a><option label=L>text</option></select><select name=b><optgroup label=g><option> a &nbsp; b </option></optgroup></select>"
    "<select name=c><option value=1><b>bold</b></option></select><select name=d><hr><option>x<!-- y -->z</select>"
    "<select name=e><option><script>1</script>v</option></select>",
)
fields(
    "selects-sizes",
    "".join(f"<select name=s{n} size='{size}'><option>1</select>" for n, size in enumerate(["0", "2", "-1", "x", "+2", " 3", "1.5", "2x"])),
)
fields(
    "textareas",
    "<textarea name=a>\n\nx\r\ny\rz</textarea><textarea name=b></textarea><textarea name=c> <b>&amp; </textarea>",
)
fields(
    "hard-wraps",
    "<textarea name=d wrap=hard cols=4>long lines here</textarea>",
    differs="where lines break depends on the letters' widths, which Vigie does not draw",
)
fields(
    "buttons",
    "<button name=a value=1>1</button><input type=submit name=b value=2><input type=reset name=c value=3><input type=button name=d value=4>",
)
fields(
    "disabled", "<input name=a disabled value=1><fieldset disabled><legend><input name=b value=2></legend><input name=c value=3></fieldset>"
)
fields(
    "fieldsets",
    "<fieldset disabled><div><legend><input name=a value=1></legend></div><legend><input name=b value=2></legend><legend><input name=c value=3></legend>"
    "<fieldset><input name=d value=4></fieldset></fieldset><fieldset disabled=no><input name=e value=5></fieldset><fieldset><input name=f value=6></fieldset>",
)
fields(
    "datalists",
    "<input name=a list=l value=1><datalist id=l><option value=2><input name=b value=3><select name=c><option>4</select></datalist>",
)
fields("charset-field", "<input type=hidden name=_charset_ value=x><input type=hidden name=_CHARSET_><input name=_charset_ value=y>")
fields(
    "directions",
    "<input name=a dirname=a.dir value=x><div dir=rtl><input name=b dirname=b.dir><textarea name=c dirname=c.dir>x</textarea></div>"
    "<input name=d dirname='' value=1><input name=e dir=RTL dirname=e.dir><input type=hidden name=f dirname=f.dir value=2>"
    "<input type=number name=g dirname=g.dir value=2>",
)
fields(
    "directions-by-text",
    "<input name=a dir=auto dirname=a.dir value='&#1513;'><input name=b dir=auto dirname=b.dir value='x &#1513;'><input name=c dir=auto dirname=c.dir>"
    "<div dir=auto>&#1513;<input name=d dirname=d.dir value=x></div><input type=tel name=e dirname=e.dir value='06'><div dir=rtl><input type=tel name=f dirname=f.dir></div>",
)
fields("files", "<input type=file name=a><input type=file name=b multiple><input type=file disabled name=c>")
fields("files-in-parts", "<input type=file name=a><input name=b value=1>", more="enctype=multipart/form-data")
fields("things", "<object name=a></object><output name=b>1</output><img name=c><meter name=d value=1></meter><progress name=e></progress>")
fields(
    "filled",
    "<input name=login maxlength=5><input type=password name=password><textarea name=note></textarea>",
    login="an",
    password=" p&=+% ",
    note="x\ny",
)
fields("filled-again", "<input name=login value=old><input type=email name=mail value=x>", login="new", mail=" a@b.fr ")

# --- buttons


def on_page(name: str, body: str, *doings: Doing, differs: str = "") -> None:
    """A page with this body, on which these things are done."""
    row(KIND, name, {"/": page(body)}, *(doings or (press("#go"),)), differs=differs)


BUTTONS = (
    "<button id=first name=b value=1>1</button><input type=submit id=second name=b value=2><button id=third name=b>3</button>"
    "<input type=image id=image name=b alt=x><button id=none type=odd value=4>4</button>"
)
FORM = "<form method=post action=/to>"
for _id in ("first", "second", "third", "image", "none"):
    row(KIND, f"button-{_id}", {"/": html("<input name=a value=0>" + BUTTONS)}, press(f"#{_id}"))
on_page(
    "button-without-value",
    f"{FORM}<input type=submit id=go name=c></form>",
    differs="Chromium sends the text that it puts on the button, in the language of its windows",
)
on_page("button-outside", "<form id=f method=post action=/to><input name=a value=1></form><button id=go form=f name=b value=2>Go</button>")
on_page(
    "return-key",
    f"{FORM}<input name=a><button type=button name=x value=2>2</button><input type=image name=x value=3><button name=x value=4>4</button></form>",
    enter(a="v"),
)
on_page("return-key-without-button", f"{FORM}<input name=a><input type=hidden name=b value=1></form>", enter(a="v"))
on_page(
    "return-key-before-a-button-outside",
    "<button form=f name=x value=1>1</button><form id=f method=post action=/to><input name=a><button name=x value=2>2</button></form>",
    enter(a="v"),
)
on_page(
    "return-key-before-a-disabled-button",
    f"{FORM}<input name=a><button disabled name=x value=1>1</button><button name=x value=2>2</button></form>",
    enter(a="v"),
    differs="the return key does nothing then, and the citizen presses the button that works",
)
on_page(
    "button-decides",
    "<form action=/no enctype=text/plain><input name=a value=1><button id=go name=b value=2 formaction='/to?x=1' formmethod=POST "
    "formenctype=multipart/form-data>Go</button></form>",
)
on_page(
    "button-decides-nothing",
    "<form method=post action=/to enctype=multipart/form-data><input name=a value=1>"
    "<button id=go formaction='' formmethod='' formenctype=''>Go</button></form>",
)

# --- where to, and how

DEEP = "https://hub.test/dir/?q=1"
for _name, _attributes in {
    "get": "action=/to",
    "get-drops-the-query": "action='/to?old=1#part'",
    "get-elsewhere": "action=https://idp.test/to method=odd",
    "post-keeps-the-query": "action='/to?old=1' method=POST",
    "no-action": "method=post",
    "empty-action": "action='' method=post",
    "blank-action": "action='  ' method=post",
    "spaces": "action=' /to ' method=' post '",
    "dialog": "action=/to method=dialog",
    "plain": "action=/to method=post enctype=text/plain",
    "plain-by-get": "action=/to enctype=text/plain",
    "parts": "action=/to method=post enctype=multipart/form-data",
    "odd-enctype": "action=/to method=post enctype=application/json",
    "target": "action=/to method=post target=_self",
    "bad-address": "action='https://[' method=post",
    "script": "action='javascript:1' method=post",
    "mail": "action='mailto:x@y.fr' method=post",
    "user-in-address": "action='https://me:pw@hub.test/to' method=post",
}.items():
    _controls = "<input name=a value='x&#10;&quot;\u00e9'><input name='b&quot;' value=2><button id=go>Go</button>"
    _differs = "it asks for no page, and no recipe presses it" if _name == "dialog" else ""
    row(KIND, f"form-{_name}", {"/dir/": page(f"<form {_attributes}>{_controls}</form>")}, press("#go"), start=DEEP, differs=_differs)
for _name, _base in {
    "base": "<base href=/there/>",
    "base-elsewhere": "<base href=https://idp.test>",
    "two-bases": "<base target=_self><base href=a/><base href=b/>",
    "base-odd": "<base href='https://['><base href=/x/>",
    "base-data": "<base href=data:,x>",
}.items():
    _page = page("<form action=to method=post><button id=go>Go</button></form>", head=_base)
    row(KIND, _name, {"/dir/": _page}, press("#go"), start=DEEP)
_page = page("<form method=post><button id=go>Go</button></form>", head="<base href=/there/>")
row(KIND, "base-and-no-action", {"/dir/": _page}, press("#go"), start=DEEP)
row(
    KIND,
    "two-pages",
    {"/": html("<input name=login>"), "/to": html("<input name=password type=password>", action="/done")},
    press("#go", login="angela"),
    press("#go", password="secret"),
)
