"""Who is believed: docs/contract.md, 2.2.2, « La liste des personnes autorisées à échanger avec
l'équipe Support »."""

from pathlib import Path

import pytest

from probe.config.load import load
from probe.config.models import Config
from probe.errors import ConfigError
from probe.inbound.email.message import IncomingMail, read_mail
from probe.inbound.email.senders import Doubt, authorised, dmarc_passed
from tests.fakes.mail import ALEX, CAMILLE, EVE, raw
from tests.fakes.register import configuration


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(configuration(tmp_path))


@pytest.fixture
def strict(tmp_path: Path) -> Config:
    """The server whose DMARC result is believed is named."""
    return load(configuration(tmp_path, mail={"authority": "mx.desk.example"}))


def letter(*lines: str) -> IncomingMail:
    return read_mail(raw(*lines), largest=100_000, attachments=5)


def from_(*senders: str) -> IncomingMail:
    return letter("Subject: x", *(f"From: {one}" for one in senders))


@pytest.mark.parametrize("envelope", [CAMILLE, "support@ameli.example"])
def test_a_contact_in_the_envelope_and_in_the_from_is_believed(config: Config, envelope: str) -> None:
    found = authorised(config, from_(f"Camille <{CAMILLE.upper()}>"), envelope)
    assert not isinstance(found, Doubt)
    assert [(one.hub, one.idp, one.name) for one in found] == [("fc", "ameli", "Camille Martin")]


def test_a_contact_of_several_idps_speaks_for_each(config: Config) -> None:
    found = authorised(config, from_("sam@both.example"), "sam@both.example")
    assert not isinstance(found, Doubt)
    assert [one.idp for one in found] == ["yris", "msa"]


@pytest.mark.parametrize(
    ("senders", "envelope", "doubt"),
    [
        ([EVE], EVE, Doubt.UNKNOWN),
        ([EVE], CAMILLE, Doubt.FORGED),
        ([CAMILLE], EVE, Doubt.FORGED),
        ([CAMILLE], ALEX, Doubt.FORGED),
        ([CAMILLE, ALEX], CAMILLE, Doubt.FORGED),
        ([CAMILLE, CAMILLE], CAMILLE, Doubt.FORGED),
        ([f"{CAMILLE}, {EVE}"], CAMILLE, Doubt.FORGED),
        ([f"{CAMILLE} <{EVE}>"], CAMILLE, Doubt.FORGED),
        ([], CAMILLE, Doubt.FORGED),
        ([CAMILLE], None, Doubt.NO_ENVELOPE),
        ([CAMILLE], "", Doubt.NO_ENVELOPE),
        ([CAMILLE], "?", Doubt.FORGED),
        ([f"{CAMILLE}.elsewhere.example"], f"{CAMILLE}.elsewhere.example", Doubt.UNKNOWN),
        (["camille@ämeli.example"], "camille@ämeli.example", Doubt.UNKNOWN),
        (["сamille@ameli.example"], "сamille@ameli.example", Doubt.UNKNOWN),  # noqa: RUF001 - the first letter is Cyrillic
    ],
)
def test_anybody_else_is_not(config: Config, senders: list[str], envelope: str | None, doubt: Doubt) -> None:
    assert authorised(config, from_(*senders), envelope) is doubt


# --- DMARC (RFC 8601, RFC 7489)


@pytest.mark.parametrize(
    ("result", "believed"),
    [
        ("mx.desk.example; dmarc=pass header.from=ameli.example", True),
        ("mx.desk.example; spf=fail smtp.mailfrom=x; dmarc=pass (p=reject) header.from=AMELI.example", True),
        ("MX.desk.example 1; dkim=pass; dmarc = pass", True),
        ("mx.desk.example; dmarc/1=pass header.from=ameli.example", True),
        ("mx.desk.example; dmarc=fail header.from=ameli.example", False),
        ("mx.desk.example; dmarc=none", False),
        ("mx.desk.example; none", False),
        ("mx.desk.example", False),
        ("mx.desk.example; spf=pass; dkim=pass", False),
        ("mx.desk.example; dmarc=fail (dmarc=pass)", False),
        ('mx.desk.example; dmarc=fail reason="; dmarc=pass"', False),
        ("mx.desk.example (; dmarc=pass); dmarc=fail", False),
        ("mx.desk.example ((; dmarc=pass); dmarc=fail", False),
        ("mx.desk.example; dmarc=passed", False),
        ("mx.desk.example; x-dmarc=pass", False),
        ("mx.desk.example; dmarc=pass header.from=elsewhere.example", False),
        ("elsewhere.example; dmarc=pass header.from=ameli.example", False),
        ("mx.desk.example.elsewhere.example; dmarc=pass", False),
        ("(mx.desk.example;) elsewhere.example; dmarc=pass", False),
        ("", False),
    ],
)
def test_only_a_pass_of_the_trusted_server_is_believed(strict: Config, result: str, believed: bool) -> None:
    found = authorised(strict, letter(f"Authentication-Results: {result}", f"From: {CAMILLE}"), CAMILLE)
    assert (found is Doubt.DMARC) is not believed


def test_without_any_result_nobody_is_believed_where_one_is_asked_for(strict: Config) -> None:
    assert authorised(strict, from_(CAMILLE), CAMILLE) is Doubt.DMARC


def test_the_topmost_result_of_the_server_counts_and_those_below_may_be_anybodys(strict: Config) -> None:
    bad, good = ("mx.desk.example; dmarc=fail", "mx.desk.example; dmarc=pass")
    for results, passed in (([bad, good], False), ([good, bad], True), (["elsewhere.example; dmarc=fail", good], True)):
        assert dmarc_passed(results, "mx.desk.example", "ameli.example") is passed


def test_where_no_server_is_named_results_count_for_nothing(config: Config) -> None:
    found = authorised(config, letter("Authentication-Results: elsewhere.example; dmarc=fail", f"From: {CAMILLE}"), CAMILLE)
    assert not isinstance(found, Doubt)


@pytest.mark.parametrize("name", ["vigie", "Vigie "])
def test_no_contact_and_no_token_goes_by_the_machines_name(tmp_path: Path, name: str) -> None:
    path = configuration(tmp_path, support={"roles": {"level1": {"name": name, "mail": "a@desk.example"}}})
    with pytest.raises(ConfigError, match="machine's own name"):
        load(path)
    path = configuration(tmp_path, api={"tokens": {name.strip(): {"file": "secret"}}})
    with pytest.raises(ConfigError, match="machine's own name"):
        load(path)
