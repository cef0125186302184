"""Where a page's forms may go: CSP 3, section 6.7.2, "URL Matching"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.journeys.form_policy import read

PAGE = "https://hub.test/page"


@pytest.mark.parametrize(
    ("policy", "url", "allowed"),
    [
        ("", "https://evil.test/", True),
        ("default-src 'none'", "https://evil.test/", True),  # no fallback
        ("form-action 'none'", "https://hub.test/", False),
        ("form-action", "https://hub.test/", False),
        ("form-action 'self'", "https://hub.test/x", True),
        ("FORM-action 'SELF'", "https://hub.test:443/x", True),
        ("form-action 'self'", "https://hub.test:8443/", False),
        ("form-action 'self'", "http://hub.test/", False),
        ("form-action 'self'", "https://idp.test/", False),
        ("form-action 'self' https://idp.test", "https://idp.test/login", True),
        ("form-action idp.test", "https://idp.test/login", True),
        ("form-action http://idp.test", "https://idp.test/login", True),
        ("form-action https://idp.test", "http://idp.test/login", False),
        ("form-action *.idp.test", "https://www.idp.test/", True),
        ("form-action *.idp.test", "https://idp.test/", False),
        ("form-action IDP.test:8443", "https://idp.test:8443/", True),
        ("form-action idp.test:*", "https://idp.test:9/", True),
        ("form-action idp.test", "https://idp.test:9/", False),
        ("form-action https:", "https://idp.test/", True),
        ("form-action http:", "https://idp.test/", True),
        ("form-action https:", "http://idp.test/", False),
        ("form-action *", "https://idp.test/", True),
        ("form-action idp.test/a/", "https://idp.test/a/b", True),
        ("form-action idp.test/a", "https://idp.test/a/b", False),
        ("form-action idp.test/%61", "https://idp.test/a", True),
        ("form-action 'unsafe-inline' nonsense!", "https://idp.test/", False),
        ("form-action *; form-action 'none'", "https://idp.test/", True),  # the first holds
        ("form-action *, form-action 'self'", "https://idp.test/", False),  # each policy must allow it
        ("script-src x; ;form-action\t'self'", "https://hub.test/", True),
    ],
)
def test_where_a_form_may_go(policy: str, url: str, allowed: bool) -> None:
    assert read(PAGE, policy).allows(url) is allowed


def test_after_a_redirect_a_path_counts_for_nothing() -> None:
    policy = read(PAGE, "form-action idp.test/a")
    assert [policy.allows("https://idp.test/b", redirected=redirected) for redirected in (False, True)] == [False, True]


@pytest.mark.parametrize(
    ("header", "metas", "allowed", "nameless"),
    [
        ("sandbox", [], False, True),
        ("Sandbox allow-forms allow-scripts", [], True, True),
        ("sandbox allow-forms allow-same-origin", [], True, False),
        ("form-action *, sandbox allow-same-origin", [], False, False),
        ("", ["sandbox"], True, False),  # a meta puts no page into one
        ("", ["form-action 'none'"], False, False),
    ],
)
def test_a_sandbox_may_forbid_forms_and_take_the_name(header: str, metas: list[str], allowed: bool, nameless: bool) -> None:
    """CSP 3, section 6.3.2."""
    policy = read(PAGE, header, metas)
    assert (policy.allows(PAGE), policy.nameless) == (allowed, nameless)


def test_a_page_without_tls_may_send_to_itself_over_tls() -> None:
    assert read("http://hub.test/", "form-action 'self'").allows("https://hub.test/")


@given(st.text(max_size=60), st.text(max_size=30))
def test_whatever_a_page_says_there_is_an_answer(policy: str, url: str) -> None:
    assert read(PAGE, f"form-action {policy}").allows(f"https://{url}") in (True, False)


@pytest.mark.parametrize(
    ("header", "metas", "upgrades"),
    [
        ("", [], False),
        ("upgrade-insecure-requests", [], True),
        ("default-src 'self'; Upgrade-Insecure-Requests", [], True),
        ("default-src 'self', upgrade-insecure-requests", [], True),
        ("", ["upgrade-insecure-requests"], True),
        ("default-src upgrade-insecure-requests", [], False),
    ],
)
def test_a_page_may_send_its_forms_over_tls_whatever_their_addresses_say(header: str, metas: list[str], upgrades: bool) -> None:
    assert read(PAGE, header, metas).upgrades is upgrades
