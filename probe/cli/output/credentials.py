"""Says when the prober's credentials end, for `vigie status` and `vigie config check`."""

from collections.abc import Iterator, Mapping
from typing import Any

from probe.cli.output.texts import CommandTexts
from probe.core.credentials import Credential, Validity
from probe.core.times import rfc3339
from probe.texts.credentials import CREDENTIALS, VALIDITIES
from probe.texts.subjects import idp_title, titles_of


def credential_lines(
    known: Mapping[Credential, Validity], said: CommandTexts, titles: Mapping[tuple[str, str], str], *, urgent_only: bool = False
) -> Iterator[str]:
    """Yield a line for each credential; with `urgent_only` only of those that end soon.

    `titles`: of IdPs and clients, by hub and subject; one without is called by its name.
    """
    for each, validity in known.items():
        if urgent_only and validity is Validity.VALID:
            continue
        yield said.credential.format(
            whose=f"{each.hub} {idp_title(each.idp, each.client, titles_of(each.hub, titles)).in_language(said.language)}".rstrip(),
            what=CREDENTIALS.label(each.kind, said.language),
            state=VALIDITIES.label(validity, said.language),
            end=said.instant(each.ends_us),
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
