"""Policies of pages: where their forms may go (CSP 3, `form-action`)."""

from tests.browser.row import page, press, row, to

KIND = "policies"


def policy(
    name: str,
    written: str,
    *,
    action: str = "/to",
    then: str = "",
    status: int = 302,
    method: str = "post",
    start: str = "https://hub.test/",
) -> None:
    """A form on a page with this policy; `then` is where its answer leads."""
    form = f"<form action='{action}' method={method}><button id=go>Go</button></form>"
    answers = {"hub.test/": page(form, ("Content-Security-Policy", written))}
    row(KIND, name, {**answers, **({"/to": to(then, status)} if then else {})}, press("#go"), start=start)


IDP, WWW = "https://idp.test/login", "https://www.hub.test/x"
policy("self", "form-action 'self'")
policy("self-elsewhere", "form-action 'self'", action=IDP)
policy("self-redirected", "form-action 'self'", then=IDP)
policy("self-redirected-again", "form-action 'self'", then=IDP, status=307)
policy("self-redirected-home", "form-action 'self'", then="/there")
policy("none", "form-action 'none'")
policy("empty", "form-action")
policy("empty-and-get", "form-action ;", method="get")
policy("host", "form-action idp.test", action=IDP)
policy("host-of-another", "form-action www.hub.test 'self'", then=IDP)
policy("host-capitals", "Form-Action HTTPS://IDP.Test", action=IDP)
policy("host-with-path", "form-action https://idp.test/login", action=IDP)
policy("host-with-another-path", "form-action https://idp.test/other", action=IDP)
policy("host-with-another-path-redirected", "form-action 'self' https://idp.test/other", then=IDP)
policy("folder", "form-action https://idp.test/log/", action="https://idp.test/log/in")
policy("below", "form-action *.hub.test", action=WWW)
policy("below-is-not-itself", "form-action *.hub.test")
policy("star", "form-action *", action=IDP)
policy("scheme", "form-action https:", action=IDP)
policy("scheme-of-another", "form-action http:", action=IDP)
policy("port", "form-action idp.test:8443", action="https://idp.test:8443/x")
policy("port-star", "form-action idp.test:*", action="https://idp.test:8443/x")
policy("port-unsaid", "form-action idp.test", action="https://idp.test:8443/x")
policy("http-and-https", "form-action http://idp.test", action=IDP)
policy("first-directive-holds", "form-action 'none'; form-action *")
policy("two-policies", "form-action *, form-action 'none'")
policy("default-does-not-count", "default-src 'none'; script-src 'self'", action=IDP)
policy("odd-source", "form-action 'odd' idp.test/", action=IDP)
policy("sandbox", "sandbox allow-scripts")
policy("sandbox-that-lets-forms", "sandbox allow-forms allow-scripts")
policy("app", "form-action 'self' myapp:", then="myapp://x")
row(
    KIND,
    "meta",
    {
        "/": page(
            "<form action=/to><button id=go>Go</button></form>",
            head="<meta http-equiv=Content-Security-Policy content=\"form-action 'none'\">",
        )
    },
    press("#go"),
)
row(
    KIND,
    "meta-in-the-body",
    {
        "/": page(
            "<meta http-equiv=Content-Security-Policy content=\"form-action 'none'\"><form action=/to><button id=go>Go</button></form>"
        )
    },
    press("#go"),
)
row(
    KIND,
    "report-only",
    {"/": page("<form action=/to><button id=go>Go</button></form>", ("Content-Security-Policy-Report-Only", "form-action 'none'"))},
    press("#go"),
)
row(
    KIND,
    "two-headers",
    {
        "/": page(
            "<form action=/to><button id=go>Go</button></form>",
            ("Content-Security-Policy", "form-action *"),
            ("Content-Security-Policy", "form-action 'none'"),
        )
    },
    press("#go"),
)
row(
    KIND,
    "of-the-redirect",
    {
        "/": page("<form action=/to method=post><button id=go>Go</button></form>"),
        "/to": to("https://idp.test/x", 302, ("Content-Security-Policy", "form-action 'none'")),
    },
    press("#go"),
)
row(
    KIND,
    "refreshed",
    {
        "/": page("<form action=/to method=post><button id=go>Go</button></form>", ("Content-Security-Policy", "form-action 'self'")),
        "/to": page(head="<meta http-equiv=refresh content='0;url=https://idp.test/x'>"),
    },
    press("#go"),
)
