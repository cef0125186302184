"""Says when the prober's credentials end, for `vigie status` and `vigie config check`."""

from collections.abc import Iterator, Mapping
from typing import Any

from probe.cli.output.texts import CommandTexts
from probe.core.credentials import Credential, Validity
from probe.core.times import rfc3339, utc
from probe.texts.bilingual import Language
from probe.texts.credentials import CREDENTIALS, VALIDITIES


def credential_lines(known: Mapping[Credential, Validity], language: Language, *, urgent_only: bool = False) -> Iterator[str]:
    """Yield a line for each credential; with `urgent_only` only of those that end soon."""
    said = CommandTexts(language)
    for each, validity in known.items():
        if urgent_only and validity is Validity.VALID:
            continue
        yield said.credential.format(
            whose=" ".join(name for name in (each.hub, each.client, each.idp) if name),
            what=CREDENTIALS.label(each.kind, language),
            state=VALIDITIES.label(validity, language),
            end=f"{utc(each.ends_us):%d/%m/%Y %H:%M}",
        )


def credentials_json(known: Mapping[Credential, Validity]) -> list[dict[str, Any]]:
    """Return the credentials, each with its end and how near that is."""
    return [
        {
            "hub": each.hub,
            "client": each.client or None,
            "idp": each.idp or None,
            "which": each.kind,
            "ends": rfc3339(each.ends_us),
            "state": validity.name.lower(),
        }
        for each, validity in known.items()
    ]
