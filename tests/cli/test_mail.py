"""`vigie mail` as a process, as a mail server's pipe runs it. What it does with messages:
tests/inbound/email.
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests.fakes.mail import CAMILLE, EVE, message
from tests.fakes.register import configuration, incident_service
from tests.service.running import VIGIE


def piped(path: Path, content: bytes, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    env = {name: value for name, value in os.environ.items() if name != "SENDER"} | environment
    return subprocess.run([VIGIE, "mail", "--config", str(path)], input=content, capture_output=True, env=env, timeout=60, check=False)


def test_a_pipe_hands_over_takes_the_answer_and_the_status(tmp_path: Path) -> None:
    path = configuration(tmp_path, language="fr")
    taken = piped(path, message("Les connexions échouent.").as_bytes(), SENDER=CAMILLE)
    assert (taken.returncode, taken.stderr) == (0, b"")
    assert "[VIGIE-1]" in taken.stdout.decode()
    refused = piped(path, message(sender=EVE).as_bytes(), SENDER=EVE)
    assert (refused.returncode, refused.stderr) == (77, b"")
    assert "Aucune demande n'a été ouverte" in refused.stdout.decode()
    with incident_service(path) as (_, service):
        assert len(service.incidents(states=None)) == 1


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_message_with_an_attachment_is_taken_in_every_language(tmp_path: Path, language: str) -> None:
    path = configuration(tmp_path, language=language)
    made = message(
        "Voici la trace\N{NO-BREAK SPACE}: elle est jointe. \N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}",
        subject="Panne\N{NARROW NO-BREAK SPACE}!",
    )
    made.add_attachment(b"a;b", maintype="text", subtype="csv", filename="journal\N{NO-BREAK SPACE}1.csv")
    taken = piped(path, made.as_bytes(), SENDER=CAMILLE)
    assert (taken.returncode, taken.stderr) == (0, b"")
    with incident_service(path) as (_, service):
        (incident,) = service.incidents()
    assert incident.title == "Panne\N{NARROW NO-BREAK SPACE}!"
    assert "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}" in incident.detail
    assert "- journal\N{NO-BREAK SPACE}1.csv (text/csv, 3 " in incident.detail


def test_an_answer_with_an_attachment_is_taken_too(tmp_path: Path) -> None:
    path = configuration(tmp_path, language="fr")
    piped(path, message().as_bytes(), SENDER=CAMILLE)
    answer = message("Trace jointe.", subject="Re: [VIGIE-1] Panne", message_id="<m2@ameli.example>")
    answer.add_attachment(b"x", maintype="image", subtype="png", filename="\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe")
    assert piped(path, answer.as_bytes(), SENDER=CAMILLE).returncode == 0
    with incident_service(path) as (_, service):
        text = str(service.show(1).acts[-1].data["text"])
    assert "- gnp.exe (image/png, 1 octets)" in text


def test_a_contact_whose_name_holds_what_no_text_may_is_refused_with_the_configuration(tmp_path: Path) -> None:
    path = configuration(tmp_path)
    path.write_text(path.read_text("utf-8").replace("Camille Martin", '"Camille \\u202eMartin"', 1), "utf-8")
    done = piped(path, message().as_bytes(), SENDER=CAMILLE)
    assert (done.returncode, b"holds a control character" in done.stderr) == (75, True)


def test_a_name_in_the_configuration_may_hold_what_the_register_takes(tmp_path: Path) -> None:
    path = configuration(tmp_path)
    path.write_text(path.read_text("utf-8").replace("Camille Martin", "Camille\N{NO-BREAK SPACE}Martin" + "n" * 2_000, 1), "utf-8")
    assert piped(path, message().as_bytes(), SENDER=CAMILLE).returncode == 0


def test_a_message_larger_than_is_allowed_is_read_to_its_end_and_returned(tmp_path: Path) -> None:
    path = configuration(tmp_path, mail={"largest": "10000"})
    done = piped(path, message("x" * 5_000_000).as_bytes(), SENDER=CAMILLE)
    assert (done.returncode, done.stderr) == (65, b"")
    assert "larger than 10000 bytes" in done.stdout.decode()
