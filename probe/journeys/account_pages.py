"""Recognises a page that wants something of the account's owner before the login goes on.

After the right password an IdP may ask for a new one (it has expired), or for consent to new terms.
Its login works for everybody else: the page is about our account. It is told by its form, and not
by words of one language:

    a new password   two or more password fields, or one that says so itself (HTML, section
                     "Autofill": autocomplete="new-password"), and no form to log in beside it
    an agreement     a box that must be ticked
"""

from selectolax.lexbor import LexborNode

from probe.core.judgement.detail import DetailKind
from probe.journeys.pages import Page

_PASSWORDS = "input[type='password' i]"
_AGREEMENT = "form input[type='checkbox' i][required], form input[type='checkbox' i][aria-required='true']"


def asked_of_the_account(page: Page) -> DetailKind | None:
    """Return what a page after the password asks of the account's owner; None when nothing."""
    by_form = dict[int, list[LexborNode]]()
    for field in page.all(_PASSWORDS):
        form = page.form_of(field)
        by_form.setdefault(form.mem_id if form is not None else 0, []).append(field)
    if by_form and all(len(fields) > 1 or any(map(_is_new, fields)) for fields in by_form.values()):
        return DetailKind.NEW_PASSWORD_ASKED
    return DetailKind.AGREEMENT_ASKED if not by_form and page.has(_AGREEMENT) else None


def _is_new(field: LexborNode) -> bool:
    return "new-password" in (field.attributes.get("autocomplete") or "").lower().split()
