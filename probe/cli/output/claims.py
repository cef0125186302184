"""What came back of identities, through each IdP, as a table for people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from probe.cli.output.table import Heading, Styled, Table
from probe.cli.output.texts import CommandTexts
from probe.core.judgement.accounts import Accounts, AccountState, RememberedAccount, differing, present_accounts
from probe.core.judgement.observation import Observation
from probe.core.judgement.subject import journey_of
from probe.core.judgement.suspension import Suspension
from probe.core.times import rfc3339
from probe.texts.accounts import CHANGED, DIFFERS, suspended
from probe.texts.subjects import titles_of, with_name

_GOOD, _BAD, _OPEN = "green", "bold red", "magenta"


class AccountRow(NamedTuple):
    """One IdP's account. `differs`: the same person has another one through other IdPs."""

    hub: str
    idp: str
    account: RememberedAccount
    differs: bool


def of(accounts: Mapping[str, Accounts], watched: Iterable[tuple[str, str]]) -> list[AccountRow]:
    """Return the present account of each hub and IdP that has one, in the order that is given."""
    pairs = list(watched)
    present = {hub: present_accounts(accounts.get(hub, {}), [idp for at, idp in pairs if at == hub]) for hub, _ in pairs}
    odd = {hub: differing(theirs) for hub, theirs in present.items()}
    return [AccountRow(hub, idp, present[hub][idp], idp in odd[hub]) for hub, idp in pairs if idp in present[hub]]


def in_trouble(rows: Iterable[AccountRow]) -> list[AccountRow]:
    """Return the IdPs whose persona has another account than it had, or than through others."""
    return [row for row in rows if row.account.changed or row.differs]


def in_trouble_json(rows: Iterable[AccountRow]) -> list[dict[str, Any]]:
    """Return these IdPs: how the account stands, since when, and whether it differs."""
    return [
        {"hub": row.hub, "idp": row.idp, "state": row.account.state, "since": rfc3339(row.account.since_us), "differs": row.differs}
        for row in in_trouble(rows)
    ]


def in_trouble_lines(rows: Iterable[AccountRow], said: CommandTexts, titles: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Yield a line for each of these IdPs."""
    for row in in_trouble(rows):
        name = f"{row.hub} {titles.get((row.hub, journey_of(row.idp)), row.idp)}{said.colon}"
        if row.account.changed:
            yield f"{name} {CHANGED.in_language(said.language)} ({_since(row.account, said)})"
        else:
            yield f"{name} {DIFFERS.in_language(said.language)}"


def identity_lines(observations: Iterable[Observation], said: CommandTexts) -> Iterator[str]:
    """Yield a line for each journey that got an identity: its level, what came, what did not."""
    for seen in observations:
        if (identity := seen.identity) is not None:
            parts = [
                (said.level, identity.acr),
                (said.claims_came, ", ".join(identity.came)),
                (said.claims_not_come, ", ".join(identity.absent)),
            ]
            yield "; ".join(f"{head}{said.colon} {text}" for head, text in parts if text)


def table(seen: Sequence[AccountRow], said: CommandTexts, titles: Mapping[tuple[str, str], str]) -> Table:
    """One line for each IdP and level."""
    made = Table(
        Heading(said.hub, shared=True), said.idp, Heading(said.account, rank=1), Heading(said.level, rank=2),
        Heading(said.claims_came, rank=4), Heading(said.claims_absent, rank=3),
    )  # fmt: skip
    for each in seen:
        account = _account_text(each, said)
        for acr, level in sorted(each.account.levels.items()):
            claims = [Styled(f"✖ {claim}", _BAD) if claim in level.lost else Styled(claim) for claim in level.absent]
            absent = [part for claim in claims for part in (Styled(", "), claim)][1:]
            made.add_row(each.hub, with_name(each.idp, titles_of(each.hub, titles)), account, acr, ", ".join(level.came), absent)
    return made


def _account_text(row: AccountRow, said: CommandTexts) -> Styled:
    state = row.account.state
    text = said.account_states[state]
    if state in (AccountState.SAME, AccountState.CHANGED):
        text += f" {_since(row.account, said)}"
    if row.differs:
        text += f" - {said.account_differs}"
    bad = row.differs or state is AccountState.CHANGED
    mark, style = ("✖", _BAD) if bad else ("●", _GOOD) if state is AccountState.SAME else ("?", _OPEN)
    return Styled(f"{mark} {text}", style)


def _since(account: RememberedAccount, said: CommandTexts) -> str:
    return f"{said.since.lower()} {said.instant(account.since_us)}"


def suspended_lines(
    found: Mapping[tuple[str, str], Suspension], said: CommandTexts, titles: Mapping[tuple[str, str], str]
) -> Iterator[str]:
    """One line for each test account that the lock-out guard has stopped, with what lifts it."""
    for (hub, idp), each in sorted(found.items()):
        yield f"! {hub} {with_name(idp, titles_of(hub, titles))}{said.colon} {suspended(each, said)}"


def suspended_json(found: Mapping[tuple[str, str], Suspension]) -> list[dict[str, Any]]:
    """The test accounts that the lock-out guard has stopped."""
    return [
        {"hub": hub, "idp": idp, "refused": each.refused, "since": rfc3339(each.since_us) if each.since_us else None}
        for (hub, idp), each in sorted(found.items())
    ]
