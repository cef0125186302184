"""What the register refuses goes back to its sender for good; only a register that is away has the
message come again.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from probe.config.load import load
from probe.core.incident.refusal import RefusedActError
from probe.errors import InputError, LedgerError
from probe.inbound.email.message import read_mail
from probe.inbound.email.receive import Became, Exit, act_on
from probe.incidents.policy import policy_of
from probe.incidents.service import IncidentService
from probe.ledger.db.store import open_store
from tests.fakes.mail import CAMILLE, message
from tests.fakes.register import configuration


class Refusing(IncidentService):
    """An incident service whose register takes nothing."""

    def __init__(self, path: Path, error: Exception) -> None:
        self.config = load(path)
        super().__init__(open_store(self.config.store), policy_of(self.config), lambda: 1_800_000_000_000_000)
        self.error = error

    def open(self, **_given: Any) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (lambda: InputError("the title is longer than 1000 characters"), "le registre des incidents ne peut pas en garder le texte"),
        (lambda: RefusedActError("open_already", "VIGIE-1 is open about the same thing"), "l'état de la demande ne le permet pas"),
    ],
)
def test_what_is_refused_is_refused_for_good_with_the_reason_in_its_language(
    tmp_path: Path, error: Callable[[], Exception], why: str
) -> None:
    service = Refusing(configuration(tmp_path, language="fr"), error())
    letter = read_mail(message().as_bytes(), largest=100_000, attachments=5)
    outcome = act_on(service, service.config, letter, CAMILLE)
    assert (outcome.became, outcome.status, outcome.to) == (Became.REFUSED, Exit.DATA, None)
    assert why in outcome.text
    assert "longer than" not in outcome.text


def test_a_register_that_is_away_is_no_refusal(tmp_path: Path) -> None:
    service = Refusing(configuration(tmp_path), LedgerError("the disk is full"))
    letter = read_mail(message().as_bytes(), largest=100_000, attachments=5)
    with pytest.raises(LedgerError):
        act_on(service, service.config, letter, CAMILLE)
