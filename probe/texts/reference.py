"""Write docs/reasons.md: `python -m probe.texts.reference [FILE]`.

A test holds the document to what this writes.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from probe.core.judgement.observation import Step
from probe.texts.bilingual import Language, Text
from probe.texts.changes import ASPECTS, CHANGE_KINDS, NOTICES
from probe.texts.details import DETAILS
from probe.texts.incidents import CLOCKS, FLAG_STEPS, GUARDS, SEVERITIES, STATES, WAYS
from probe.texts.judgement import FAULTS, KINDS, REASONS, STEPS, reason
from probe.texts.judgement import STATES as LEDGER_STATES

_HEAD = """\
# Words for people, and the machine's

Metrics, the API, `--json` and the ledger have the machine's word.
People read the label, in French or in English (`language:` of the configuration):
in the tables of the commands, on the pages, in tickets and mails, on the dashboards.
Where a ticket or a trace shows both, the machine's word stands in square brackets behind the label.

Written by `python -m probe.texts.reference`; do not edit. The words stand in `probe/texts/`.
How a reason is chosen is in `docs/decides.md`, the exact rules are in `docs/judgement.md`.
"""
_REASONS = """\
Why a journey did not pass (`Reason` in `probe/core/judgement/observation.py`).
These have one label, whoever was asked.
"""
_BY_PARTY = """\
What happened on the wire is told of the party that was asked, which the step says.
That party need not be the one at fault:
when the hub answers with an error at one identity provider, and not at the others,
the identity provider is at fault and the label names the hub.
Where the party is not known, or is neither of the two, the label speaks of a server.
"""
_DETAILS = """\
What is missing, what came, and what there is instead, for whoever mends a recipe, a client or a hub
(`DetailKind` in `probe/core/judgement/detail.py`). The names are those of fields, buttons, tiles,
parameters, claims and algorithms; never a value of the identity, a password, a code or a token.
"""
_ASKED = {"the hub": Step.MIRE, "the identity provider": Step.IDP_LOGIN, "another server": Step.CONTROL}
"""A step at which each party is asked."""


def document() -> str:
    """The document, ending with a line feed."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _HEAD
    yield from _table("Reasons", _REASONS, {word: text for word, text in REASONS.items() if not _names_party(text)})
    yield from _reasons_by_party()
    yield from _table("Journeys", "Which journey was run (`Kind`, in the same file).\n", KINDS)
    yield from _table("Steps", "Where a journey ended (`Step`, in the same file), in the order of a journey.\n", STEPS)
    yield from _table("Details", _DETAILS, DETAILS)
    yield from _table("Faults", "Who is at fault (`Fault`).\n", FAULTS)
    yield from _table("States of a hub and of an identity provider", "What the ledger has (`State`).\n", LEDGER_STATES)
    yield from _table("Incidents", "How far an incident is; `probe/core/incident/model.py`.\n", STATES)
    yield from _table("Severities", "By scope: docs/contract.md, 2.2.2.\n", SEVERITIES)
    yield from _table("Deadlines", "What has to happen before each of the contract's deadlines.\n", CLOCKS)
    yield from _table("Ends", "How an incident was closed.\n", WAYS)
    yield from _table("Deactivation", "How far the deactivation of an identity provider is.\n", FLAG_STEPS)
    yield from _table("Aspects", "The parts of a hub's outward form that are watched for changes: docs/changes.md.\n", ASPECTS)
    yield from _table("Changes", "What kind of change was seen (`ChangeKind` in `probe/core/radar/change.py`).\n", CHANGE_KINDS)
    yield from _table("Notices", "Whether a change that was seen was announced as the contract asks.\n", NOTICES)
    yield from _table("What holds a deactivation back", "Why none is proposed although the identity provider is in trouble.\n", GUARDS)


def _names_party(label: Text) -> bool:
    """Whether a reason's label has a place for the party that was asked."""
    return "{who}" in label.fr


def _reasons_by_party() -> Iterator[str]:
    yield "## Reasons that name the party that was asked\n"
    yield _BY_PARTY
    yield "| machine | asked | French | English |\n|---|---|---|---|"
    for word, label in REASONS.items():
        if _names_party(label):
            for asked, step in _ASKED.items():
                told = reason(word, step)
                yield f"| `{word}` | {asked} | {told.in_language(Language.FR)} | {told.in_language(Language.EN)} |"
    yield ""


def _table(title: str, what: str, words: Mapping[Any, Text]) -> Iterator[str]:
    yield f"## {title}\n"
    yield what
    yield "| machine | French | English |\n|---|---|---|"
    yield from (f"| `{word}` | {text.in_language(Language.FR)} | {text.in_language(Language.EN)} |" for word, text in words.items())
    yield ""


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reasons.md").write_text(document(), encoding="utf-8")
