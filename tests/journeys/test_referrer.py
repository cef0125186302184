"""What is said of a page to those that it leads to. Chromium says the same (tests/browser)."""

import pytest

from probe.journeys import referrer

PAGE = "https://hub.test/login?a=1"
HERE, THERE, BARE = "https://hub.test/to", "https://idp.test/to", "http://idp.test/to"
WHOLE, SHORT = PAGE, "https://hub.test/"


@pytest.mark.parametrize(
    ("policy", "here", "there", "bare"),
    [
        ("no-referrer", None, None, None),
        ("no-referrer-when-downgrade", WHOLE, WHOLE, None),
        ("same-origin", WHOLE, None, None),
        ("origin", SHORT, SHORT, SHORT),
        ("strict-origin", SHORT, SHORT, None),
        ("origin-when-cross-origin", WHOLE, SHORT, SHORT),
        ("strict-origin-when-cross-origin", WHOLE, SHORT, None),
        ("unsafe-url", WHOLE, WHOLE, WHOLE),
    ],
)
def test_the_page_is_named_as_far_as_its_policy_lets(policy: str, here: str | None, there: str | None, bare: str | None) -> None:
    """Referrer Policy, section 3."""
    assert [referrer.referer(PAGE, target, policy) for target in (HERE, THERE, BARE)] == [here, there, bare]


def test_of_a_long_address_the_host_alone_is_named() -> None:
    assert referrer.referer("https://hub.test/" + "a" * 5_000, HERE, referrer.DEFAULT) == SHORT


@pytest.mark.parametrize(
    ("header", "metas", "policy"),
    [
        ("", [], referrer.DEFAULT),
        ("no-referrer, odd", [], "no-referrer"),
        ("unsafe-url, Origin", [], "origin"),
        ("odd", [], referrer.DEFAULT),
        ("no-referrer", ["", "odd"], "no-referrer"),
        ("no-referrer", [" Always "], "unsafe-url"),
        ("", ["never", "origin-when-crossorigin"], "origin-when-cross-origin"),
    ],
)
def test_the_last_word_that_is_a_policy_holds(header: str, metas: list[str], policy: str) -> None:
    assert referrer.of_page(header, metas) == policy


def test_a_form_names_nobody_where_the_page_may_not_be_named() -> None:
    posted = {
        (policy, target): referrer.origin(PAGE, target, policy)
        for policy in ("no-referrer", "same-origin", "unsafe-url")
        for target in (HERE, THERE)
    }
    assert posted == {
        ("no-referrer", HERE): "null",
        ("no-referrer", THERE): "null",
        ("same-origin", HERE): "https://hub.test",
        ("same-origin", THERE): "null",
        ("unsafe-url", HERE): "https://hub.test",
        ("unsafe-url", THERE): "https://hub.test",
    }


def test_a_redirect_to_another_host_hides_who_posted() -> None:
    assert referrer.after_redirect("https://hub.test", HERE, "https://hub.test/on") == "https://hub.test"
    assert referrer.after_redirect("https://hub.test", HERE, THERE) == "null"


@pytest.mark.parametrize("address", ["https://[", "https://a]b/"])
def test_what_is_no_address_names_nobody(address: str) -> None:
    assert referrer.referer(address, HERE, referrer.DEFAULT) is None
    assert referrer.origin(PAGE, address, referrer.DEFAULT) == "null"
