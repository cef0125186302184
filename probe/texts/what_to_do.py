"""What to do about an incident or an outage, in a sentence, and which runbook has the rest.

The runbooks are those of the alerts, docs/runbooks, and are in French.
"""

from collections.abc import Mapping
from typing import NamedTuple

from probe.core.incident.model import Incident, IncidentState
from probe.core.incident.scope import ScopeKind, ScopeSubject
from probe.core.judgement.subject import C1, C2, C3
from probe.texts.bilingual import Text
from probe.texts.columns import RUNBOOK
from probe.texts.commands import acknowledge


class Advice(NamedTuple):
    """What to do first; `runbook` is the name of a page in docs/runbooks, without `.md`."""

    text: Text
    runbook: str

    def read_on(self, runbooks: str) -> Text:
        """Write where the runbook is: its address under a base URL, else its file."""
        return _READ_AT.format(address=self.link(runbooks)) if runbooks else _READ_FILE.format(name=self.runbook)

    def link(self, runbooks: str) -> str:
        """Return the runbook's address under a base URL without a final slash; "" for no base."""
        return f"{runbooks}/{self.runbook}.md" if runbooks else ""


_ACKNOWLEDGE = Text("Prendre en compte : {command}", "Acknowledge: {command}")
_READ_AT = Text("{label} : {address}", "{label}: {address}").format(label=RUNBOOK, address="{address}")
_READ_FILE = Text(
    "{label} : docs/runbooks/{name}.md, dans les sources de Vigie (un lien, si links.runbooks est réglé)",
    "{label}: docs/runbooks/{name}.md, in Vigie's sources (a link, where links.runbooks is set)",
).format(label=RUNBOOK, name="{name}")
_TELL_THE_HUB = Text(
    "Prévenir l'exploitation du hub, avec l'étape, le motif et l'heure de début.",
    "Tell those who run the hub, with the step, the reason and the time of the start.",
)
_CONDITIONS: Mapping[str, Advice] = {
    C1: Advice(_TELL_THE_HUB, "VigieMireMissing"),
    C2: Advice(_TELL_THE_HUB, "VigieIdentityNotReturned"),
    C3: Advice(
        Text(
            "Si le hub est en cause, prévenir son exploitation ; si ce sont les fournisseurs d'identité, chercher ce qu'ils ont en "
            "commun. Ne désactiver personne.",
            "If the hub is at fault, tell those who run it; if it is the identity providers, look for what they have in common. "
            "Deactivate nobody.",
        ),
        "VigieAllIdpsUnavailable",
    ),
}
_AT_A_CLIENT = Advice(
    Text(
        "Comparer ce client au client principal chez les administrateurs du hub : portées, niveaux, fournisseurs d'identité exclus.",
        "Compare this client with the main one, with the hub's administrators: scopes, levels, excluded identity providers.",
    ),
    "VigieClientUnavailable",
)
_KINDS: Mapping[ScopeKind, Advice] = {
    ScopeKind.SHARED: Advice(
        Text(
            "Chercher la cause commune : le hub, un opérateur, un certificat, le DNS. Ne désactiver personne.",
            "Look for the common cause: the hub, a network, a certificate, the DNS. Deactivate nobody.",
        ),
        "VigieIdpFlagGuarded",
    ),
    ScopeKind.IDP: Advice(
        Text(
            "Écrire au fournisseur d'identité, avec l'étape, le motif et les heures.",
            "Write to the identity provider, with the step, the reason and the times.",
        ),
        "VigieIdpUnavailable",
    ),
    ScopeKind.INTERMITTENT: Advice(
        Text(
            "Écrire au fournisseur d'identité, avec les heures exactes et les motifs des échecs.",
            "Write to the identity provider, with the exact times and the reasons of the failures.",
        ),
        "VigieIdpIntermittent",
    ),
    ScopeKind.SLOW_IDP: Advice(
        Text(
            "Écrire au fournisseur d'identité, avec l'étape et les durées avant et maintenant.",
            "Write to the identity provider, with the step and the times before and now.",
        ),
        "VigieIdpSlow",
    ),
    ScopeKind.SLOW: Advice(
        Text(
            "Prévenir l'exploitation du hub, avec l'étape et les durées avant et maintenant.",
            "Tell those who run the hub, with the step and the times before and now.",
        ),
        "VigieHubSlow",
    ),
    ScopeKind.IDP_AT_CLIENT: _AT_A_CLIENT,
    ScopeKind.CLIENT: _AT_A_CLIENT,
    ScopeKind.ACCOUNTS: Advice(
        Text(
            "Prévenir l'exploitation du hub tout de suite : chaque connexion crée un compte de trop chez les services.",
            "Tell those who run the hub at once: each login makes one account too many at the services.",
        ),
        "VigieAccountChanged",
    ),
    ScopeKind.SECURITY: Advice(
        Text(
            "Vérifier la faille, puis la signaler à la sécurité, et pas par les canaux ouverts aux fournisseurs d'identité.",
            "Check the flaw, then report it to security, and not by a channel that identity providers read.",
        ),
        "VigieNegativePassed",
    ),
}
"""By the kind of scope. An alerting rule has its own runbook, and a person's request has none."""


def advice(subject: ScopeSubject) -> Advice | None:
    """Return what to do about what an incident or an outage is about; None where nothing is known
    of it.
    """
    return _CONDITIONS.get(subject.name) if subject.kind is ScopeKind.CONDITION else _KINDS.get(subject.kind)


def first_steps(incident: Incident) -> list[Text]:
    """Return what to do first about an open incident, and the command that takes note of it.

    Nothing where nothing is known of what it is about, or it is over.
    """
    found = advice(ScopeSubject.parse(incident.scope.subject))
    if found is None or not incident.open:
        return []
    taken = incident.state is not IncidentState.NEW
    return [found.text, *([] if taken else [_ACKNOWLEDGE.format(command=acknowledge(incident.number))])]
