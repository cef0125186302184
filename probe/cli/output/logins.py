"""Says how many logins the accounts made today, and how many they may make, for `vigie status`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from probe.cli.output.texts import CommandTexts
from probe.config.accounts import AccountLogins
from probe.core.judgement.subject import journey_of


def login_lines(found: Iterable[AccountLogins], said: CommandTexts, titles: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Yield a line for each account that has a budget."""
    for account, used in found:
        if account.part is not None:
            idps = ", ".join(titles.get((hub, journey_of(idp)), idp) for hub, idp in account.members)
            text = said.logins_spent if used >= account.part else said.logins_used
            yield text.format(idps=idps, used=used, part=account.part, regular=account.regular)


def logins_json(found: Iterable[AccountLogins]) -> list[dict[str, Any]]:
    """Return each account: its IdPs, what it used today from here, and its part of the budget."""
    return [
        {
            "idps": [{"hub": hub, "idp": idp} for hub, idp in account.members],
            "used": used,
            "regular": account.regular,
            "budget": account.part,
        }
        for account, used in found
    ]
