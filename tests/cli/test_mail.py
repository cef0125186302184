"""`vigie mail` as a process, as a mail server's pipe runs it. What it does with messages: tests/mailin."""

import os
import subprocess
from pathlib import Path

from tests.mailin.desks import at_the_desk, configuration
from tests.mailin.writing import CAMILLE, EVE, message
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
    with at_the_desk(path) as (_, desk):
        assert len(desk.incidents(states=None)) == 1


def test_a_message_larger_than_is_allowed_is_read_to_its_end_and_returned(tmp_path: Path) -> None:
    path = configuration(tmp_path, mail={"largest": "10000"})
    done = piped(path, message("x" * 5_000_000).as_bytes(), SENDER=CAMILLE)
    assert (done.returncode, done.stderr) == (65, b"")
    assert "larger than 10000 bytes" in done.stdout.decode()
