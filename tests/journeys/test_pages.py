"""What a browser would send: the HTML standard's rules for forms,
and pages that are hostile or none at all.
"""

import time
from urllib.parse import parse_qsl, urlsplit

import pytest

from probe.config.models import Press
from probe.core.judgement.observation import Step
from probe.journeys.addresses import join
from probe.journeys.exchange import Answer
from probe.journeys.form_data import Enctype
from probe.journeys.forms import Submission, submit
from probe.journeys.pages import Page, query
from probe.journeys.presses import Misfit, press

URL = "https://site.test/folder/page?x=1#top"


def page(body: str, url: str = URL, kind: str = "text/html") -> Page:
    return Page(Answer(url, 200, {"content-type": kind}, body.encode()))


def sent(body: str, fill: dict[str, str] | None = None, button: str | None = None) -> Submission:
    shown = page(body)
    form = shown.first("form")
    assert form is not None
    return submit(shown, form, shown.first(button) if button else None, fill)


@pytest.mark.parametrize(
    ("controls", "fields"),
    [
        ("<input name=a value=1><input name=b>", [("a", "1"), ("b", "")]),
        ("<input name=a value=1 disabled><input value=2>", []),
        ("<input type=hidden name=a value='é &amp; co'>", [("a", "é & co")]),
        (
            "<input type=checkbox name=a><input type=checkbox name=b checked><input type=checkbox name=c value=x checked>",
            [("b", "on"), ("c", "x")],
        ),
        ("<input type=radio name=r value=1><input type=radio name=r value=2 checked>", [("r", "2")]),
        ("<select name=s><option value=1>A<option>  B  b </select>", [("s", "1")]),
        ("<select name=s><option value=1>A<option selected>  B  b </select>", [("s", "B b")]),
        ("<select name=s><option disabled value=1>A<option value=2>B</select>", [("s", "2")]),
        ("<select name=s multiple><option selected>A<option>B<option selected>C</select>", [("s", "A"), ("s", "C")]),
        ("<select name=s multiple><option>A</select>", []),
        ("<textarea name=t>\nline</textarea>", [("t", "line")]),
        ("<button name=go value=1>Go</button><input type=submit name=other value=2><input type=reset name=r value=3>", []),
        (
            "<fieldset disabled><legend><input name=a value=1></legend><input name=b value=2></fieldset><input name=c value=3>",
            [("a", "1"), ("c", "3")],
        ),
        ("<input type=file name=f>", [("f", "")]),
        ("<input type=radio name=r value=1 checked><input type=radio name=r value=2 checked>", [("r", "2")]),
        ("<select name=s><option selected disabled value=0>Choose<option value=1>A</select>", []),
        ("<select name=s size=3><option value=1>A<option value=2>B</select>", []),
        ("<select name=s size=3><option value=1 selected>A<option value=2 selected>B</select>", [("s", "2")]),
        ("<datalist><input name=a value=1></datalist><noscript><input name=b></noscript><input name=d value=2>", [("a", "1"), ("d", "2")]),
        ("<input type=hidden name=_charset_ value=x><input name=_charset_ value=y>", [("_charset_", "windows-1252"), ("_charset_", "y")]),
        (
            "<input name=a value=1 dirname=d><div dir=rtl><input name=b value=2 dirname=e></div>",
            [("a", "1"), ("d", "ltr"), ("b", "2"), ("e", "rtl")],
        ),
        ("<input name=a value=' b\n c '><input type=email name=e value=' x@y.z\n'>", [("a", " b c "), ("e", "x@y.z")]),
        ("<input type=url name=u value=' http://x '><input type=hidden name=h value='a\nb'>", [("u", "http://x"), ("h", "a\nb")]),
        (
            "<input type=number name=a value=1,5><input type=number name=b value=-1.5e3><input type=number name=c value=x>",
            [("a", ""), ("b", "-1.5e3"), ("c", "")],
        ),
        (
            "<input type=date name=a value=2026-02-03><input type=date name=b value=3/2/26><input type=time name=c value=25:00>",
            [("a", "2026-02-03"), ("b", ""), ("c", "")],
        ),
        ("<input type=color name=a value=#FFaa00><input type=color name=b value=red>", [("a", "#ffaa00"), ("b", "#000000")]),
        (
            "<input type=range name=a><input type=range name=b value=7.6 max=10><input type=range name=c value=-3>",
            [("a", "50"), ("b", "8"), ("c", "0")],
        ),
        (
            (
                "<input type=range name=a min=1 max=2><input type=range name=b min=5 max=1 value=3>"
                "<input type=range name=c step=any value=1.50>"
            ),
            [("a", "2"), ("b", "5"), ("c", "1.5")],
        ),
        ("<input type=range name=a min=1 max=10 step=4 value=10><input type=range name=b step=x value=1e400>", [("a", "9"), ("b", "50")]),
        (
            (
                "<input type=datetime-local name=a value='2026-02-03 04:05:00.000'>"
                "<input type=datetime-local name=b value=2026-02-03T04:05:06.70>"
            ),
            [("a", "2026-02-03T04:05"), ("b", "2026-02-03T04:05:06.7")],
        ),
        (
            "<input type=datetime-local name=a value=2026-02-03T4:05><input type=datetime-local name=b value=2026-13-03T04:05>",
            [("a", ""), ("b", "")],
        ),
        ("<input name=a value=1 form=''><input name=b value=2 form><input name=c value=3>", [("c", "3")]),
        ("<input type=image name=go>", []),
        ("<input type=HIDDEN name=a value=1>", [("a", "1")]),
        ("<input name=a value=1><input name=a value=2>", [("a", "1"), ("a", "2")]),
    ],
)
def test_each_control_contributes_what_the_html_standard_says(controls: str, fields: list[tuple[str, str]]) -> None:
    assert list(sent(f"<form>{controls}</form>").fields or ()) == fields


@pytest.mark.parametrize(
    ("form", "method", "url"),
    [
        ("<form>", "GET", "https://site.test/folder/page?x=1"),
        ("<form action=''>", "GET", "https://site.test/folder/page?x=1"),
        ("<form action='#'>", "GET", "https://site.test/folder/page?x=1"),
        ("<form method=POST action='/login?y=2#z'>", "POST", "https://site.test/login?y=2"),
        ("<form method=post action=next>", "POST", "https://site.test/folder/next"),
        ("<form method=post action='//other.test/x'>", "POST", "https://other.test/x"),
        ("<form method=dialog>", "GET", "https://site.test/folder/page?x=1"),
        ("<base href='https://base.test/b/'><form method=post action=next>", "POST", "https://base.test/b/next"),
        ("<base href='/b/'><form method=post>", "POST", "https://site.test/folder/page?x=1"),
    ],
)
def test_a_form_goes_where_its_action_its_base_and_its_method_say(form: str, method: str, url: str) -> None:
    made = sent(f"{form}</form>")
    assert (made.method, made.url) == (method, url)


def test_the_button_pressed_sends_its_name_and_value_and_may_change_where_and_how() -> None:
    body = "<form action=/a><input name=x value=1><button id=b name=go value=yes formaction=/b formmethod=post>Go</button></form>"
    pressed = sent(body, button="#b")
    assert (pressed.method, pressed.url, pressed.fields) == ("POST", "https://site.test/b", (("x", "1"), ("go", "yes")))


@pytest.mark.parametrize(
    ("control", "fields"), [("<input type=image name=go value=1>", ("go.x", "go.y")), ("<input type=image>", ("x", "y"))]
)
def test_an_image_button_sends_where_it_was_pressed(control: str, fields: tuple[str, str]) -> None:
    assert sent(f"<form>{control}</form>", button="input").fields == tuple((name, "0") for name in fields)


def test_a_form_is_sent_in_the_encoding_of_its_page_and_by_its_enctype() -> None:
    page_in_latin = "<meta charset=iso-8859-1><form method=post enctype={}><input name=a></form>"
    made = sent(page_in_latin.format("MULTIPART/form-data"))
    assert (made.encoding, made.enctype) == ("windows-1252", Enctype.MULTIPART)
    assert sent(page_in_latin.format("odd")).enctype is Enctype.URLENCODED
    asked = sent("<meta charset=iso-8859-1><form action=/a><input name=a value=\u00e9></form>".encode("latin-1").decode("latin-1")).ask(
        Step.IDP_LOGIN
    )
    assert asked.url.startswith("https://site.test/a?a=")


def test_a_download_is_no_page() -> None:
    for disposition, shown in (
        ("attachment", False),
        ("Attachment; filename=p.html", False),
        ("x", False),
        ("inline", True),
        ("filename=x", True),
    ):
        answer = Answer(URL, 200, {"content-type": "text/html", "content-disposition": disposition}, b"<form></form>")
        assert Page(answer).has("form") is shown


def test_controls_tied_to_a_form_from_outside_belong_to_it_and_the_others_do_not() -> None:
    body = "<form id=f><input name=a value=1><input name=z value=0 form=g></form><input name=b value=2 form=f><input name=c value=3>"
    assert sent(body).fields == (("a", "1"), ("b", "2"))


@pytest.mark.parametrize(
    ("control", "fill", "fields"),
    [
        ("<input name=a value=old>", {"a": "new"}, [("a", "new")]),
        ("<input type=checkbox name=a value=yes>", {"a": "on"}, [("a", "yes")]),
        ("<input type=checkbox name=a value=yes checked>", {"a": "off"}, []),
        ("<input type=radio name=a value=1 checked><input type=radio name=a value=2>", {"a": "2"}, [("a", "2")]),
        ("<select name=a><option value=1><option value=2></select>", {"a": "2"}, [("a", "2")]),
        ("<textarea name=a>old</textarea>", {"a": "new"}, [("a", "new")]),
        ("", {"a": "of a script"}, [("a", "of a script")]),
    ],
)
def test_filling_a_field_replaces_what_the_page_proposed(control: str, fill: dict[str, str], fields: list[tuple[str, str]]) -> None:
    assert list(sent(f"<form>{control}</form>", fill).fields or ()) == fields


def test_a_get_form_puts_its_fields_in_the_query_and_a_post_form_in_the_body() -> None:
    get = sent("<form action='/s?old=1'><input name=q value='a b&c'></form>").ask(Step.IDP_LOGIN)
    assert dict(parse_qsl(urlsplit(get.url).query)) == {"q": "a b&c"}
    assert get.form is None
    post = sent("<form action='/s?old=1' method=post><input name=q value=1></form>").ask(Step.IDP_LOGIN)
    assert (post.url, post.form) == ("https://site.test/s?old=1", (("q", "1"),))


@pytest.mark.parametrize(
    ("how", "fields"),
    [
        (Press(fill={"user": "u"}), (("user", "u"), ("go", "2"))),
        (Press(press="#second"), (("user", ""), ("go", "2"))),
        (Press(form="#two", fill={"user": "u"}), (("user", "u"), ("go", "2"))),
        (Press(page="h1", form="#one"), (("q", ""), ("go", "1"))),
        (Press(page="h2", fill={"user": "u"}), None),
        (Press(fill={"missing": "u"}), None),
        (Press(press="#absent"), None),
        (Press(form="#absent"), None),
    ],
)
def test_a_press_finds_its_page_its_form_and_its_button(how: Press, fields: tuple[tuple[str, str], ...] | None) -> None:
    one = "<form id=one><input name=q><button name=go value=1>Search</button></form>"
    two = "<form id=two><input name=user><button type=button name=no>No</button><button id=second name=go value=2>Log in</button></form>"
    made = press(page(f"<h1>x</h1>{one}{two}"), how, how.fill)
    assert (made.fields if isinstance(made, Submission) else None) == fields


@pytest.mark.parametrize(
    ("head", "target"),
    [
        ("<meta http-equiv=refresh content='0;url=/next'>", "https://site.test/next"),
        ("<meta http-equiv=Refresh content='5; URL=\"next\"'>", "https://site.test/folder/next"),
        ("<meta http-equiv=refresh content='30'>", None),
        ("<meta http-equiv=refresh content='0;url='>", None),
        ("<meta http-equiv=refresh content='10;/next'>", "https://site.test/next"),
        ("<meta http-equiv=refresh content='11;/next'>", None),  # the citizen sits before this page
        ("<meta http-equiv=refresh content='99999999999999999999;/next'>", None),
        ("<meta http-equiv=refresh content='9;/late'><meta http-equiv=refresh content='1.9, /soon'>", "https://site.test/soon"),
        ("<noscript><meta http-equiv=refresh content='0;/next'></noscript>", None),
        ("<meta http-equiv=refresh content='x;/next'>", None),
        ("<p>nothing</p>", None),
    ],
)
def test_a_refresh_is_followed_only_to_another_address(head: str, target: str | None) -> None:
    assert page(head).refresh == target


def test_a_refresh_in_the_header_counts_as_one_in_the_page() -> None:
    headers = {"content-type": "text/html", "refresh": "3; url=/next"}
    assert Page(Answer(URL, 200, headers, b"")).refresh == "https://site.test/next"
    sooner = b"<meta http-equiv=refresh content='2;/sooner'>"
    assert Page(Answer(URL, 200, headers, sooner)).refresh == "https://site.test/sooner"


def test_the_text_shown_leaves_out_scripts_styles_and_comments() -> None:
    body = "<title> A  title </title><style>s{}</style><script>let x</script><!-- c --><p>One<b>two</b></p><noscript>n</noscript>"
    assert page(body).title == "A title"
    assert page(body).visible_text == "One two"


@pytest.mark.parametrize(
    "unit", ["<div>", "<b>", "<a><p>", "<table><tr><td>", "<font>", "<form>", "<svg>", "<template>", "<ruby><rt>", "<b><p>"]
)
def test_no_page_within_the_cap_stops_the_loop_for_long(unit: str) -> None:
    """100,000 nested elements took the parser 15 s before there was a guard;
    the cap of a page is 2 MiB.
    """
    body = unit * (2_000_000 // len(unit))
    began = time.process_time()
    shown = page(body)
    assert not shown.has("input[name=x]")
    assert shown.visible_text == ""
    assert time.process_time() - began < 2


def test_a_deep_page_is_read_as_long_as_a_browser_would_nest_it() -> None:
    assert page("<div>" * 400 + "<i id=x>" + "</div>" * 400 + "<p></p>" * 2_000).has("#x")


def test_many_forms_and_fields_take_a_moment_only() -> None:
    body = "<form><input name=a>" * 10_000 + "<fieldset disabled>" + "<input name=b>" * 10_000
    shown, began = page(body), time.process_time()
    press(shown, Press(fill={"zzz": "1", "yyy": "2"}), {"zzz": "1"})
    assert time.process_time() - began < 2


@pytest.mark.parametrize("body", ["", "\0\ufffd", "<", "<!--", "<form", "&#xD800;&#0;", "<base href='http://['><form action='http://['>"])
def test_odd_pages_are_read_without_a_word(body: str) -> None:
    shown = page(body)
    assert isinstance(shown.title + shown.visible_text + shown.heading, str)
    assert isinstance(press(shown, Press(fill={"a": "b"}), {"a": "b"}), Misfit)


def test_an_address_or_a_query_that_cannot_be_read_is_empty() -> None:
    assert join(URL, "http://[::1") == ""
    assert query("https://x.test/?" + "&a=b" * 300) == {}
    assert query("http://[") == {}
    assert query("https://x.test/?a=1&a=2&b=") == {"a": "1", "b": ""}


@pytest.mark.parametrize(("location", "leads"), [("/next", True), ("", False), ("  ", False)])
def test_an_empty_location_leads_nowhere(location: str, leads: bool) -> None:
    """In Chromium such an answer is the page that it holds."""
    assert Answer(URL, 302, {"location": location}).is_redirect is leads
